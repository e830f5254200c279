//! Tokens for what no plain grant permits: what is narrowed to an author, and what the law of a patient's jurisdiction permits.

use super::{Desk, refusal};
use aegle_client::chain::Chain;
use aegle_protocol::wire::ProblemCode;
use aegle_rules::{
    Confidentiality, Hash, JurisdictionId, Purposes, Slot, Slots,
    consent::{self, Effect, Grantee, Narrowing, Proxies, Research, Terms},
    consortium::{
        Action, JurisdictionDefault, Limits, MAX_NAMED_MS, Named, Outcome,
        messages::{ActivatePatient, Execute, Propose, RegisterPatient},
    },
};
use aegle_sealed::query::{self, ParsedQuery};
use aegle_stories::deployment::Deployment;
use aegle_token_service::Quota;
use std::time::Duration;

/// The end of every grant of the tests.
const LATER: u64 = 4_000_000_000_000;
const OPT_OUT: JurisdictionId = JurisdictionId(2);

/// What the patient says to everybody about one slot, for treatment.
fn base(effect: Effect, slot: u8, narrowing: Option<Narrowing>) -> Terms {
    Terms {
        effect,
        grantee: Grantee::Anyone,
        purposes: Purposes::TREAT,
        slots: Slots::default().with(Slot(slot)),
        confidentiality: Confidentiality::Normal,
        from: 0,
        until: LATER,
        depth: 0,
        delegable: false,
        research: Research::NONE,
        narrowing,
        proxies: Proxies::NONE,
        threshold: 0,
        document: Hash([3; 32]),
        split: Hash([0; 32]),
    }
}

impl Desk {
    /// Lets the patient say something.
    async fn say(&self, terms: Terms) {
        let deployment = self.world.deployment();
        let (chain, consent) = (deployment.chain(), deployment.contracts().consent);
        let next = consent::messages::NextGrant {
            patient: self.person().account(),
        };
        let head = chain.finalized().await.unwrap();
        let id = chain.read(head.hash, consent, &next).await.unwrap();
        let grant = consent::messages::Grant { id, terms };
        chain.call(self.person().patient.key(), consent, &grant).await.unwrap();
    }

    /// Whether the clinician gets tokens; the refusal where not.
    async fn gives(&self, query: &ParsedQuery) -> Result<(), ProblemCode> {
        let clinician = self.world.clinician();
        let (client, asking) = (self.client(), self.treatment(clinician));
        match self.tokens(&client, clinician, &asking, query).await {
            Ok(_) => Ok(()),
            refused => Err(refusal(refused)),
        }
    }
}

/// Lets the committee enact something that waits for the time lock.
async fn enact_later(deployment: &Deployment, action: Action) {
    let (chain, consortium) = (deployment.chain(), deployment.contracts().consortium);
    let propose = Propose { action };
    let (outcome, _) = chain.call(deployment.committee(), consortium, &propose).await.unwrap();
    let Outcome::Pending(id) = outcome else {
        panic!("it has to wait: {outcome:?}")
    };
    let lock = Duration::from_millis(Limits::DEFAULT.timelock_ms);
    deployment.advance(lock).await.unwrap();
    let action = propose.action;
    chain
        .call(deployment.committee(), consortium, &Execute { id, action })
        .await
        .unwrap();
}

/// Places the hospital in a jurisdiction that permits treatment until patients object, and vouches for the patient.
async fn settle_law(desk: &Desk) {
    let deployment = desk.world.deployment();
    let default = JurisdictionDefault {
        jurisdiction: OPT_OUT,
        permits: Purposes::TREAT,
        research: Research::NONE,
    };
    enact_later(deployment, Action::SetJurisdiction { default }).await;
    let organisation = desk.world.hospital().organisation();
    let place = Action::Place {
        organisation,
        jurisdiction: Some(OPT_OUT),
    };
    enact_later(deployment, place).await;
    let (chain, consortium) = (deployment.chain(), deployment.contracts().consortium);
    let patient = desk.person().account();
    let named = Some(Named {
        organisation,
        jurisdiction: Some(OPT_OUT),
        until: chain.finalized().await.unwrap().timestamp + MAX_NAMED_MS,
    });
    chain
        .call(desk.person().patient.key(), consortium, &RegisterPatient { named })
        .await
        .unwrap();
    chain
        .call(desk.world.hospital().admin(), consortium, &ActivatePatient { patient })
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_narrowed_to_an_author_or_a_time_gets_tokens_as_well() {
    let query = query::parse("status:final").unwrap();
    for narrowing in [
        Narrowing {
            author: Some(aegle_rules::AccountId([0xa1; 32])),
            ..Narrowing::NONE
        },
        Narrowing {
            authored_until: 1_000_000,
            ..Narrowing::NONE
        },
    ] {
        let desk = Desk::open(Quota::default()).await;
        assert_eq!(desk.gives(&query).await, Err(ProblemCode::NotPermitted));
        desk.say(base(Effect::Permit, 5, Some(narrowing))).await;
        assert_eq!(desk.gives(&query).await, Ok(()), "{narrowing:?}");
        // Denied all the same, nothing is left.
        desk.say(base(Effect::Deny, 5, Some(narrowing))).await;
        assert_eq!(
            desk.gives(&query).await,
            Err(ProblemCode::NotPermitted),
            "{narrowing:?}"
        );
        desk.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_law_permits_gets_tokens_until_the_patient_says_something() {
    let desk = Desk::open(Quota::default()).await;
    let query = query::parse("status:final").unwrap();
    assert_eq!(desk.gives(&query).await, Err(ProblemCode::NotPermitted));
    settle_law(&desk).await;
    assert_eq!(desk.gives(&query).await, Ok(()));
    // In the slot that was always asked about, everything is denied by name; the law goes on to permit the others.
    let clinician = desk.world.clinician().key().account();
    let denial = Terms {
        grantee: Grantee::Account(clinician),
        ..base(Effect::Deny, 0, None)
    };
    desk.say(denial).await;
    assert_eq!(desk.gives(&query).await, Ok(()));
    // Whoever says something about the purpose to everybody is past the law.
    desk.say(base(Effect::Deny, 7, None)).await;
    assert_eq!(desk.gives(&query).await, Err(ProblemCode::NotPermitted));
    desk.service.stop().await;
}
