//! The secret key of a search domain, and the keys that follow from it.

use crate::{BlindError, KeywordKey, blind::decode, poprf::PoprfKey, tags};
use aegle_rules::OprfKey;
use aegle_sealed::{
    BlindGroup, EvaluatedGroup, Field, KeyContext, Keyword, RandomnessError, ScopeContext, SearchToken, Window,
    WindowError,
};
use std::collections::{BTreeMap, HashMap};
use zeroize::Zeroizing;

/// Keyword keys that are kept at hand before it is started over: about 128 MiB.
pub const MAX_CACHED_KEYS: usize = 524_288;

/// The secret key of a search domain: the scalar of RFC 9497's partially oblivious PRF over ristretto255 with SHA-512.
/// Whoever has it can search everything of the domain. It stays with the custodian; the indexer links no crate that has the type.
pub struct DomainKey(PoprfKey);

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
        Self(PoprfKey::derive(seed, tags::DOMAIN_KEY))
    }

    /// Returns the public key, as it is registered on chain: 32 bytes, a compressed ristretto255 element.
    pub fn public_key(&self) -> OprfKey {
        OprfKey(self.0.public_key())
    }

    /// Evaluates the PRF on a keyword that is known (RFC 9497, section 3.3.3, `Evaluate`).
    pub fn keyword_key(&self, context: &KeyContext, keyword: &Keyword) -> KeywordKey {
        let mut keys = self.keyword_keys(&[(*context, keyword)]);
        keys.pop().expect("one was asked for")
    }

    /// Evaluates the PRF on many keywords that are known, each in its context, and returns their keys in the same order. It
    /// costs about two thirds of what one by one does.
    pub fn keyword_keys(&self, asked: &[(KeyContext, &Keyword)]) -> Vec<KeywordKey> {
        // What has context and field in common has the information in common.
        let mut places: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
        for (place, (context, keyword)) in asked.iter().enumerate() {
            let information = context.public_information(keyword.field());
            places.entry(information).or_default().push(place);
        }
        let questions: Vec<(&[u8], Vec<&[u8]>)> = places
            .iter()
            .map(|(information, places)| {
                let inputs = places.iter().map(|place| asked[*place].1.as_bytes());
                (&information[..], inputs.collect())
            })
            .collect();
        let outputs = self.0.evaluate(&questions);
        let mut keys: Vec<(usize, KeywordKey)> = places
            .values()
            .flatten()
            .zip(&outputs)
            .map(|(place, output)| (*place, KeywordKey::from_prf_output(asked[*place].0, output)))
            .collect();
        keys.sort_unstable_by_key(|(place, _)| *place);
        keys.into_iter().map(|(_, key)| key).collect()
    }

    /// Evaluates the PRF on one known keyword in many contexts, such as those of many patients, and returns its keys in their
    /// order. It costs about a third of what one by one does.
    pub fn keyword_keys_in(&self, contexts: &[KeyContext], keyword: &Keyword) -> Vec<KeywordKey> {
        let information = information(contexts, keyword.field());
        let outputs = self.0.evaluate_under(keyword.as_bytes(), &slices(&information));
        let keys = contexts.iter().zip(&outputs);
        keys.map(|(context, output)| KeywordKey::from_prf_output(*context, output))
            .collect()
    }

    /// Evaluates the PRF on keywords that were blinded ([`crate::BlindQuery`]), and proves it (RFC 9497, section 3.3.3,
    /// `BlindEvaluate`). The caller has authorised who asks for that scope and field: with the answer they have keys
    /// for the whole segment.
    ///
    /// # Errors
    /// [`BlindError::Size`], [`BlindError::Encoding`], [`BlindError::Randomness`].
    pub fn evaluate_blindly(&self, context: &ScopeContext, group: &BlindGroup) -> Result<EvaluatedGroup, BlindError> {
        let mut answers = self.evaluate_blindly_in(std::slice::from_ref(context), group)?;
        Ok(answers.pop().expect("one context was given"))
    }

    /// Evaluates the PRF on the same blinded keywords in many contexts, such as those of many patients, and proves each by
    /// itself; the answers are in the order of the contexts. See [`DomainKey::evaluate_blindly`].
    ///
    /// # Errors
    /// [`BlindError::Size`], [`BlindError::Encoding`], [`BlindError::Randomness`].
    pub fn evaluate_blindly_in(
        &self,
        contexts: &[ScopeContext],
        group: &BlindGroup,
    ) -> Result<Vec<EvaluatedGroup>, BlindError> {
        let elements = decode(&group.elements)?;
        let contexts: Vec<KeyContext> = contexts
            .iter()
            .map(|context| context.in_segment(group.segment))
            .collect();
        let information = information(&contexts, group.field);
        Ok(self.0.blind_evaluate(&elements, &slices(&information))?)
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

fn information(contexts: &[KeyContext], field: Field) -> Vec<Vec<u8>> {
    let information = contexts.iter().map(|context| context.public_information(field));
    information.collect()
}

fn slices(information: &[Vec<u8>]) -> Vec<&[u8]> {
    information.iter().map(Vec::as_slice).collect()
}

/// Keyword keys that were evaluated before: an evaluation costs about a hundred labels, and a searcher a question to the
/// custodian. Bounded by [`MAX_CACHED_KEYS`]; when it is full it starts over. Who has it can search what it has the keys
/// of, so it is kept no longer than a session.
#[derive(Default)]
pub struct KeyCache {
    keys: HashMap<(OprfKey, KeyContext), HashMap<Keyword, KeywordKey>>,
    size: usize,
}

impl KeyCache {
    /// Returns the key of `keyword`, and evaluates it if it is not cached.
    pub fn keyword_key(&mut self, key: &DomainKey, context: &KeyContext, keyword: &Keyword) -> &KeywordKey {
        let mut keys = self.keyword_keys(key, &[(*context, keyword)]);
        keys.pop().expect("one was asked for")
    }

    /// Returns the keys of keywords, each in its context, in the same order, and evaluates those that are not cached, all at
    /// once. The caller asks for far fewer than [`MAX_CACHED_KEYS`] together.
    pub fn keyword_keys(&mut self, key: &DomainKey, asked: &[(KeyContext, &Keyword)]) -> Vec<&KeywordKey> {
        let public = key.public_key();
        self.reserve(asked.len());
        let missing: Vec<(KeyContext, &Keyword)> = asked
            .iter()
            .filter(|(context, keyword)| self.get(&public, context, keyword).is_none())
            .copied()
            .collect();
        for ((context, keyword), evaluated) in missing.iter().zip(key.keyword_keys(&missing)) {
            self.put(public, context, keyword, evaluated);
        }
        let kept = asked.iter().map(|(context, keyword)| {
            self.get(&public, context, keyword)
                .expect("what was missing was put there, and nothing is thrown away")
        });
        kept.collect()
    }

    /// Returns the key of `keyword` under a public key of a domain, if it is at hand.
    pub fn get(&self, public: &OprfKey, context: &KeyContext, keyword: &Keyword) -> Option<&KeywordKey> {
        self.keys.get(&(*public, *context))?.get(keyword)
    }

    /// Keeps a key that was obtained for `keyword`, and starts over first if there is no room for it.
    pub fn insert(&mut self, public: OprfKey, keyword: &Keyword, key: KeywordKey) {
        self.reserve(1);
        let context = *key.context();
        self.put(public, &context, keyword, key);
    }

    /// Starts over if there is no room for so many keys more.
    pub fn reserve(&mut self, keys: usize) {
        if self.size + keys > MAX_CACHED_KEYS {
            self.keys.clear();
            self.size = 0;
        }
    }

    fn put(&mut self, public: OprfKey, context: &KeyContext, keyword: &Keyword, key: KeywordKey) {
        let keys = self.keys.entry((public, *context)).or_default();
        if keys.insert(keyword.clone(), key).is_none() {
            self.size += 1;
        }
    }
}
