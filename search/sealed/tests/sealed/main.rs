//! Tests of aegle-sealed through its public API.
#![allow(missing_docs, clippy::unwrap_used)]

mod indexing;
mod keywords;
mod oracle;
mod queries;
mod ranges;
mod ranked;

use aegle_keys::DomainKey;
use aegle_rules::{AccountId, DomainId};
use aegle_sealed::{Scope, ScopeContext};

const DOMAIN: DomainId = DomainId(3);
const EPOCH: u16 = 1;
const PATIENT: AccountId = AccountId([0x51; 32]);

fn domain_key() -> DomainKey {
    DomainKey::from_seed(&[0x24; 32])
}

fn patient_scope() -> ScopeContext {
    ScopeContext {
        domain: DOMAIN,
        epoch: EPOCH,
        scope: Scope::Patient(PATIENT),
    }
}
