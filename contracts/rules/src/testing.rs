//! What the unit tests share: a world in memory, and arbitrary terms and questions. Times, slots and accounts are drawn
//! from few values, so that grants and questions often meet.

#[path = "../tests/support/world.rs"]
mod world;

pub(crate) use world::{blake2b_256, World};

use crate::{
    consent::{
        requests::Ask, Check, Declaration, DuoModifiers, DuoPermission, DuoUse, Effect, Extent, Facts, Grantee,
        Narrowing, Origin, Parent, Proxies, Research, StoredGrant, Terms,
    },
    consortium::Role,
    AccountId, Confidentiality, GrantId, Hash, OrganisationId, Purposes, Roles, Slot, Slots,
};
use proptest::prelude::*;

/// Returns a permit to an account, of which the tests change what they are about.
pub(crate) fn permit() -> Terms {
    Terms {
        effect: Effect::Permit,
        grantee: Grantee::Account(AccountId([2; 32])),
        purposes: Purposes::TREAT.union(Purposes::ETREAT),
        slots: Slots(0b1_1000),
        confidentiality: Confidentiality::Restricted,
        from: 1_000,
        until: 2_000,
        depth: 0,
        delegable: false,
        research: Research::NONE,
        narrowing: None,
        proxies: Proxies(0b0011),
        threshold: 2,
        document: Hash([3; 32]),
        split: Hash([4; 32]),
    }
}

/// Returns the denial of the same.
pub(crate) fn denial() -> Terms {
    deny(permit())
}

/// Returns the denial of what terms permit.
pub(crate) fn deny(terms: Terms) -> Terms {
    Terms {
        effect: Effect::Deny,
        delegable: false,
        research: Research::NONE,
        ..unsplit(terms)
    }
}

/// Returns the same terms without a split, as those for anyone are.
pub(crate) fn unsplit(terms: Terms) -> Terms {
    Terms {
        proxies: Proxies::NONE,
        threshold: 0,
        split: Hash([0; 32]),
        ..terms
    }
}

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

pub(crate) fn grantee() -> impl Strategy<Value = Grantee> {
    prop_oneof![
        2 => account().prop_map(Grantee::Account),
        2 => (0..3_u32).prop_map(|number| Grantee::Organisation(OrganisationId(number))),
        1 => Just(Grantee::Anyone),
    ]
}

fn permission() -> impl Strategy<Value = DuoPermission> {
    prop_oneof![
        Just(DuoPermission::None),
        Just(DuoPermission::NoRestriction),
        Just(DuoPermission::GeneralResearch),
        Just(DuoPermission::HealthMedicalBiomedical),
        Just(DuoPermission::DiseaseSpecific),
        Just(DuoPermission::PopulationOriginsAncestry),
    ]
}

/// Returns what a researcher wants to do.
pub(crate) fn use_() -> impl Strategy<Value = DuoUse> {
    prop_oneof![
        Just(DuoUse::Undeclared),
        Just(DuoUse::MethodDevelopment),
        Just(DuoUse::PopulationOriginsAncestry),
        Just(DuoUse::HealthMedicalBiomedical),
        Just(DuoUse::Disease),
        Just(DuoUse::Other),
    ]
}

/// Returns how far research goes.
pub(crate) fn extent() -> impl Strategy<Value = Extent> {
    prop_oneof![Just(Extent::Count), Just(Extent::Find), Just(Extent::Open)]
}

/// Returns few modifiers, or all.
pub(crate) fn modifiers() -> impl Strategy<Value = DuoModifiers> {
    let some = proptest::sample::subsequence(DuoModifiers::NAMES, 0..4)
        .prop_map(|named| named.iter().fold(DuoModifiers::NONE, |all, (_, bit)| all.union(*bit)));
    prop_oneof![some, Just(DuoModifiers::ALL)]
}

prop_compose! {
    /// Returns research that may not be valid.
    pub(crate) fn research()(permission in permission(), modifiers in modifiers(), extent in extent()) -> Research {
        Research { permission, modifiers, extent }
    }
}

