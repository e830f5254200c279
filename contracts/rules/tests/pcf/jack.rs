//! Jack Smith, the patient of PCF's examples, the people around him, his provisions, and questions about his records.

use super::support::{records::Records, world::World};
use aegle_rules::{
    consent::{
        Check, Declaration, DuoModifiers, DuoUse, Effect, Extent, Facts, Grantee, Narrowing, PatientState, Proxies,
        Research, Terms,
    },
    AccountId, Confidentiality, Hash, OrganisationId, Purposes, Roles, Slot, Slots, Timestamp,
};

pub const PATIENT: AccountId = AccountId([1; 32]);
pub const MOTHER: AccountId = AccountId([2; 32]);
/// Jack Smith's practitioner, of "somewhere org".
pub const PRACTITIONER: AccountId = AccountId([3; 32]);
/// Another clinician there.
pub const COLLEAGUE: AccountId = AccountId([4; 32]);
pub const PAYER: AccountId = AccountId([5; 32]);
pub const MANAGER: AccountId = AccountId([6; 32]);
/// Somebody of "research house org", and somebody of another one.
pub const RESEARCHER: AccountId = AccountId([7; 32]);
pub const OTHER_RESEARCHER: AccountId = AccountId([8; 32]);
pub const RESEARCH_HOUSE: OrganisationId = OrganisationId(4);

pub const START_OF_2022: Timestamp = 1_640_995_200_000;
pub const SIGNED: Timestamp = 1_655_078_400_000;
pub const START_OF_2023: Timestamp = 1_672_531_200_000;

/// Treatment, payment and operations.
pub const TPO: Purposes = Purposes::TREAT.union(Purposes::HPAYMT).union(Purposes::HOPERAT);
pub const WEIGHT: Slot = Slot(0);
pub const ALCOHOL: Slot = Slot(1);
pub const MENTAL: Slot = Slot(2);
pub const SEXUAL: Slot = Slot(3);
/// Every slot but the two restricted ones, which a permit of several may not cover.
pub const COMMON: Slots = Slots(!0b1100);

/// The records: their numbers, and the encounter that the first three belong to.
pub const ENCOUNTER: [u8; 3] = [1, 2, 3];
pub const ELSEWHERE: u8 = 9;

/// The base provision: a permit to anyone of everything that is not restricted, but nothing above NORMAL.
pub fn base() -> Terms {
    Terms {
        effect: Effect::Permit,
        grantee: Grantee::Anyone,
        purposes: TPO,
        slots: COMMON,
        confidentiality: Confidentiality::Normal,
        from: SIGNED,
        until: Timestamp::MAX,
        depth: 0,
        delegable: false,
        research: Research::NONE,
        narrowing: None,
        proxies: Proxies::NONE,
        threshold: 0,
        document: Hash([1; 32]),
        split: Hash([0; 32]),
    }
}

/// A provision nested in the base: a denial of something of it.
pub fn not(narrowing: Narrowing) -> Terms {
    Terms {
        effect: Effect::Deny,
        depth: 1,
        narrowing: Some(narrowing),
        ..base()
    }
}

pub fn only(narrowing: Narrowing) -> Terms {
    Terms {
        narrowing: Some(narrowing),
        ..base()
    }
}

/// A permit to somebody in particular, and so with a split.
pub fn to(grantee: Grantee, terms: Terms) -> Terms {
    Terms {
        grantee,
        proxies: Proxies(0b0011),
        threshold: 2,
        split: Hash([2; 32]),
        ..terms
    }
}

pub fn in_2022() -> Narrowing {
    Narrowing {
        authored_from: START_OF_2022,
        authored_until: START_OF_2023,
        ..Narrowing::NONE
    }
}

pub fn by_the_practitioner() -> Narrowing {
    Narrowing {
        author: Some(PRACTITIONER),
        ..Narrowing::NONE
    }
}

pub fn of(records: &[u8]) -> Narrowing {
    Narrowing {
        records: Some(Records::new(records).root()),
        ..Narrowing::NONE
    }
}

pub fn slot(slot: Slot) -> Slots {
    Slots::default().with(slot)
}

/// Jack Smith's practitioner asks to treat him, for his weight.
pub fn question() -> Check {
    Check {
        requester: PRACTITIONER,
        patient: PATIENT,
        purpose: Purposes::TREAT,
        facts: Facts {
            slot: WEIGHT,
            confidentiality: Confidentiality::Normal,
            author: COLLEAGUE,
            authored_at: START_OF_2023,
        },
        research: Declaration::default(),
        extent: Extent::Count,
        membership: None,
        at: START_OF_2023,
    }
}

pub fn asked(change: impl FnOnce(&mut Check)) -> Check {
    let mut question = question();
    change(&mut question);
    question
}

/// About one of the records, with the proof of whether it is among others.
pub fn about(record: u8, records: &[u8]) -> Check {
    asked(|asked| asked.membership = Some(Records::new(records).prove(record)))
}

pub fn by(requester: AccountId, purpose: Purposes) -> Check {
    Check {
        requester,
        purpose,
        ..question()
    }
}

pub fn restricted_data(requester: AccountId, purpose: Purposes) -> Check {
    let mut question = by(requester, purpose);
    question.facts.confidentiality = Confidentiality::Restricted;
    question
}

pub fn sensitive(slot: Slot, requester: AccountId) -> Check {
    let mut question = restricted_data(requester, Purposes::TREAT);
    question.facts.slot = slot;
    question
}

pub fn researching(requester: AccountId, use_: DuoUse) -> Check {
    let mut question = by(requester, Purposes::HRESCH);
    question.research = Declaration {
        use_,
        attested: DuoModifiers::NONE,
    };
    question
}

pub fn world() -> World {
    let mut world = World::new();
    for (account, role, organisation) in [
        (PRACTITIONER, Roles::CLINICIAN, 5),
        (COLLEAGUE, Roles::CLINICIAN, 5),
        (MANAGER, Roles::ORGANISATION_ADMIN, 5),
        (PAYER, Roles::INSURER, 3),
        (RESEARCHER, Roles::RESEARCHER, RESEARCH_HOUSE.0),
        (OTHER_RESEARCHER, Roles::RESEARCHER, 3),
    ] {
        world.set_role(account, role, OrganisationId(organisation));
    }
    let sensitive = slot(MENTAL).with(SEXUAL);
    world.set_state(
        PATIENT,
        PatientState {
            restricted: sensitive,
            ..PatientState::default()
        },
    );
    world
}
