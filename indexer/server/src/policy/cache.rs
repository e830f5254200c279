//! Verdicts of the current block, for as long as they can be trusted.
use super::question::{Question, Verdict};
use aegle_rules::{Hash, consent::Facts};
use scale::Encode;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// The time for which a verdict is used again: a grant that ends by the clock stays open no longer than this after its
/// end.
const LIFETIME: Duration = Duration::from_secs(2);
/// Verdicts that are kept; when there are more, all are forgotten.
const CAPACITY: usize = 65_536;

/// Verdicts at one block.
#[derive(Default)]
pub(super) struct Cache {
    block: Option<Hash>,
    verdicts: HashMap<Vec<u8>, (Instant, Verdict)>,
}

impl Cache {
    /// Returns the verdict at that block, if it was taken within the last two seconds.
    pub(super) fn get(&self, block: Hash, question: &Question, facts: &Facts) -> Option<Verdict> {
        if self.block != Some(block) {
            return None;
        }
        let (taken, verdict) = self.verdicts.get(&key(question, facts))?;
        (taken.elapsed() < LIFETIME).then_some(*verdict)
    }

    /// Keeps a verdict; one at another block makes it forget all earlier ones.
    pub(super) fn put(&mut self, block: Hash, question: &Question, facts: &Facts, verdict: Verdict) {
        if self.block != Some(block) || self.verdicts.len() >= CAPACITY {
            self.verdicts.clear();
            self.block = Some(block);
        }
        self.verdicts.insert(key(question, facts), (Instant::now(), verdict));
    }
}

/// Encodes everything that is asked, in SCALE.
fn key(question: &Question, facts: &Facts) -> Vec<u8> {
    let Question {
        requester,
        patient,
        purpose,
        research,
    } = question;
    (requester, patient, purpose, research, facts).encode()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegle_rules::{
        AccountId, Confidentiality, Purposes, Slot,
        consent::{Decision, Declaration, DuoUse},
    };

    #[test]
    fn a_verdict_is_for_its_block_question_and_facts_alone() {
        let question = Question::plain(AccountId([1; 32]), AccountId([2; 32]), Purposes::TREAT);
        let facts = Facts {
            slot: Slot(1),
            confidentiality: Confidentiality::Normal,
            author: AccountId([3; 32]),
            authored_at: 5,
        };
        let verdict = Verdict {
            chain: Decision::Own,
            wall: Decision::Own,
        };
        let (block, next) = (Hash([1; 32]), Hash([2; 32]));
        let mut cache = Cache::default();
        assert_eq!(cache.get(block, &question, &facts), None);
        cache.put(block, &question, &facts, verdict);
        assert_eq!(cache.get(block, &question, &facts), Some(verdict));
        assert_eq!(cache.get(next, &question, &facts), None);
        let declared = Declaration {
            use_: DuoUse::Disease,
            ..Declaration::default()
        };
        let others = [
            Question {
                purpose: Purposes::ETREAT,
                ..question
            },
            Question {
                research: declared,
                ..question
            },
        ];
        for other in others {
            assert_eq!(cache.get(block, &other, &facts), None, "{other:?}");
        }
        assert_eq!(cache.get(block, &question, &Facts { slot: Slot(2), ..facts }), None);
        cache.put(next, &question, &facts, verdict);
        assert_eq!(cache.get(block, &question, &facts), None);
    }
}
