//! What a relayer pays at most.
use crate::store::{Newcomer, RelayCapacity};
use aegle_chain::dry_run::Weight;
use aegle_protocol::wire::PaidNewcomers;

/// What a relayer pays at most. Amounts are in the chain's smallest unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelayLimits {
    /// Calls that one key signs a day: a patient's own, a guardian's, or a recovery key's. As many that all guardians of a
    /// patient sign together, and likewise whoever controls the account, and recovery keys.
    pub calls_of_one: u32,
    /// Calls a day for patients for whom nobody vouches yet, and whom the organisation has invited that is to, of all of them
    /// together.
    pub calls_before_activation: u32,
    /// Calls a day for patients for whom nobody vouches yet, and whom nobody has invited, of all of them together: anybody
    /// can be that as often as they like.
    pub calls_uninvited: u32,
    /// Calls a day in all.
    pub calls_in_all: u32,
    /// Computation that one call may take.
    pub weight: Weight,
    /// Deposit for storage that one call may take.
    pub deposit: u64,
    /// Deposit that is held for one patient at a time, over all their calls: guardians and recovery keys may go over it by a
    /// little, so that whoever has the patient's key does not lock them out.
    pub deposit_of_one: u64,
    /// What is paid a day (UTC): fees, and what is put on deposit, whatever comes back.
    pub spend_a_day: u64,
    /// What of that is paid for one patient, whoever acts for them.
    pub spend_of_one: u64,
    /// The balance below which nothing is relayed any more.
    pub least_balance: u64,
}

/// Calls that one key may sign before anybody vouches for the patient: registering, and naming another organisation.
pub(crate) const CALLS_OF_ONE_BEFORE_ACTIVATION: u32 = 3;

/// One organisation's share of the calls before activation, as what those are divided by: an admin who invites carelessly, or
/// whose key is stolen, spends no more than that.
const ORGANISATIONS: u32 = 4;

/// What is paid a day for those for whom nobody vouches yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NewcomersQuota {
    /// Calls of all of them.
    pub(crate) calls: u32,
    /// Calls of those who name the same organisation: one at least, where there are any.
    pub(crate) calls_naming_one: u32,
}

/// What part of a day's calls and money is kept for ending access, besides: a quarter. Others can not spend it.
const KEPT: u32 = 4;

impl RelayLimits {
    /// Returns how many calls are relayed a day in all, of a kind that ends access or of another.
    pub(crate) fn calls_in_all_for(&self, ends_access: bool) -> u32 {
        let kept = if ends_access {
            self.calls_in_all.div_ceil(KEPT)
        } else {
            0
        };
        self.calls_in_all.saturating_add(kept)
    }

    /// Returns what is paid a day in all, for calls of a kind that ends access or of another.
    pub(crate) fn spend_a_day_for(&self, ends_access: bool) -> u64 {
        let kept = if ends_access {
            self.spend_a_day.div_ceil(KEPT.into())
        } else {
            0
        };
        self.spend_a_day.saturating_add(kept)
    }

    /// What counts where the operator says nothing else, for a chain whose token has twelve decimals.
    pub const DEFAULT: Self = Self {
        calls_of_one: 40,
        calls_before_activation: 100,
        calls_uninvited: 0,
        calls_in_all: 2_000,
        // 16 grants at once take 12 ms and half a mebibyte.
        weight: Weight {
            time: 20_000_000_000,
            proof: 1_048_576,
        },
        // The first grant to somebody takes a tenth of a token.
        deposit: 500_000_000_000,
        deposit_of_one: 5_000_000_000_000,
        // Five hundred registrations.
        spend_a_day: 100_000_000_000_000,
        spend_of_one: 5_000_000_000_000,
        least_balance: 10_000_000_000_000,
    };

    /// Returns which of those it pays for, for whom nobody vouches yet.
    pub(crate) fn paid_newcomers(&self) -> PaidNewcomers {
        match (self.calls_uninvited, self.calls_before_activation) {
            (0, 0) => PaidNewcomers::Nobody,
            (0, _) => PaidNewcomers::Invited,
            _ => PaidNewcomers::Anybody,
        }
    }

    /// Returns what is paid a day for those for whom nobody vouches yet, and who were invited as this one was, or were not.
    pub(crate) fn quota_of(&self, newcomer: &Newcomer) -> NewcomersQuota {
        let calls = match newcomer.invited_by {
            Some(_) => self.calls_before_activation,
            None => self.calls_uninvited,
        };
        NewcomersQuota {
            calls,
            calls_naming_one: (calls / ORGANISATIONS).max(1),
        }
    }

    /// Returns what may be held for one patient when somebody acts for them in a capacity. What is for guardians, nobody who
    /// has the patient's key can fill, and what is for recovery keys, no guardian either.
    pub(crate) fn deposit_of_one_for(&self, capacity: RelayCapacity) -> u64 {
        self.deposit_of_one.saturating_add(match capacity {
            RelayCapacity::Controller => 0,
            RelayCapacity::Guardian => self.deposit,
            RelayCapacity::Recovery => self.deposit.saturating_mul(2),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegle_rules::{AccountId, OrganisationId};

    #[test]
    fn what_one_key_can_fill_leaves_room_for_those_who_come_to_help() {
        let limits = RelayLimits {
            deposit: 5,
            deposit_of_one: 50,
            ..RelayLimits::DEFAULT
        };
        let room = [
            RelayCapacity::Controller,
            RelayCapacity::Guardian,
            RelayCapacity::Recovery,
        ]
        .map(|capacity| limits.deposit_of_one_for(capacity));
        assert_eq!(room, [50, 55, 60]);
        let most = RelayLimits {
            deposit: u64::MAX,
            ..limits
        };
        assert_eq!(most.deposit_of_one_for(RelayCapacity::Recovery), u64::MAX);
    }

    #[test]
    fn who_is_new_is_paid_for_as_the_operator_says() {
        for (before_activation, uninvited, expected) in [
            (0, 0, PaidNewcomers::Nobody),
            (1, 0, PaidNewcomers::Invited),
            (0, 1, PaidNewcomers::Anybody),
            (1, 1, PaidNewcomers::Anybody),
        ] {
            let limits = RelayLimits {
                calls_before_activation: before_activation,
                calls_uninvited: uninvited,
                ..RelayLimits::DEFAULT
            };
            assert_eq!(limits.paid_newcomers(), expected, "{before_activation} {uninvited}");
        }
    }

    #[test]
    fn one_organisation_has_a_quarter_of_what_is_paid_for_newcomers() {
        let quota = |limits: RelayLimits, invited_by| {
            let named = OrganisationId(1);
            let quota = limits.quota_of(&Newcomer { named, invited_by });
            (quota.calls, quota.calls_naming_one)
        };
        let (admin, few) = (
            Some(AccountId([1; 32])),
            RelayLimits {
                calls_before_activation: 3,
                calls_uninvited: 8,
                ..RelayLimits::DEFAULT
            },
        );
        assert_eq!(quota(few, admin), (3, 1), "less than one is none");
        assert_eq!(quota(few, None), (8, 2));
        assert_eq!(quota(RelayLimits::DEFAULT, admin), (100, 25));
        assert_eq!(quota(RelayLimits::DEFAULT, None).0, 0);
    }
}
