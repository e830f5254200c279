//! What the consent contract is asked, and what it answered.
use aegle_rules::{
    AccountId, GrantId, Purposes,
    consent::{Decision, Declaration, Facts},
};

/// A question to the consent contract: who asks, about whose records, for which purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// The account that asks.
    pub(crate) requester: AccountId,
    /// The patient whose records are asked about.
    pub(crate) patient: AccountId,
    /// Exactly one purpose.
    pub(crate) purpose: Purposes,
    /// The declaration of a researcher; empty for other purposes.
    pub(crate) research: Declaration,
}

impl Question {
    /// Builds a question without a declaration.
    pub(crate) fn plain(requester: AccountId, patient: AccountId, purpose: Purposes) -> Self {
        Self {
            requester,
            patient,
            purpose,
            research: Declaration::default(),
        }
    }
}

/// A question about one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordQuestion {
    /// The requester, the patient and the purpose.
    pub(crate) question: Question,
    /// The record's facts.
    pub(crate) facts: Facts,
}

/// The contract's answers at the chain's time and at the wall clock's, for one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The answer at the chain's time.
    pub(super) chain: Decision,
    /// The answer at the wall clock's time.
    pub(super) wall: Decision,
}

impl Verdict {
    /// Returns whether the record may be shown: permitted at both times.
    pub(crate) fn allows(&self) -> bool {
        [self.chain, self.wall]
            .iter()
            .all(|decision| !matches!(decision, Decision::Denied(_)))
    }

    /// Returns the grant that permits it now; `None` if it is denied, or the patient's own.
    pub(crate) fn permitted_by(&self) -> Option<GrantId> {
        match self.wall {
            Decision::Permitted(grant) => Some(grant),
            _ => None,
        }
    }

    /// Returns the grant that permits it at both times, if it is the same one.
    pub(crate) fn grant(&self) -> Option<GrantId> {
        match (self.chain, self.wall) {
            (Decision::Permitted(chain), Decision::Permitted(wall)) if chain == wall => Some(chain),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegle_rules::consent::Denial;

    #[test]
    fn a_record_is_shown_only_if_both_times_permit() {
        let (one, two) = (GrantId(1), GrantId(2));
        for (chain, wall, allows, grant) in [
            (Decision::Own, Decision::Own, true, None),
            (Decision::Permitted(one), Decision::Permitted(one), true, Some(one)),
            (Decision::Permitted(one), Decision::Permitted(two), true, None),
            (Decision::Permitted(one), Decision::Denied(Denial::NoGrant), false, None),
            (Decision::Denied(Denial::Role), Decision::Permitted(one), false, None),
            (
                Decision::Denied(Denial::DeniedBy(one)),
                Decision::Denied(Denial::NoGrant),
                false,
                None,
            ),
        ] {
            let verdict = Verdict { chain, wall };
            assert_eq!((verdict.allows(), verdict.grant()), (allows, grant), "{verdict:?}");
        }
    }
}
