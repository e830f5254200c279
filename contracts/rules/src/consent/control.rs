//! Who acts for a patient: an account is not a key.
//!
//! A patient is an account for ever; the key that acts for it, its *controller*, may be lost or stolen. It is the account's
//! own key until the patient's guardians replace it, which takes [`CONTROL_DELAY_MS`]. In that time the controller may
//! protect (deny, revoke, close) and no more, since it may be a thief; and who should control the account may veto: the
//! *recovery key*, which is kept away from every device, as often as it takes, and the controller once, because the
//! guardians may be the thieves.

use super::{Call, ConsentError};
use crate::{AccountId, Timestamp};
use scale::{Decode, Encode, MaxEncodedLen};

/// How long a new controller, or other guardians, wait before they count, in milliseconds: 3 days.
pub const CONTROL_DELAY_MS: u64 = 3 * 24 * 60 * 60 * 1_000;

/// A controller who follows another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Replacement {
    /// The new controller.
    pub controller: AccountId,
    /// First millisecond at which it controls the account, and the one before it no more.
    pub from: Timestamp,
}

/// When exclusive guardians act and read for a patient, and the controller does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Exclusivity {
    /// Its first millisecond.
    pub from: Timestamp,
    /// First millisecond at which the controller acts and reads again.
    pub until: Timestamp,
}

/// Who acts for a patient, as the contract keeps it in the patient's state: 5 bytes where nothing was ever replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Control {
    /// Who controls the account; `None` for the account's own key.
    pub controller: Option<AccountId>,
    /// Who follows. Once the time has come they are the controller, whether or not that was noted.
    pub replacement: Option<Replacement>,
    /// Whether the controller has used its veto.
    pub veto_used: bool,
    /// The key that may veto at any time.
    pub recovery: Option<AccountId>,
    /// When exclusive guardians act and read, and nobody else; it may be over, or still to come.
    pub exclusive: Option<Exclusivity>,
}

/// What a recovery key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RecoveryAct {
    /// Takes back a replacement of the controller, and a change of guardians, that do not count yet.
    Veto,
    /// Ends the time of exclusive guardians, and with it what they are, have begun, and wanted of the controller.
    EndExclusive,
    /// Names the recovery key that follows.
    Follow {
        /// The new key.
        key: AccountId,
    },
}

impl Control {
    /// Returns who controls a patient's account at a time.
    pub fn controller(&self, account: AccountId, at: Timestamp) -> AccountId {
        match self.replacement {
            Some(replacement) if replacement.from <= at => replacement.controller,
            _ => self.controller.unwrap_or(account),
        }
    }

    /// Returns whether a key acts and reads as the patient at a time.
    pub fn controls(&self, account: AccountId, by: AccountId, at: Timestamp) -> bool {
        by == self.controller(account, at) && !self.is_exclusive(at)
    }

    /// Returns whether a key gives for the patient at a time: it controls the account, and no other key is to.
    pub fn gives(&self, account: AccountId, by: AccountId, at: Timestamp) -> bool {
        self.controls(account, by, at) && !self.is_replacing(at)
    }

    /// Returns whether a replacement waits.
    pub fn is_replacing(&self, now: Timestamp) -> bool {
        self.replacement.is_some_and(|replacement| now < replacement.from)
    }

    /// Returns whether exclusive guardians act and read at a time, and the controller does not.
    pub fn is_exclusive(&self, at: Timestamp) -> bool {
        self.exclusive.is_some_and(|time| time.from <= at && at < time.until)
    }

    /// Ends the time of exclusive guardians, which has begun or waits, as the recovery key wants it; returns who they wanted
    /// to control the account.
    ///
    /// # Errors
    /// [`NothingToVeto`](ConsentError::NothingToVeto) where there is none.
    pub fn end_exclusive(&mut self, now: Timestamp) -> Result<Option<AccountId>, ConsentError> {
        let left = self.exclusive.filter(|time| now < time.until);
        left.ok_or(ConsentError::NothingToVeto)?;
        self.exclusive = None;
        Ok(self.recall(now))
    }

