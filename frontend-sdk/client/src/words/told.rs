//! What an event says that somebody is notified of.

use super::{account, action, consent_event, contract_name, may_vouch, purposes, roles, slots};
use crate::day::{day, minute};
use aegle_chain::ContractEvent;
use aegle_rules::{
    AccountId, OrganisationId,
    consent::{self, Acted, Answer, Verdict},
    consortium::{self, Role},
    ledger,
};

/// Says what an event tells, in one line.
pub fn told(event: &ContractEvent) -> String {
    match event {
        ContractEvent::Consent(event) => by_consent(event),
        ContractEvent::Consortium(event) => by_consortium(event),
        ContractEvent::Ledger(event) => by_ledger(event),
    }
}

fn by_consent(event: &consent::events::Event) -> String {
    use consent::events::Event;
    match event {
        Event::AccessRequested(event) => format!(
            "{} asks {} for access for {}: {}",
            account(&event.requester),
            account(&event.patient),
            purposes(event.request.ask.purposes),
            slots(event.request.ask.slots, None),
        ),
        Event::RequestClosed(event) => {
            let answer = match event.answer {
                Answer::Approved(grant) => format!("approved by grant {grant}"),
                Answer::Declined => "declined".into(),
                Answer::Withdrawn => "withdrawn".into(),
            };
            format!("the request of {} was {answer}", account(&event.requester))
        }
        Event::GuardianVoted(event) => {
            let outcome = match event.outcome {
                Acted::Done => "and it was done",
                _ => "and others must agree",
            };
            format!(
                "the guardian {} wants something done for {}, {outcome}",
                account(&event.guardian),
                account(&event.patient)
            )
        }
        Event::GlassBroken(event) => format!(
            "{} broke the glass of {} until {}; to be reviewed by {}",
            account(&event.clinician),
            account(&event.patient),
            minute(event.glass.until),
            minute(event.review_by),
        ),
        Event::GlassReviewed(event) => {
            let verdict = match event.verdict {
                Verdict::Justified => "justified",
                Verdict::Unjustified => "not justified",
            };
            format!(
                "{} found the broken glass of {} {verdict}",
                account(&event.reviewer),
                account(&event.clinician)
            )
        }
        Event::GlassClosed(event) => format!("the broken glass of {} was closed", account(&event.clinician)),
        event => consent_event(event),
    }
}

fn by_consortium(event: &consortium::events::Event) -> String {
    use consortium::events::Event;
    match event {
        Event::ProposalOpened(event) => format!(
            "{} proposes, as number {}, to {}",
            account(&event.proposer),
            event.id,
            action(&event.action)
        ),
        Event::Voted(event) => format!(
            "{} votes for proposal {}, which has {} votes now",
            account(&event.member),
            event.id,
            event.votes
        ),
        Event::ProposalClosed(event) => match event.executed {
            true => format!("proposal {} was carried out", event.id),
            false => format!("proposal {} was withdrawn", event.id),
        },
        Event::CommitteeRotated(event) => format!("there is another committee, of {}", event.committee.members.len()),
        Event::SeatAccepted(event) => format!("{} accepts a seat, for proposal {}", account(&event.member), event.id),
        Event::SeatsSet(_) => "it was said of which organisations the members of the committee are".into(),
        Event::UpgradeScheduled(event) => format!(
            "new code is scheduled for the {} contract",
            contract_name(event.contract)
        ),
        Event::UpgradeCancelled(event) => {
            format!(
                "no new code is scheduled for the {} contract any more",
                contract_name(event.contract)
            )
        }
        Event::Upgraded(event) => {
            format!(
                "the {} contract runs the code {}",
                contract_name(event.contract),
                event.code_hash
            )
        }
        Event::DeliveryRefused(event) => {
            format!(
                "the {} contract refused what it was told: tell it again",
                contract_name(event.contract)
            )
        }
        Event::PauseCalled(event) => format!("{} calls for a pause", account(&event.member)),
        Event::Paused(event) => format!("nothing is permitted until {}", minute(event.until)),
        Event::Resumed(_) => "the pause is over".into(),
        Event::RoleSet(event) => role_set(&event.account, &event.role),
        Event::RoleOffered(event) if event.role.until == 0 => format!(
            "{} declined the role in organisation {}",
            account(&event.account),
            event.role.organisation
        ),
        Event::RoleOffered(event) => format!(
            "organisation {} offers {} the role {} until {}: accept it by `aegle staff accept --organisation {}`",
            event.role.organisation,
            account(&event.account),
            roles(event.role.roles),
            day(event.role.until),
            event.role.organisation
        ),
        Event::RoleRevoked(event) => match event.organisation {
            Some(organisation) => format!(
                "{} has, and is offered, no role in organisation {organisation} any more",
                account(&event.account)
            ),
            None => format!(
                "the committee took every role from {}, and alone gives another one",
                account(&event.account)
            ),
        },
        Event::PatientRegistered(event) => format!(
            "{} registered as a patient: {}",
            account(&event.patient),
            may_vouch(event.named.as_ref())
        ),
        Event::OrganisationNamed(event) => {
            format!(
                "{} said that {}",
                account(&event.patient),
                may_vouch(event.named.as_ref())
            )
        }
        Event::PatientActivated(event) => vouched(&event.patient, event.organisation, &event.by),
        Event::ResidenceSet(event) => match event.jurisdiction {
            Some(jurisdiction) => format!(
                "the law of jurisdiction {jurisdiction} counts for {} where they have said nothing: `aegle jurisdictions` says what \
                 it permits",
                account(&event.patient)
            ),
            None => format!(
                "the law of no jurisdiction counts for {}: nothing is permitted where they have said nothing",
                account(&event.patient)
            ),
        },
        _ => "something of the consortium changed".into(),
    }
}

fn role_set(whose: &AccountId, role: &Role) -> String {
    match role.until {
        0 => format!(
            "{} gave the role in organisation {} back",
            account(whose),
            role.organisation
        ),
        until => format!(
            "{} is {} of organisation {} until {}",
            account(whose),
            roles(role.roles),
            role.organisation,
            day(until)
        ),
    }
}

fn vouched(patient: &AccountId, organisation: OrganisationId, by: &AccountId) -> String {
    format!(
        "organisation {organisation} vouches for {}, as {} says",
        account(patient),
        account(by)
    )
}

fn by_ledger(event: &ledger::events::Event) -> String {
    use ledger::events::Event;
    match event {
        Event::ErasureRequested(event) => format!(
            "{} asks for the erasure of {} records of batch {} of domain {}, final at {} (request {})",
            account(&event.by),
            event.records.len(),
            event.batch,
            event.domain,
            minute(event.final_at),
            event.erasure,
        ),
        Event::ErasureSeconded(event) => {
            format!(
                "{} asks for erasure {} of domain {} too",
                account(&event.by),
                event.erasure,
                event.domain
            )
        }
        Event::ErasureCancelled(event) => {
            format!(
                "{} called erasure {} of domain {} off",
                account(&event.by),
                event.erasure,
                event.domain
            )
        }
        _ => "something of the ledger changed".into(),
    }
}
