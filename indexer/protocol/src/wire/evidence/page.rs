//! Verifying an answer: its hits, page by page, against what the evidence of its batches proves.

use super::{
    AnswerError, AnswerEvidence, BatchAnswer, EvidenceError, ExpectedAnswer, ExpectedLabels, StaleAnswer,
    VerifiedAnswer,
};
use crate::wire::RecordPlace;
use aegle_rules::BatchNumber;
use aegle_sealed::{BatchSpan, Query};
use std::{cmp::Ordering, collections::BTreeSet};

impl AnswerEvidence {
    /// Verifies that `hits`, in the order in which they were answered, and what is withheld are together exactly what
    /// the query finds: nothing dropped, added, stale, reordered, foreign or duplicated.
    ///
    /// # Errors
    /// The first fault, in this order: the number of hits, the end of the window, the hits' places and order, the
    /// batches' order, each batch by itself, the newest first. See [`AnswerError`].
    pub fn verify(&self, expected: &ExpectedAnswer<'_>, hits: &[RecordPlace]) -> Result<VerifiedAnswer, AnswerError> {
        if hits.len() > expected.limit as usize {
            return Err(AnswerError::TooManyHits {
                found: hits.len(),
                limit: expected.limit,
            });
        }
        match self.end.cmp(&expected.end) {
            Ordering::Less => {
                return Err(AnswerError::Stale(StaleAnswer::End {
                    found: self.end,
                    expected: expected.end,
                }));
            }
            Ordering::Greater => return Err(AnswerError::Newer),
            Ordering::Equal => {}
        }
        let page = Page::new(expected, hits);
        page.check_hits(expected, hits)?;
        page.check_batches(expected, &self.batches)?;
        let mut withheld = Vec::new();
        // The hits are in order, and each is of a batch that the evidence is about.
        let mut rest = hits;
        for answer in &self.batches {
            let (of_span, older) = rest.split_at(rest.partition_point(|hit| hit.batch >= answer.span.first()));
            rest = older;
            let known = &expected.labels[&answer.span.first()];
            let proved = answer.prove(known, expected.query)?;
            withheld.extend(page.compare(answer, known, &proved, of_span)?);
        }
        Ok(VerifiedAnswer {
            hits: hits.to_vec(),
            withheld,
        })
    }
}

impl BatchAnswer {
    /// Returns the numbers of the records that the query provably finds under the labels that the chain has now.
    fn prove(&self, known: &ExpectedLabels, query: &Query) -> Result<BTreeSet<u32>, AnswerError> {
        let (span, anchored) = (self.span, known.anchored.version());
        if self.version > anchored {
            return Err(AnswerError::Newer);
        }
        if self.version < anchored {
            return Err(AnswerError::Stale(StaleAnswer::Version {
                span,
                found: self.version,
                anchored,
            }));
        }
        // The epoch is part of the commitment: another one than the batch's does not verify.
        let epoch = self.evidence.opening.epoch;
        let leaf_keys = known.leaf_keys.get(&epoch).ok_or(AnswerError::Evidence {
            span,
            source: EvidenceError::Epoch(epoch),
        })?;
        let verified = self
            .evidence
            .verify(&known.anchored, leaf_keys, query, known.universe.as_ref());
        verified.map_err(|source| match source {
            EvidenceError::Opening(source) => AnswerError::Stale(StaleAnswer::Commitment { span, source }),
            source => AnswerError::Evidence { span, source },
        })
    }
}

/// The part of what the query finds that an answer shows: what comes after the page before, up to its last hit if it
/// has as many as were asked for, and to the end of the window otherwise.
struct Page {
    after: Option<RecordPlace>,
    last: Option<RecordPlace>,
}

impl Page {
    fn new(expected: &ExpectedAnswer<'_>, hits: &[RecordPlace]) -> Self {
        let full = hits.len() == expected.limit as usize;
        Self {
            after: expected.after,
            last: hits.last().copied().filter(|_| full),
        }
    }

