//! What stands on chain, in words: roles, purposes, grants, what the committee proposes, and what guardians want done.

mod registrations;
mod told;

pub use registrations::{may_vouch, registration};
pub use told::told;

use crate::{
    address::ss58,
    day::{day, minute},
    refusal,
};
use aegle_crypto::classes::ClassMap;
use aegle_rules::{
    AccountId, Confidentiality, Purposes, Roles, SLOTS, Slot, Slots,
    consent::{Call, Decision, Effect, Extent, Grantee, Terms, events::Event},
    consortium::{Action, JurisdictionDefault, Limits, Which},
};

/// Writes an account in both forms: SS58, and hexadecimal in brackets.
pub fn account(account: &AccountId) -> String {
    format!("{} ({account})", ss58(account))
}

/// Names roles, such as `clinician and researcher`.
pub fn roles(roles: Roles) -> String {
    listed(
        Roles::NAMES
            .iter()
            .filter(|(_, role)| roles.contains(*role))
            .map(|(name, _)| *name),
    )
}

/// Names purposes of use by their codes, such as `TREAT and ETREAT`.
pub fn purposes(purposes: Purposes) -> String {
    let names = Purposes::NAMES
        .iter()
        .filter(|(_, purpose)| purposes.contains(*purpose));
    listed(names.map(|(name, _)| *name))
}

/// Names purposes of use in words, such as `treatment and emergency treatment`.
pub fn reasons(purposes: Purposes) -> String {
    const WORDS: [(Purposes, &str); 8] = [
        (Purposes::TREAT, "treatment"),
        (Purposes::ETREAT, "emergency treatment"),
        (Purposes::BTG, "an emergency, without being asked"),
        (Purposes::HPAYMT, "payment"),
        (Purposes::HOPERAT, "running the organisation"),
        (Purposes::HRESCH, "research"),
        (Purposes::PATRQT, "the patient"),
        (Purposes::PUBHLTH, "public health"),
    ];
    let named = WORDS.iter().filter(|(purpose, _)| purposes.contains(*purpose));
    listed(named.map(|(_, words)| *words))
}

/// Names a confidentiality.
pub fn confidentiality(confidentiality: Confidentiality) -> &'static str {
    match confidentiality {
        Confidentiality::Normal => "normal",
        Confidentiality::Restricted => "restricted",
        Confidentiality::VeryRestricted => "very restricted",
    }
}

/// Names slots: by the data classes that they stand for, where the patient's map is given, and else by their numbers.
pub fn slots(slots: Slots, map: Option<&ClassMap>) -> String {
    if slots == Slots::ALL {
        return "everything".into();
    }
    let names = (0..SLOTS).map(Slot).filter(|slot| slots.contains(*slot));
    let names = names.map(|slot| match map.map(|map| map.class(slot)) {
        Some(Some(class)) => class.name().to_owned(),
        // A slot that stands for no class, or whose class is not known.
        Some(None) | None => format!("slot {}", slot.0),
    });
    listed(names)
}

/// Says to whom a grant is given.
pub fn grantee(grantee: &Grantee) -> String {
    match grantee {
        Grantee::Account(to) => account(to),
        Grantee::Organisation(id) => format!("organisation {id}"),
        Grantee::Anyone => "everybody whose role fits".into(),
    }
}

/// Says what a grant is, in one line; the classes by name where the patient's map is given.
pub fn terms(terms: &Terms, map: Option<&ClassMap>) -> String {
    let effect = match terms.effect {
        Effect::Permit => "lets",
        Effect::Deny => "denies",
    };
    let passed_on = if terms.delegable { ", and may be passed on" } else { "" };
    format!(
        "{effect} {} for {}: {}, up to {} confidentiality, from {} until {}{passed_on}",
        grantee(&terms.grantee),
        purposes(terms.purposes),
        slots(terms.slots, map),
        confidentiality(terms.confidentiality),
        day(terms.from),
        day(terms.until),
    )
}

/// Says what guardians want done for a patient.
pub fn call(call: &Call) -> String {
    match call {
        Call::Grant { id, terms: given } => format!("gives grant {id}, which {}", terms(given, None)),
        Call::GrantMany { grants } => {
            let grants = grants
                .iter()
                .map(|(id, given)| format!("{id}, which {}", terms(given, None)));
            format!("gives the grants {}", grants.collect::<Vec<_>>().join("; "))
        }
        Call::Revoke { id, grantee: to } => format!("revokes grant {id} to {}", grantee(to)),
        Call::RevokeAll => "revokes every grant".into(),
        Call::SetRestricted { slots: marked } => format!("marks as specially protected: {}", slots(*marked, None)),
        Call::Approve {
            requester,
            id,
            terms: given,
        } => format!(
            "approves the request of {} by grant {id}, which {}",
            account(requester),
            terms(given, None)
        ),
        Call::Decline { requester } => format!("declines the request of {}", account(requester)),
        Call::SetGuardians { guardians } => format!("names {} guardians", guardians.accounts.len()),
        Call::CloseGlass { clinician } => format!("ends the emergency access of {}", account(clinician)),
        Call::Clear { grantee: to } => format!("removes the grants to {} that are over", grantee(to)),
        Call::AdvanceEpochs { slots } => format!("moves the epochs of {} slots on", slots.0.count_ones()),
        Call::ReplaceController { controller } => format!("lets the key {} control the account", account(controller)),
        Call::Veto => "takes back what does not count yet of who acts for the account".into(),
        Call::SetRecoveryKey { key } => format!("names the recovery key {}", account(key)),
    }
}

