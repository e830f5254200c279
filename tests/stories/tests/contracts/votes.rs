//! A member's vote that counts, though what it was enough for is not done.

use crate::{deployment::key, founding::Place};
use aegle_client::{
    account::AccountKey,
    chain::{Answer, CallError, Called, Chain, ChainError, Head},
    committee::{CommitteeError, Member, Progress},
    native::ChainClient,
};
use aegle_rules::{
    AccountId, Hash,
    consortium::{
        Action, ConsortiumError,
        messages::{Execute, Proposal},
    },
    message::Message,
};

/// A chain that is not reached any more once something is to be carried out.
struct CutOff<'a>(&'a ChainClient);

impl Chain for CutOff<'_> {
    fn genesis(&self) -> Hash {
        self.0.genesis()
    }

    async fn finalized(&self) -> Result<Head, ChainError> {
        self.0.finalized().await
    }

    async fn is_finalized(&self, block: Hash) -> Result<bool, ChainError> {
        self.0.is_finalized(block).await
    }

    async fn read<M: Message>(&self, at: Hash, contract: AccountId, message: &M) -> Result<M::Output, ChainError> {
        self.0.read(at, contract, message).await
    }

    async fn call<M>(&self, signer: &AccountKey, contract: AccountId, message: &M) -> Called<M::Output>
    where
        M: Message<Output: Answer>,
    {
        match M::SELECTOR == Execute::SELECTOR {
            true => Err(ChainError::Disconnected.into()),
            false => self.0.call(signer, contract, message).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_that_counts_is_told_though_what_it_was_for_is_refused_or_not_known() {
    let (place, founded) = Place::with_two_members().await;
    let consortium = founded.contracts.consortium;
    let (alice, bob) = (key("Alice"), key("Bob"));
    let (hospital, trust) = (founded.organisations["hospital"], founded.organisations["trust"]);
    let member = |key| Member {
        chain: &place.chain,
        consortium,
        key,
    };
    // A member in good standing cannot be reinstated, which the contract sees when it is to do so.
    let reinstate = Action::Reinstate { organisation: hospital };
    let mut receipts = Vec::new();
    let proposed = member(&alice).act(reinstate.clone(), &mut receipts).await;
    let Ok(Progress::Waiting { proposal, votes: 1, .. }) = proposed else {
        panic!("{proposed:?}")
    };
    receipts.clear();
    let told = member(&bob).vote(proposal, reinstate.clone(), &mut receipts).await;
    let Err(error) = told else { panic!("{told:?}") };
    let CommitteeError::NotCarriedOut {
        proposal: named,
        voted,
        source,
    } = &error
    else {
        panic!("{error:?}")
    };
    assert!(
        matches!(
            **source,
            CommitteeError::Contract(CallError::Refused(ConsortiumError::WrongStanding))
        ),
        "{source:?}"
    );
    assert_eq!((*named, &receipts[..]), (proposal, &[(**voted).clone()][..]));
    let sentence = format!(
        "your vote for proposal {proposal} counts (block {}); carrying it out was refused: the organisation is suspended \
         already, or is not suspended; once that is mended, carry it out by `aegle vote {proposal}`",
        voted.block
    );
    assert_eq!(error.to_string(), sentence);
    let head = place.chain.finalized().await.expect("a head");
    let stored = member(&bob)
        .ask(&head, &Proposal { id: proposal })
        .await
        .expect("an answer");
    assert_eq!(stored.map(|proposal| proposal.votes()), Some(2), "it counts");

    // Nothing was done by who tries again, so that nothing else is told.
    let again = member(&bob).vote(proposal, reinstate.clone(), &mut receipts).await;
    assert!(
        matches!(again, Err(CommitteeError::Contract(CallError::Refused(_)))),
        "{again:?}"
    );
    let suspend = Action::Suspend { organisation: hospital };
    for (name, done) in [(&alice, false), (&bob, true)] {
        let acted = member(name)
            .act(suspend.clone(), &mut receipts)
            .await
            .expect("it is taken");
        assert_eq!(matches!(acted, Progress::Done { .. }), done, "{acted:?}");
    }
    let carried_out = member(&alice)
        .vote(proposal, reinstate, &mut receipts)
        .await
        .expect("it is taken");
    assert!(matches!(carried_out, Progress::Done { .. }), "{carried_out:?}");

    // The chain is gone between the vote and what follows.
    let suspend = Action::Suspend { organisation: trust };
    member(&alice)
        .act(suspend.clone(), &mut receipts)
        .await
        .expect("it is taken");
    let cut_off = Member {
        chain: &CutOff(&place.chain),
        consortium,
        key: &bob,
    };
    let told = cut_off
        .act(suspend.clone(), &mut receipts)
        .await
        .expect_err("the chain is gone");
    assert!(
        told.to_string().contains("counts (block")
            && told.to_string().contains("is not known: the chain is not connected"),
        "{told}"
    );
    let done = member(&bob).act(suspend, &mut receipts).await.expect("it is taken");
    assert!(matches!(done, Progress::Done { .. }), "{done:?}");
}