    fn shows(&self, place: &RecordPlace) -> bool {
        self.after.is_none_or(|after| after.precedes(place)) && self.last.is_none_or(|last| !last.precedes(place))
    }

    fn is_about(&self, span: &BatchSpan) -> bool {
        self.after.is_none_or(|after| span.first() <= after.batch)
            && self.last.is_none_or(|last| span.last() >= last.batch)
    }

    fn check_hits(&self, expected: &ExpectedAnswer<'_>, hits: &[RecordPlace]) -> Result<(), AnswerError> {
        let mut seen = BTreeSet::new();
        for hit in hits {
            let known = around(expected, hit.batch);
            let belongs = known.is_some_and(|known| {
                let is_ours = |number| {
                    let universe = known.universe.as_ref();
                    universe.is_none_or(|universe| universe.contains(&number))
                };
                known.anchored.number(hit).is_some_and(is_ours)
            });
            if !belongs {
                return Err(AnswerError::Foreign(*hit));
            }
            if !seen.insert(*hit) {
                return Err(AnswerError::Duplicated(*hit));
            }
        }
        let mut before = self.after;
        for hit in hits {
            if before.is_some_and(|before| !before.precedes(hit)) {
                return Err(AnswerError::Reordered(*hit));
            }
            before = Some(*hit);
        }
        Ok(())
    }

    fn check_batches(&self, expected: &ExpectedAnswer<'_>, answers: &[BatchAnswer]) -> Result<(), AnswerError> {
        let spans = expected.labels.values().map(|known| known.anchored.span());
        let mut missing: BTreeSet<BatchSpan> = spans.filter(|span| self.is_about(span)).collect();
        let mut before = None;
        for answer in answers {
            let found = answer.span;
            if before.is_some_and(|before| before <= found) {
                return Err(AnswerError::BatchOrder(found));
            }
            if let Some(anchored) = around(expected, found.first()).map(|known| known.anchored.span()) {
                match found.log2().cmp(&anchored.log2()) {
                    Ordering::Less => return Err(StaleAnswer::Compacted { found, anchored }.into()),
                    Ordering::Greater => return Err(AnswerError::Newer),
                    Ordering::Equal => {}
                }
            }
            if !missing.remove(&found) {
                return Err(AnswerError::ForeignBatch(found));
            }
            before = Some(found);
        }
        missing
            .last()
            .map_or(Ok(()), |span| Err(AnswerError::MissingBatch(*span)))
    }

    /// Compares the hits of batches and what was withheld of them with what was proved; returns the positions of what
    /// was withheld.
    fn compare(
        &self,
        answer: &BatchAnswer,
        known: &ExpectedLabels,
        proved: &BTreeSet<u32>,
        hits: &[RecordPlace],
    ) -> Result<Vec<RecordPlace>, AnswerError> {
        let place = |number: &u32| {
            known.anchored.place(*number).unwrap_or(RecordPlace {
                batch: answer.span.first(),
                number: *number,
            })
        };
        let mut open: BTreeSet<RecordPlace> = proved.iter().map(place).collect();
        open.retain(|place| self.shows(place));
        for hit in hits {
            if !open.remove(hit) {
                return Err(AnswerError::Added(*hit));
            }
        }
        let withheld: Vec<RecordPlace> = answer.withheld.iter().map(place).collect();
        for (at, place) in withheld.iter().enumerate() {
            let rises = at == 0 || withheld[at - 1] < *place;
            if !rises || !open.remove(place) {
                return Err(AnswerError::Withheld(*place));
            }
        }
        open.first()
            .map_or(Ok(withheld), |place| Err(AnswerError::Dropped(*place)))
    }
}

/// Returns the labels of a batch, its own or those that it shares.
fn around<'a>(expected: &'a ExpectedAnswer<'_>, batch: BatchNumber) -> Option<&'a ExpectedLabels> {
    let (_, known) = expected.labels.range(..=batch).next_back()?;
    Some(known).filter(|known| known.anchored.span().contains(batch))
}
