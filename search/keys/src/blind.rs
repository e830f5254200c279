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

use crate::{
    KeywordKey,
    poprf::{Answered, Blinded, Element, PrfOutput, PublicKey, finalize},
};
use aegle_rules::OprfKey;
use aegle_sealed::{
    BlindGroup, ELEMENT_BYTES, EvaluatedGroup, Field, Keyword, RandomnessError, ScopeContext, SearchToken, Window,
    WindowError,
    limits::{MAX_BLIND_ELEMENTS, MAX_QUERY_TERMS},
};
use std::collections::BTreeMap;

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

/// Keywords that are being asked for blindly, in one scope or in many. It holds the blinds: it is used once.
pub struct BlindQuery {
    contexts: Vec<ScopeContext>,
    parts: Vec<(u32, Window)>,
    keywords: Vec<Keyword>,
    groups: Vec<BlindedGroup>,
}

/// The keys of one scope: for each keyword, in the order in which they were asked for, one a segment.
pub type ScopeKeys = Vec<Vec<KeywordKey>>;

/// One group with what unblinds it.
struct BlindedGroup {
    field: Field,
    segment: u32,
    /// Places in `keywords`.
    members: Vec<usize>,
    blinded: Vec<Blinded>,
}

impl BlindQuery {
    /// Blinds keywords for a window (RFC 9497, section 3.3.3, `Blind`). The caller takes the end of the window from
    /// their own view of the finalized chain.
    ///
    /// # Errors
    /// [`BlindError::Terms`], [`BlindError::Window`], [`BlindError::Randomness`].
    pub fn new(context: ScopeContext, keywords: &[Keyword], window: Window) -> Result<Self, BlindError> {
        Self::over(vec![context], keywords, window)
    }

    /// Blinds keywords for a window in many scopes, such as those of many patients: they are blinded once, and evaluated for
    /// each. So the custodian sees that all are asked about with the same keywords.
    ///
    /// # Errors
    /// [`BlindError::Terms`], [`BlindError::Window`], [`BlindError::Randomness`].
    pub fn over(contexts: Vec<ScopeContext>, keywords: &[Keyword], window: Window) -> Result<Self, BlindError> {
        if !(1..=MAX_QUERY_TERMS).contains(&keywords.len()) {
            return Err(BlindError::Terms(keywords.len()));
        }
        let parts = window.by_segment()?;
        let mut fields: BTreeMap<Field, Vec<usize>> = BTreeMap::new();
        for (place, keyword) in keywords.iter().enumerate() {
            fields.entry(keyword.field()).or_default().push(place);
        }
        let mut groups = Vec::new();
        for (segment, _) in &parts {
            for (field, members) in &fields {
                let blind = |place: &usize| Blinded::new(keywords[*place].as_bytes());
                groups.push(BlindedGroup {
                    field: *field,
                    segment: *segment,
                    members: members.clone(),
                    blinded: members.iter().map(blind).collect::<Result<_, _>>()?,
                });
            }
        }
        Ok(Self {
            contexts,
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
            elements: group.blinded.iter().map(Blinded::bytes).collect(),
        };
        self.groups.iter().map(group).collect()
    }

    /// Verifies the custodian's answer for the only scope that was asked about, against the domain's public key as it stands
    /// on chain (RFC 9497, section 3.3.3, `Finalize`), and derives the tokens: for each keyword, in their order, one token a
    /// segment.
    ///
    /// # Errors
    /// [`BlindError::Size`], [`BlindError::Encoding`], [`BlindError::PublicKey`], [`BlindError::Proof`].
    pub fn finish(self, key: &OprfKey, answer: &[EvaluatedGroup]) -> Result<Vec<Vec<SearchToken>>, BlindError> {
        let mut keys = self.keys(key, &[Some(answer)])?;
        let keys = keys.pop().flatten().expect("an answer was given");
        let tokens = keys.into_iter().map(|keys| {
            let parts = keys.iter().zip(&self.parts);
            parts
                .map(|(key, (_, window))| Ok(key.token(*window)?))
                .collect::<Result<_, BlindError>>()
        });
        tokens.collect()
    }

    /// Verifies the custodian's answers, one for each scope or none where it refused, against the domain's public key as it
    /// stands on chain. The keys are in the order of the scopes.
    ///
    /// # Errors
    /// [`BlindError::Size`], [`BlindError::Encoding`], [`BlindError::PublicKey`], [`BlindError::Proof`]: one false answer is
    /// none at all.
    pub fn keys(
        &self,
        key: &OprfKey,
        answers: &[Option<&[EvaluatedGroup]>],
    ) -> Result<Vec<Option<ScopeKeys>>, BlindError> {
        if answers.len() != self.contexts.len() {
            return Err(BlindError::Size(answers.len()));
        }
        let other = answers
            .iter()
            .flatten()
            .find(|groups| groups.len() != self.groups.len());
        if let Some(groups) = other {
            return Err(BlindError::Size(groups.len()));
        }
        let public = PublicKey::decode(&key.0).ok_or(BlindError::PublicKey)?;
        let empty = || self.keywords.iter().map(|_| Vec::new()).collect::<ScopeKeys>();
        let mut all: Vec<Option<ScopeKeys>> = answers.iter().map(|answer| answer.map(|_| empty())).collect();
        for (place, group) in self.groups.iter().enumerate() {
            let scopes = self.contexts.iter().zip(answers);
            let answered = scopes.filter_map(|(context, answer)| Some((context, &(*answer)?[place])));
            let outputs = group.finalize(&self.keywords, public, answered)?;
            let keys = all.iter_mut().zip(&self.contexts);
            let keys = keys.filter_map(|(keys, context)| Some((keys.as_mut()?, context)));
            for ((keys, context), outputs) in keys.zip(&outputs) {
                let context = context.in_segment(group.segment);
                for (member, output) in group.members.iter().zip(outputs) {
                    keys[*member].push(KeywordKey::from_prf_output(context, output));
                }
            }
        }
        Ok(all)
    }
}

impl BlindedGroup {
    /// Verifies and unblinds the answers of those scopes that have one: for each the outputs of the members.
    fn finalize<'a>(
        &self,
        keywords: &[Keyword],
        public: PublicKey,
        answers: impl Iterator<Item = (&'a ScopeContext, &'a EvaluatedGroup)>,
    ) -> Result<Vec<Vec<PrfOutput>>, BlindError> {
        let read = |(context, answer): (&ScopeContext, &'a EvaluatedGroup)| {
            if answer.elements.len() != self.blinded.len() {
                return Err(BlindError::Size(answer.elements.len()));
            }
            Ok(Answered {
                information: context.in_segment(self.segment).public_information(self.field),
                evaluated: decode(&answer.elements)?,
                proof: &answer.proof,
            })
        };
        let answers = answers.map(read).collect::<Result<Vec<_>, BlindError>>()?;
        let inputs: Vec<&[u8]> = self.members.iter().map(|place| keywords[*place].as_bytes()).collect();
        finalize(&inputs, &self.blinded, public, &answers).ok_or(BlindError::Proof)
    }
}

/// Decodes the elements of a group, at most [`MAX_BLIND_ELEMENTS`].
pub(crate) fn decode(elements: &[[u8; ELEMENT_BYTES]]) -> Result<Vec<Element>, BlindError> {
    if !(1..=MAX_BLIND_ELEMENTS).contains(&elements.len()) {
        return Err(BlindError::Size(elements.len()));
    }
    let element = |(place, bytes)| Element::decode(bytes).ok_or(BlindError::Encoding(place));
    elements.iter().enumerate().map(element).collect()
}
