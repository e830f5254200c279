//! Label runs: a patient's records with their labels, for searching where the searcher is.

use super::{Format, FormatError, Hit};
use crate::BlockId;
use aegle_rules::{AccountId, DomainId, Purposes};
use aegle_sealed::{
    BatchSpan, Label, LocalLabels, LocalLabelsError, Salt, Scope, Window, WindowError, decode_bounded,
    limits::{MAX_BATCH_RECORDS, MAX_RECORD_LABELS, MAX_WINDOW_BATCHES},
    padded_labels,
};
use scale::{Decode, DecodeAll, Encode};
use serde::{Deserialize, Serialize};

/// Most bytes of labels that one answer has: 4 MiB. A chart of more is searched with tokens.
pub const MAX_RUN_BYTES: usize = 4 << 20;
/// Bytes of a label.
const LABEL_BYTES: usize = 10;
/// Most records of one answer: those of that many labels, each with the fewest.
const MAX_RUNS: usize = MAX_RUN_BYTES / (8 * LABEL_BYTES);

/// Body of `POST /v1/label-runs`: the labels of all of a patient's records in a window of batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LabelRunsRequest {
    /// The search domain.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::DomainId"))]
    pub domain: DomainId,
    /// The patient.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub patient: AccountId,
    /// The purpose: exactly one.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Purposes"))]
    pub purpose: Purposes,
    /// The first batch.
    pub from: u32,
    /// One more than the last batch.
    pub to: u32,
}

/// A record, and the labels by which it is found.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct LabelRun {
    /// The record, as a search shows it.
    pub hit: Hit,
    /// Its labels, padding included.
    pub labels: Vec<Label>,
}

/// The label runs of a patient's records in a batch, or in a span of batches that have their labels in common.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct SpanRuns {
    /// The batches.
    pub span: BatchSpan,
    /// The epoch of the domain's key from which the labels follow.
    pub epoch: u16,
    /// The salt of the labels.
    pub salt: Salt,
    /// The number of records in the span, those that are erased included: the counters of a keyword are below it.
    pub counters: u32,
    /// The records that are not erased.
    pub runs: Vec<LabelRun>,
}

/// Answer of `POST /v1/label-runs`, SCALE after a tag and a version ([`Format::LabelRuns`]).
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct LabelRuns {
    /// The finalized block at which the contract was asked.
    pub block: BlockId,
    /// The runs, the newest batches first.
    pub spans: Vec<SpanRuns>,
}

/// The reason why an answer with label runs is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelRunsError {
    /// It does not begin as one does.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// It cannot be decoded.
    #[error("the label runs cannot be decoded: {0}")]
    Encoding(#[from] scale::Error),
    /// The labels of a span cannot be of one scope.
    #[error("{span}: {source}")]
    Labels {
        /// The span.
        span: BatchSpan,
        /// The fault.
        source: LocalLabelsError,
    },
    /// A record is of another patient, or of a batch outside its span; a span is outside the window or comes twice.
    #[error("{0} has a record or batch that was not asked for")]
    NotAsked(BatchSpan),
    /// The labels of a record are not padded.
    #[error("{0} has a record whose labels are not padded")]
    Padding(BatchSpan),
}

impl LabelRunsRequest {
    /// Returns the window, if it is one.
    ///
    /// # Errors
    /// It is empty, backwards, or longer than a search's may be.
    pub fn window(&self) -> Result<Window, WindowError> {
        Window::new(self.from, self.to)
    }

    /// Returns the scope that is looked at.
    pub fn scope(&self) -> Scope {
        Scope::Patient(self.patient)
    }
}

impl LabelRuns {
    /// Encodes the answer.
    pub fn to_bytes(&self) -> Vec<u8> {
        Format::LabelRuns.encode(self)
    }

