//! Guardians: k of n accounts that may do for a patient what the patient may do, and that replace the key of a patient who
//! has lost it.

use super::{
    calls::Call,
    control::{Control, Exclusivity, CONTROL_DELAY_MS},
    ConsentError,
};
use crate::{message::decode_apart, AccountId, Hash, Timestamp};
use alloc::vec::Vec;
use scale::{Decode, Encode};

/// Most guardians of one patient.
pub const MAX_GUARDIANS: usize = 7;
/// How long, in milliseconds, guardians may act alone at most: 21 years, in which everybody comes of age.
pub const MAX_EXCLUSIVE_MS: u64 = 21 * 366 * 24 * 60 * 60 * 1_000;
/// How long, in milliseconds, an act of guardians waits for the votes that it needs: a week.
pub const GUARDIAN_ACT_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// What guardians may do beside acting together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Authority {
    /// Nothing: they act beside the patient, and read nothing.
    #[default]
    Acting,
    /// Each of them reads what the patient may read, as a personal representative.
    Representing,
    /// Each of them reads, and the patient's own key neither acts nor reads until their time is over: for an infant. It counts
    /// three days after it was named, and the recovery key ends it.
    Exclusive,
}

/// Who may act for a patient. The default is nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Guardians {
    /// The guardians: at most [`MAX_GUARDIANS`], all different, and never the patient.
    pub accounts: Vec<AccountId>,
    /// How many of them it takes.
    pub threshold: u8,
    /// First millisecond at which they can no longer act, such as the day on which a minor comes of age.
    pub until: Timestamp,
    /// What they may do beside acting together.
    pub authority: Authority,
}
decode_apart!(Guardians {
    accounts,
    threshold,
    until,
    authority
});

/// Guardians who follow those that there are.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Change {
    /// Who follows; the default for nobody.
    pub guardians: Guardians,
    /// First millisecond at which they are the guardians, and those before them no more.
    pub from: Timestamp,
}

/// Something that guardians have begun to do: 43 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Act {
    /// The [hash](call_hash) of the call.
    pub call: Hash,
    /// Who began it, as a position in [`Guardians::accounts`].
    pub begun_by: u8,
    /// Who wants it: bit i for the guardian at position i.
    pub votes: u8,
    /// First millisecond at which the votes no longer count.
    pub expires: Timestamp,
    /// Whether it replaces the controller, who can then not undo it by ending everything.
    pub replaces: bool,
}

/// The guardians of a patient and what they have begun, as the contract keeps it.
///
/// A guardian has begun at most one act that still waits, so that there are never more acts than guardians, and no
/// guardian can keep the others from beginning theirs. Other guardians mean other acts: nothing is left of the votes of
/// those who were followed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Guardianship {
    /// The guardians.
    pub guardians: Guardians,
    /// What they have begun; some of it may have expired.
    pub acts: Vec<Act>,
    /// Who follows them. Once the time has come these are the guardians, whether or not that was noted.
    pub change: Option<Change>,
}

impl Guardianship {
    /// Returns who the guardians are at a time; they may have ended.
    pub fn at(&self, at: Timestamp) -> &Guardians {
        match &self.change {
            Some(change) if change.from <= at => &change.guardians,
            _ => &self.guardians,
        }
    }

    /// Returns whether there are guardians who act at a time.
    pub fn is_active(&self, at: Timestamp) -> bool {
        let guardians = self.at(at);
        !guardians.accounts.is_empty() && at < guardians.until
    }

    /// Returns whether an account reads what the patient may read, at a time.
    pub fn represents(&self, account: &AccountId, at: Timestamp) -> bool {
        let guardians = self.at(at);
        at < guardians.until && guardians.authority != Authority::Acting && guardians.accounts.contains(account)
    }

    /// Returns whether nothing is left that has to be kept.
    pub fn is_empty(&self) -> bool {
        self.guardians.accounts.is_empty() && self.acts.is_empty() && self.change.is_none()
    }

