//! Many patients at one custodian: one question, keys that are kept, and each patient's own consent.

use super::Places;
use aegle_client::{
    chain::Chain,
    remote::RemoteError,
    search::{federation::Federation, tokens::KeysAtHand},
};
use aegle_keys::BlindQuery;
use aegle_protocol::wire::{MAX_EVALUATED_PATIENTS, PatientEvaluation, PatientsEvaluationRequest, ProblemCode};
use aegle_rules::{AccountId, Purposes};
use aegle_sealed::{Keyword, Scope, ScopeContext, Window, query};
use aegle_token_service::AuditEntry;
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn patients_at_one_custodian_are_asked_about_once_and_their_keys_are_kept() {
    let places = Places::open().await;
    let (world, clients) = (&places.world, places.clients());
    let (aegle, key) = (world.deployment().aegle(), world.clinician().key());
    let (sources, at_hand) = (places.sources(&clients), KeysAtHand::default());
    let log = |custodian: &str| -> Vec<AuditEntry> {
        let text = fs::read_to_string(places.folder.path().join(custodian)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let ask = async |text: &str| {
        let query = query::parse(text).unwrap();
        let federation = Federation::prepare(&aegle, key, &sources, &query, &at_hand)
            .await
            .unwrap();
        assert!(federation.refused.is_empty(), "{:?}", federation.refused);
        places.paged(&federation, 100).await
    };
    let all = places.expected(false, |_, _| true);
    assert_eq!(ask("status:final").await, all);
    for custodian in ["0", "1"] {
        let entries = log(custodian);
        let [entry] = &entries[..] else {
            panic!("one question: {entries:?}");
        };
        assert_eq!(
            (entry.also.len(), entry.counted, entry.outcome.as_str()),
            (1, 2, "evaluated")
        );
    }
    // What is at hand is not asked for again; what is not at hand is, and nothing else.
    assert_eq!(ask("status:final").await, all);
    assert_eq!(ask("status:final OR text:nothing").await, all);
    for custodian in ["0", "1"] {
        let entries = log(custodian);
        let [_, entry] = &entries[..] else {
            panic!("two questions: {entries:?}");
        };
        let fields: Vec<_> = entry
            .fields
            .iter()
            .map(|(field, count)| (field.to_string(), *count))
            .collect();
        assert_eq!(fields, [("text".to_owned(), 1)]);
    }

    // Keys at hand show nothing of whoever has withdrawn: the indexer decides at each search.
    let person = &world.people[1];
    let head = aegle.chain.finalized().await.unwrap();
    let grants = aegle.grants_to(&head, person.account(), key.account());
    let (id, terms) = grants.await.unwrap()[0];
    person.patient.revoke(&aegle, id, terms.grantee).await.unwrap();
    assert_eq!(
        ask("status:final").await,
        places.expected(false, |_, patient| patient == 0)
    );
    // Asked for something else, the custodians refuse for that patient alone, and write down for whom.
    let query = query::parse("status:amended").unwrap();
    let federation = Federation::prepare(&aegle, key, &sources, &query, &at_hand)
        .await
        .unwrap();
    let refused: Vec<_> = federation.refused.iter().map(|(source, _)| *source).collect();
    assert_eq!(refused, [1, 3]);
    assert_eq!(log("0").last().unwrap().refused, [person.account()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_about_nobody_twice_or_too_many_are_refused() {
    let places = Places::open().await;
    let (world, clients) = (&places.world, places.clients());
    let patients: Vec<AccountId> = world.people.iter().map(|person| person.account()).collect();
    let contexts = patients.iter().map(|patient| ScopeContext {
        domain: places.domain(0),
        epoch: 0,
        scope: Scope::Patient(*patient),
    });
    let keywords = [Keyword::status("final").unwrap()];
    let blinded = BlindQuery::over(contexts.collect(), &keywords, Window::new(0, 1).unwrap()).unwrap();
    let good = PatientsEvaluationRequest {
        domain: places.domain(0),
        epoch: 0,
        patients: patients.clone(),
        purpose: Purposes::TREAT,
        groups: blinded.groups(),
    };
    let with = |patients: Vec<AccountId>| PatientsEvaluationRequest {
        patients,
        ..good.clone()
    };
    let key = world.clinician().key();
    let many = (0..=MAX_EVALUATED_PATIENTS as u32).map(|number| {
        let mut account = [0; 32];
        account[..4].copy_from_slice(&number.to_le_bytes());
        AccountId(account)
    });
    for (case, request) in [
        ("nobody", with(Vec::new())),
        ("one twice", with(vec![patients[0]; 2])),
        ("too many", with(many.collect())),
        (
            "no element",
            PatientsEvaluationRequest {
                groups: Vec::new(),
                ..good.clone()
            },
        ),
    ] {
        let Err(RemoteError::Refused { code, .. }) = clients[0].evaluate_patients(key, &request).await else {
            panic!("{case} is answered");
        };
        assert_eq!(code, ProblemCode::Malformed, "{case}");
    }
    let stranger = AccountId([9; 32]);
    let answer = clients[0]
        .evaluate_patients(key, &with(vec![patients[0], stranger]))
        .await
        .unwrap();
    assert!(matches!(
        &answer.patients[..],
        [PatientEvaluation::Evaluated(groups), PatientEvaluation::Refused(_)] if groups.len() == 1
    ));
}
