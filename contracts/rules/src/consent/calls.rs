//! Everything that a patient may do: by a transaction of their own, by a relayed call, or through their guardians.

use super::{Effect, Grantee, Guardians, RecoveryAct, Terms};
use crate::{AccountId, GrantId, Slots};
use alloc::vec::Vec;
use scale::{Decode, Encode};

/// Something that a patient does. What is signed to be relayed, and what guardians vote for, is the SCALE of this.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
pub enum Call {
    /// Gives a grant.
    Grant {
        /// The number that `next_grant` says.
        id: GrantId,
        /// What is granted.
        terms: Terms,
    },
    /// Gives several grants, all or none.
    GrantMany {
        /// At most [`MAX_GRANTS_AT_ONCE`](super::MAX_GRANTS_AT_ONCE), with the numbers that come next.
        grants: Vec<(GrantId, Terms)>,
    },
    /// Ends a grant, or what somebody passed on.
    Revoke {
        /// The grant.
        id: GrantId,
        /// To whom it was given.
        grantee: Grantee,
    },
    /// Ends every grant.
    RevokeAll,
    /// Marks the slots that need a grant of their own, replacing what was marked.
    SetRestricted {
        /// The restricted slots.
        slots: Slots,
    },
    /// Answers a request with a grant.
    Approve {
        /// Who asked.
        requester: AccountId,
        /// The number that `next_grant` says.
        id: GrantId,
        /// What is granted, within what was asked.
        terms: Terms,
    },
    /// Declines a request.
    Decline {
        /// Who asked.
        requester: AccountId,
    },
    /// Names the patient's guardians, replacing those before.
    SetGuardians {
        /// The guardians; the default for nobody.
        guardians: Guardians,
    },
    /// Closes a glass that a clinician broke.
    CloseGlass {
        /// Who broke it.
        clinician: AccountId,
    },
    /// Removes the grants to one grantee that are over.
    Clear {
        /// The grantee.
        grantee: Grantee,
    },
    /// Moves the epochs of slots on.
    AdvanceEpochs {
        /// The slots: at least one.
        slots: Slots,
    },
    /// Lets another key control the patient's account, after a delay. Guardians want it, and nobody else.
    ReplaceController {
        /// The new controller.
        controller: AccountId,
    },
    /// Takes back what does not count yet: for the controller, its replacement, once; for guardians, those who are to follow
    /// them.
    Veto,
    /// Names the recovery key, where there is none yet and no guardians.
    SetRecoveryKey {
        /// The key.
        key: AccountId,
    },
}

impl Call {
    /// Returns whether it can only take access away, so that a controller who is being replaced may do it too.
    pub fn protects(&self) -> bool {
        match self {
            Self::Grant { terms, .. } => terms.effect == Effect::Deny,
            Self::GrantMany { grants } => grants.iter().all(|(_, terms)| terms.effect == Effect::Deny),
            Self::Revoke { .. }
            | Self::RevokeAll
            | Self::Decline { .. }
            | Self::CloseGlass { .. }
            | Self::Clear { .. }
            | Self::AdvanceEpochs { .. }
            | Self::Veto => true,
            Self::SetRestricted { .. }
            | Self::Approve { .. }
            | Self::SetGuardians { .. }
            | Self::ReplaceController { .. }
            | Self::SetRecoveryKey { .. } => false,
        }
    }
}

/// What somebody signs so that anybody may submit it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
pub enum SignedAct {
    /// The controller of a patient's account does something.
    Controller {
        /// The patient.
        patient: AccountId,
        /// What is done.
        call: Call,
    },
    /// A guardian of a patient wants something done.
    Guardian {
        /// The patient.
        patient: AccountId,
        /// What is to be done.
        call: Call,
    },
    /// A patient's recovery key acts.
    Recovery {
        /// The patient.
        patient: AccountId,
        /// What it does.
        act: RecoveryAct,
    },
}
