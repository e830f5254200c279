//! Blocks as a chain would have them.
use crate::support::sealed::AUTHORED_AT;
use aegle_chain::{Emitted, node::Block};
use aegle_protocol::{BlockId, Contracts};
use aegle_rules::{
    AccountId, BatchNumber, Confidentiality, DomainId, EncryptionKey, GrantId, Hash, OprfKey, OrganisationId, Purposes,
    Roles, Slots,
    consent::{Effect, Grantee, Proxies, Research, Terms, events as consent},
    consortium::{KeyEntry, Role, events as consortium},
    ledger::events as ledger,
};
use scale::Encode;

pub(crate) const CONTRACTS: Contracts = Contracts {
    genesis: Hash([1; 32]),
    consortium: AccountId([1; 32]),
    consent: AccountId([2; 32]),
    ledger: AccountId([3; 32]),
};
pub(crate) const PATIENT: AccountId = AccountId([10; 32]);
pub(super) const ADMIN: AccountId = AccountId([11; 32]);
pub(crate) const CLINICIAN: AccountId = AccountId([12; 32]);

pub(super) fn terms() -> Terms {
    Terms {
        effect: Effect::Permit,
        grantee: Grantee::Account(CLINICIAN),
        purposes: Purposes::TREAT,
        slots: Slots(1),
        confidentiality: Confidentiality::Normal,
        from: 0,
        until: u64::MAX,
        depth: 0,
        delegable: false,
        research: Research::NONE,
        narrowing: None,
        proxies: Proxies(1),
        threshold: 1,
        document: Hash([1; 32]),
        split: Hash([2; 32]),
    }
}

/// Builds a block in which a contract emits each of `events`: topic and data.
pub(crate) fn block(number: u32, events: Vec<(AccountId, [u8; 32], Vec<u8>)>) -> Block {
    let events = events.into_iter().enumerate();
    let events: Vec<Emitted> = events
        .map(|(index, (contract, topic, data))| Emitted {
            index: 3 + 2 * index as u32,
            contract,
            topic: Some(topic),
            data,
        })
        .collect();
    let id = BlockId {
        number,
        hash: Hash([number as u8 + 1; 32]),
    };
    let timestamp = (!events.is_empty()).then_some(AUTHORED_AT + u64::from(number));
    Block {
        id,
        parent: Hash([number as u8; 32]),
        timestamp,
        events,
    }
}

macro_rules! emit {
    ($contract:ident, $event:expr, $kind:ty) => {
        (CONTRACTS.$contract, <$kind>::SIGNATURE_TOPIC, $event.encode())
    };
}

pub(crate) use emit;

/// Builds a short history with one event of every kind that changes something.
pub(crate) fn history() -> Vec<Block> {
    let organisation = OrganisationId(1);
    let role = |roles| Role {
        roles,
        organisation,
        until: u64::MAX,
    };
    let granted = |id| consent::Granted {
        patient: PATIENT,
        id: GrantId(id),
        version: 0,
        terms: terms(),
    };
    let entry = KeyEntry {
        version: 1,
        key: EncryptionKey([5; 32]),
        bundle: Hash([6; 32]),
    };
    vec![
        block(0, vec![]),
        block(
            1,
            vec![
                emit!(
                    consortium,
                    consortium::OrganisationAdmitted {
                        organisation,
                        admin: ADMIN
                    },
                    consortium::OrganisationAdmitted
                ),
                emit!(
                    consortium,
                    consortium::RoleSet {
                        account: ADMIN,
                        role: role(Roles::ORGANISATION_ADMIN)
                    },
                    consortium::RoleSet
                ),
                emit!(
                    consortium,
                    consortium::RoleSet {
                        account: CLINICIAN,
                        role: role(Roles::CLINICIAN)
                    },
                    consortium::RoleSet
                ),
                emit!(
                    consortium,
                    consortium::KeySet {
                        account: PATIENT,
                        entry
                    },
                    consortium::KeySet
                ),
            ],
        ),
        block(
            2,
            vec![
                emit!(
                    ledger,
                    ledger::DomainRegistered {
                        domain: DomainId(1),
                        custodian: organisation,
                        key: OprfKey([7; 32])
                    },
                    ledger::DomainRegistered
                ),
                emit!(
                    ledger,
                    ledger::Anchored {
                        domain: DomainId(1),
                        batch: BatchNumber(0),
                        record_root: Hash([8; 32]),
                        index_commitment: Hash([9; 32]),
                        records: 3,
                        manifest: Hash([4; 32])
                    },
                    ledger::Anchored
                ),
                emit!(consent, granted(1), consent::Granted),
                emit!(consent, granted(2), consent::Granted),
                emit!(
                    consent,
                    consent::RestrictedSet {
                        patient: PATIENT,
                        slots: Slots(u32::MAX)
                    },
                    consent::RestrictedSet
                ),
            ],
        ),
        block(
            3,
            vec![
                emit!(
                    consent,
                    consent::Revoked {
                        patient: PATIENT,
                        id: GrantId(1),
                        grantee: Grantee::Account(CLINICIAN),
                        version: 1,
                    },
                    consent::Revoked
                ),
                emit!(
                    consortium,
                    consortium::RoleRevoked {
                        account: ADMIN,
                        organisation: Some(organisation)
                    },
                    consortium::RoleRevoked
                ),
                (CONTRACTS.consent, [0xee; 32], b"of a later release".to_vec()),
            ],
        ),
    ]
}