    /// Decodes an answer, within its limits.
    ///
    /// # Errors
    /// [`LabelRunsError::Format`], [`LabelRunsError::Encoding`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LabelRunsError> {
        Ok(Self::decode_all(&mut Format::LabelRuns.body(bytes)?)?)
    }

    /// Checks that the answer is about what was asked, and takes up the labels: for each span the hits, and what finds their
    /// places.
    ///
    /// # Errors
    /// See [`LabelRunsError`].
    pub fn verify(self, asked: &LabelRunsRequest) -> Result<Vec<VerifiedSpanRuns>, LabelRunsError> {
        let mut before = asked.to;
        let mut verified = Vec::with_capacity(self.spans.len());
        for SpanRuns {
            span,
            epoch,
            salt,
            counters,
            runs,
        } in self.spans
        {
            // The newest first: so none comes twice. A compacted span may reach over the window's ends.
            let is_asked = span.last().0 >= asked.from && span.first().0 < before;
            before = span.first().0;
            let is_own = |run: &LabelRun| run.hit.patient == asked.patient && span.contains(run.hit.batch);
            let order: Vec<_> = runs.iter().map(|run| (run.hit.batch, run.hit.number)).collect();
            if !is_asked || !runs.iter().all(is_own) || !order.is_sorted_by(|one, other| one < other) {
                return Err(LabelRunsError::NotAsked(span));
            }
            if runs
                .iter()
                .any(|run| run.labels.len() != padded_labels(run.labels.len()))
            {
                return Err(LabelRunsError::Padding(span));
            }
            let (hits, labels): (Vec<Hit>, Vec<Vec<Label>>) = runs.into_iter().map(|run| (run.hit, run.labels)).unzip();
            let labels = LocalLabels::new(salt, counters, &labels);
            let labels = labels.map_err(|source| LabelRunsError::Labels { span, source })?;
            verified.push(VerifiedSpanRuns {
                span,
                epoch,
                hits,
                labels,
            });
        }
        Ok(verified)
    }
}

/// Label runs of what was asked for. They come from [`LabelRuns::verify`] alone. Whether they are all, and those of the
/// records that they are said to be of, is the indexer's word.
pub struct VerifiedSpanRuns {
    /// The batches.
    pub span: BatchSpan,
    /// The epoch of the domain's key from which the labels follow.
    pub epoch: u16,
    /// The records, by batch and number.
    pub hits: Vec<Hit>,
    /// Their labels, by places in `hits`.
    pub labels: LocalLabels,
}

impl Decode for LabelRun {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        Ok(Self {
            hit: Hit::decode(input)?,
            labels: decode_bounded(input, MAX_RECORD_LABELS, "too many labels of a record")?,
        })
    }
}

impl Decode for SpanRuns {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        Ok(Self {
            span: BatchSpan::decode(input)?,
            epoch: u16::decode(input)?,
            salt: Salt::decode(input)?,
            counters: u32::decode(input)?,
            runs: decode_each(
                input,
                MAX_RUNS.min(MAX_BATCH_RECORDS as usize),
                "too many records in a span",
            )?,
        })
    }
}

impl Decode for LabelRuns {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        Ok(Self {
            block: BlockId::decode(input)?,
            spans: decode_each(input, MAX_WINDOW_BATCHES as usize, "too many spans")?,
        })
    }
}

