//! Asking a custodian for keyword keys without telling the keyword: the partially oblivious, verifiable PRF of RFC 9497
//! (`POPRF`, ristretto255-SHA512), section 3.3.3, evaluated in batches under one proof each (section 2.2.2).
//!
//! The searcher blinds each keyword ([`BlindQuery`]). The custodian sees domain, epoch, scope, field and segment, which are
//! the PRF's public information, and points that say nothing about the values. It evaluates
//! ([`DomainKey::evaluate_blindly`](crate::DomainKey::evaluate_blindly)) and proves that it used the key that stands on
//! chain; the searcher verifies that, unblinds, and derives tokens for its own window. The custodian does not see the
//! window's end either: the searcher takes it from its own view of the chain.
//!
//! What the custodian learns besides: how many keywords of which field, and when.

use crate::{KeywordKey, keyword_key::PRF_OUTPUT_BYTES};
use aegle_rules::OprfKey;
use aegle_sealed::{
    BlindGroup, ELEMENT_BYTES, EvaluatedGroup, Field, KeyContext, Keyword, RandomnessError, ScopeContext, SearchToken,
    Window, WindowError,
    limits::{MAX_BLIND_ELEMENTS, MAX_QUERY_TERMS},
};
use rand_core::{CryptoRng, RngCore};
use std::collections::BTreeMap;
use voprf::{BlindedElement, EvaluationElement, Group, PoprfClient, Proof, Ristretto255};
use zeroize::{Zeroize, Zeroizing};

/// The reason why keywords cannot be asked for blindly, or the answer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlindError {
    /// No keyword, or more than a query may have.
    #[error("a query has 1 to {MAX_QUERY_TERMS} keywords, not {0}")]
    Terms(usize),
    /// The window is empty, backwards or too long.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// The system gives no randomness.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
    /// A group has no element, or more than [`MAX_BLIND_ELEMENTS`]; or the answer has other numbers than the question.
    #[error("a group of {0} blinded keywords cannot be evaluated")]
    Size(usize),
    /// Bytes that are no canonical encoding of an element other than the identity, or of a proof.
    #[error("element {0} is not the canonical encoding of a group element")]
    Encoding(usize),
    /// The domain's public key is none.
    #[error("the public key of the domain is not a group element")]
    PublicKey,
    /// The answer was not made with the key that stands on chain.
    #[error("the custodian's answer was not made with the key of the domain")]
    Proof,
}

/// Keywords that are being asked for blindly. It holds the blinds: it is used once.
pub struct BlindQuery {
    context: ScopeContext,
    parts: Vec<(u32, Window)>,
    keywords: Vec<Keyword>,
    groups: Vec<BlindedGroup>,
}

/// One group with what unblinds it.
struct BlindedGroup {
    field: Field,
    segment: u32,
    /// Places in `keywords`.
    members: Vec<usize>,
    clients: Vec<PoprfClient<Ristretto255>>,
    elements: Vec<[u8; ELEMENT_BYTES]>,
}

impl BlindQuery {
    /// Blinds keywords for a window (RFC 9497, section 3.3.3, `Blind`). The caller takes the end of the window from
    /// their own view of the finalized chain.
    ///
    /// # Errors
    /// [`BlindError::Terms`], [`BlindError::Window`], [`BlindError::Randomness`].
    pub fn new(context: ScopeContext, keywords: &[Keyword], window: Window) -> Result<Self, BlindError> {
        if !(1..=MAX_QUERY_TERMS).contains(&keywords.len()) {
            return Err(BlindError::Terms(keywords.len()));
        }
        let parts = window.by_segment()?;
        let mut fields: BTreeMap<Field, Vec<usize>> = BTreeMap::new();
        for (place, keyword) in keywords.iter().enumerate() {
            fields.entry(keyword.field()).or_default().push(place);
        }
        let mut random = System::new()?;
        let mut groups = Vec::new();
        for (segment, _) in &parts {
            for (field, members) in &fields {
                let mut group = BlindedGroup {
                    field: *field,
                    segment: *segment,
                    members: members.clone(),
                    clients: Vec::new(),
                    elements: Vec::new(),
                };
                for place in members {
                    let blinded = PoprfClient::<Ristretto255>::blind(keywords[*place].as_bytes(), &mut random)
                        .expect("a keyword has 1 to 1,024 bytes, and hashes to the identity with no probability");
                    group.elements.push(blinded.message.serialize().into());
                    group.clients.push(blinded.state);
                }
                groups.push(group);
            }
        }
        Ok(Self {
            context,
            parts,
            keywords: keywords.to_vec(),
            groups,
        })
    }

