//! Contracts go over to code of another layout while what they keep stands: they decide rightly before, in the middle of it and
//! afterwards, and no one message moves more than so much.

mod consent;
mod consortium;
mod ledger;

use crate::{
    deployment::{Deployment, STRANGER, key},
    upgrades::{running, scheduled},
};
use aegle_rules::{
    Hash,
    consortium::{AskLayout, ConsortiumError, Layout, Which, messages},
};
use aegle_stories::deployment::bundle;

/// The number of the other layout, and the most cells that its code moves at once.
const OTHER: u32 = 2;
const MAX_MOVED: u32 = 16;

/// The committee votes for code of the other layout, and anybody puts it in force. Returns the hash of the code before.
async fn goes_over(deployment: &Deployment, contract: Which, name: &str) -> Hash {
    let before = running(deployment, contract).await;
    let other = bundle(&format!("test/{name}-layout-2")).expect("the bundle is committed");
    let uploaded = deployment.chain.upload(&key(STRANGER), &other).await;
    uploaded.expect("the chain takes it");
    scheduled(deployment, contract, other.code_hash(), OTHER).await;
    let upgrade = messages::Upgrade { contract };
    deployment.send(STRANGER, deployment.consortium, &upgrade).await;
    assert_eq!(running(deployment, contract).await, other.code_hash());
    let says = deployment
        .dry_run(STRANGER, deployment.address(contract), &AskLayout {})
        .await;
    let version = OTHER;
    assert_eq!(says, Layout { contract, version });
    before
}

/// There is no way back to code that cannot read this layout: it is refused, and the new code goes on.
async fn has_no_way_back(deployment: &Deployment, contract: Which, before: Hash) {
    let now = running(deployment, contract).await;
    scheduled(deployment, contract, before, 1).await;
    let upgrade = messages::Upgrade { contract };
    let answer = deployment.refused(STRANGER, deployment.consortium, &upgrade).await;
    assert_eq!(answer, ConsortiumError::WrongLayout);
    assert_eq!(running(deployment, contract).await, now);
}
