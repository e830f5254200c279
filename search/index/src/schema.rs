//! The schema: one document a record.

use aegle_rules::{BatchNumber, DomainId};
use aegle_sealed::Label;
use tantivy::{
    TantivyDocument, Term,
    schema::{BytesOptions, FAST, Field, INDEXED, Schema},
};

/// Name of the fast field with domain and batch in one number.
pub(crate) const PLACE: &str = "place";
/// Name of the fast field with the record's number in its batch.
pub(crate) const NUMBER: &str = "number";
const RECORD: &str = "record";
const LABEL: &str = "label";

/// The fields. Nothing is stored, nothing has frequencies, positions or norms, nothing is tokenized.
#[derive(Clone, Copy)]
pub(crate) struct Fields {
    /// Domain and batch: to delete or list a batch, and to check that a label's document is of the batch meant.
    pub(crate) place: Field,
    /// The record's number in its batch.
    pub(crate) number: Field,
    /// Domain, batch and number: to delete one record.
    pub(crate) record: Field,
    /// The labels. A bytes field is always indexed with document numbers alone (`IndexRecordOption::Basic`).
    pub(crate) label: Field,
}

/// Makes the schema.
pub(crate) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let fields = Fields {
        place: builder.add_u64_field(PLACE, INDEXED | FAST),
        number: builder.add_u64_field(NUMBER, FAST),
        record: builder.add_bytes_field(RECORD, BytesOptions::default().set_indexed()),
        label: builder.add_bytes_field(LABEL, BytesOptions::default().set_indexed()),
    };
    (builder.build(), fields)
}

/// A batch of a domain as one number; a label resolves inside its place alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place(pub(crate) u64);

impl Place {
    pub(crate) fn new(domain: DomainId, batch: BatchNumber) -> Self {
        Self(u64::from(domain.0) << 32 | u64::from(batch.0))
    }

    /// From the bytes of a term of the field `place`.
    pub(crate) fn from_term_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(u64::from_be_bytes(bytes)))
    }
}

impl Fields {
    /// The term that all records of a batch share.
    pub(crate) fn place_term(&self, place: Place) -> Term {
        Term::from_field_u64(self.place, place.0)
    }

    /// The term that one record has.
    pub(crate) fn record_term(&self, place: Place, number: u32) -> Term {
        Term::from_field_bytes(self.record, &record_bytes(place, number))
    }

    /// The document of one record.
    pub(crate) fn document(&self, place: Place, number: u32, labels: &[Label]) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_u64(self.place, place.0);
        document.add_u64(self.number, number.into());
        document.add_bytes(self.record, &record_bytes(place, number));
        for label in labels {
            document.add_bytes(self.label, &label.0);
        }
        document
    }
}

fn record_bytes(place: Place, number: u32) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[..8].copy_from_slice(&place.0.to_be_bytes());
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    bytes
}