prop_compose! {
    /// Returns a narrowing that may not be valid.
    pub(crate) fn narrowing()(
        authored_from in prop_oneof![Just(0), 0..8_u64],
        authored_until in prop_oneof![Just(u64::MAX), 0..8_u64],
        author in proptest::option::of(account()),
        records in proptest::option::weighted(0.2, (0..2_u8).prop_map(|byte| Hash([byte; 32]))),
    ) -> Narrowing {
        Narrowing { authored_from, authored_until, author, records }
    }
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
        (depth, delegable) in (0..4_u8, any::<bool>()),
        research in research(),
        narrowing in proptest::option::weighted(0.3, narrowing()),
        (proxies, threshold) in (0..16_u32, 0..4_u8),
        (document, split) in any::<([u8; 32], [u8; 32])>(),
    ) -> Terms {
        let effect = if permit { Effect::Permit } else { Effect::Deny };
        let (purposes, slots, until) = (Purposes(purposes), Slots(slots), from + length);
        let (proxies, document, split) = (Proxies(proxies), Hash(document), Hash(split));
        Terms {
            effect, grantee, purposes, slots, confidentiality, from, until, depth, delegable, research, narrowing,
            proxies, threshold, document, split,
        }
    }
}

/// Terms that may be granted by the patient `AccountId([1; 32])` where nothing is restricted and the time is 0.
pub(crate) fn valid_terms() -> impl Strategy<Value = Terms> {
    terms().prop_map(|terms| {
        let purposes = if terms.purposes.is_empty() {
            Purposes::ALL
        } else {
            terms.purposes
        };
        let slots = if terms.slots.is_empty() {
            Slots::ALL
        } else {
            terms.slots
        };
        let grantee = match terms.grantee {
            Grantee::Account(account) => Grantee::Account(AccountId([account.0[0].max(2); 32])),
            Grantee::Organisation(id) => Grantee::Organisation(OrganisationId(id.0.max(1))),
            Grantee::Anyone => Grantee::Anyone,
        };
        let narrowing = terms.narrowing.filter(Narrowing::is_valid);
        let researches = purposes.contains(Purposes::HRESCH) && terms.research.permission != DuoPermission::None;
        let research = if researches { terms.research } else { Research::NONE };
        let purposes = if researches {
            purposes
        } else {
            Purposes(purposes.0 & !Purposes::HRESCH.0)
        };
        let purposes = if purposes.is_empty() { Purposes::TREAT } else { purposes };
        // Three of the four proxies, so that no organisation runs enough of them.
        let (proxies, threshold) = (Proxies(0b0111), 2);
        let until = terms.until.max(terms.from + 1);
        let terms = Terms {
            grantee,
            purposes,
            slots,
            until,
            narrowing,
            research,
            proxies,
            threshold,
            ..terms
        };
        match (terms.effect, terms.grantee) {
            (Effect::Deny, _) => deny(terms),
            (Effect::Permit, Grantee::Anyone) => Terms {
                delegable: false,
                ..unsplit(terms)
            },
            (Effect::Permit, _) => terms,
        }
    })
}

prop_compose! {
    /// Returns a request that need not be valid.
    pub(crate) fn ask()(
        purposes in 0..=Purposes::ALL.0,
        slots in prop_oneof![0..16_u32, any::<u32>()],
        confidentiality in confidentiality(),
        until in 0..16_u64,
        why: [u8; 32],
    ) -> Ask {
        Ask { purposes: Purposes(purposes), slots: Slots(slots), confidentiality, until, why: Hash(why) }
    }
}

/// Returns a grant as it is kept, by no rule.
pub(crate) fn stored() -> impl Strategy<Value = StoredGrant> {
    let origin = (grantee(), any::<u32>(), any::<u32>(), proptest::option::of(account()));
    let origin = origin.prop_map(|(grantee, id, root, by)| Origin {
        parent: Parent {
            grantee,
            id: GrantId(id),
        },
        root: GrantId(root),
        by,
    });
    (any::<u32>(), any::<u32>(), proptest::option::of(origin), terms())
        .prop_map(|(id, version, origin, terms)| StoredGrant::new(GrantId(id), version, origin, &terms))
}

prop_compose! {
    /// Returns a question that may be malformed, or the patient's own.
    pub(crate) fn question()(
        requester in account(),
        patient in account(),
        purpose in prop_oneof![(0..9_u32).prop_map(|shift| 1_u16 << shift), 0..4_u16],
        slot in prop_oneof![4 => 0..4_u8, 1 => any::<u8>()],
        confidentiality in confidentiality(),
        author in account(),
        authored_at in 0..8_u64,
        use_ in use_(),
        attested in modifiers(),
        extent in extent(),
        at in 0..16_u64,
    ) -> Check {
        let facts = Facts { slot: Slot(slot), confidentiality, author, authored_at };
        let research = Declaration { use_, attested };
        Check { requester, patient, purpose: Purposes(purpose), facts, research, extent, membership: None, at }
    }
}

prop_compose! {
    /// Returns a role that counts.
    pub(crate) fn role()(roles in 1..=Roles::ALL.0, organisation in 1..3_u32) -> Role {
        Role { roles: Roles(roles), organisation: OrganisationId(organisation), until: u64::MAX }
    }
}
