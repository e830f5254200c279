//! Asking blindly gives what the custodian would have given, and nothing else passes for it.

use crate::{domain_key, keyword, patient_scope};
use aegle_keys::{BlindError, BlindQuery, DomainKey};
use aegle_rules::{AccountId, OprfKey};
use aegle_sealed::{
    BlindGroup, ELEMENT_BYTES, EvaluatedGroup, Field, Keyword, Scope, ScopeContext, Window, WindowError,
    limits::{MAX_BLIND_ELEMENTS, MAX_QUERY_TERMS, SEGMENT_BATCHES},
};
use proptest::prelude::*;
use scale::Encode;

fn answer(key: &DomainKey, context: &ScopeContext, groups: &[BlindGroup]) -> Vec<EvaluatedGroup> {
    let evaluate = |group| key.evaluate_blindly(context, group).unwrap();
    groups.iter().map(evaluate).collect()
}

/// Verifies, unblinds and derives; tokens as their bytes.
fn finish(query: BlindQuery, key: &OprfKey, answer: &[EvaluatedGroup]) -> Result<Vec<u8>, BlindError> {
    query.finish(key, answer).map(|tokens| tokens.encode())
}

fn three() -> Vec<Keyword> {
    vec![keyword(0), Keyword::status("final").unwrap(), keyword(1)]
}

/// The identity, the field's modulus (not canonical), and bytes of no point: RFC 9496, appendix A.
fn not_elements() -> [[u8; ELEMENT_BYTES]; 3] {
    let mut modulus = [0xff; ELEMENT_BYTES];
    (modulus[0], modulus[31]) = (0xed, 0x7f);
    [[0; ELEMENT_BYTES], modulus, [0xff; ELEMENT_BYTES]]
}

#[test]
fn tokens_that_were_asked_for_blindly_are_the_custodians_own() {
    let (key, context, keywords) = (domain_key(), patient_scope(), three());
    for window in [
        Window::new(0, 1).unwrap(),
        Window::new(5, 900).unwrap(),
        Window::new(SEGMENT_BATCHES - 2, 2 * SEGMENT_BATCHES + 3).unwrap(),
    ] {
        let query = BlindQuery::new(context, &keywords, window).unwrap();
        let groups = query.groups();
        let segments = window.by_segment().unwrap().len();
        assert_eq!(groups.len(), 2 * segments, "one group a field and segment");
        let answer = answer(&key, &context, &groups);
        let direct: Vec<_> = keywords
            .iter()
            .map(|keyword| key.token(&context, keyword, window).unwrap())
            .collect();
        assert_eq!(
            finish(query, &key.public_key(), &answer).unwrap(),
            direct.encode(),
            "{window:?}"
        );
    }
}

#[test]
fn a_blinded_query_shows_only_field_and_segment() {
    let window = Window::new(0, 1).unwrap();
    let ask = || {
        BlindQuery::new(patient_scope(), &[keyword(0)], window)
            .unwrap()
            .groups()
    };
    let (first, second) = (ask(), ask());
    assert_eq!((first[0].field, first[0].segment), (Field::Code, 0));
    assert_ne!(first[0].elements, second[0].elements);
}

#[test]
fn an_answer_under_another_key_or_context_is_refused() {
    let (context, keywords, window) = (patient_scope(), three(), Window::new(0, 9).unwrap());
    let other_key = DomainKey::from_seed(&[0x25; 32]);
    let elsewhere = [
        ScopeContext {
            epoch: context.epoch + 1,
            ..context
        },
        ScopeContext {
            domain: aegle_rules::DomainId(4),
            ..context
        },
        ScopeContext {
            scope: Scope::Cohort,
            ..context
        },
        ScopeContext {
            scope: Scope::Patient(AccountId([0x52; 32])),
            ..context
        },
    ];
    let ask = || BlindQuery::new(context, &keywords, window).unwrap();
    let public = domain_key().public_key();
    let query = ask();
    let wrong = answer(&other_key, &context, &query.groups());
    assert_eq!(finish(query, &public, &wrong), Err(BlindError::Proof));
    for other in elsewhere {
        let query = ask();
        let wrong = answer(&domain_key(), &other, &query.groups());
        assert_eq!(finish(query, &public, &wrong), Err(BlindError::Proof), "{other:?}");
    }
    let query = ask();
    let mut wrong = query.groups();
    wrong.iter_mut().for_each(|group| group.segment += 1);
    let wrong = answer(&domain_key(), &context, &wrong);
    assert_eq!(
        finish(query, &public, &wrong),
        Err(BlindError::Proof),
        "another segment"
    );
    let query = ask();
    let right = answer(&domain_key(), &context, &query.groups());
    assert_eq!(finish(query, &OprfKey([0xff; 32]), &right), Err(BlindError::PublicKey));
}

