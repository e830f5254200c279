//! The consent contract's.

use super::{arguments, authorise, blake2b_256, types, Decoder};
use aegle_rules::{
    consent::{
        self,
        control::Control,
        glass::{self, Breaker, Glass, GlassDay, Left},
        guardians::{self, Acted, Authority, Guardians, Guardianship},
        history::HistoryHash,
        messages::{BreakGlass, Review},
        requests::{self, Ask, Request},
        Terms,
    },
    consortium::{Limits, Role},
    AccountId, Hash, Timestamp,
};

pub(super) const DECODERS: &[&[Decoder]] = &[
    types![
        consent::messages::New,
        consent::messages::NextGrant,
        consent::messages::Grant,
        consent::messages::GrantMany,
        consent::messages::Revoke,
        consent::messages::RevokeAll,
        consent::messages::Clear,
        consent::messages::Delegate,
        consent::messages::Undelegate,
        consent::messages::SetRestricted,
        consent::messages::AdvanceEpochs,
        consent::messages::Restricted,
        consent::messages::Epochs,
        consent::messages::Grants,
        consent::messages::Check,
        consent::messages::Explain,
        consent::messages::Residence,
        consent::messages::Notify,
        consent::messages::RequestAccess,
        consent::messages::Approve,
        consent::messages::Decline,
        consent::messages::WithdrawRequest,
        consent::messages::RequestOf,
        consent::messages::SetGuardians,
        consent::messages::GuardianAct,
        consent::messages::GuardiansOf,
        consent::messages::GuardianChange,
        consent::messages::Act,
        consent::messages::Recover,
        consent::messages::ControlOf,
        consent::messages::HistoryOf,
        consent::messages::BreakGlass,
        consent::messages::Review,
        consent::messages::CloseGlass,
        consent::messages::GlassOf,
        consent::messages::BreakerOf,
        consent::messages::GlassDayOf,
        consent::messages::RelayedCall,
        consent::messages::RelayNonce,
        consent::messages::GuardianNonce,
        consent::events::Granted,
        consent::events::Delegated,
        consent::events::Revoked,
        consent::events::AllRevoked,
        consent::events::Cleared,
        consent::events::RestrictedSet,
        consent::events::EpochsAdvanced,
        consent::events::AccessRequested,
        consent::events::RequestClosed,
        consent::events::GuardiansSet,
        consent::events::GuardianVoted,
        consent::events::ReplacementBegun,
        consent::events::Vetoed,
        consent::events::RecoveryKeySet,
        consent::events::GlassBroken,
        consent::events::GlassReviewed,
        consent::events::GlassClosed,
        consent::Call,
        consent::SignedAct,
        consent::PatientState,
        consent::StoredGrant,
        consent::ConsentError,
        consent::Decision,
    ],
    types![
        consent::glass::Breaker,
        consent::glass::Glass,
        consent::glass::GlassDay,
        consent::guardians::Guardianship,
        consent::requests::Request,
    ],
    super::grants::DECODERS,
    &[
        Decoder {
            name: "consent::relayed",
            takes: authorise::<consent::SignedAct>,
        },
        Decoder {
            name: "consent::guardians::call_hash",
            takes: call_hash,
        },
        Decoder {
            name: "consent::requests::request",
            takes: request,
        },
        Decoder {
            name: "consent::requests::approve",
            takes: approve,
        },
        Decoder {
            name: "consent::guardians::validate_guardians",
            takes: validate_guardians,
        },
        Decoder {
            name: "consent::guardians::vote",
            takes: vote,
        },
        Decoder {
            name: "consent::guardians::name_guardians",
            takes: name_guardians,
        },
        Decoder {
            name: "consent::control::authorise",
            takes: control,
        },
        Decoder {
            name: "consent::control::replace",
            takes: replace,
        },
        Decoder {
            name: "consent::history::add",
            takes: history,
        },
        Decoder {
            name: "consent::glass::break_glass",
            takes: break_glass,
        },
        Decoder {
            name: "consent::glass::review",
            takes: review,
        },
    ],
];

fn request(bytes: &[u8]) -> Option<usize> {
    type Arguments = (AccountId, AccountId, Ask, Option<Role>, Option<Request>, u64, Timestamp);
    let ((patient, requester, ask, role, open, request_ms, now), taken) = arguments::<Arguments>(bytes)?;
    if let Ok(request) = requests::request(patient, requester, ask, role.as_slice(), open, request_ms, now) {
        assert!(request.ask == ask && request.expires >= now && role.is_some());
    }
    Some(taken)
}

fn approve(bytes: &[u8]) -> Option<usize> {
    type Arguments = (Option<Request>, AccountId, Terms, Timestamp);
    let ((request, requester, terms, now), taken) = arguments::<Arguments>(bytes)?;
    if requests::approve(request, requester, &terms, now).is_ok() {
        assert!(request.is_some_and(|request| now < request.expires && terms.until <= request.ask.until));
    }
    Some(taken)
}

