//! Search tokens from a custodian's service, which does not learn what is searched for.

mod by_law;
pub(crate) mod desk;

use crate::{
    refusals::code,
    transports::{AlteredAnswer, BadWay, Mischief},
};
use aegle_client::{
    clinician::reader::Reader,
    native::TokenServiceClient,
    remote::RemoteError,
    search::{
        asking::Asking,
        tokens::{TokenService, TokensError},
    },
};
use aegle_crypto::classes::Class;
use aegle_keys::BlindQuery;
use aegle_protocol::wire::ProblemCode;
use aegle_protocol::wire::{EvaluationAnswer, EvaluationRequest};
use aegle_rules::{
    AccountId, DomainId, Purposes, Roles,
    consent::{Declaration, DuoUse},
};
use aegle_sealed::{BlindGroup, Expression, Field, Keyword, Scope, ScopeContext, SearchToken, Window, query};
use aegle_stories::world::reader;
use aegle_token_service::Quota;
use desk::{Desk, address, serve};
use std::{cell::RefCell, collections::BTreeSet, fs};

/// More values than any answer has.
const MAX_LEAVES: usize = 100;

fn refusal<T>(answer: Result<T, TokensError>) -> ProblemCode {
    match answer {
        Err(TokensError::Service(error)) => code(Err::<T, RemoteError>(error)).0,
        Err(error) => panic!("not a refusal: {error}"),
        Ok(_) => panic!("it was not refused"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_asked_for_blindly_find_the_same_and_the_custodian_learns_the_field_alone() {
    let desk = Desk::open(Quota::default()).await;
    let (world, clinician) = (&desk.world, desk.world.clinician());
    let query = query::parse("type:Observation AND text:haemoglobin AND day:2026-11-20").unwrap();
    let asking = desk.treatment(clinician);
    let denied = desk.tokens(&desk.client(), clinician, &asking, &query).await;
    assert_eq!(refusal(denied), ProblemCode::NotPermitted);

    let granted = world
        .grant(desk.person(), clinician, &[Class::Laboratory])
        .await
        .unwrap();
    let tokens = desk.tokens(&desk.client(), clinician, &asking, &query).await.unwrap();
    let direct = world
        .search_request(
            clinician.key().account(),
            desk.person(),
            "type:Observation AND text:haemoglobin AND day:2026-11-20",
            Purposes::TREAT,
        )
        .await
        .unwrap();
    let keys = |terms: &[Vec<SearchToken>]| serde_json::to_value(terms).unwrap();
    assert_eq!(keys(&tokens), keys(&direct.terms), "the same PRF, asked in two ways");
    let request = asking.search(world.hospital().domain(), tokens, query.expression.clone());
    let answer = clinician.search(&world.deployment().aegle(), &request).await.unwrap();
    let hits: Vec<_> = answer.hits.iter().map(|hit| hit.record).collect();
    assert_eq!(hits, [desk.person().records[1]]);

    world.people[0]
        .patient
        .revoke(&world.deployment().aegle(), granted.id, granted.terms.grantee)
        .await
        .unwrap();
    let revoked = desk.tokens(&desk.client(), clinician, &asking, &query).await;
    assert_eq!(refusal(revoked), ProblemCode::NotPermitted, "from the next block on");

    let audit = desk.audit();
    let outcomes: Vec<&str> = audit.iter().map(|entry| entry.outcome.as_str()).collect();
    assert_eq!(outcomes.len(), 3);
    assert_eq!(outcomes[1], "evaluated");
    assert!(
        outcomes[0].contains("consent") && outcomes[2].contains("consent"),
        "{outcomes:?}"
    );
    let fields: BTreeSet<Field> = audit[1].fields.keys().copied().collect();
    assert_eq!(fields, BTreeSet::from([Field::Type, Field::Day, Field::Text]));
    assert_eq!((audit[1].scope, audit[1].account), (asking.scope, asking.requester));
    let log = fs::read_to_string(desk.folder.path().join("audit.jsonl")).unwrap();
    for secret in ["haemoglobin", "Observation", "2026-11-20"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    desk.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_value_of_the_services_answer_can_be_changed_unnoticed() {
    let desk = Desk::open(Quota::default()).await;
    let clinician = desk.world.clinician();
    desk.world
        .grant(desk.person(), clinician, &[Class::Laboratory])
        .await
        .unwrap();
    let query = query::parse("type:Observation AND status:final").unwrap();
    let (client, asking) = (desk.client(), desk.treatment(clinician));
    let mut changed = 0;
    for leaf in 0..MAX_LEAVES {
        let altered = AlteredAnswer {
            inner: client.transport(),
            path: "/v1/evaluations",
            leaf,
            altered: RefCell::default(),
        };
        let service = TokenService::new(altered, desk.world.deployment().contracts(), desk.service.account());
        let answer = desk.tokens(&service, clinician, &asking, &query).await;
        match service.transport().altered.borrow().clone() {
            Some(pointer) => assert!(answer.is_err(), "a changed {pointer} went unnoticed"),
            None => {
                assert!(answer.is_ok());
                break;
            }
        }
        changed += 1;
    }
    // Two groups, of one element and one proof each.
    assert_eq!(changed, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_counts_once_signed_in_time_and_within_the_quota() {
    let quota = Quota {
        requests_a_minute: 1_000,
        elements_an_hour: 12,
    };
    let desk = Desk::open(quota).await;
    let clinician = desk.world.clinician();
    desk.world
        .grant(desk.person(), clinician, &[Class::Laboratory])
        .await
        .unwrap();
    let query = query::parse("status:final").unwrap();
    let (client, asking) = (desk.client(), desk.treatment(clinician));
    for (mischief, expected) in [
        (Mischief::Unsigned, ProblemCode::Unsigned),
        (Mischief::ChangedSignature, ProblemCode::Unsigned),
        (Mischief::OtherAccount, ProblemCode::Unsigned),
        (Mischief::ChangedBody, ProblemCode::Unsigned),
        (Mischief::ChangedPath, ProblemCode::Unsigned),
        (Mischief::Truncated, ProblemCode::Unsigned),
        (Mischief::SlowClock, ProblemCode::Expired),
        (Mischief::FastClock, ProblemCode::Expired),
        (Mischief::Twice, ProblemCode::Replayed),
    ] {
        let way = BadWay::new(client.transport(), ("POST", "/v1/evaluations"), mischief);
        let service = TokenService::new(way, desk.world.deployment().contracts(), desk.service.account());
        let answer = desk.tokens(&service, clinician, &asking, &query).await;
        assert_eq!(refusal(answer), expected, "{mischief:?}");
    }
    // One keyword is taken by the request that came twice, eleven are left.
    for _ in 0..11 {
        desk.tokens(&client, clinician, &asking, &query).await.unwrap();
    }
    let spent = desk.tokens(&client, clinician, &asking, &query).await;
    assert_eq!(refusal(spent), ProblemCode::BudgetSpent);
    // Neither quota nor nonces are forgotten by a service that starts anew, whatever a crash left of the last line.
    let audit = desk.folder.path().join("audit.jsonl");
    let mut text = fs::read_to_string(&audit).unwrap();
    assert_eq!(
        text.lines().count(),
        13,
        "each request that counts has a line, and a replay is none"
    );
    text.push_str("{\"at\":17");
    fs::write(&audit, text).unwrap();
    let again = serve(&desk.world, desk.world.hospital(), audit, quota).await;
    let client = TokenServiceClient::at(&address(&again), desk.world.deployment().contracts()).unwrap();
    let spent = desk.tokens(&client, clinician, &asking, &query).await;
    assert_eq!(refusal(spent), ProblemCode::BudgetSpent);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_evaluated_is_refused_with_its_reason() {
    let desk = Desk::open(Quota::default()).await;
    let (world, clinician) = (&desk.world, desk.world.clinician());
    world
        .grant(desk.person(), clinician, &[Class::Laboratory])
        .await
        .unwrap();
    let domain = world.hospital().domain();
    let context = ScopeContext {
        domain,
        epoch: 0,
        scope: Scope::Patient(desk.person().account()),
    };
    let blinded = BlindQuery::new(
        context,
        &[Keyword::status("final").unwrap()],
        Window::new(0, 1).unwrap(),
    )
    .unwrap();
    let good = EvaluationRequest {
        domain,
        epoch: 0,
        scope: context.scope,
        purpose: Purposes::TREAT,
        research: Declaration::default(),
        groups: blinded.groups(),
    };
    let group = good.groups[0].clone();
    let with = |change: &dyn Fn(&mut EvaluationRequest)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    let identity = [0; 32];
    let many = BlindGroup {
        elements: vec![group.elements[0]; 257],
        ..group.clone()
    };
    use ProblemCode::{Malformed, NotPermitted};
    let cases = [
        ("no element", with(&|request| request.groups.clear()), Malformed),
        (
            "a group without an element",
            with(&|request| {
                request.groups.push(BlindGroup {
                    elements: Vec::new(),
                    ..group.clone()
                })
            }),
            Malformed,
        ),
        (
            "too large a group",
            with(&|request| request.groups = vec![many.clone()]),
            Malformed,
        ),
        (
            "too many groups",
            with(&|request| request.groups = vec![many.clone(); 16]),
            Malformed,
        ),
        (
            "the identity",
            with(&|request| request.groups[0].elements[0] = identity),
            Malformed,
        ),
        (
            "no canonical element",
            with(&|request| request.groups[0].elements[0] = [0xff; 32]),
            Malformed,
        ),
        (
            "a segment to come",
            with(&|request| request.groups[0].segment = 1),
            Malformed,
        ),
        ("an epoch to come", with(&|request| request.epoch = 1), Malformed),
        (
            "an unknown domain",
            with(&|request| request.domain = DomainId(99)),
            Malformed,
        ),
        (
            "a kind that is not indexed",
            with(&|request| request.groups[0].field = Field::TextFuzzy),
            Malformed,
        ),
        (
            "another patient",
            with(&|request| request.scope = Scope::Patient(AccountId([9; 32]))),
            NotPermitted,
        ),
        (
            "another purpose",
            with(&|request| request.purpose = Purposes::HRESCH),
            NotPermitted,
        ),
        (
            "two purposes",
            with(&|request| request.purpose = Purposes(3)),
            NotPermitted,
        ),
        (
            "the cohort, for treatment",
            with(&|request| request.scope = Scope::Cohort),
            NotPermitted,
        ),
    ];
    let client = desk.client();
    for (case, request, expected) in cases {
        let answer = client.evaluate(clinician.key(), &request).await;
        assert_eq!(code(answer).0, expected, "{case}");
    }
    let answer: EvaluationAnswer = client.evaluate(clinician.key(), &good).await.unwrap();
    assert_eq!(answer.groups.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cohort_is_for_declared_research_and_the_custodians_own_operations() {
    let desk = Desk::open(Quota::default()).await;
    let deployment = desk.world.deployment();
    let (researcher, auditor) = (reader(deployment).await.unwrap(), reader(deployment).await.unwrap());
    desk.employ(&researcher, Roles::RESEARCHER).await;
    desk.employ(&auditor, Roles::AUDITOR).await;
    let declared = Declaration {
        use_: DuoUse::Disease,
        ..Declaration::default()
    };
    let asking = |reader: &Reader, purpose, research| Asking {
        requester: reader.key().account(),
        scope: Scope::Cohort,
        purpose,
        research,
    };
    let none = Declaration::default();
    let cases = [
        (
            "declared research",
            &researcher,
            Purposes::HRESCH,
            declared,
            "status:final",
            None,
        ),
        (
            "words of texts",
            &researcher,
            Purposes::HRESCH,
            declared,
            "text:haemoglobin",
            Some(ProblemCode::NotPermitted),
        ),
        (
            "undeclared research",
            &researcher,
            Purposes::HRESCH,
            none,
            "status:final",
            Some(ProblemCode::NotPermitted),
        ),
        (
            "a researcher's operations",
            &researcher,
            Purposes::HOPERAT,
            none,
            "status:final",
            Some(ProblemCode::NotPermitted),
        ),
        ("operations", &auditor, Purposes::HOPERAT, none, "status:final", None),
        (
            "an auditor's research",
            &auditor,
            Purposes::HRESCH,
            declared,
            "status:final",
            Some(ProblemCode::NotPermitted),
        ),
        (
            "treatment",
            desk.world.clinician(),
            Purposes::TREAT,
            none,
            "status:final",
            Some(ProblemCode::NotPermitted),
        ),
    ];
    for (case, reader, purpose, research, text, expected) in cases {
        let query = query::parse(text).unwrap();
        let answer = desk
            .tokens(&desk.client(), reader, &asking(reader, purpose, research), &query)
            .await;
        match expected {
            None => assert!(answer.is_ok(), "{case}: {:?}", answer.err()),
            Some(expected) => assert_eq!(refusal(answer), expected, "{case}"),
        }
    }
    // Tokens are not hits: nobody has consented, so nothing is shown.
    let asking = asking(&researcher, Purposes::HRESCH, declared);
    let query = query::parse("status:final").unwrap();
    let tokens = desk.tokens(&desk.client(), &researcher, &asking, &query).await.unwrap();
    let request = asking.search(desk.world.hospital().domain(), tokens, Expression::Term(0));
    let answer = researcher.search(&deployment.aegle(), &request).await.unwrap();
    assert!(answer.hits.is_empty());
}
