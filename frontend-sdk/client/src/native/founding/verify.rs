//! Whether what is on chain is what was built: the code, and which contracts the consortium has connected.

use super::{Founding, FoundingError};
use crate::{chain::Chain, native::bundle::code_hash};
use aegle_rules::{
    AccountId, Hash,
    consortium::{AskLayout, Layout, Upgrade, Which, messages},
};

/// What is on chain of one contract, beside what was built.
#[derive(Clone, Copy, Debug)]
pub struct VerifiedContract {
    /// Which one.
    pub contract: Which,
    /// Where it is.
    pub address: AccountId,
    /// The hash of the code that was built.
    pub built: Hash,
    /// The hash of the code that it runs; `None` where there is no contract.
    pub on_chain: Option<Hash>,
    /// Whether the consortium contract names that address; always of itself.
    pub connected: bool,
    /// What it says of itself; `None` where it runs other code, which is not asked.
    pub layout: Option<Layout>,
    /// Code that waits to be put in force.
    pub scheduled: Option<Upgrade>,
}

impl VerifiedContract {
    /// Returns whether the contract is there, connected, and runs the code that was built.
    pub fn is_as_built(&self) -> bool {
        self.on_chain == Some(self.built) && self.connected && self.layout == Some(Layout::of(self.contract))
    }
}

impl Founding<'_> {
    /// Compares what is on chain with what was built. Nothing is sent.
    ///
    /// # Errors
    /// The node does not answer.
    pub async fn verify(&self) -> Result<[VerifiedContract; 3], FoundingError> {
        let head = self.chain.finalized().await?;
        let mut verified = self.addressed().map(|(contract, address, bundle)| VerifiedContract {
            contract,
            address,
            built: code_hash(&bundle.code),
            on_chain: None,
            connected: contract == Which::Consortium,
            layout: None,
            scheduled: None,
        });
        for own in &mut verified {
            own.on_chain = self.chain.code_hash(&head, own.address).await?;
            // Other code may answer whatever it likes, or nothing.
            if own.on_chain == Some(own.built) {
                own.layout = Some(self.chain.read(head.hash, own.address, &AskLayout {}).await?);
            }
        }
        let [first, others @ ..] = &mut verified;
        if first.on_chain != Some(first.built) {
            return Ok(verified);
        }
        let known = self.ask(&head, &messages::Contracts {}).await?;
        first.scheduled = self
            .ask(
                &head,
                &messages::Scheduled {
                    contract: first.contract,
                },
            )
            .await?;
        for own in others {
            let named = known.map(|known| match own.contract {
                Which::Ledger => known.ledger,
                _ => known.consent,
            });
            own.connected = named == Some(own.address);
            own.scheduled = self.ask(&head, &messages::Scheduled { contract: own.contract }).await?;
        }
        Ok(verified)
    }
}
