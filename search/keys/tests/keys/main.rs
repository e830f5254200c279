//! Tests of aegle-keys through its public API, and of what aegle-sealed does with tokens and labels.
#![allow(missing_docs, clippy::unwrap_used)]

mod blind;
mod golden;
mod labelling;
mod local;
mod poprf;
mod tampering;
mod tokens;
mod vectors;

use aegle_keys::DomainKey;
use aegle_rules::{AccountId, BatchNumber, DomainId};
use aegle_sealed::{Keyword, Scope, ScopeContext, SearchToken, VerifiedToken, Window};

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

fn keyword(number: usize) -> Keyword {
    Keyword::code("http://loinc.org", &format!("{number}-1")).unwrap()
}

fn token(window: Window) -> SearchToken {
    let tokens = domain_key().token(&patient_scope(), &keyword(0), window).unwrap();
    assert_eq!(tokens.len(), 1, "a window inside one segment");
    tokens.into_iter().next().unwrap()
}

fn verified(scope: &ScopeContext, keyword: &Keyword, batch: BatchNumber) -> VerifiedToken {
    let window = Window::new(batch.0, batch.0 + 1).unwrap();
    domain_key()
        .token(scope, keyword, window)
        .unwrap()
        .remove(0)
        .verify()
        .unwrap()
}
