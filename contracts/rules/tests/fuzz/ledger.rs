//! The ledger's.

use super::{arguments, types, Decoder};
use aegle_rules::{
    consortium::Role,
    ledger::{self, messages::Anchor, MAX_BATCH_RECORDS},
    OprfKey, OrganisationId, Timestamp,
};

pub(super) const DECODERS: &[&[Decoder]] = &[
    types![
        ledger::messages::New,
        ledger::messages::Notify,
        ledger::messages::RegisterDomain,
        ledger::messages::RotateKey,
        ledger::messages::Domain,
        ledger::messages::DomainKey,
        ledger::messages::Anchor,
        ledger::messages::Batch,
        ledger::messages::Relabel,
        ledger::messages::Compact,
        ledger::messages::Compaction,
        ledger::messages::AttestErasure,
        ledger::messages::Supersede,
        ledger::messages::Fate,
        ledger::messages::AnchorDisclosures,
        ledger::messages::Disclosures,
        ledger::messages::VerifyRecord,
        ledger::messages::Verify,
        ledger::events::DomainRegistered,
        ledger::events::DomainKeySet,
        ledger::events::Anchored,
        ledger::events::Relabelled,
        ledger::events::Compacted,
        ledger::events::ErasureAttested,
        ledger::events::Superseded,
        ledger::events::DisclosuresAnchored,
    ],
    &[
        Decoder {
            name: "ledger::register_domain",
            takes: register_domain,
        },
        Decoder {
            name: "ledger::anchor",
            takes: anchor,
        },
    ],
];

fn register_domain(bytes: &[u8]) -> Option<usize> {
    let ((role, registered, key), taken) = arguments::<(Option<Role>, u32, OprfKey)>(bytes)?;
    if let Ok((id, _)) = ledger::register_domain(role, registered, key) {
        assert!(id.0 > registered);
    }
    Some(taken)
}

fn anchor(bytes: &[u8]) -> Option<usize> {
    type Arguments = (Anchor, Option<(OrganisationId, bool)>, Option<Role>, Timestamp, u32);
    let ((request, before, role, now, next), taken) = arguments::<Arguments>(bytes)?;
    let before = before.map(|(custodian, gap)| ledger::Before { custodian, gap });
    if ledger::anchor(&request, before, role, now, || next).is_ok() {
        assert!(role.is_some() && (1..=MAX_BATCH_RECORDS).contains(&request.records));
    }
    Some(taken)
}
