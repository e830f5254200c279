//! The words of the model as what the contract keeps and hears.

use super::{
    draw::{Sets, PATIENT},
    model::{self, Actor, Provision, Question},
};
use aegle_rules::{
    consent::{
        Authority, Check, Declaration, DuoModifiers, DuoPermission, DuoUse, Effect, Extent, Facts, Grantee, Guardians,
        Membership, Narrowing, Proxies, Research, Terms,
    },
    AccountId, Confidentiality, Hash, OrganisationId, Purposes, Slot, Slots,
};

pub fn account(name: u8) -> AccountId {
    AccountId([name; 32])
}

pub fn grantee(actor: Actor) -> Grantee {
    match actor {
        Actor::Person(name) => Grantee::Account(account(name)),
        Actor::Company(number) => Grantee::Organisation(OrganisationId(number)),
        Actor::Everybody => Grantee::Anyone,
    }
}

pub fn named<T: Copy>(names: &[(&'static str, T)], name: &str) -> T {
    names.iter().find(|(other, _)| *other == name).expect("a name").1
}

fn purposes(names: &[&str]) -> Purposes {
    names
        .iter()
        .map(|name| named(Purposes::NAMES, name))
        .fold(Purposes::NONE, Purposes::union)
}

fn modifiers(names: &[&str]) -> DuoModifiers {
    names
        .iter()
        .map(|name| named(DuoModifiers::NAMES, name))
        .fold(DuoModifiers::NONE, DuoModifiers::union)
}

fn confidentiality(code: char) -> Confidentiality {
    match code {
        'N' => Confidentiality::Normal,
        'R' => Confidentiality::Restricted,
        _ => Confidentiality::VeryRestricted,
    }
}

pub fn terms(to: Actor, provision: &Provision, sets: &Sets, depth: u8) -> Terms {
    let (authored_from, authored_until) = provision.written.unwrap_or((0, u64::MAX));
    let narrowing = Narrowing {
        authored_from,
        authored_until,
        author: provision.writer.map(account),
        records: provision.records.map(|set| sets.roots[set]),
    };
    let permission = match provision.permission {
        "NRES" => DuoPermission::NoRestriction,
        "GRU" => DuoPermission::GeneralResearch,
        "HMB" => DuoPermission::HealthMedicalBiomedical,
        "DS" => DuoPermission::DiseaseSpecific,
        _ => DuoPermission::PopulationOriginsAncestry,
    };
    let research = Research {
        permission,
        modifiers: modifiers(&provision.modifiers),
        extent: extent(provision.extent),
    };
    let researches = provision.permits && provision.purposes.contains(&"HRESCH");
    let splits = provision.permits && to != Actor::Everybody;
    Terms {
        effect: if provision.permits {
            Effect::Permit
        } else {
            Effect::Deny
        },
        grantee: grantee(to),
        purposes: purposes(&provision.purposes),
        slots: provision
            .classes
            .iter()
            .fold(Slots::default(), |slots, class| slots.with(Slot(*class))),
        confidentiality: confidentiality(provision.ceiling),
        from: provision.from,
        until: provision.until,
        depth,
        delegable: provision.may_pass_on,
        research: if researches { research } else { Research::NONE },
        narrowing: (narrowing != Narrowing::NONE).then_some(narrowing),
        proxies: Proxies(provision.proxies.iter().map(|proxy| 1 << proxy).sum()),
        threshold: provision.needed as u8,
        document: Hash([1; 32]),
        split: Hash([u8::from(splits); 32]),
    }
}

fn extent(doing: &str) -> Extent {
    match doing {
        "count" => Extent::Count,
        "find" => Extent::Find,
        _ => Extent::Open,
    }
}

/// People who act for the patient, as the contract keeps them.
pub fn guarding(guardians: &model::Guardians) -> Guardians {
    Guardians {
        accounts: guardians.people.iter().map(|name| account(*name)).collect(),
        threshold: 1,
        until: guardians.until,
        authority: if guardians.read {
            Authority::Representing
        } else {
            Authority::Acting
        },
    }
}

/// A question as the contract hears it.
pub fn heard(question: &Question, membership: Option<Membership>) -> Check {
    let use_ = match question.using {
        "" => DuoUse::Undeclared,
        "methods" => DuoUse::MethodDevelopment,
        "ancestry" => DuoUse::PopulationOriginsAncestry,
        "health" => DuoUse::HealthMedicalBiomedical,
        "disease" => DuoUse::Disease,
        _ => DuoUse::Other,
    };
    Check {
        requester: account(question.who),
        patient: account(PATIENT),
        purpose: purposes(&question.purposes),
        facts: Facts {
            slot: Slot(question.class),
            confidentiality: confidentiality(question.confidentiality),
            author: account(question.author),
            authored_at: question.authored,
        },
        research: Declaration {
            use_,
            attested: modifiers(&question.attested),
        },
        extent: extent(question.doing),
        membership,
        at: question.at,
    }
}
