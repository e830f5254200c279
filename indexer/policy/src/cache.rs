//! Verdicts of the current blocks, for as long as they can be trusted.

use crate::question::Ruling;
use aegle_rules::Hash;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// The time for which a ruling is used again: a grant that ends by the clock stays open no longer than this after its
/// end.
const LIFETIME: Duration = Duration::from_secs(2);
/// Verdicts that are kept; when there are more, all are forgotten.
const CAPACITY: usize = 65_536;

/// Verdicts at a finalized and a best block.
#[derive(Default)]
pub(crate) struct Cache {
    blocks: Option<[Hash; 2]>,
    rulings: HashMap<Vec<u8>, (Instant, Ruling)>,
}

impl Cache {
    /// Returns the ruling at those blocks on what is [asked](crate::RecordQuestion::key), if it was taken within the last
    /// two seconds.
    pub(crate) fn get(&self, blocks: [Hash; 2], asked: &[u8]) -> Option<Ruling> {
        if self.blocks != Some(blocks) {
            return None;
        }
        let (taken, ruling) = self.rulings.get(asked)?;
        (taken.elapsed() < LIFETIME).then_some(*ruling)
    }

    /// Keeps a ruling; one at other blocks makes it forget all earlier ones.
    pub(crate) fn put(&mut self, blocks: [Hash; 2], asked: Vec<u8>, ruling: Ruling) {
        if self.blocks != Some(blocks) || self.rulings.len() >= CAPACITY {
            self.rulings.clear();
            self.blocks = Some(blocks);
        }
        self.rulings.insert(asked, (Instant::now(), ruling));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::{Question, RecordQuestion};
    use aegle_rules::{
        AccountId, Confidentiality, Purposes, Slot,
        consent::{Decision, Declaration, DuoUse, Extent, Facts},
    };

    #[test]
    fn a_verdict_is_for_its_blocks_question_and_facts_alone() {
        let question = Question::plain(AccountId([1; 32]), AccountId([2; 32]), Purposes::TREAT);
        let facts = Facts {
            slot: Slot(1),
            confidentiality: Confidentiality::Normal,
            author: AccountId([3; 32]),
            authored_at: 5,
        };
        let asked = RecordQuestion { question, facts };
        let key = asked.key();
        let ruling = Ruling {
            finalized: [Decision::Own; 2],
            best: [Decision::Own; 2],
        };
        let [one, two, three] = [1, 2, 3].map(|number| Hash([number; 32]));
        let mut cache = Cache::default();
        assert_eq!(cache.get([one, two], &key), None);
        cache.put([one, two], key.clone(), ruling);
        assert_eq!(cache.get([one, two], &key), Some(ruling));
        assert_eq!(cache.get([one, three], &key), None, "another best block");
        assert_eq!(cache.get([three, two], &key), None, "another finalized block");
        let declared = Declaration {
            use_: DuoUse::Disease,
            ..Declaration::default()
        };
        let questions = [
            Question {
                purpose: Purposes::ETREAT,
                ..question
            },
            Question {
                research: declared,
                ..question
            },
            Question {
                extent: Extent::Count,
                ..question
            },
        ];
        let others = questions.map(|question| RecordQuestion { question, ..asked });
        let elsewhere = RecordQuestion {
            facts: Facts { slot: Slot(2), ..facts },
            ..asked
        };
        for other in others.into_iter().chain([elsewhere]) {
            assert_eq!(cache.get([one, two], &other.key()), None, "{other:?}");
        }
        cache.put([one, three], key.clone(), ruling);
        assert_eq!(cache.get([one, two], &key), None);
    }
}
