//! The consent contract's.

use super::{arguments, authorise, blake2b_256, types, Decoder};
use aegle_rules::{
    consent::{
        self,
        glass::{self, Breaker, Glass},
        guardians::{self, Acted, Guardians, Guardianship},
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
        consent::messages::Notify,
        consent::messages::RequestAccess,
        consent::messages::Approve,
        consent::messages::Decline,
        consent::messages::WithdrawRequest,
        consent::messages::RequestOf,
        consent::messages::SetGuardians,
        consent::messages::GuardianAct,
        consent::messages::GuardiansOf,
        consent::messages::BreakGlass,
        consent::messages::Review,
        consent::messages::CloseGlass,
        consent::messages::GlassOf,
        consent::messages::BreakerOf,
        consent::messages::RelayedCall,
        consent::messages::RelayNonce,
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
        consent::events::GlassBroken,
        consent::events::GlassReviewed,
        consent::events::GlassClosed,
        consent::Call,
        consent::PatientState,
        consent::StoredGrant,
        consent::ConsentError,
        consent::Decision,
    ],
    types![
        consent::glass::Breaker,
        consent::glass::Glass,
        consent::guardians::Guardianship,
        consent::requests::Request,
    ],
    super::grants::DECODERS,
    &[
        Decoder {
            name: "consent::relayed",
            takes: authorise::<consent::Call>,
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
    if let Ok(request) = requests::request(patient, requester, ask, role, open, request_ms, now) {
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
    let (call, taken) = arguments::<consent::Call>(bytes)?;
    let names_guardians = matches!(call, consent::Call::SetGuardians { .. });
    assert_eq!(guardians::call_hash(&call, blake2b_256).is_err(), names_guardians);
    Some(taken)
}

fn vote(bytes: &[u8]) -> Option<usize> {
    type Arguments = (Guardianship, AccountId, Hash, Timestamp);
    let ((mut guardianship, guardian, call, now), taken) = arguments::<Arguments>(bytes)?;
    let before = guardianship.clone();
    match guardians::vote(&mut guardianship, guardian, call, now) {
        Ok(Acted::Pending { votes }) => assert!(votes < before.guardians.threshold),
        Ok(Acted::Done) => assert!(before.guardians.accounts.contains(&guardian)),
        Err(_) => assert_eq!(guardianship, before),
    }
    Some(taken)
}

fn break_glass(bytes: &[u8]) -> Option<usize> {
    type Arguments = (
        BreakGlass,
        AccountId,
        Option<Role>,
        Option<Glass>,
        Breaker,
        Limits,
        Timestamp,
    );
    let ((request, clinician, role, last, mut breaker, limits, now), taken) = arguments::<Arguments>(bytes)?;
    if let Ok(event) = glass::break_glass(&request, clinician, role, last, &mut breaker, &limits, now) {
        assert!(role.is_some() && event.glass.opened_at == now && !breaker.is_empty());
    }
    Some(taken)
}

fn review(bytes: &[u8]) -> Option<usize> {
    type Arguments = (Review, AccountId, Option<Role>, Breaker, Option<Glass>, Timestamp);
    let ((review, reviewer, role, mut breaker, last, now), taken) = arguments::<Arguments>(bytes)?;
    let waiting = breaker.unreviewed.len();
    match glass::review(&review, reviewer, role, &mut breaker, now) {
        Ok(_) => assert!(reviewer != review.clinician && breaker.unreviewed.len() + 1 == waiting),
        Err(_) => assert_eq!(breaker.unreviewed.len(), waiting),
    }
    assert!(last.is_some() || !glass::closed_by_review(last, &review, now));
    Some(taken)
}