    /// Returns the blinded keywords by field and segment, to be sent to the custodian.
    pub fn groups(&self) -> Vec<BlindGroup> {
        let group = |group: &BlindedGroup| BlindGroup {
            field: group.field,
            segment: group.segment,
            elements: group.elements.clone(),
        };
        self.groups.iter().map(group).collect()
    }

    /// Verifies the custodian's answer against the domain's public key, as it stands on chain (RFC 9497, section 3.3.3,
    /// `Finalize`), and derives the tokens: for each keyword, in their order, one token a segment.
    ///
    /// # Errors
    /// [`BlindError::Size`], [`BlindError::Encoding`], [`BlindError::PublicKey`], [`BlindError::Proof`].
    pub fn finish(self, key: &OprfKey, answer: &[EvaluatedGroup]) -> Result<Vec<Vec<SearchToken>>, BlindError> {
        if answer.len() != self.groups.len() {
            return Err(BlindError::Size(answer.len()));
        }
        let public = <Ristretto255 as Group>::deserialize_elem(&key.0).map_err(|_| BlindError::PublicKey)?;
        let mut tokens: Vec<Vec<SearchToken>> = self.keywords.iter().map(|_| Vec::new()).collect();
        for (group, answer) in self.groups.iter().zip(answer) {
            let part = self.parts.iter().find(|(segment, _)| *segment == group.segment);
            let (_, window) = part.expect("every group is of one of the parts");
            let context = self.context.in_segment(group.segment);
            let outputs = group.finalize(&self.keywords, &context, public, answer)?;
            for (place, output) in group.members.iter().zip(&outputs) {
                tokens[*place].push(KeywordKey::from_prf_output(context, output).token(*window)?);
            }
        }
        Ok(tokens)
    }
}

impl BlindedGroup {
    fn finalize(
        &self,
        keywords: &[Keyword],
        context: &KeyContext,
        public: <Ristretto255 as Group>::Elem,
        answer: &EvaluatedGroup,
    ) -> Result<Vec<Zeroizing<[u8; PRF_OUTPUT_BYTES]>>, BlindError> {
        if answer.elements.len() != self.clients.len() {
            return Err(BlindError::Size(answer.elements.len()));
        }
        let element = |(place, bytes): (usize, &[u8; ELEMENT_BYTES])| {
            EvaluationElement::<Ristretto255>::deserialize(bytes).map_err(|_| BlindError::Encoding(place))
        };
        let decoded = answer.elements.iter().enumerate().map(element);
        let elements = decoded.collect::<Result<Vec<_>, _>>()?;
        let proof = Proof::<Ristretto255>::deserialize(&answer.proof).map_err(|_| BlindError::Proof)?;
        let information = context.public_information(self.field);
        let inputs: Vec<&[u8]> = self.members.iter().map(|place| keywords[*place].as_bytes()).collect();
        let finalized = PoprfClient::batch_finalize(
            inputs.into_iter(),
            &self.clients,
            &elements,
            &proof,
            public,
            Some(&information),
        )
        .map_err(|_| BlindError::Proof)?;
        let mut outputs = Vec::with_capacity(self.members.len());
        for output in finalized {
            let mut bytes = output.map_err(|_| BlindError::Proof)?;
            let mut kept = Zeroizing::new([0; PRF_OUTPUT_BYTES]);
            kept.copy_from_slice(&bytes);
            bytes.as_mut_slice().zeroize();
            outputs.push(kept);
        }
        Ok(outputs)
    }
}

/// Decodes the elements of a group, at most [`MAX_BLIND_ELEMENTS`].
pub(crate) fn decode(group: &BlindGroup) -> Result<Vec<BlindedElement<Ristretto255>>, BlindError> {
    if !(1..=MAX_BLIND_ELEMENTS).contains(&group.elements.len()) {
        return Err(BlindError::Size(group.elements.len()));
    }
    let element = |(place, bytes): (usize, &[u8; ELEMENT_BYTES])| {
        BlindedElement::<Ristretto255>::deserialize(bytes).map_err(|_| BlindError::Encoding(place))
    };
    group.elements.iter().enumerate().map(element).collect()
}

/// The system's randomness, as the PRF's crate wants it. It is asked once before anything depends on it.
pub(crate) struct System;

impl System {
    pub(crate) fn new() -> Result<Self, RandomnessError> {
        getrandom::fill(&mut [0; 1])?;
        Ok(Self)
    }
}

impl RngCore for System {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system gave randomness a moment ago, and goes on giving it");
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for System {}
