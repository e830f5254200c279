//! Verifying an answer: its hits, page by page, against what the evidence of its batches proves.

use super::{
    AnswerError, AnswerEvidence, BatchAnswer, EvidenceError, ExpectedAnswer, ExpectedBatch, RecordPlace, StaleAnswer,
    VerifiedAnswer,
};
use aegle_rules::BatchNumber;
use aegle_sealed::Query;
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
            let (of_batch, older) = rest.split_at(rest.partition_point(|hit| hit.batch >= answer.batch));
            rest = older;
            let proved = answer.prove(&expected.batches[&answer.batch], expected.query)?;
            withheld.extend(page.compare(answer, &proved, of_batch)?);
        }
        Ok(VerifiedAnswer {
            hits: hits.to_vec(),
            withheld,
        })
    }
}

impl BatchAnswer {
    /// The numbers of the batch's records that the query finds, under the labels that the chain has now.
    fn prove(&self, known: &ExpectedBatch, query: &Query) -> Result<BTreeSet<u32>, AnswerError> {
        let batch = self.batch;
        if self.version > known.anchored.version {
            return Err(AnswerError::Newer);
        }
        if self.version < known.anchored.version {
            return Err(AnswerError::Stale(StaleAnswer::Version {
                batch,
                found: self.version,
                anchored: known.anchored.version,
            }));
        }
        // The epoch is part of the commitment: another one than the batch's does not verify.
        let epoch = self.evidence.opening.epoch;
        let leaf_keys = known.leaf_keys.get(&epoch).ok_or(AnswerError::Evidence {
            batch,
            source: EvidenceError::Epoch(epoch),
        })?;
        let verified = self
            .evidence
            .verify(&known.anchored, leaf_keys, query, known.universe.as_ref());
        verified.map_err(|source| match source {
            EvidenceError::Opening(source) => AnswerError::Stale(StaleAnswer::Commitment { batch, source }),
            source => AnswerError::Evidence { batch, source },
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

    fn is_about(&self, batch: BatchNumber) -> bool {
        self.after.is_none_or(|after| batch <= after.batch) && self.last.is_none_or(|last| batch >= last.batch)
    }

    fn check_hits(&self, expected: &ExpectedAnswer<'_>, hits: &[RecordPlace]) -> Result<(), AnswerError> {
        let mut seen = BTreeSet::new();
        for hit in hits {
            let known = expected.batches.get(&hit.batch);
            let belongs = known.is_some_and(|known| {
                let ours = known
                    .universe
                    .as_ref()
                    .is_none_or(|universe| universe.contains(&hit.number));
                hit.number < known.anchored.records && ours
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
        let mut missing: BTreeSet<BatchNumber> = expected.batches.keys().copied().collect();
        missing.retain(|batch| self.is_about(*batch));
        let mut before = None;
        for answer in answers {
            if before.is_some_and(|before| before <= answer.batch) {
                return Err(AnswerError::BatchOrder(answer.batch));
            }
            if !missing.remove(&answer.batch) {
                return Err(AnswerError::ForeignBatch(answer.batch));
            }
            before = Some(answer.batch);
        }
        missing
            .last()
            .map_or(Ok(()), |batch| Err(AnswerError::MissingBatch(*batch)))
    }

    /// What was withheld of a batch, once that and its hits are what was proved.
    fn compare(
        &self,
        answer: &BatchAnswer,
        proved: &BTreeSet<u32>,
        hits: &[RecordPlace],
    ) -> Result<Vec<RecordPlace>, AnswerError> {
        let batch = answer.batch;
        let place = |number: u32| RecordPlace { batch, number };
        let mut open: BTreeSet<RecordPlace> = proved.iter().map(|number| place(*number)).collect();
        open.retain(|place| self.shows(place));
        for hit in hits {
            if !open.remove(hit) {
                return Err(AnswerError::Added(*hit));
            }
        }
        let withheld: Vec<RecordPlace> = answer.withheld.iter().map(|number| place(*number)).collect();
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