    /// Notes that a change counts, where its time has come.
    fn settle(&mut self, now: Timestamp) {
        if let Some(change) = self.change.take_if(|change| change.from <= now) {
            self.guardians = change.guardians;
            self.acts.clear();
        }
    }
}

/// What came of a guardian's vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Acted {
    /// It takes more guardians.
    Pending {
        /// How many want it by now.
        votes: u8,
    },
    /// It is done.
    Done,
}

/// Checks the guardians that a patient names. [`Guardians::default`] is how a patient names nobody.
///
/// # Errors
/// In this order: [`TooManyGuardians`](ConsentError::TooManyGuardians),
/// [`WrongGuardians`](ConsentError::WrongGuardians) where one is named twice or is the patient, or where the threshold
/// is 0 or more than there are, [`InvalidPeriod`](ConsentError::InvalidPeriod) where they have ended, or would act alone for
/// longer than [`MAX_EXCLUSIVE_MS`].
pub fn validate_guardians(patient: AccountId, guardians: &Guardians, now: Timestamp) -> Result<(), ConsentError> {
    let Guardians {
        accounts,
        threshold,
        until,
        authority,
    } = guardians;
    if *guardians == Guardians::default() {
        return Ok(());
    }
    if accounts.len() > MAX_GUARDIANS {
        return Err(ConsentError::TooManyGuardians);
    }
    let mut earlier = accounts.iter().enumerate();
    let repeated = earlier.any(|(position, account)| accounts.iter().take(position).any(|other| other == account));
    let reachable = *threshold > 0 && usize::from(*threshold) <= accounts.len();
    if repeated || accounts.contains(&patient) || !reachable {
        return Err(ConsentError::WrongGuardians);
    }
    let too_long = *authority == Authority::Exclusive && until.saturating_sub(now) > MAX_EXCLUSIVE_MS;
    if *until <= now || too_long {
        return Err(ConsentError::InvalidPeriod);
    }
    Ok(())
}

/// The tag under which the acts of guardians are hashed.
const ACT_TAG: &[u8] = b"aegle/guardian-act/v1";

/// Returns what guardians vote for: BLAKE2b-256, which is `blake2`, of `aegle/guardian-act/v1` and the SCALE of the
/// call. `authority` is that of the guardians.
///
/// # Errors
/// [`NotForGuardians`](ConsentError::NotForGuardians) where the call would name a recovery key, or other guardians, which
/// those of an infant do, because nobody else could.
pub fn call_hash(call: &Call, authority: Authority, blake2: impl Fn(&[u8]) -> Hash) -> Result<Hash, ConsentError> {
    match call {
        Call::SetRecoveryKey { .. } => Err(ConsentError::NotForGuardians),
        Call::SetGuardians { .. } if authority != Authority::Exclusive => Err(ConsentError::NotForGuardians),
        _ => {
            let mut bytes = ACT_TAG.to_vec();
            call.encode_to(&mut bytes);
            Ok(blake2(&bytes))
        }
    }
}

/// Takes back what guardians have begun, since the patient has ended everything; but not a replacement of the controller,
/// because a thief would end everything. Returns whether there was anything.
pub fn void_acts(guardianship: &mut Guardianship) -> bool {
    let before = guardianship.acts.len();
    guardianship.acts.retain(|act| act.replaces);
    guardianship.acts.len() != before
}

