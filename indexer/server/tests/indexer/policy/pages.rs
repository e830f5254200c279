//! Random pages through the decision endpoint: nothing that the chain denies, nothing left out, and right totals.
use super::{Compared, people::People};
use crate::support::{
    caller::now,
    draws::{Draws, number},
    world::World,
};
use aegle_client::account::AccountKey;
use aegle_policy::RecordQuestion;
use aegle_protocol::wire::{DecisionAnswer, DecisionQuestion, DecisionRequest, Subject};
use aegle_rules::consent::{Decision, Extent};
use std::collections::HashMap;

/// Pages that are asked for; `AEGLE_DECISION_PAGES` says how many others.
const PAGES: usize = 40;
/// Pages between two acts.
const PAGES_A_STATE: usize = 8;
/// Questions that pages are drawn from in one state.
const DIFFERENT: usize = 60;

fn question(asked: &RecordQuestion) -> DecisionQuestion {
    let RecordQuestion { question, facts } = asked;
    DecisionQuestion {
        about: Subject::Resource {
            patient: question.patient,
            slot: facts.slot,
            confidentiality: facts.confidentiality,
            author: facts.author,
            authored_at: facts.authored_at,
        },
        actor: question.requester,
        purpose: question.purpose,
        research: question.research,
    }
}

impl Compared {
    /// What the chain itself permits, in the newest states, now.
    async fn permits(&self, asked: &RecordQuestion) -> bool {
        let (view, wall) = (self.view().await, now());
        for head in [view.finalized(), view.best()] {
            for at in [head.timestamp, wall.max(head.timestamp)] {
                let decision = self.node.read(head.hash, self.consent, &asked.check(at)).await.unwrap();
                if matches!(decision, Decision::Denied(_)) {
                    return false;
                }
            }
        }
        true
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_the_chain_s_own_with_the_right_total() {
    let seed = number("AEGLE_SEED").unwrap_or(20_260_701);
    let pages = number("AEGLE_DECISION_PAGES").map_or(PAGES, |pages| pages as usize);
    let world = World::on_devchain().await;
    let running = world.start().await;
    let people = People::new(&world).await;
    let compared = Compared::new(&world).await;
    let (mut draws, mut given) = (Draws(seed), Vec::new());
    let hospital = world.caller(&running, &world.admin);
    let (mut asked, mut totals) = (0, [0_usize; 2]);
    while asked < pages {
        for _ in 0..1 + draws.below(3) {
            people.act(&world, &mut draws, &mut given).await;
        }
        let mut different: Vec<RecordQuestion> = (0..DIFFERENT).map(|_| people.question(&mut draws)).collect();
        different
            .iter_mut()
            .for_each(|asked| asked.question.extent = Extent::Open);
        let mut known: HashMap<usize, bool> = HashMap::new();
        for _ in 0..PAGES_A_STATE {
            let places: Vec<usize> = (0..1 + draws.below(50))
                .map(|_| draws.below(DIFFERENT as u64) as usize)
                .collect();
            let questions = places.iter().map(|place| question(&different[*place])).collect();
            let answer = hospital.post("/v1/decisions", &DecisionRequest { questions }).await;
            let answer: DecisionAnswer = answer.json();
            let mut total = 0;
            for (place, decision) in places.iter().zip(&answer.decisions) {
                let permitted = match known.get(place) {
                    Some(permitted) => *permitted,
                    None => compared.permits(&different[*place]).await,
                };
                known.insert(*place, permitted);
                assert_eq!(decision.permit, permitted, "seed {seed}: {:?}", different[*place]);
                total += u32::from(permitted);
                totals[usize::from(!permitted)] += 1;
            }
            assert_eq!(
                (answer.permitted, answer.decisions.len()),
                (total, places.len()),
                "seed {seed}"
            );
            asked += 1;
        }
    }
    eprintln!(
        "AEGLE_SEED={seed}: {asked} pages, {} permitted, {} denied",
        totals[0], totals[1]
    );
    assert!(totals.iter().all(|total| *total >= 10), "both answers came: {totals:?}");

    let stranger = AccountKey::generate().unwrap();
    let request = DecisionRequest {
        questions: vec![question(&people.question(&mut draws))],
    };
    let stranger = world.caller(&running, &stranger);
    let refused = stranger.post("/v1/decisions", &request).await;
    assert_eq!(refused.reason(), (403, "role-required".into()));
    running.stop().await;
}
