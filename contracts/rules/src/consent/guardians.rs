//! Guardians: k of n accounts that may do for a patient what the patient may do.

use super::{calls::Call, ConsentError};
use crate::{AccountId, Hash, Timestamp};
use alloc::vec::Vec;
use scale::{Decode, Encode};

/// Most guardians of one patient.
pub const MAX_GUARDIANS: usize = 7;
/// How long, in milliseconds, an act of guardians waits for the votes that it needs: a week.
pub const GUARDIAN_ACT_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// Who may act for a patient. The default is nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
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
}

/// Something that guardians have begun to do: 42 bytes.
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
}

/// The guardians of a patient and what they have begun, as the contract keeps it.
///
/// A guardian has begun at most one act that still waits, so that there are never more acts than guardians, and no
/// guardian can keep the others from beginning theirs. Other guardians mean other acts: nothing is left of the votes of
/// those who were replaced.
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
/// is 0 or more than there are, [`InvalidPeriod`](ConsentError::InvalidPeriod).
pub fn validate_guardians(patient: AccountId, guardians: &Guardians, now: Timestamp) -> Result<(), ConsentError> {
    let Guardians {
        accounts,
        threshold,
        until,
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
    if *until <= now {
        return Err(ConsentError::InvalidPeriod);
    }
    Ok(())
}

/// The tag under which the acts of guardians are hashed.
const ACT_TAG: &[u8] = b"aegle/guardian-act/v1";

/// What guardians vote for: BLAKE2b-256, which is `blake2`, of `aegle/guardian-act/v1` and the SCALE of the call.
///
/// # Errors
/// [`NotForGuardians`](ConsentError::NotForGuardians) where the call would name other guardians.
pub fn call_hash(call: &Call, blake2: impl Fn(&[u8]) -> Hash) -> Result<Hash, ConsentError> {
    match call {
        Call::SetGuardians { .. } => Err(ConsentError::NotForGuardians),
        _ => {
            let mut bytes = ACT_TAG.to_vec();
            call.encode_to(&mut bytes);
            Ok(blake2(&bytes))
        }
    }
}

/// Takes back what guardians have begun, since the patient has ended everything. Returns whether there was anything.
pub fn void_acts(guardianship: &mut Guardianship) -> bool {
    let any = !guardianship.acts.is_empty();
    guardianship.acts.clear();
    any
}

/// Counts the vote of `guardian` for `call`; on [`Acted::Done`], the call is to be done, and its votes are used up.
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
    now: Timestamp,
) -> Result<Acted, ConsentError> {
    let Guardianship { guardians, acts } = guardianship;
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
    acts.retain(|act| now < act.expires);
    let begun = acts.iter().find(|act| act.call == call).copied();
    let mut act = begun.unwrap_or(Act {
        call,
        begun_by: voter,
        votes: 0,
        expires: now.saturating_add(GUARDIAN_ACT_MS),
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