fn validate_guardians(bytes: &[u8]) -> Option<usize> {
    let ((patient, guardians, now), taken) = arguments::<(AccountId, Guardians, Timestamp)>(bytes)?;
    if guardians::validate_guardians(patient, &guardians, now).is_ok() {
        assert!(guardians.accounts.len() <= guardians::MAX_GUARDIANS && !guardians.accounts.contains(&patient));
    }
    Some(taken)
}

fn call_hash(bytes: &[u8]) -> Option<usize> {
    let ((call, authority), taken) = arguments::<(consent::Call, Authority)>(bytes)?;
    let refused = match call {
        consent::Call::SetGuardians { .. } => authority != Authority::Exclusive,
        consent::Call::SetRecoveryKey { .. } => true,
        _ => false,
    };
    assert_eq!(guardians::call_hash(&call, authority, blake2b_256).is_err(), refused);
    Some(taken)
}

fn vote(bytes: &[u8]) -> Option<usize> {
    type Arguments = (Guardianship, AccountId, Hash, bool, Timestamp);
    let ((mut guardianship, guardian, call, replaces, now), taken) = arguments::<Arguments>(bytes)?;
    let before = guardianship.clone();
    match guardians::vote(&mut guardianship, guardian, call, replaces, now) {
        Ok(Acted::Pending { votes }) => assert!(votes < before.at(now).threshold),
        Ok(Acted::Done) => assert!(before.at(now).accounts.contains(&guardian)),
        Err(_) => assert_eq!(guardianship, before),
    }
    Some(taken)
}

fn name_guardians(bytes: &[u8]) -> Option<usize> {
    type Arguments = (AccountId, Control, Guardianship, Guardians, Timestamp);
    let ((patient, mut control, mut guardianship, named, now), taken) = arguments::<Arguments>(bytes)?;
    let before = (control, guardianship.clone());
    match guardians::name_guardians(patient, &mut control, &mut guardianship, &named, now) {
        Ok(from) => assert!(guardianship.at(from) == &named && (from == now) != before.1.is_active(now)),
        Err(_) => assert_eq!((control, guardianship), before),
    }
    Some(taken)
}

fn control(bytes: &[u8]) -> Option<usize> {
    type Arguments = (Control, AccountId, AccountId, consent::Call, Timestamp);
    let ((control, account, by, call, now), taken) = arguments::<Arguments>(bytes)?;
    if control.authorise(account, by, &call, now).is_ok() {
        assert!(by == control.controller(account, now) && !control.is_exclusive(now));
        assert!(call.protects() || !control.is_replacing(now));
    }
    Some(taken)
}

fn replace(bytes: &[u8]) -> Option<usize> {
    type Arguments = (Control, AccountId, AccountId, Timestamp);
    let ((mut control, account, controller, now), taken) = arguments::<Arguments>(bytes)?;
    let before = control.controller(account, now);
    if let Ok(replacement) = control.replace(account, controller, now) {
        assert!(before != controller && replacement.from >= now);
        assert_eq!(control.controller(account, replacement.from), controller);
    }
    Some(taken)
}

fn history(bytes: &[u8]) -> Option<usize> {
    type Arguments = (HistoryHash, Hash, Vec<u8>);
    let ((mut history, topic, data), taken) = arguments::<Arguments>(bytes)?;
    let before = history;
    history.add(&topic.0, &data, blake2b_256);
    assert!(history.hash != before.hash && history.events >= before.events);
    Some(taken)
}

fn break_glass(bytes: &[u8]) -> Option<usize> {
    type Arguments = (
        BreakGlass,
        AccountId,
        Option<Role>,
        Option<Glass>,
        Breaker,
        GlassDay,
        Limits,
        Timestamp,
    );
    let ((request, clinician, role, last, mut breaker, mut day, limits, now), taken) = arguments::<Arguments>(bytes)?;
    let broken = glass::break_glass(
        &request,
        clinician,
        glass::answers_for(role.as_slice()),
        last,
        &mut breaker,
        &mut day,
        &limits,
        now,
    );
    if let Ok(event) = broken {
        assert!(role.is_some() && event.glass.opened_at == now && !breaker.is_empty());
        assert!(day.broken > 0 && day.broken <= glass::MAX_GLASSES_OF_ORGANISATION);
    }
    Some(taken)
}

fn review(bytes: &[u8]) -> Option<usize> {
    type Arguments = (Review, AccountId, Option<Role>, Breaker, Option<Glass>, bool, Timestamp);
    let ((review, reviewer, role, mut breaker, last, admins_cannot, now), taken) = arguments::<Arguments>(bytes)?;
    let waiting = breaker.unreviewed.len();
    match glass::review(&review, reviewer, role.as_slice(), &mut breaker, |_| admins_cannot, now) {
        Ok(_) => assert!(reviewer != review.clinician && breaker.unreviewed.len() + 1 == waiting),
        Err(_) => assert_eq!(breaker.unreviewed.len(), waiting),
    }
    assert!(last.is_some() || glass::left_by_review(last, &review, now) == Left::AsItWas);
    Some(taken)
}