/// Says what an event about a patient's consent tells.
pub fn consent_event(event: &Event) -> String {
    match event {
        Event::Granted(event) => format!("grant {} {}", event.id, terms(&event.terms, None)),
        Event::Delegated(event) => format!(
            "{} passed on grant {} as {}, which {}",
            account(&event.by),
            event.parent.id,
            event.id,
            terms(&event.terms, None)
        ),
        Event::Revoked(event) => format!("grant {} to {} ended", event.id, grantee(&event.grantee)),
        Event::AllRevoked(_) => "every grant ended".into(),
        Event::Cleared(event) => format!("what was over was removed of the grants to {}", grantee(&event.grantee)),
        Event::RestrictedSet(event) => format!("specially protected from now on: {}", slots(event.slots, None)),
        Event::EpochsAdvanced(event) => format!("new keys from now on for {}", slots(event.slots, None)),
        Event::GuardiansSet(event) => match event.guardians.accounts.len() {
            0 => format!("nobody is guardian from {} on", minute(event.from)),
            count => format!(
                "{} of {count} guardians act together from {} until {}",
                event.guardians.threshold,
                minute(event.from),
                day(event.guardians.until)
            ),
        },
        Event::ReplacementBegun(event) => format!(
            "guardians let the key {} control the account from {} on",
            account(&event.controller),
            minute(event.from)
        ),
        Event::Vetoed(event) => match (&event.controller, event.guardians) {
            (Some(controller), _) => format!("the key {} was vetoed", account(controller)),
            (None, _) => "other guardians were vetoed".into(),
        },
        Event::RecoveryKeySet(event) => format!("the recovery key is {}", account(&event.key)),
        // These are not about a patient's consent, and in no such list.
        Event::AccessRequested(_)
        | Event::RequestClosed(_)
        | Event::GuardianVoted(_)
        | Event::GlassBroken(_)
        | Event::GlassReviewed(_)
        | Event::GlassClosed(_) => "something else".into(),
    }
}

/// Says what the committee is asked to do.
pub fn action(action: &Action) -> String {
    match action {
        Action::Admit { admin } => format!("admit an organisation whose admin is {}", account(admin)),
        Action::Suspend { organisation } => format!("suspend organisation {organisation}"),
        Action::Reinstate { organisation } => format!("end the suspension of organisation {organisation}"),
        Action::SetRole { account: whose, role } => format!(
            "make {} {} of organisation {} until {}",
            account(whose),
            roles(role.roles),
            role.organisation,
            day(role.until)
        ),
        Action::RevokeRole { account: whose } => format!(
            "take every role from {}, to whom only the committee can give one again",
            account(whose)
        ),
        Action::TakeRole {
            account: whose,
            organisation,
        } => format!("take the role in organisation {organisation} from {}", account(whose)),
        Action::Rotate { members, threshold } => format!(
            "replace the committee by these, of whom {threshold} must agree: {}",
            listed(members.iter().map(account))
        ),
        Action::Connect { consent, ledger } => {
            format!("connect the consent contract {consent} and the ledger contract {ledger}")
        }
        Action::SetProxies { operators } => {
            let operators = operators.iter();
            let operators = operators.map(|operator| {
                format!(
                    "{} of organisation {}",
                    account(&operator.account),
                    operator.organisation
                )
            });
            format!("let these run the proxies: {}", listed(operators))
        }
        Action::SetLimits { limits: set } => format!("set the limits: {}", limits(set)),
        Action::ScheduleUpgrade {
            contract,
            code_hash,
            not_before,
            ..
        } => format!(
            "put the code {code_hash} of the {} contract in force, not before {}",
            contract_name(*contract),
            day(*not_before)
        ),
        Action::SetJurisdiction { default } => format!("let this count in {}", jurisdiction(default)),
        Action::Place {
            organisation,
            jurisdiction: Some(jurisdiction),
        } => format!("place organisation {organisation} in jurisdiction {jurisdiction}"),
        Action::Place {
            organisation,
            jurisdiction: None,
        } => format!("place organisation {organisation} in no jurisdiction"),
        Action::SetResidence {
            patient,
            jurisdiction: Some(jurisdiction),
        } => format!(
            "let the law of jurisdiction {jurisdiction} count for {}",
            account(patient)
        ),
        Action::SetResidence {
            patient,
            jurisdiction: None,
        } => format!("let the law of no jurisdiction count for {}", account(patient)),
        Action::Resume => "end the pause".into(),
        Action::SetSeats { organisations } => {
            let seats = organisations.iter().map(|organisation| match organisation {
                Some(organisation) => format!("organisation {organisation}"),
                None => "none that is known".into(),
            });
            format!(
                "say that the members of the committee are of {}, in this order",
                listed(seats)
            )
        }
        Action::Succeed {
            organisation,
            successor,
        } => format!(
            "let organisation {successor} take the place of organisation {organisation} as custodian of its search domains"
        ),
        Action::CancelUpgrade { contract } => {
            format!("cancel the new code of the {} contract", contract_name(*contract))
        }
    }
}

