//! Searches over patients: pages, consent record by record, and counts that tell no exact number.
use crate::support::world::{LATER, SLOT, World};
use aegle_client::{account::AccountKey, chain::Chain};
use aegle_crypto::{delegation::SlotSecret, master::MasterSecret};
use aegle_indexer::{COUNT_COST, DAILY_BUDGET, Indexer};
use aegle_protocol::{
    random::SystemRandom,
    wire::{COUNT_FLOOR, Count, CountAnswer, CountRequest, RecordPlace, SearchAnswer, SearchRequest},
};
use aegle_rules::{
    AccountId, Purposes, Roles,
    consent::{self, Declaration, DuoModifiers, DuoPermission, DuoUse, Effect, Extent, Grantee, Research, Terms},
    consortium::{self, Action, Role},
};
use aegle_sealed::{Expression, Keyword, Scope, ScopeContext, SearchToken, Window};
use std::collections::BTreeSet;

/// Patients of the cohort, of whom all but the last two consent to research.
const PATIENTS: usize = 16;
const FUNDS: u128 = 1_000_000_000_000_000;
/// Noise is wider than this once in ten million counts.
const WIDEST_NOISE: u32 = 130;

struct Cohort {
    world: World,
    running: Indexer,
    researcher: AccountKey,
    done: Keyword,
    pressure: Keyword,
    patients: Vec<AccountId>,
}

impl Cohort {
    /// Stores two batches: each patient has one final record in each, every second one a blood pressure besides in the
    /// second.
    async fn new() -> Self {
        let world = World::new().await;
        let running = world.start().await;
        let (done, pressure) = (
            Keyword::status("final").unwrap(),
            Keyword::code("http://loinc.org", "8480-6").unwrap(),
        );
        let keys: Vec<AccountKey> = (0..PATIENTS).map(|_| AccountKey::generate().unwrap()).collect();
        let secret = || -> SlotSecret {
            MasterSecret::generate(&mut SystemRandom).slot_secret(&world.deployment.genesis, SLOT, 0)
        };
        for batch in 0..2 {
            let plain: Vec<_> = keys
                .iter()
                .enumerate()
                .map(|(number, key)| {
                    let both = batch == 1 && number % 2 == 0;
                    let keywords = if both {
                        vec![done.clone(), pressure.clone()]
                    } else {
                        vec![done.clone()]
                    };
                    let mut plain = world.plain(&keywords, &format!("{batch}-{number}"));
                    (plain.patient, plain.public_key, plain.cohort) = (key.account(), secret().public_key(), true);
                    plain
                })
                .collect();
            world.deposit(&running, &world.seal(batch, &plain)).await;
        }
        for key in &keys[..PATIENTS - 2] {
            consent_to_research(&world, key, Extent::Find).await;
        }
        // One more is counted, and not found.
        consent_to_research(&world, &keys[PATIENTS - 2], Extent::Count).await;
        let researcher = AccountKey::generate().unwrap();
        let role = Role {
            roles: Roles::RESEARCHER,
            organisation: world.trust,
            until: LATER,
        };
        let account = researcher.account();
        let message = consortium::messages::Propose {
            action: Action::SetRole { account, role },
        };
        world
            .chain
            .call(&world.committee, world.contracts.consortium, &message)
            .await
            .unwrap();
        let patients = keys.iter().map(AccountKey::account).collect();
        Self {
            world,
            running,
            researcher,
            done,
            pressure,
            patients,
        }
    }

    fn tokens(&self, keyword: &Keyword) -> Vec<SearchToken> {
        let context = ScopeContext {
            domain: self.world.domain,
            epoch: 0,
            scope: Scope::Cohort,
        };
        let window = Window::new(0, 2).unwrap();
        self.world.domain_key.token(&context, keyword, window).unwrap()
    }

    fn search(&self, keyword: &Keyword, research: Declaration) -> SearchRequest {
        SearchRequest {
            domain: self.world.domain,
            scope: Scope::Cohort,
            purpose: Purposes::HRESCH,
            research,
            terms: vec![self.tokens(keyword)],
            query: Expression::Term(0),
            limit: 1_000,
            after: None,
            evidence: false,
        }
    }

    async fn ask(&self, request: &SearchRequest) -> SearchAnswer {
        let caller = self.world.caller(&self.running, &self.researcher);
        caller.post("/v1/search", request).await.json()
    }

