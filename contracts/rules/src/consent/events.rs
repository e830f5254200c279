//! The events of the consent contract.

use super::{Grantee, Terms};
use crate::{message::events, AccountId, GrantId, Slots};

events! {
    /// A patient gave a grant.
    Granted(
        "aegle/consent/granted/v1",
        "f30e21a0ebdfd95b38589a340d7de8ebdcceecbc916ba8f85f67fa03e4c53623"
    ) {
        /// The patient.
        patient: AccountId,
        /// The grant's number.
        id: GrantId,
        /// Its terms.
        terms: Terms,
    }

    /// A patient ended a grant.
    Revoked(
        "aegle/consent/revoked/v1",
        "69549e140e278f8c6eded6b94ef6d903837b243e9f511cbc187b3bf1103f81ad"
    ) {
        /// The patient.
        patient: AccountId,
        /// The grant's number.
        id: GrantId,
        /// To whom it was given.
        grantee: Grantee,
    }

    /// A patient marked restricted slots, replacing what was marked.
    RestrictedSet(
        "aegle/consent/restricted-set/v1",
        "58bc8f43e84dafe91b2ca678403c746f6d7f6a08f88d0c747eaf2deda62557b1"
    ) {
        /// The patient.
        patient: AccountId,
        /// The restricted slots.
        slots: Slots,
    }
}