/// Decodes a list one element after another: a false length allocates nothing.
fn decode_each<I: scale::Input, T: Decode>(
    input: &mut I,
    limit: usize,
    refusal: &'static str,
) -> Result<Vec<T>, scale::Error> {
    let length = scale::Compact::<u32>::decode(input)?.0 as usize;
    if length > limit {
        return Err(refusal.into());
    }
    let mut elements = Vec::new();
    for _ in 0..length {
        elements.push(T::decode(input)?);
    }
    Ok(elements)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::record::RecordId;
    use aegle_rules::{BatchNumber, Confidentiality, Hash, Slot};

    const PATIENT: AccountId = AccountId([7; 32]);

    fn run(batch: u32, number: u32, label: u8) -> LabelRun {
        LabelRun {
            hit: Hit {
                record: RecordId([label; 16]),
                batch: BatchNumber(batch),
                number,
                patient: PATIENT,
                slot: Slot(3),
                confidentiality: Confidentiality::Restricted,
                author: AccountId([1; 32]),
                authored_at: 9,
            },
            labels: (0..8).map(|at| Label([label, at, 0, 0, 0, 0, 0, 0, 0, 0])).collect(),
        }
    }

    fn span(first: u32, log2: u8, runs: Vec<LabelRun>) -> SpanRuns {
        SpanRuns {
            span: BatchSpan::new(BatchNumber(first), log2).unwrap(),
            epoch: 2,
            salt: Salt([5; 16]),
            counters: runs.len() as u32,
            runs,
        }
    }

    fn answer(spans: Vec<SpanRuns>) -> LabelRuns {
        LabelRuns {
            block: BlockId {
                number: 1,
                hash: Hash([2; 32]),
            },
            spans,
        }
    }

    const ASKED: LabelRunsRequest = LabelRunsRequest {
        domain: DomainId(1),
        patient: PATIENT,
        purpose: Purposes::TREAT,
        from: 0,
        to: 6,
    };

    #[test]
    fn runs_come_back_as_they_were_encoded_and_nothing_shorter() {
        let runs = answer(vec![
            span(5, 0, vec![run(5, 1, 1)]),
            span(0, 1, vec![run(0, 2, 2), run(1, 0, 3)]),
        ]);
        let bytes = runs.to_bytes();
        assert_eq!(LabelRuns::from_bytes(&bytes), Ok(runs.clone()));
        for cut in 0..bytes.len() {
            assert!(LabelRuns::from_bytes(&bytes[..cut]).is_err(), "{cut}");
        }
        assert!(LabelRuns::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
        let verified = runs.verify(&ASKED).unwrap();
        let hits: Vec<usize> = verified.iter().map(|span| span.hits.len()).collect();
        assert_eq!(hits, [1, 2]);
    }

    #[test]
    fn what_was_not_asked_for_is_refused() {
        let of_other = |mut own: LabelRun| {
            own.hit.patient = AccountId([8; 32]);
            own
        };
        let unpadded = |mut own: LabelRun| {
            own.labels.pop();
            own
        };
        let [one, two] = [run(4, 0, 1), run(4, 1, 2)];
        let not_asked = |spans: Vec<SpanRuns>| matches!(answer(spans).verify(&ASKED), Err(LabelRunsError::NotAsked(_)));
        assert!(
            not_asked(vec![span(4, 0, vec![of_other(one.clone())])]),
            "another patient"
        );
        assert!(not_asked(vec![span(4, 0, vec![run(3, 0, 1)])]), "another batch");
        assert!(
            not_asked(vec![span(4, 0, vec![two.clone(), one.clone()])]),
            "out of order"
        );
        assert!(
            not_asked(vec![span(4, 0, vec![one.clone(), one.clone()])]),
            "a record twice"
        );
        assert!(not_asked(vec![span(6, 0, Vec::new())]), "outside the window");
        let twice = vec![span(4, 0, vec![one.clone()]), span(4, 0, vec![one.clone()])];
        assert!(not_asked(twice), "a batch twice");
        assert!(
            not_asked(vec![span(3, 0, Vec::new()), span(4, 0, vec![one.clone()])]),
            "the oldest first"
        );
        let padding = answer(vec![span(4, 0, vec![unpadded(one.clone())])]).verify(&ASKED);
        assert!(matches!(padding, Err(LabelRunsError::Padding(_))));
        let mut few = span(4, 0, vec![one.clone(), two]);
        few.counters = 1;
        assert!(matches!(
            answer(vec![few]).verify(&ASKED),
            Err(LabelRunsError::Labels { .. })
        ));
        let same = LabelRun {
            labels: one.labels.clone(),
            ..run(4, 1, 2)
        };
        let same = answer(vec![span(4, 0, vec![one, same])]).verify(&ASKED);
        assert!(matches!(same, Err(LabelRunsError::Labels { .. })), "a label twice");
    }
}
