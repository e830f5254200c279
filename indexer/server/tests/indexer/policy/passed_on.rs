//! What was passed on, and who acts for whom: what a search shows is what the contract says of each record by itself.
use super::{Compared, answer_of, people::set_role};
use crate::support::{
    caller::now,
    sealed::{AUTHORED_AT, SealedBatch, seal_batch},
    world::{LATER, World},
};
use aegle_client::{account::AccountKey, chain::Chain};
use aegle_indexer::Indexer;
use aegle_policy::{Question, RecordQuestion};
use aegle_rules::{
    AccountId, BatchNumber, GrantId, Hash, Purposes, Roles,
    consent::{self, Effect, Grantee, Narrowing, Parent, Proxies, Terms},
    consortium::Role,
};
use aegle_sealed::Keyword;

/// A world with two batches of the patient's records, each by an author of its own.
pub(super) struct Authored {
    pub(super) world: World,
    pub(super) running: Indexer,
    pressure: Keyword,
    batches: [SealedBatch; 2],
    pub(super) authors: [AccountId; 2],
}

impl Authored {
    pub(super) async fn new() -> Self {
        let world = World::on_devchain().await;
        let running = world.start().await;
        let pressure = Keyword::code("http://loinc.org", "8480-6").unwrap();
        let authors = [AccountId([0xa1; 32]), AccountId([0xa2; 32])];
        let batches = [0, 1].map(|number| {
            let plain = ["one", "two"].map(|content| world.plain(std::slice::from_ref(&pressure), content));
            let (author, batch) = (authors[number as usize], BatchNumber(number));
            seal_batch(
                &world.deployment,
                author,
                &world.domain_key,
                world.domain,
                batch,
                &plain,
            )
        });
        for batch in &batches {
            world.deposit(&running, batch).await;
        }
        world.register_proxy(&running).await;
        Self {
            world,
            running,
            pressure,
            batches,
            authors,
        }
    }

    /// Gives a grant of the patient.
    pub(super) async fn give(&self, terms: Terms) -> GrantId {
        let world = &self.world;
        let (chain, consent) = (&world.chain, world.contracts.consent);
        let patient = world.patient.account();
        let head = chain.finalized().await.unwrap();
        let next = consent::messages::NextGrant { patient };
        let id = chain.read(head.hash, consent, &next).await.unwrap();
        let grant = consent::messages::Grant { id, terms };
        chain.call(&world.patient, consent, &grant).await.unwrap();
        id
    }

    /// Returns which records a search shows to somebody, and which the contract permits them, each asked about by itself.
    pub(super) async fn shown_and_permitted(&self, key: &AccountKey) -> [Vec<(u32, u32)>; 2] {
        let compared = Compared::new(&self.world).await;
        let question = Question::plain(key.account(), self.world.patient.account(), Purposes::TREAT);
        let mut permitted = Vec::new();
        let view = compared.view().await;
        for batch in self.batches.iter().rev() {
            for (number, row) in batch.bundle.records.iter().enumerate() {
                let facts = row.facts();
                let asked = RecordQuestion { question, facts };
                if compared.policy.ruling(&view, now(), asked).await.unwrap().allows() {
                    permitted.push((batch.bundle.batch.0, number as u32));
                }
            }
        }
        let search = self.world.search(&self.pressure, 2);
        let answer = answer_of(&self.world, &self.running, key, &search).await;
        let shown = answer.hits.iter().map(|hit| (hit.batch.0, hit.number)).collect();
        [shown, permitted]
    }
}

async fn clinician_of(world: &World) -> AccountKey {
    let key = AccountKey::generate().unwrap();
    let role = Role {
        roles: Roles::CLINICIAN,
        organisation: world.organisation,
        until: LATER,
    };
    set_role(world, key.account(), role).await;
    key
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_to_whoever_passed_it_on_counts_record_by_record() {
    let authored = Authored::new().await;
    let world = &authored.world;
    let colleague = clinician_of(world).await;
    let permit = Terms {
        delegable: true,
        proxies: Proxies(1),
        threshold: 1,
        split: Hash([4; 32]),
        ..world.terms(Effect::Permit)
    };
    let id = authored.give(permit).await;
    let delegate = consent::messages::Delegate {
        patient: world.patient.account(),
        parent: Parent {
            grantee: permit.grantee,
            id,
        },
        terms: Terms {
            grantee: Grantee::Account(colleague.account()),
            delegable: false,
            split: Hash([5; 32]),
            ..permit
        },
    };
    let consent = world.contracts.consent;
    world.chain.call(&world.clinician, consent, &delegate).await.unwrap();
    let [shown, permitted] = authored.shown_and_permitted(&colleague).await;
    assert_eq!((shown.len(), &shown), (4, &permitted));
    let cases = [
        (
            Narrowing {
                author: Some(authored.authors[1]),
                ..Narrowing::NONE
            },
            [(0, 0), (0, 1)],
        ),
        (
            Narrowing {
                authored_until: AUTHORED_AT + 1,
                ..Narrowing::NONE
            },
            [(1, 1), (0, 1)],
        ),
    ];
    for (narrowing, expected) in cases {
        let denial = Terms {
            narrowing: Some(narrowing),
            ..world.terms(Effect::Deny)
        };
        let denied = authored.give(denial).await;
        let [shown, permitted] = authored.shown_and_permitted(&colleague).await;
        assert_eq!(permitted, expected, "{narrowing:?}");
        assert_eq!(shown, permitted, "{narrowing:?}");
        world.revoke(denied).await;
    }
    authored.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_the_newest_organisation_counts_before_it_is_final() {
    let authored = Authored::new().await;
    let world = &authored.world;
    let devchain = world.devchain.as_ref().expect("a chain of its own");
    let colleague = clinician_of(world).await;
    let permit = Terms {
        grantee: Grantee::Anyone,
        ..world.terms(Effect::Permit)
    };
    authored.give(permit).await;
    let denial = Terms {
        grantee: Grantee::Organisation(world.trust),
        narrowing: Some(Narrowing {
            author: Some(authored.authors[1]),
            ..Narrowing::NONE
        }),
        ..world.terms(Effect::Deny)
    };
    authored.give(denial).await;
    let [shown, permitted] = authored.shown_and_permitted(&colleague).await;
    assert_eq!((shown.len(), &shown), (4, &permitted));
    devchain.hold_finality(true);
    let role = Role {
        roles: Roles::CLINICIAN,
        organisation: world.trust,
        until: LATER,
    };
    set_role(world, colleague.account(), role).await;
    let [shown, permitted] = authored.shown_and_permitted(&colleague).await;
    assert_eq!(permitted, [(0, 0), (0, 1)]);
    assert_eq!(shown, permitted);
    devchain.hold_finality(false);
    authored.running.stop().await;
}
