//! What the consent contract is asked, and what it answered.

use aegle_rules::{
    AccountId, GrantId, Purposes, Timestamp,
    consent::{Check, Decision, Declaration, Denial, Extent, Facts},
};
use scale::Encode;

/// A question to the consent contract: who asks, about whose records, for which purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// The account that asks.
    pub requester: AccountId,
    /// The patient whose records are asked about.
    pub patient: AccountId,
    /// Exactly one purpose.
    pub purpose: Purposes,
    /// The declaration of a researcher; empty for other purposes.
    pub research: Declaration,
    /// What is done with the answer, which decides for research alone: who counts asks less than who opens.
    pub extent: Extent,
}

impl Question {
    /// Builds a question without a declaration, about opening.
    pub fn plain(requester: AccountId, patient: AccountId, purpose: Purposes) -> Self {
        Self {
            requester,
            patient,
            purpose,
            research: Declaration::default(),
            extent: Extent::Open,
        }
    }
}

/// A question about one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordQuestion {
    /// The requester, the patient and the purpose.
    pub question: Question,
    /// The record's facts.
    pub facts: Facts,
}

impl RecordQuestion {
    /// Encodes everything that is asked, in SCALE: two questions with the same bytes have the same answer.
    pub(crate) fn key(&self) -> Vec<u8> {
        let Question {
            requester,
            patient,
            purpose,
            research,
            extent,
        } = &self.question;
        (requester, patient, purpose, research, extent, &self.facts).encode()
    }

    /// Returns what the contract is asked about a time.
    pub fn check(&self, at: Timestamp) -> Check {
        let Question {
            requester,
            patient,
            purpose,
            research,
            extent,
        } = self.question;
        Check {
            requester,
            patient,
            purpose,
            facts: self.facts,
            research,
            extent,
            membership: None,
            at,
        }
    }
}

/// The contract's answers about one record: in the finalized and in the best state, each at its own time and at the
/// later one of that and the wall clock's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// The answers of the finalized state, at its own time and at the later one.
    pub(crate) finalized: [Decision; 2],
    /// The answers of the best state.
    pub(crate) best: [Decision; 2],
}

impl Ruling {
    /// The ruling about what was not answered.
    pub(crate) const NONE: Self = Self {
        finalized: [Decision::Denied(Denial::NoGrant); 2],
        best: [Decision::Denied(Denial::NoGrant); 2],
    };

    fn all(&self) -> impl Iterator<Item = Decision> {
        self.finalized.into_iter().chain(self.best)
    }

    /// Returns whether the record may be shown: permitted in both states, at all times.
    pub fn allows(&self) -> bool {
        self.all().all(|decision| !matches!(decision, Decision::Denied(_)))
    }

    /// Returns the grant that permits it in the finalized state now; `None` if it is denied, or permitted without one.
    pub fn permitted_by(&self) -> Option<GrantId> {
        match self.finalized[1] {
            Decision::Permitted(grant) => Some(grant),
            _ => None,
        }
    }

    /// Returns the grant that permits it in both states, at all times, if it is the same one.
    pub fn grant(&self) -> Option<GrantId> {
        let first = self.permitted_by()?;
        self.all()
            .all(|decision| decision == Decision::Permitted(first))
            .then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegle_rules::JurisdictionId;

    #[test]
    fn a_record_is_shown_only_if_both_states_permit_at_all_times() {
        let (one, two) = (Decision::Permitted(GrantId(1)), Decision::Permitted(GrantId(2)));
        let no = Decision::Denied(Denial::NoGrant);
        let by_law = Decision::Jurisdiction(JurisdictionId(1));
        for (finalized, best, allows, grant) in [
            ([Decision::Own; 2], [Decision::Own; 2], true, None),
            ([Decision::Glass; 2], [Decision::Glass; 2], true, None),
            ([Decision::Representative; 2], [Decision::Representative; 2], true, None),
            (
                [Decision::Representative, no],
                [Decision::Representative; 2],
                false,
                None,
            ),
            ([by_law; 2], [by_law; 2], true, None),
            ([by_law; 2], [by_law, no], false, None),
            ([one; 2], [one; 2], true, Some(GrantId(1))),
            ([one, two], [one; 2], true, None),
            ([one; 2], [one, two], true, None),
            ([one, no], [one; 2], false, None),
            ([no, one], [one; 2], false, None),
            ([one; 2], [no, one], false, None),
            ([one; 2], [one, no], false, None),
            ([no; 2], [no; 2], false, None),
        ] {
            let ruling = Ruling { finalized, best };
            assert_eq!((ruling.allows(), ruling.grant()), (allows, grant), "{ruling:?}");
        }
    }
}
