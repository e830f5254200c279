//! The evidence of one batch, as it travels.

use crate::{commitment::IndexOpening, merkle::MultiProof};
use aegle_sealed::{
    CountEntry, decode_bounded,
    limits::{MAX_BATCH_RECORDS, MAX_QUERY_TERMS},
};
use scale::{Decode, Encode};

/// The evidence of one batch for a query, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct BatchEvidence {
    /// The preimage of the batch's commitment.
    pub opening: IndexOpening,
    /// For each term of the query, in order, what the batch has: 1 to [`MAX_QUERY_TERMS`].
    pub terms: Vec<TermEvidence>,
    /// Proves every entry of the count table that the terms name.
    pub count_proof: MultiProof,
    /// Proves every label that the terms name.
    pub label_proof: MultiProof,
}

/// The evidence of a batch for one term.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum TermEvidence {
    /// Records with the term.
    #[codec(index = 0)]
    Present(Presence),
    /// No record.
    #[codec(index = 1)]
    Absent(Absence),
}

/// The entry of a term, and the labels that it counts.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct Presence {
    /// The place of the entry in the count table, counted from 0.
    #[codec(compact)]
    pub index: u32,
    /// The entry.
    pub entry: CountEntry,
    /// The labels of the term, in order of their counter: as many as the entry says, at most [`MAX_BATCH_RECORDS`].
    pub labels: Vec<LabelPlace>,
}

/// Two neighbours in the count table, between which the term's entry would be.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Absence {
    /// The place of the lower neighbour, counted from 0. That of the upper one is one more.
    #[codec(compact)]
    pub lower: u32,
    /// The lower and the upper neighbour.
    pub neighbours: (CountEntry, CountEntry),
}

/// The position of a label. The label itself follows from the term's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct LabelPlace {
    /// Its place among the labels of the batch in order, counted from 0.
    #[codec(compact)]
    pub leaf: u32,
    /// The number of the record that has it.
    #[codec(compact)]
    pub record: u32,
}

impl Decode for BatchEvidence {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        Ok(Self {
            opening: IndexOpening::decode(input)?,
            terms: decode_bounded(input, MAX_QUERY_TERMS, "too many terms in evidence")?,
            count_proof: MultiProof::decode(input)?,
            label_proof: MultiProof::decode(input)?,
        })
    }
}

impl Decode for Presence {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        Ok(Self {
            index: scale::Compact::<u32>::decode(input)?.0,
            entry: CountEntry::decode(input)?,
            labels: decode_bounded(input, MAX_BATCH_RECORDS as usize, "too many labels of a term")?,
        })
    }
}
