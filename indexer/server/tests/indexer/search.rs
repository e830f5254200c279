//! Searches: hits that the contract permits, and tokens that it takes to get them.
use crate::support::world::World;
use aegle_client::{account::AccountKey, chain::Chain};
use aegle_indexer::Indexer;
use aegle_protocol::wire::{SearchAnswer, SearchRequest};
use aegle_rules::{
    AccountId, Purposes,
    consent::{self, Effect},
};
use aegle_sealed::{Expression, Keyword, Scope, ScopeContext, Window};

async fn hits(world: &World, running: &Indexer, key: &AccountKey, search: &SearchRequest) -> Vec<(u32, u32)> {
    let answer = world.caller(running, key).post("/v1/search", search).await;
    answer
        .json::<SearchAnswer>()
        .hits
        .iter()
        .map(|hit| (hit.batch.0, hit.number))
        .collect()
}

/// A world with two batches, and the keywords of their records.
pub(crate) struct StoredWorld {
    pub(crate) world: World,
    pub(crate) running: Indexer,
    pub(crate) done: Keyword,
    pub(crate) pressure: Keyword,
}

/// Builds a world with two batches: final and cancelled records of the patient.
pub(crate) async fn stored() -> StoredWorld {
    stored_in(World::new().await).await
}

/// Builds the same in a world.
pub(crate) async fn stored_in(world: World) -> StoredWorld {
    let running = world.start().await;
    let (done, pressure) = (
        Keyword::status("final").unwrap(),
        Keyword::code("http://loinc.org", "8480-6").unwrap(),
    );
    let both = [done.clone(), pressure.clone()];
    let first = world.seal(
        0,
        &[
            world.plain(&both, "120"),
            world.plain(&both[..1], "other"),
            world.plain(&both[1..], "130"),
        ],
    );
    let second = world.seal(1, &[world.plain(&both, "140")]);
    for batch in [&first, &second] {
        world.deposit(&running, batch).await;
    }
    StoredWorld {
        world,
        running,
        done,
        pressure,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_what_was_labelled_until_consent_is_revoked() {
    let StoredWorld {
        world,
        running,
        done,
        pressure,
    } = stored().await;
    let search = world.search(&pressure, 2);
    let own = SearchRequest {
        purpose: Purposes::PATRQT,
        ..search.clone()
    };
    assert_eq!(
        hits(&world, &running, &world.patient, &own).await,
        [(1, 0), (0, 0), (0, 2)]
    );
    // No grant, no hit: not for the clinician, not for the custodian, not for a stranger.
    let stranger = AccountKey::generate().unwrap();
    for key in [&world.clinician, &world.admin, &stranger] {
        assert!(
            hits(&world, &running, key, &search).await.is_empty(),
            "hits of {}",
            key.account()
        );
    }
    let grant = world.grant(&running).await.id;
    assert_eq!(
        hits(&world, &running, &world.clinician, &search).await,
        [(1, 0), (0, 0), (0, 2)]
    );
    assert!(hits(&world, &running, &world.admin, &search).await.is_empty());
    for purpose in [Purposes::HRESCH, Purposes::ETREAT] {
        let search = SearchRequest {
            purpose,
            ..search.clone()
        };
        assert!(
            hits(&world, &running, &world.clinician, &search).await.is_empty(),
            "{purpose:?}"
        );
    }
    let combined = |query| SearchRequest {
        terms: vec![world.tokens(&done, 0, 2), world.tokens(&pressure, 0, 2)],
        query,
        ..search.clone()
    };
    let and = combined(Expression::And(vec![Expression::Term(0), Expression::Term(1)]));
    assert_eq!(hits(&world, &running, &world.clinician, &and).await, [(1, 0), (0, 0)]);
    let without = combined(Expression::And(vec![
        Expression::Term(0),
        Expression::Not(Box::new(Expression::Term(1))),
    ]));
    assert_eq!(hits(&world, &running, &world.clinician, &without).await, [(0, 1)]);
    let limited = SearchRequest {
        limit: 2,
        ..search.clone()
    };
    assert_eq!(
        hits(&world, &running, &world.clinician, &limited).await,
        [(1, 0), (0, 0)]
    );

    world.revoke(grant).await;
    assert!(hits(&world, &running, &world.clinician, &search).await.is_empty());
    assert_eq!(hits(&world, &running, &world.patient, &own).await.len(), 3);
    running.stop().await;
    // And the answers are the same after a restart.
    let running = world.start().await;
    assert!(hits(&world, &running, &world.clinician, &search).await.is_empty());
    assert_eq!(hits(&world, &running, &world.patient, &own).await.len(), 3);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_overrides_a_permit() {
    let StoredWorld {
        world,
        running,
        pressure,
        ..
    } = stored().await;
    let search = world.search(&pressure, 2);
    world.grant(&running).await;
    assert_eq!(hits(&world, &running, &world.clinician, &search).await.len(), 3);
    let head = world.chain.finalized().await.unwrap();
    let next = consent::messages::NextGrant {
        patient: world.patient.account(),
    };
    let id = world
        .chain
        .read(head.hash, world.contracts.consent, &next)
        .await
        .unwrap();
    let deny = consent::messages::Grant {
        id,
        terms: world.terms(Effect::Deny),
    };
    world
        .chain
        .call(&world.patient, world.contracts.consent, &deny)
        .await
        .unwrap();
    assert!(hits(&world, &running, &world.clinician, &search).await.is_empty());
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_outside_their_window_domain_or_scope_are_refused() {
    let StoredWorld {
        world, running, done, ..
    } = stored().await;
    let clinician = world.caller(&running, &world.clinician);
    let good = world.search(&done, 2);
    let other_patient = ScopeContext {
        scope: Scope::Patient(AccountId([9; 32])),
        ..world.scope(world.patient.account())
    };
    let cohort = ScopeContext {
        scope: Scope::Cohort,
        ..other_patient
    };
    let later_epoch = ScopeContext {
        epoch: 1,
        ..world.scope(world.patient.account())
    };
    let tokens = |context: &ScopeContext| {
        vec![
            world
                .domain_key
                .token(context, &done, Window::new(0, 2).unwrap())
                .unwrap(),
        ]
    };
    let mut false_cover = good.clone();
    false_cover.terms[0][0].nodes.pop();
    let mut false_window = good.clone();
    false_window.terms[0][0].to = 1;
    let cases = [
        (
            "beyond the anchored batches",
            SearchRequest {
                terms: vec![world.tokens(&done, 0, 3)],
                ..good.clone()
            },
            400,
            "token-window",
        ),
        (
            "another patient's scope",
            SearchRequest {
                terms: tokens(&other_patient),
                ..good.clone()
            },
            400,
            "token-scope",
        ),
        (
            "the patient's tokens for another patient",
            SearchRequest {
                scope: Scope::Patient(AccountId([9; 32])),
                ..good.clone()
            },
            400,
            "token-scope",
        ),
        (
            "the cohort's scope",
            SearchRequest {
                terms: tokens(&cohort),
                ..good.clone()
            },
            400,
            "token-scope",
        ),
        (
            "another epoch",
            SearchRequest {
                terms: tokens(&later_epoch),
                ..good.clone()
            },
            400,
            "token-epoch",
        ),
        (
            "another domain",
            SearchRequest {
                domain: aegle_rules::DomainId(99),
                ..good.clone()
            },
            400,
            "token-scope",
        ),
        ("not the cover", false_cover, 400, "invalid-token"),
        ("another window than the nodes", false_window, 400, "invalid-token"),
        (
            "no token",
            SearchRequest {
                terms: vec![Vec::new()],
                ..good.clone()
            },
            400,
            "invalid-token",
        ),
        (
            "no term",
            SearchRequest {
                terms: Vec::new(),
                ..good.clone()
            },
            400,
            "invalid-query",
        ),
        (
            "an unknown term",
            SearchRequest {
                query: Expression::Term(1),
                ..good.clone()
            },
            400,
            "invalid-query",
        ),
        (
            "two purposes",
            SearchRequest {
                purpose: Purposes::TREAT.union(Purposes::HRESCH),
                ..good.clone()
            },
            400,
            "invalid-purpose",
        ),
        (
            "no purpose",
            SearchRequest {
                purpose: Purposes::NONE,
                ..good.clone()
            },
            400,
            "invalid-purpose",
        ),
        (
            "no hit",
            SearchRequest {
                limit: 0,
                ..good.clone()
            },
            400,
            "invalid-limit",
        ),
        (
            "too many hits",
            SearchRequest {
                limit: u32::MAX,
                ..good.clone()
            },
            400,
            "invalid-limit",
        ),
    ];
    for (case, search, status, reason) in cases {
        assert_eq!(
            clinician.post("/v1/search", &search).await.reason(),
            (status, reason.to_owned()),
            "{case}"
        );
    }
    // A domain that nobody registered, with tokens of its own.
    let unknown = ScopeContext {
        domain: aegle_rules::DomainId(99),
        ..world.scope(world.patient.account())
    };
    let unknown = SearchRequest {
        domain: unknown.domain,
        terms: tokens(&unknown),
        ..good
    };
    assert_eq!(
        clinician.post("/v1/search", &unknown).await.reason(),
        (422, "unknown-domain".into())
    );
    assert_eq!(
        clinician.send("POST", "/v1/search", b"{".to_vec()).await.reason(),
        (400, "invalid-body".into())
    );
    running.stop().await;
}
