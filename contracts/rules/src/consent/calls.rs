//! Everything that a patient may do: by a transaction of their own, by a relayed call, or through their guardians.

use super::{Grantee, Guardians, Terms};
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
}
