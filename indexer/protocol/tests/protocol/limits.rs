//! Every limit at one less, at itself, and at one more.

use crate::fixture::random;
use aegle_protocol::{
    merkle::{MAX_PROOF_HASHES, Proof},
    seal::{EncryptionSecret, MAX_SEALED_BYTES, SealPurpose, Sealed, UnsealError, seal},
    wire::{Bundle, Format, MAX_SEARCH_HITS, MAX_TERM_TOKENS, SearchRequest, SearchRequestError},
};
use aegle_rules::{AccountId, DomainId, Hash, Purposes, consent::DuoUse, ledger::MAX_BATCH_RECORDS};
use aegle_sealed::{Expression, Scope, SearchToken, TokenNode, Window};
use scale::{Compact, DecodeAll, Encode};

const PATIENT: AccountId = AccountId([3; 32]);

#[test]
fn seals_are_bounded() {
    let secret = EncryptionSecret::generate(&mut random(2));
    let most = MAX_SEALED_BYTES - 16;
    for (length, accepted) in [(most - 1, true), (most, true), (most + 1, false)] {
        let sealed = seal(
            SealPurpose::ClassMap,
            b"",
            &secret.public_key(),
            &vec![0; length],
            &mut random(3),
        );
        assert_eq!(sealed.is_ok(), accepted, "{length} bytes");
        if let Ok(sealed) = sealed {
            let decoded = Sealed::decode_all(&mut &*sealed.encode()).unwrap();
            assert_eq!(secret.open(SealPurpose::ClassMap, b"", &decoded).unwrap().len(), length);
        }
    }
    let longer = Sealed {
        encapsulated_key: [0; 32].into(),
        ciphertext: vec![0; MAX_SEALED_BYTES + 1],
    };
    assert!(
        Sealed::decode_all(&mut &*longer.encode()).is_err(),
        "a seal of a byte more"
    );
    let refused = secret.open(SealPurpose::ClassMap, b"", &longer).err();
    assert_eq!(refused, Some(UnsealError::TooLong(MAX_SEALED_BYTES + 1)));
}

#[test]
fn proofs_are_bounded_before_anything_is_allocated() {
    for (length, accepted) in [
        (MAX_PROOF_HASHES - 1, true),
        (MAX_PROOF_HASHES, true),
        (MAX_PROOF_HASHES + 1, false),
    ] {
        let proof = Proof {
            path: vec![Hash([0; 32]); length],
        };
        assert_eq!(
            Proof::decode_all(&mut &*proof.encode()).is_ok(),
            accepted,
            "{length} hashes"
        );
    }
}

#[test]
fn bundles_are_bounded_before_anything_is_allocated() {
    let refusal = |records: u32| {
        let bytes = Format::Bundle.encode(&(DomainId(1), 0_u16, 0_u32, Compact(records)));
        Bundle::from_bytes(&bytes).unwrap_err().to_string()
    };
    assert!(!refusal(MAX_BATCH_RECORDS - 1).contains("too many"));
    assert!(!refusal(MAX_BATCH_RECORDS).contains("too many"));
    assert!(refusal(MAX_BATCH_RECORDS + 1).contains("too many"));
    assert!(refusal(u32::MAX).contains("too many"));
}

/// A search with one token. Its keys are of no domain: what a token opens does not count here.
fn search() -> SearchRequest {
    let window = Window::new(0, 3).unwrap();
    let nodes = window.cover().into_iter().map(|position| TokenNode {
        level: position.level,
        index: position.index,
        key: [position.level; 32],
    });
    let token = SearchToken {
        domain: DomainId(1),
        epoch: 0,
        scope: Scope::Patient(PATIENT),
        segment: 0,
        from: window.from,
        to: window.to,
        nodes: nodes.collect(),
    };
    SearchRequest {
        domain: DomainId(1),
        scope: Scope::Patient(PATIENT),
        purpose: Purposes::TREAT,
        research: Default::default(),
        terms: vec![vec![token]],
        query: Expression::Term(0),
        limit: 10,
        after: None,
        evidence: false,
    }
}

#[test]
fn searches_are_bounded_and_of_one_domain_and_patient() {
    assert!(search().verify().is_ok());
    let refused = |change: &dyn Fn(&mut SearchRequest)| {
        let mut request = search();
        change(&mut request);
        request.verify().err()
    };
    assert_eq!(
        refused(&|request| request.limit = 0),
        Some(SearchRequestError::Limit(0))
    );
    assert_eq!(refused(&|request| request.limit = MAX_SEARCH_HITS - 1), None);
    assert_eq!(refused(&|request| request.limit = MAX_SEARCH_HITS), None);
    let more = MAX_SEARCH_HITS + 1;
    assert_eq!(
        refused(&|request| request.limit = more),
        Some(SearchRequestError::Limit(more))
    );

    let tokens = |count: usize| refused(&|request| request.terms[0] = vec![request.terms[0][0].clone(); count]);
    assert_eq!(tokens(0), Some(SearchRequestError::Tokens { term: 0, tokens: 0 }));
    assert_eq!(tokens(MAX_TERM_TOKENS - 1), None);
    assert_eq!(tokens(MAX_TERM_TOKENS), None);
    let more = MAX_TERM_TOKENS + 1;
    assert_eq!(tokens(more), Some(SearchRequestError::Tokens { term: 0, tokens: more }));

    for purpose in [Purposes::NONE, Purposes(3), Purposes(1 << 15)] {
        assert_eq!(
            refused(&|request| request.purpose = purpose),
            Some(SearchRequestError::Purpose)
        );
    }
    assert_eq!(
        refused(&|request| request.domain = DomainId(2)),
        Some(SearchRequestError::Scope(0))
    );
    assert_eq!(
        refused(&|request| request.scope = Scope::Patient(AccountId([0; 32]))),
        Some(SearchRequestError::Scope(0))
    );
    let declared = |request: &mut SearchRequest| request.research.use_ = DuoUse::Disease;
    assert_eq!(refused(&declared), Some(SearchRequestError::Research));
    let without = || Expression::Not(Box::new(Expression::Term(0)));
    assert_eq!(refused(&|request| request.query = without()), None);
    let cohort = |query: Expression| {
        refused(&|request| {
            request.scope = Scope::Cohort;
            request.terms[0][0].scope = Scope::Cohort;
            request.query = query.clone();
        })
    };
    let term = || Expression::Term(0);
    assert_eq!(cohort(Expression::And(vec![term(), without()])), None);
    for query in [without(), Expression::Or(vec![term(), without()])] {
        assert_eq!(cohort(query), Some(SearchRequestError::Unbounded));
    }
    let widened = refused(&|request| request.terms[0][0].to = 4);
    assert!(matches!(widened, Some(SearchRequestError::Token { term: 0, .. })));
    let unknown = refused(&|request| request.query = Expression::Term(1));
    assert!(matches!(unknown, Some(SearchRequestError::Expression(_))));
}