    fn count(&self, keyword: &Keyword, groups: &[&Keyword]) -> CountRequest {
        let terms = [&[keyword], groups].concat();
        CountRequest {
            domain: self.world.domain,
            purpose: Purposes::HRESCH,
            research: declared(),
            terms: terms.iter().map(|keyword| self.tokens(keyword)).collect(),
            query: Expression::Term(0),
            groups: (1..terms.len()).collect(),
        }
    }
}

fn declared() -> Declaration {
    Declaration {
        use_: DuoUse::Disease,
        attested: DuoModifiers::IRB,
    }
}

/// Consents to health research by anybody who attests an ethics board's approval.
async fn consent_to_research(world: &World, key: &AccountKey, extent: Extent) {
    world.chain.fund(&world.committee, key.account(), FUNDS).await.unwrap();
    let next = consent::messages::NextGrant { patient: key.account() };
    let head = world.chain.finalized().await.unwrap();
    let id = world
        .chain
        .read(head.hash, world.contracts.consent, &next)
        .await
        .unwrap();
    let terms = Terms {
        grantee: Grantee::Anyone,
        purposes: Purposes::HRESCH,
        research: Research {
            permission: DuoPermission::HealthMedicalBiomedical,
            modifiers: DuoModifiers::IRB,
            extent,
        },
        ..world.terms(Effect::Permit)
    };
    let grant = consent::messages::Grant { id, terms };
    world.chain.call(key, world.contracts.consent, &grant).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cohort_shows_records_of_those_whose_consent_fits() {
    let cohort = Cohort::new().await;
    let all: Vec<_> = cohort.ask(&cohort.search(&cohort.done, declared())).await.hits;
    let found: BTreeSet<AccountId> = all.iter().map(|hit| hit.patient).collect();
    let consenting: BTreeSet<AccountId> = cohort.patients[..PATIENTS - 2].iter().copied().collect();
    assert_eq!(found, consenting);
    assert_eq!(all.len(), 2 * consenting.len());

    // What nobody consented to finds nothing: nothing declared, another use, no approval.
    for (use_, attested) in [
        (DuoUse::Undeclared, DuoModifiers::IRB),
        (DuoUse::PopulationOriginsAncestry, DuoModifiers::IRB),
        (DuoUse::Disease, DuoModifiers::NONE),
    ] {
        let request = cohort.search(&cohort.done, Declaration { use_, attested });
        assert!(cohort.ask(&request).await.hits.is_empty(), "{use_:?} {attested:?}");
    }
    // Nor does somebody without the role find anything.
    let clinician = cohort.world.caller(&cohort.running, &cohort.world.clinician);
    let answer: SearchAnswer = clinician
        .post("/v1/search", &cohort.search(&cohort.done, declared()))
        .await
        .json();
    assert!(answer.hits.is_empty());
    // Nor somebody without any, in whose name nothing is read.
    let stranger = AccountKey::generate().unwrap();
    let stranger = cohort.world.caller(&cohort.running, &stranger);
    let answer: SearchAnswer = stranger
        .post("/v1/search", &cohort.search(&cohort.done, declared()))
        .await
        .json();
    assert!(answer.hits.is_empty() && answer.next.is_none());
    // A NOT that takes away from nothing would show which records are in the cohort at all.
    let unbounded = SearchRequest {
        query: Expression::Not(Box::new(Expression::Term(0))),
        ..cohort.search(&cohort.pressure, declared())
    };
    let researcher = cohort.world.caller(&cohort.running, &cohort.researcher);
    assert_eq!(
        researcher.post("/v1/search", &unbounded).await.reason(),
        (400, "invalid-query".into())
    );
    cohort.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_every_hit_once_in_order_while_new_batches_come() {
    let cohort = Cohort::new().await;
    let whole = cohort.ask(&cohort.search(&cohort.done, declared())).await;
    assert_eq!(whole.next, None);
    let places: Vec<RecordPlace> = whole.hits.iter().map(RecordPlace::from).collect();
    assert!(places.windows(2).all(|pair| pair[0].precedes(&pair[1])), "newest first");
    for limit in [1, 5, 27, 28] {
        let (mut pages, mut after) = (Vec::new(), None);
        loop {
            let request = SearchRequest {
                limit,
                after,
                ..cohort.search(&cohort.done, declared())
            };
            let page = cohort.ask(&request).await;
            assert!(page.hits.len() <= limit as usize, "hits of a page, at most {limit}");
            pages.extend(page.hits);
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(pages, whole.hits, "pages of {limit}");
    }
    // A batch that comes between two pages is before the first one.
    let first = SearchRequest {
        limit: 3,
        ..cohort.search(&cohort.done, declared())
    };
    let page = cohort.ask(&first).await;
    let mut plain = cohort.world.plain(std::slice::from_ref(&cohort.done), "late");
    (plain.patient, plain.cohort) = (cohort.patients[0], true);
    cohort
        .world
        .deposit(&cohort.running, &cohort.world.seal(2, &[plain]))
        .await;
    let rest = SearchRequest {
        limit: 1_000,
        after: page.next,
        ..first
    };
    let rest = cohort.ask(&rest).await.hits;
    assert_eq!([page.hits, rest].concat(), whole.hits);
    cohort.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_are_floored_noised_and_paid_for() {
    let cohort = Cohort::new().await;
    let researcher = cohort.world.caller(&cohort.running, &cohort.researcher);
    let request = cohort.count(&cohort.done, &[&cohort.pressure]);
    let answer: CountAnswer = researcher.post("/v1/counts", &request).await.json();
    let consenting = (PATIENTS - 1) as u32;
    match answer.total {
        Count::About(number) => assert!(number >= COUNT_FLOOR && number.abs_diff(consenting) <= WIDEST_NOISE),
        Count::Fewer => {}
    }
    assert_eq!(answer.groups, [Count::Fewer], "seven patients are too few to be told");
    assert_eq!(
        (answer.spent, answer.left),
        (2 * COUNT_COST, DAILY_BUDGET - 2 * COUNT_COST)
    );
    // Asked again, in other words or after a restart, the noise is the same.
    let again: CountAnswer = researcher.post("/v1/counts", &request).await.json();
    assert_eq!((again.total, &again.groups), (answer.total, &answer.groups));
    cohort.running.stop().await;
    let running = cohort.world.start().await;
    let researcher = cohort.world.caller(&running, &cohort.researcher);
    let both = CountRequest {
        query: Expression::Or(vec![Expression::Term(0), Expression::Term(1)]),
        ..request.clone()
    };
    let third: CountAnswer = researcher.post("/v1/counts", &both).await.json();
    assert_eq!(third.total, answer.total, "the same patients");
    assert_eq!(third.left, DAILY_BUDGET - 6 * COUNT_COST, "the budget is kept");
    // Who may see nothing counts nothing.
    let clinician = cohort.world.caller(&running, &cohort.world.clinician);
    let nothing: CountAnswer = clinician.post("/v1/counts", &request).await.json();
    assert_eq!((nothing.total, nothing.groups), (Count::Fewer, vec![Count::Fewer]));

    let refused = [
        (
            "a group that is no term",
            CountRequest {
                groups: vec![9],
                ..request.clone()
            },
        ),
        (
            "too many groups",
            CountRequest {
                groups: vec![0; 65],
                ..request.clone()
            },
        ),
    ];
    for (case, request) in refused {
        let reason = researcher.post("/v1/counts", &request).await.reason();
        assert_eq!(reason, (400, "invalid-query".into()), "{case}");
    }
    // 64 groups and the whole cost 8,125 of 10,000: not twice a day.
    let many = CountRequest {
        groups: vec![1; 64],
        ..request.clone()
    };
    researcher.post("/v1/counts", &many).await.expect(200);
    assert_eq!(
        researcher.post("/v1/counts", &many).await.reason(),
        (429, "budget-spent".into())
    );
    let after: CountAnswer = researcher.post("/v1/counts", &request).await.json();
    assert_eq!(
        after.left,
        DAILY_BUDGET - (6 + 65 + 2) * COUNT_COST,
        "what was refused cost nothing"
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_is_paid_for_before_anything_is_looked_for() {
    let cohort = Cohort::new().await;
    let researcher = cohort.world.caller(&cohort.running, &cohort.researcher);
    let request = cohort.count(&cohort.done, &[&cohort.pressure]);
    let database = cohort.world.database.connect().await;
    database
        .batch_execute("alter table records rename to elsewhere")
        .await
        .unwrap();
    let failed = researcher.post("/v1/counts", &request).await;
    assert_eq!(failed.reason(), (503, "unavailable".into()));
    database
        .batch_execute("alter table elsewhere rename to records")
        .await
        .unwrap();
    let answer: CountAnswer = researcher.post("/v1/counts", &request).await.json();
    assert_eq!(answer.left, DAILY_BUDGET - 4 * COUNT_COST, "both were paid for");
    cohort.running.stop().await;
}