#[test]
fn an_answer_that_was_changed_anywhere_is_refused() {
    let (context, window) = (patient_scope(), Window::new(0, 9).unwrap());
    let key = domain_key();
    let keywords = [keyword(0), keyword(1)];
    let refused = |change: &dyn Fn(&mut Vec<EvaluatedGroup>)| {
        let query = BlindQuery::new(context, &keywords, window).unwrap();
        let mut answer = answer(&key, &context, &query.groups());
        change(&mut answer);
        finish(query, &key.public_key(), &answer).unwrap_err()
    };
    assert_eq!(refused(&|answer| answer.clear()), BlindError::Size(0));
    assert_eq!(refused(&|answer| answer[0].elements.truncate(1)), BlindError::Size(1));
    assert_eq!(refused(&|answer| answer[0].elements.swap(0, 1)), BlindError::Proof);
    for bytes in not_elements() {
        assert_eq!(
            refused(&|answer| answer[0].elements[1] = bytes),
            BlindError::Encoding(1)
        );
    }
    for byte in 0..answer_proof_bytes() {
        assert_eq!(
            refused(&|answer| answer[0].proof[byte] ^= 1),
            BlindError::Proof,
            "byte {byte}"
        );
    }
}

const fn answer_proof_bytes() -> usize {
    aegle_sealed::PROOF_BYTES
}

#[test]
fn groups_that_cannot_be_evaluated_are_refused() {
    let (key, context) = (domain_key(), patient_scope());
    let good = BlindQuery::new(context, &[keyword(0)], Window::new(0, 1).unwrap())
        .unwrap()
        .groups()[0]
        .clone();
    let with = |elements| BlindGroup {
        elements,
        ..good.clone()
    };
    let most = with(vec![good.elements[0]; MAX_BLIND_ELEMENTS]);
    assert!(key.evaluate_blindly(&context, &most).is_ok());
    for (group, expected) in [
        (with(vec![]), BlindError::Size(0)),
        (
            with(vec![good.elements[0]; MAX_BLIND_ELEMENTS + 1]),
            BlindError::Size(MAX_BLIND_ELEMENTS + 1),
        ),
        (
            with(vec![good.elements[0], [0; ELEMENT_BYTES]]),
            BlindError::Encoding(1),
        ),
    ] {
        assert_eq!(key.evaluate_blindly(&context, &group), Err(expected));
    }
    for bytes in not_elements() {
        assert_eq!(
            key.evaluate_blindly(&context, &with(vec![bytes])),
            Err(BlindError::Encoding(0))
        );
    }
}

#[test]
fn queries_beyond_their_limits_are_refused() {
    let window = Window::new(0, 1).unwrap();
    let most: Vec<Keyword> = (0..MAX_QUERY_TERMS).map(keyword).collect();
    assert!(BlindQuery::new(patient_scope(), &most, window).is_ok());
    let more: Vec<Keyword> = (0..=MAX_QUERY_TERMS).map(keyword).collect();
    for (keywords, window, expected) in [
        (&[][..], window, BlindError::Terms(0)),
        (&more, window, BlindError::Terms(MAX_QUERY_TERMS + 1)),
        (
            &most,
            Window { from: 2, to: 2 },
            BlindError::Window(WindowError::Empty { from: 2, to: 2 }),
        ),
    ] {
        assert_eq!(BlindQuery::new(patient_scope(), keywords, window).err(), Some(expected));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn blind_and_direct_evaluation_agree(seed: [u8; 32], values in proptest::collection::vec("[a-z]{1,20}", 1..5)) {
        let key = DomainKey::from_seed(&seed);
        let keywords: Vec<Keyword> = values.iter().map(|value| Keyword::status(value).unwrap()).collect();
        let window = Window::new(1, 8).unwrap();
        let query = BlindQuery::new(patient_scope(), &keywords, window).unwrap();
        let answer = answer(&key, &patient_scope(), &query.groups());
        let direct: Vec<_> = keywords.iter().map(|keyword| key.token(&patient_scope(), keyword, window).unwrap()).collect();
        prop_assert_eq!(finish(query, &key.public_key(), &answer).unwrap(), direct.encode());
    }
}
