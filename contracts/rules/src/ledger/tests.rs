//! What holds for all messages alike: who may send them, and how much of the state they take.

use super::{testing::*, *};
use crate::{consortium::Limits, AccountId, BatchNumber, ErasureId, Roles};
use alloc::{vec, vec::Vec};
use scale::MaxEncodedLen;

const OTHER_ADMIN: AccountId = AccountId([8; 32]);
const SECOND: messages::SecondErasure = messages::SecondErasure {
    domain: DOMAIN,
    erasure: ErasureId(1),
};
const CANCEL: messages::CancelErasure = messages::CancelErasure {
    domain: DOMAIN,
    erasure: ErasureId(1),
};

/// What each message that changes state answers to a caller with `role`.
fn answers(role: Option<Role>) -> [(&'static str, Result<(), LedgerError>); 11] {
    let before = Before {
        custodian: HOSPITAL,
        gap: false,
    };
    let limits = Limits::default();
    let requested = request_erasure(
        &erase(vec![0]),
        Some(batch(0)),
        asker(OTHER_ADMIN, admin()),
        ErasureBook::default(),
        &limits,
        NOW,
        |_| None,
    );
    let erasure = requested.expect("by an admin").erasure;
    [
        ("register_domain", register_domain(role, 0, KEY).map(drop)),
        ("rotate_key", rotate_key(&rotate(KEY), Some(domain()), role).map(drop)),
        (
            "anchor",
            super::anchor(&testing::anchor(1, 1), Some(before), role, NOW, || 0).map(drop),
        ),
        (
            "relabel",
            super::relabel(&testing::relabel(0, 1), Some(batch(0)), role, |_| false).map(drop),
        ),
        (
            "compact",
            super::compact(
                &testing::compact(0, 1, 0),
                role,
                NOW,
                |_| Some(batch(0)),
                |_| false,
                |_| None,
            )
            .map(drop),
        ),
        (
            "request_erasure",
            request_erasure(
                &erase(vec![0]),
                Some(batch(0)),
                asker(CALLER, role),
                ErasureBook::default(),
                &limits,
                NOW,
                |_| None,
            )
            .map(drop),
        ),
        (
            "second_erasure",
            second_erasure(&SECOND, HOSPITAL, Some(erasure.clone()), asker(CALLER, role), NOW).map(drop),
        ),
        (
            "cancel_erasure",
            cancel_erasure(&CANCEL, HOSPITAL, Some(erasure), asker(CALLER, role), NOW).map(drop),
        ),
        (
            "set_servers",
            super::set_servers(&testing::set_servers(), Some(domain()), role).map(drop),
        ),
        (
            "supersede",
            super::supersede(
                BatchNumber(0),
                correction(0, position(1, 0)),
                role,
                NOW,
                |_| Some(batch(0)),
                |_| false,
                |_| false,
            )
            .map(drop),
        ),
        (
            "anchor_disclosures",
            anchor_disclosures(&disclose(0, 1), (CALLER, role), NOW, Some(domain()), |_| true, || 0).map(drop),
        ),
    ]
}

#[test]
fn every_message_takes_the_roles_that_it_names_and_no_other() {
    let every_set = (0..=Roles::ALL.0).map(Roles);
    let organisations = [HOSPITAL, OTHER];
    let callers: Vec<Option<Role>> = every_set
        .flat_map(|roles| organisations.map(|organisation| role(roles, organisation)))
        .chain([None])
        .collect();
    for caller in callers {
        let has = |roles| caller.is_some_and(|role| role.roles.contains(roles));
        let of_custodian = caller.is_some_and(|role| role.organisation == HOSPITAL);
        let is_admin = has(Roles::ORGANISATION_ADMIN);
        for (message, answer) in answers(caller) {
            let asks = caller.is_some_and(|role| asks_for(role.roles));
            // Anybody seconds an erasure; of whose voice counts, the event tells.
            let open = message == "second_erasure";
            assert!(
                asks || open || answer.is_err(),
                "{message} by {caller:?}, of whom it was not told"
            );
            let (allowed, refusal) = match message {
                "register_domain" => (is_admin, LedgerError::NotCustodian),
                "second_erasure" => (true, LedgerError::NotCustodian),
                "anchor_disclosures" => (
                    has(Roles::PROXY_OPERATOR) || is_admin && of_custodian,
                    LedgerError::NotDiscloser,
                ),
                "anchor" | "relabel" | "compact" | "supersede" => (
                    (has(Roles::CUSTODIAN) || is_admin) && of_custodian,
                    LedgerError::NotCustodian,
                ),
                _ => (is_admin && of_custodian, LedgerError::NotCustodian),
            };
            let expected = if allowed { Ok(()) } else { Err(refusal) };
            assert_eq!(answer, expected, "{message} by {caller:?}");
        }
    }
}

#[test]
fn no_value_takes_more_than_128_bytes_of_state() {
    for (value, bytes, expected) in [
        ("domain", StoredDomain::max_encoded_len(), 38),
        ("batch", Batch::max_encoded_len(), 114),
        ("compaction", Compaction::max_encoded_len(), 42),
        ("correction", StoredCorrection::max_encoded_len(), 16),
        ("book of erasures", ErasureBook::max_encoded_len(), 16),
        ("disclosures", Disclosures::max_encoded_len(), 44),
    ] {
        assert_eq!(bytes, expected, "{value}");
        assert!(bytes <= 128, "{value}");
    }
}
