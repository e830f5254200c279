//! The PRF is held to another implementation of RFC 9497, in every direction, and to itself where much is evaluated at once.

use crate::{DOMAIN, EPOCH, keyword, patient_scope};
use aegle_keys::{BlindError, BlindQuery, DomainKey, KeyCache, poprf::PoprfKey};
use aegle_rules::AccountId;
use aegle_sealed::{BlindGroup, EvaluatedGroup, Field, KeyContext, Keyword, Scope, ScopeContext, Window};
use proptest::prelude::*;
use rand_core::OsRng;
use voprf::{BlindedElement, EvaluationElement, Group, PoprfClient, PoprfServer, Proof, Ristretto255};

/// The information from which a domain key is derived, as the scheme has it.
const DOMAIN_KEY: &[u8] = b"aegle/sealed/domain-key/v1";

fn reference(seed: &[u8; 32]) -> PoprfServer<Ristretto255> {
    PoprfServer::new_from_seed(seed, DOMAIN_KEY).unwrap()
}

fn of_patients(patients: u8) -> Vec<ScopeContext> {
    let context = |patient| ScopeContext {
        domain: DOMAIN,
        epoch: EPOCH,
        scope: Scope::Patient(AccountId([patient; 32])),
    };
    (0..patients).map(context).collect()
}

fn in_segment(contexts: &[ScopeContext], segment: u32) -> Vec<KeyContext> {
    contexts.iter().map(|context| context.in_segment(segment)).collect()
}

/// A key as the bytes of a token of it.
fn bytes(key: &aegle_keys::KeywordKey) -> Vec<u8> {
    let first = key.context().segment * aegle_sealed::limits::SEGMENT_BATCHES;
    let token = key.token(Window::new(first, first + 1).unwrap()).unwrap();
    serde_json::to_vec(&token).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn outputs_are_those_of_the_other_implementation(
        seed: [u8; 32],
        questions in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..80), prop::collection::vec(
            prop::collection::vec(any::<u8>(), 1..200), 0..5)), 0..5),
        input in prop::collection::vec(any::<u8>(), 1..40),
        many in 1_usize..60,
    ) {
        let (ours, theirs) = (PoprfKey::derive(&seed, DOMAIN_KEY), reference(&seed));
        let public = Ristretto255::serialize_elem(theirs.get_public_key());
        prop_assert_eq!(ours.public_key().to_vec(), public.to_vec());
        let asked: Vec<(&[u8], Vec<&[u8]>)> = questions
            .iter()
            .map(|(information, inputs)| (&information[..], inputs.iter().map(Vec::as_slice).collect()))
            .collect();
        let mut outputs = ours.evaluate(&asked).into_iter();
        for (information, inputs) in &asked {
            for input in inputs {
                let expected = theirs.evaluate(input, Some(information)).unwrap();
                prop_assert_eq!(outputs.next().unwrap().to_vec(), expected.to_vec());
            }
        }
        prop_assert!(outputs.next().is_none());
        // Few are multiplied one by one, many by a table.
        let information: Vec<Vec<u8>> = (0..many).map(|number| vec![number as u8; number]).collect();
        let slices: Vec<&[u8]> = information.iter().map(Vec::as_slice).collect();
        for (output, information) in ours.evaluate_under(&input, &slices).iter().zip(&slices) {
            let expected = theirs.evaluate(&input, Some(information)).unwrap();
            prop_assert_eq!(output.as_slice(), expected.as_slice());
        }
    }

    #[test]
    fn what_we_evaluate_blindly_the_other_client_takes(seed: [u8; 32], inputs in prop::collection::vec("[a-z]{1,20}", 1..6)) {
        let (ours, theirs, context) = (DomainKey::from_seed(&seed), reference(&seed), patient_scope());
        let blinded: Vec<_> = inputs
            .iter()
            .map(|input| PoprfClient::<Ristretto255>::blind(input.as_bytes(), &mut OsRng).unwrap())
            .collect();
        let group = BlindGroup {
            field: Field::Status,
            segment: 3,
            elements: blinded.iter().map(|blinded| blinded.message.serialize().into()).collect(),
        };
        let answer = ours.evaluate_blindly(&context, &group).unwrap();
        let elements: Vec<_> = answer
            .elements
            .iter()
            .map(|bytes| EvaluationElement::<Ristretto255>::deserialize(bytes).unwrap())
            .collect();
        let clients: Vec<_> = blinded.into_iter().map(|blinded| blinded.state).collect();
        let information = context.in_segment(3).public_information(Field::Status);
        let outputs = PoprfClient::batch_finalize(
            inputs.iter().map(String::as_bytes),
            &clients,
            &elements,
            &Proof::deserialize(&answer.proof).unwrap(),
            theirs.get_public_key(),
            Some(&information),
        )
        .unwrap();
        for (output, input) in outputs.zip(&inputs) {
            let expected = theirs.evaluate(input.as_bytes(), Some(&information)).unwrap();
            prop_assert_eq!(output.unwrap().to_vec(), expected.to_vec());
        }
    }

    #[test]
    fn what_the_other_server_evaluates_we_take(seed: [u8; 32], values in prop::collection::vec("[a-z]{1,20}", 1..6)) {
        let (key, theirs, context) = (DomainKey::from_seed(&seed), reference(&seed), patient_scope());
        let keywords: Vec<Keyword> = values.iter().map(|value| Keyword::status(value).unwrap()).collect();
        let window = Window::new(1, 8).unwrap();
        let query = BlindQuery::new(context, &keywords, window).unwrap();
        let answer: Vec<EvaluatedGroup> = query
            .groups()
            .iter()
            .map(|group| {
                let elements: Vec<_> = group
                    .elements
                    .iter()
                    .map(|bytes| BlindedElement::<Ristretto255>::deserialize(bytes).unwrap())
                    .collect();
                let information = context.in_segment(group.segment).public_information(group.field);
                let evaluated = theirs.batch_blind_evaluate(&mut OsRng, &elements, Some(&information)).unwrap();
                EvaluatedGroup {
                    elements: evaluated.messages.iter().map(|element| element.serialize().into()).collect(),
                    proof: evaluated.proof.serialize().into(),
                }
            })
            .collect();
        let tokens = query.finish(&key.public_key(), &answer).unwrap();
        for (tokens, keyword) in tokens.iter().zip(&keywords) {
            let direct = key.token(&context, keyword, window).unwrap();
            prop_assert_eq!(serde_json::to_value(tokens).unwrap(), serde_json::to_value(direct).unwrap());
        }
    }
}