/// Says what counts in a jurisdiction where a patient has said nothing.
pub fn jurisdiction(default: &JurisdictionDefault) -> String {
    let JurisdictionDefault {
        jurisdiction, permits, ..
    } = default;
    if permits.is_empty() {
        return format!("jurisdiction {jurisdiction}: nothing is permitted before a patient permits it (opt-in)");
    }
    let extent = match default.research.extent {
        _ if !permits.contains(Purposes::HRESCH) => "",
        Extent::Count => ", research as far as counting patients",
        Extent::Find => ", research as far as finding records",
        Extent::Open => ", research as far as opening records",
    };
    format!(
        "jurisdiction {jurisdiction}: {} permitted until a patient says something about it (opt-out){extent}",
        purposes(*permits)
    )
}

/// Says what a decision of the consent contract means.
pub fn decision(decision: &Decision) -> String {
    match decision {
        Decision::Own => "yes: whoever controls the patient's account asks".into(),
        Decision::Permitted(grant) => format!("yes: grant {grant} permits it"),
        Decision::Glass => "yes: the glass was broken".into(),
        Decision::Representative => "yes: a personal representative asks".into(),
        Decision::Jurisdiction(jurisdiction) => format!(
            "yes: the patient has said nothing about the purpose, and jurisdiction {jurisdiction} permits it then (opt-out)"
        ),
        Decision::Denied(denial) => format!("no: {}", refusal::denial(denial)),
    }
}

/// Says what the committee's limits are.
pub fn limits(limits: &Limits) -> String {
    format!(
        "a proposal waits {} for votes, new code {}, and a request {} for its answer; emergency access lasts {}, is reviewed \
         within {}, and is had by one clinician {} times in 24 hours at most; an erasure can be called off for {}, and of a \
         search domain {} records can be named for it a day",
        duration(limits.proposal_ms),
        duration(limits.timelock_ms),
        duration(limits.request_ms),
        duration(limits.glass_ms),
        duration(limits.review_ms),
        limits.glasses_per_day,
        duration(limits.erasure_ms),
        limits.erasures_per_day
    )
}

/// Writes a duration in the largest unit that it is a whole number of.
fn duration(milliseconds: u64) -> String {
    let units = [
        (86_400_000, "day"),
        (3_600_000, "hour"),
        (60_000, "minute"),
        (1_000, "second"),
        (1, "millisecond"),
    ];
    let unit = units.into_iter().find(|(length, _)| milliseconds % length == 0);
    let (length, name) = unit.unwrap_or((1, "millisecond"));
    match milliseconds / length {
        1 => format!("1 {name}"),
        count => format!("{count} {name}s"),
    }
}

/// Names a contract.
pub fn contract_name(contract: Which) -> &'static str {
    match contract {
        Which::Consortium => "consortium",
        Which::Consent => "consent",
        Which::Ledger => "ledger",
    }
}

/// Joins names: `one`, `one and two`, `one, two and three`; `nothing` where there is none.
fn listed(names: impl Iterator<Item = impl Into<String>>) -> String {
    let mut names: Vec<String> = names.map(Into::into).collect();
    match (names.pop(), names.is_empty()) {
        (None, _) => "nothing".into(),
        (Some(last), true) => last,
        (Some(last), false) => format!("{} and {last}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_has_words() {
        for (name, purpose) in Purposes::NAMES {
            assert_ne!(reasons(*purpose), "nothing", "{name}");
        }
    }

    #[test]
    fn lists_read_like_sentences() {
        assert_eq!(purposes(Purposes::NONE), "nothing");
        assert_eq!(purposes(Purposes::TREAT), "TREAT");
        assert_eq!(
            purposes(Purposes::TREAT.union(Purposes::BTG).union(Purposes::HRESCH)),
            "TREAT, BTG and HRESCH"
        );
        let own = limits(&Limits::DEFAULT);
        assert!(
            own.starts_with("a proposal waits 7 days for votes, new code 2 days,"),
            "{own}"
        );
        assert_eq!(["1 hour", "90 minutes"], [3_600_000, 5_400_000].map(duration));
        assert_eq!(slots(Slots::ALL, None), "everything");
        assert_eq!(slots(Slots(0b1010), None), "slot 1 and slot 3");
    }
}
