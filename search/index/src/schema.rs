//! The schema: one document a batch, or a span of batches.

use aegle_rules::{BatchNumber, DomainId};
use tantivy::{
    Term,
    schema::{FAST, Field, INDEXED, Schema},
};

/// Name of the field with domain and batch in one number.
pub(crate) const BATCH_KEY: &str = "batch_key";
/// Name of the column with the first eight bytes of each label.
pub(crate) const HEAD: &str = "head";
/// Name of the column with the last two bytes of each label, and the number of the record that has it.
pub(crate) const TAIL: &str = "tail";
/// Name of the column with the numbers of the records.
pub(crate) const NUMBER: &str = "number";
/// Name of the column with the stamp.
pub(crate) const STAMP: &str = "stamp";

/// The fields. Nothing is stored, nothing has frequencies, positions or norms, nothing is tokenized.
///
/// The labels of a batch are one sorted run in two columns, not terms of a dictionary: random bytes share no prefixes
/// that a dictionary could save, and a label is found in a sorted run of random numbers by computing where it must be.
#[derive(Clone, Copy)]
pub(crate) struct Fields {
    /// Domain and batch: to delete a batch by term, and to find its document.
    pub(crate) batch_key: Field,
    /// See [`HEAD`]: rising inside a document.
    pub(crate) head: Field,
    /// See [`TAIL`]: in the order of the heads, rising where those are equal.
    pub(crate) tail: Field,
    /// See [`NUMBER`]: rising; what was erased is missing.
    pub(crate) number: Field,
    /// Random, drawn anew for every document: what was learnt of one version of a batch is not believed of another.
    pub(crate) stamp: Field,
}

/// The schema with its fields.
pub(crate) struct LabelSchema {
    pub(crate) schema: Schema,
    pub(crate) fields: Fields,
}

/// Builds the schema.
pub(crate) fn schema() -> LabelSchema {
    let mut builder = Schema::builder();
    let fields = Fields {
        batch_key: builder.add_u64_field(BATCH_KEY, INDEXED | FAST),
        head: builder.add_u64_field(HEAD, FAST),
        tail: builder.add_u64_field(TAIL, FAST),
        number: builder.add_u64_field(NUMBER, FAST),
        stamp: builder.add_u64_field(STAMP, FAST),
    };
    LabelSchema {
        schema: builder.build(),
        fields,
    }
}

/// A batch of a domain, or the first one of a span, as one number; a label is looked up inside its batch alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BatchKey(pub(crate) u64);

impl BatchKey {
    pub(crate) fn new(domain: DomainId, batch: BatchNumber) -> Self {
        Self(u64::from(domain.0) << 32 | u64::from(batch.0))
    }

    pub(crate) fn domain(self) -> DomainId {
        DomainId((self.0 >> 32) as u32)
    }

    pub(crate) fn batch(self) -> BatchNumber {
        BatchNumber(self.0 as u32)
    }
}

impl Fields {
    /// Builds the term of a batch's document.
    pub(crate) fn batch_key_term(&self, batch_key: BatchKey) -> Term {
        Term::from_field_u64(self.batch_key, batch_key.0)
    }
}
