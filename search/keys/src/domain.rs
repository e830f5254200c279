//! The secret key of a search domain, and the keys that follow from it.

use crate::{
    BlindError, KeywordKey,
    blind::{System, decode},
    keyword_key::PRF_OUTPUT_BYTES,
    tags,
};
use aegle_rules::OprfKey;
use aegle_sealed::{
    BlindGroup, EvaluatedGroup, KeyContext, Keyword, RandomnessError, ScopeContext, SearchToken, Window, WindowError,
};
use std::collections::HashMap;
use voprf::{Group, PoprfServer, Ristretto255};
use zeroize::{Zeroize, Zeroizing};

/// Keyword keys that a custodian keeps at hand before it starts over: about 128 MiB.
pub const MAX_CACHED_KEYS: usize = 524_288;

/// The secret key of a search domain: the scalar of RFC 9497's partially oblivious PRF over ristretto255 with SHA-512.
/// Whoever has it can search everything of the domain. It stays with the custodian; the indexer links no crate that has the type.
pub struct DomainKey {
    server: PoprfServer<Ristretto255>,
    public: OprfKey,
}

impl DomainKey {
    /// Draws a seed of 32 bytes and derives the key of it. The caller keeps the seed as secret as the key: it is the
    /// key.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn generate() -> Result<(Self, Zeroizing<[u8; 32]>), RandomnessError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut())?;
        Ok((Self::from_seed(&seed), seed))
    }

    /// Derives the key of a seed (RFC 9497, section 3.2.1, `DeriveKeyPair`).
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let server = PoprfServer::new_from_seed(seed, tags::DOMAIN_KEY)
            .expect("fails only when 256 hashes in a row are zero modulo the group's order");
        Self::new(server)
    }

    fn new(server: PoprfServer<Ristretto255>) -> Self {
        let public = OprfKey(<Ristretto255 as Group>::serialize_elem(server.get_public_key()).into());
        Self { server, public }
    }

    /// Returns the public key, as it is registered on chain: 32 bytes, a compressed ristretto255 element.
    pub fn public_key(&self) -> OprfKey {
        self.public
    }

    /// Evaluates the PRF on a keyword that is known (RFC 9497, section 3.3.3, `Evaluate`).
    pub fn keyword_key(&self, context: &KeyContext, keyword: &Keyword) -> KeywordKey {
        let information = context.public_information(keyword.field());
        // Keyword and information are bounded far below the 65,535 bytes that the PRF takes.
        let result = self.server.evaluate(keyword.as_bytes(), Some(&information));
        let mut evaluated = result.expect("fails only when a hash is the group's identity or cancels the key");
        let mut output = Zeroizing::new([0; PRF_OUTPUT_BYTES]);
        output.copy_from_slice(&evaluated);
        evaluated.as_mut_slice().zeroize();
        KeywordKey::from_prf_output(*context, &output)
    }

    /// Evaluates the PRF on keywords that were blinded ([`crate::BlindQuery`]), and proves it (RFC 9497, section 3.3.3,
    /// `BlindEvaluate`). The caller has authorised who asks for that scope and field: with the answer they have keys
    /// for the whole segment.
    ///
    /// # Errors
    /// [`BlindError::Size`], [`BlindError::Encoding`], [`BlindError::Randomness`].
    pub fn evaluate_blindly(&self, context: &ScopeContext, group: &BlindGroup) -> Result<EvaluatedGroup, BlindError> {
        let elements = decode(group)?;
        let information = context.in_segment(group.segment).public_information(group.field);
        let mut random = System::new()?;
        let result = self
            .server
            .batch_blind_evaluate(&mut random, &elements, Some(&information));
        let evaluated = result.expect("fails only when a hash cancels the key");
        Ok(EvaluatedGroup {
            elements: evaluated
                .messages
                .iter()
                .map(|element| element.serialize().into())
                .collect(),
            proof: evaluated.proof.serialize().into(),
        })
    }

    /// Derives the tokens for a keyword over a window, one a segment, in rising order.
    ///
    /// # Errors
    /// The window is empty, backwards or too long.
    pub fn token(
        &self,
        context: &ScopeContext,
        keyword: &Keyword,
        window: Window,
    ) -> Result<Vec<SearchToken>, WindowError> {
        let parts = window.by_segment()?;
        parts
            .iter()
            .map(|(segment, part)| self.keyword_key(&context.in_segment(*segment), keyword).token(*part))
            .collect()
    }
}

/// Keyword keys that were evaluated before: an evaluation costs about a hundred labels. Bounded by
/// [`MAX_CACHED_KEYS`]; when it is full it starts over.
#[derive(Default)]
pub struct KeyCache {
    keys: HashMap<(OprfKey, KeyContext), HashMap<Keyword, KeywordKey>>,
    size: usize,
}

impl KeyCache {
    /// Returns the key of `keyword`, and evaluates it if it is not cached.
    pub fn keyword_key(&mut self, key: &DomainKey, context: &KeyContext, keyword: &Keyword) -> &KeywordKey {
        if self.size >= MAX_CACHED_KEYS {
            self.keys.clear();
            self.size = 0;
        }
        let keys = self.keys.entry((key.public, *context)).or_default();
        if !keys.contains_key(keyword) {
            keys.insert(keyword.clone(), key.keyword_key(context, keyword));
            self.size += 1;
        }
        &keys[keyword]
    }
}
