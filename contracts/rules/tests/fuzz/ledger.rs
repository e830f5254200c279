//! The ledger's.

use super::{arguments, types, Decoder};
use aegle_rules::{
    consortium::{Limits, Role},
    ledger::{
        self,
        messages::{Anchor, RequestErasure, SetServers},
        Asker, Batch, ErasureBook, ErasureCell, StoredDomain, MAX_BATCH_RECORDS, MAX_ERASED_TOGETHER,
    },
    AccountId, OprfKey, OrganisationId, Timestamp,
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
        ledger::messages::RequestErasure,
        ledger::messages::SecondErasure,
        ledger::messages::CancelErasure,
        ledger::messages::Erasure,
        ledger::messages::Erasures,
        ledger::messages::SetServers,
        ledger::messages::Servers,
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
        ledger::events::ErasureRequested,
        ledger::events::ErasureSeconded,
        ledger::events::ErasureCancelled,
        ledger::events::ServersSet,
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
        Decoder {
            name: "ledger::request_erasure",
            takes: request_erasure,
        },
        Decoder {
            name: "ledger::set_servers",
            takes: set_servers,
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

/// Whatever decodes as a request for erasure is accepted or refused; what is accepted marks what it names.
fn request_erasure(bytes: &[u8]) -> Option<usize> {
    type Arguments = (
        RequestErasure,
        Option<Batch>,
        Option<Role>,
        ErasureBook,
        Timestamp,
        Option<ErasureCell>,
    );
    let ((request, batch, role, book, now, cell), taken) = arguments::<Arguments>(bytes)?;
    let account = AccountId([1; 32]);
    let asker = Asker { account, role };
    let answer = ledger::request_erasure(&request, batch, asker, book, &Limits::DEFAULT, now, |_| cell.clone());
    if let Ok(requested) = answer {
        assert!(role.is_some() && (1..=MAX_ERASED_TOGETHER).contains(&request.records.len()));
        for record in request.records {
            let number = ErasureCell::number(record);
            let marked = requested.cells.iter().find(|(cell, _)| *cell == number);
            assert!(marked.is_some_and(|(_, cell)| cell.is_marked(record)));
            let fate = cell.as_ref().map(|cell| cell.fate(record, now, |_| None));
            assert!(!matches!(fate, Some(Some(_))), "nothing was noted of it before");
        }
    }
    Some(taken)
}

fn set_servers(bytes: &[u8]) -> Option<usize> {
    let ((request, domain, role), taken) = arguments::<(SetServers, Option<StoredDomain>, Option<Role>)>(bytes)?;
    if let Ok(event) = ledger::set_servers(&request, domain, role) {
        assert!(role.is_some() && event.servers == request.servers);
    }
    Some(taken)
}
