//! Arbitrary terms and questions for the property tests. Times, slots and accounts are drawn from few values, so that
//! grants and questions often meet.

use crate::{
    consent::{messages::Check, Effect, Facts, Grantee, StoredGrant, Terms},
    consortium::Role,
    AccountId, Confidentiality, GrantId, Hash, OrganisationId, Purposes, Roles, Slot, Slots,
};
use proptest::prelude::*;

fn confidentiality() -> impl Strategy<Value = Confidentiality> {
    prop_oneof![
        Just(Confidentiality::Normal),
        Just(Confidentiality::Restricted),
        Just(Confidentiality::VeryRestricted)
    ]
}

fn account() -> impl Strategy<Value = AccountId> {
    (1..4_u8).prop_map(|byte| AccountId([byte; 32]))
}

fn grantee() -> impl Strategy<Value = Grantee> {
    prop_oneof![
        account().prop_map(Grantee::Account),
        (0..3_u32).prop_map(|number| Grantee::Organisation(OrganisationId(number)))
    ]
}

prop_compose! {
    /// Terms that need not be valid.
    pub(crate) fn terms()(
        permit: bool,
        grantee in grantee(),
        purposes in 0..=Purposes::ALL.0,
        slots in prop_oneof![0..16_u32, any::<u32>()],
        confidentiality in confidentiality(),
        from in 0..8_u64,
        length in 0..8_u64,
        document: [u8; 32],
        split: [u8; 32],
    ) -> Terms {
        let effect = if permit { Effect::Permit } else { Effect::Deny };
        let (purposes, slots, until) = (Purposes(purposes), Slots(slots), from + length);
        let (document, split) = (Hash(document), Hash(split));
        Terms { effect, grantee, purposes, slots, confidentiality, from, until, document, split }
    }
}

/// The grants of one level, numbered from 1.
pub(crate) fn level() -> impl Strategy<Value = alloc::vec::Vec<StoredGrant>> {
    proptest::collection::vec(terms(), 0..6).prop_map(|terms| {
        terms
            .iter()
            .zip(1..)
            .map(|(terms, number)| StoredGrant::new(GrantId(number), terms))
            .collect()
    })
}

prop_compose! {
    /// A question that may be malformed, or the patient's own.
    pub(crate) fn question()(
        requester in account(),
        patient in account(),
        purpose in prop_oneof![(0..9_u32).prop_map(|shift| 1_u16 << shift), 0..4_u16],
        slot in prop_oneof![0..4_u8, any::<u8>()],
        confidentiality in confidentiality(),
        author in account(),
        authored_at: u64,
        at in 0..16_u64,
    ) -> Check {
        let facts = Facts { slot: Slot(slot), confidentiality, author, authored_at };
        Check { requester, patient, purpose: Purposes(purpose), facts, at }
    }
}

prop_compose! {
    /// A role that counts.
    pub(crate) fn role()(roles in 1..=Roles::ALL.0, organisation in 0..3_u32) -> Role {
        Role { roles: Roles(roles), organisation: OrganisationId(organisation), until: u64::MAX }
    }
}