    /// Decides whether `by` may do something as the controller of a patient's account.
    ///
    /// # Errors
    /// In this order: [`NotController`](ConsentError::NotController),
    /// [`ExclusiveGuardians`](ConsentError::ExclusiveGuardians), [`OnlyGuardians`](ConsentError::OnlyGuardians),
    /// [`ReplacementPending`](ConsentError::ReplacementPending).
    pub fn authorise(
        &self,
        account: AccountId,
        by: AccountId,
        call: &Call,
        now: Timestamp,
    ) -> Result<(), ConsentError> {
        if by != self.controller(account, now) {
            return Err(ConsentError::NotController);
        }
        if self.is_exclusive(now) {
            return Err(ConsentError::ExclusiveGuardians);
        }
        if matches!(call, Call::ReplaceController { .. }) {
            return Err(ConsentError::OnlyGuardians);
        }
        if self.is_replacing(now) && !call.protects() {
            return Err(ConsentError::ReplacementPending);
        }
        Ok(())
    }

    /// Begins to replace the controller, as the guardians want it; one that waited already is forgotten.
    ///
    /// # Errors
    /// [`WrongController`](ConsentError::WrongController) where that is the controller already.
    pub fn replace(
        &mut self,
        account: AccountId,
        controller: AccountId,
        now: Timestamp,
    ) -> Result<Replacement, ConsentError> {
        self.settle(now);
        if controller == self.controller(account, now) {
            return Err(ConsentError::WrongController);
        }
        let replacement = Replacement {
            controller,
            from: now.saturating_add(CONTROL_DELAY_MS),
        };
        self.replacement = Some(replacement);
        Ok(replacement)
    }

    /// Uses the controller's one veto; returns who would have followed.
    ///
    /// # Errors
    /// In this order: [`NothingToVeto`](ConsentError::NothingToVeto), [`VetoUsed`](ConsentError::VetoUsed).
    pub fn veto(&mut self, now: Timestamp) -> Result<AccountId, ConsentError> {
        self.settle(now);
        let replacement = self.replacement.ok_or(ConsentError::NothingToVeto)?;
        if self.veto_used {
            return Err(ConsentError::VetoUsed);
        }
        self.veto_used = true;
        self.replacement = None;
        Ok(replacement.controller)
    }

    /// Decides whether `by` is the recovery key.
    ///
    /// # Errors
    /// [`NotRecoveryKey`](ConsentError::NotRecoveryKey).
    pub fn authorise_recovery(&self, by: AccountId) -> Result<(), ConsentError> {
        if self.recovery == Some(by) {
            Ok(())
        } else {
            Err(ConsentError::NotRecoveryKey)
        }
    }

    /// Takes a replacement that waits back, as the recovery key wants it; returns who would have followed.
    pub fn recall(&mut self, now: Timestamp) -> Option<AccountId> {
        self.settle(now);
        self.replacement.take().map(|replacement| replacement.controller)
    }

    /// Names the recovery key, which only that key replaces. Nobody names it who could be a thief of an account that
    /// guardians watch: it comes before them.
    ///
    /// # Errors
    /// [`RecoveryKeyFixed`](ConsentError::RecoveryKeyFixed) where there is one, or where there are guardians.
    pub fn set_recovery(&mut self, key: AccountId, has_guardians: bool) -> Result<(), ConsentError> {
        if self.recovery.is_some() || has_guardians {
            return Err(ConsentError::RecoveryKeyFixed);
        }
        self.recovery = Some(key);
        Ok(())
    }

    /// Notes that a replacement counts, where its time has come. The new controller has a veto of its own.
    fn settle(&mut self, now: Timestamp) {
        if let Some(replacement) = self.replacement.filter(|replacement| replacement.from <= now) {
            self.controller = Some(replacement.controller);
            self.replacement = None;
            self.veto_used = false;
        }
    }
}

#[cfg(test)]
mod tests;