#[test]
fn keys_asked_for_together_are_those_asked_for_one_by_one() {
    let key = DomainKey::from_seed(&[9; 32]);
    let contexts = in_segment(&of_patients(40), 2);
    let keywords: Vec<Keyword> = (0..5)
        .map(keyword)
        .chain(["final", "amended"].map(|name| Keyword::status(name).unwrap()))
        .collect();
    let asked: Vec<(KeyContext, &Keyword)> = contexts
        .iter()
        .flat_map(|context| keywords.iter().map(move |keyword| (*context, keyword)))
        .collect();
    let one_by_one: Vec<_> = asked
        .iter()
        .map(|(context, keyword)| bytes(&key.keyword_key(context, keyword)))
        .collect();
    let together: Vec<_> = key.keyword_keys(&asked).iter().map(bytes).collect();
    assert_eq!(together, one_by_one);
    let mut cache = KeyCache::default();
    for _ in 0..2 {
        let cached: Vec<_> = cache.keyword_keys(&key, &asked).into_iter().map(bytes).collect();
        assert_eq!(cached, one_by_one);
    }
    let of_first: Vec<_> = key.keyword_keys_in(&contexts, &keywords[0]).iter().map(bytes).collect();
    let expected: Vec<_> = one_by_one.iter().step_by(keywords.len()).cloned().collect();
    assert_eq!(of_first, expected);
    assert!(key.keyword_keys(&[]).is_empty() && key.keyword_keys_in(&[], &keywords[0]).is_empty());
}

#[test]
fn one_blinding_is_evaluated_for_many_patients_each_by_itself() {
    let key = DomainKey::from_seed(&[9; 32]);
    let contexts = of_patients(30);
    let keywords = [keyword(0), Keyword::status("final").unwrap(), keyword(1)];
    let window = Window::new(1_000, 1_100).unwrap();
    let ask = || BlindQuery::over(contexts.clone(), &keywords, window).unwrap();
    let query = ask();
    let groups = query.groups();
    assert_eq!(groups.len(), 4, "two fields in two segments, however many patients");
    let answers = |groups: &[BlindGroup]| {
        let mut answers = vec![Vec::new(); contexts.len()];
        for group in groups {
            let evaluated = key.evaluate_blindly_in(&contexts, group).unwrap();
            for (answer, evaluated) in answers.iter_mut().zip(evaluated) {
                answer.push(evaluated);
            }
        }
        answers
    };
    let all = answers(&groups);
    // The custodian refuses one of them.
    let given: Vec<Option<&[EvaluatedGroup]>> = all
        .iter()
        .enumerate()
        .map(|(place, answer)| (place != 7).then_some(&answer[..]))
        .collect();
    let keys = query.keys(&key.public_key(), &given).unwrap();
    for (place, (keys, context)) in keys.iter().zip(&contexts).enumerate() {
        let Some(keys) = keys else {
            assert_eq!(place, 7);
            continue;
        };
        for (keys, keyword) in keys.iter().zip(&keywords) {
            let found: Vec<_> = keys.iter().map(bytes).collect();
            let expected = [0, 1].map(|segment| bytes(&key.keyword_key(&context.in_segment(segment), keyword)));
            assert_eq!(found, expected, "patient {place}");
        }
    }
    // One patient's answer does not pass for another's, and one false answer is none at all.
    let mut swapped = given.clone();
    swapped.swap(0, 1);
    assert_eq!(query.keys(&key.public_key(), &swapped).err(), Some(BlindError::Proof));
    assert_eq!(
        query.keys(&key.public_key(), &given[1..]).err(),
        Some(BlindError::Size(29))
    );
}