/// Names the guardians of a patient, whose account is controlled as `control` says; returns from when on they are. Where
/// there are some who still can act, or where they would act alone, that is only after [`CONTROL_DELAY_MS`], and a change
/// that waited already is forgotten.
///
/// Those of an infant are named where there are no others, and are followed by such as end on the same day: nobody prolongs
/// their time, and no child is handed to others for longer. They wait too, because whoever has stolen one signature could
/// end the owner's acting else.
///
/// # Errors
/// In this order: those of [`validate_guardians`]; [`InvalidPeriod`](ConsentError::InvalidPeriod) where guardians with
/// exclusive authority would have ended before they count; [`WrongGuardians`](ConsentError::WrongGuardians) where such
/// would follow others, or be followed by other than such with the same end. On an error, nothing is changed.
pub fn name_guardians(
    patient: AccountId,
    control: &mut Control,
    guardianship: &mut Guardianship,
    guardians: &Guardians,
    now: Timestamp,
) -> Result<Timestamp, ConsentError> {
    validate_guardians(patient, guardians, now)?;
    let from = now.saturating_add(CONTROL_DELAY_MS);
    let alone = guardians.authority == Authority::Exclusive;
    if !guardianship.is_active(now) {
        if !alone {
            *guardianship = Guardianship {
                guardians: guardians.clone(),
                ..Guardianship::default()
            };
            control.exclusive = None;
            return Ok(now);
        }
        let until = guardians.until;
        if until <= from {
            return Err(ConsentError::InvalidPeriod);
        }
        *guardianship = Guardianship {
            change: Some(Change {
                guardians: guardians.clone(),
                from,
            }),
            ..Guardianship::default()
        };
        control.exclusive = Some(Exclusivity { from, until });
        return Ok(from);
    }
    let present = guardianship.at(now);
    let follows = match [present.authority == Authority::Exclusive, alone] {
        [true, true] => present.until == guardians.until,
        [false, false] => true,
        _ => false,
    };
    if !follows {
        return Err(ConsentError::WrongGuardians);
    }
    guardianship.settle(now);
    guardianship.change = Some(Change {
        guardians: guardians.clone(),
        from,
    });
    Ok(from)
}

/// Takes back a change of guardians that does not count yet, and with it the time of exclusive ones that has not begun.
/// Returns whether there was one.
pub fn veto_change(control: &mut Control, guardianship: &mut Guardianship, now: Timestamp) -> bool {
    guardianship.settle(now);
    control.exclusive = control.exclusive.filter(|time| time.from <= now);
    guardianship.change.take().is_some()
}

/// Counts the vote of `guardian` for `call`, of which `replaces` says whether it replaces the controller; on [`Acted::Done`], the call is to be done, and its votes are used up.
///
/// The first vote begins the act, and with it ends an earlier one that the same guardian began. A repeated vote changes
/// nothing. Acts that have expired are removed on the way.
///
/// # Errors
/// In this order: [`NotGuardian`](ConsentError::NotGuardian), [`GuardiansEnded`](ConsentError::GuardiansEnded). On an
/// error, nothing is changed.
pub fn vote(
    guardianship: &mut Guardianship,
    guardian: AccountId,
    call: Hash,
    replaces: bool,
    now: Timestamp,
) -> Result<Acted, ConsentError> {
    let guardians = guardianship.at(now);
    let position = guardians
        .accounts
        .iter()
        .take(MAX_GUARDIANS)
        .position(|account| *account == guardian);
    let voter = position
        .and_then(|position| u8::try_from(position).ok())
        .ok_or(ConsentError::NotGuardian)?;
    if guardians.until <= now {
        return Err(ConsentError::GuardiansEnded);
    }
    guardianship.settle(now);
    let Guardianship { guardians, acts, .. } = guardianship;
    acts.retain(|act| now < act.expires);
    let begun = acts.iter().find(|act| act.call == call).copied();
    let mut act = begun.unwrap_or(Act {
        call,
        begun_by: voter,
        votes: 0,
        expires: now.saturating_add(GUARDIAN_ACT_MS),
        replaces,
    });
    acts.retain(|other| other.call != call && (begun.is_some() || other.begun_by != voter));
    act.votes |= 1 << voter;
    let votes = act.votes.count_ones();
    if votes >= u32::from(guardians.threshold) {
        return Ok(Acted::Done);
    }
    acts.push(act);
    Ok(Acted::Pending { votes: votes as u8 })
}

#[cfg(test)]
mod tests;
