//! The chain, as JavaScript gives it.

use crate::{
    host::{Host, node, parsed, text},
    included::{Included, failure},
    transport::HostTransport,
};
use aegle_chain::{
    DispatchError,
    dry_run::{self, Answer, Call, DryRun, Returned, Weight},
};
use aegle_client::{
    account::AccountKey,
    chain::{CallError, Called, Carried, Chain, ChainError, Head, MessageBytes},
    relayer::Relayer,
};
use aegle_rules::{AccountId, Hash, message::Message};
use js_sys::Uint8Array;
use serde::Deserialize;
use std::convert::Infallible;

/// A chain through an adapter of JavaScript.
pub(crate) struct HostChain {
    pub(crate) host: Host,
    pub(crate) genesis: Hash,
    /// Who submits and pays; `None` for whoever signs.
    pub(crate) relayer: Option<Relayer<HostTransport>>,
    /// What an organisation has signed, so that the relayer pays before it vouches.
    pub(crate) invitation: Option<Vec<u8>>,
}

/// What became of a transaction, as an adapter tells it.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Included(Included),
    NotIncluded { reason: String },
    NonceTaken { attempts: u32 },
    Unwatched { transaction: Hash, reason: String },
    NotFinalized { transaction: Hash, seconds: u64 },
}

impl HostChain {
    pub(crate) async fn dry_run(
        &self,
        at: Hash,
        origin: AccountId,
        message: &MessageBytes,
    ) -> Result<DryRun<Vec<u8>>, ChainError> {
        let MessageBytes { contract, name, data } = message;
        let call = Call {
            origin,
            contract: *contract,
            value: 0,
            data,
        };
        let (block, arguments) = (at.to_string(), call.arguments());
        let bytes = self.host.state_call(&block, dry_run::CALL, &arguments).await;
        let bytes = Uint8Array::from(bytes.map_err(node)?).to_vec();
        let answer = Answer::<Returned>::decode(&bytes).map_err(|source| ChainError::Decode {
            what: dry_run::CALL,
            source,
        })?;
        let returned = answer.result.map_err(|error| self.named(error, *contract, name))?;
        Ok(DryRun {
            reverted: returned.is_reverted(),
            output: returned.into_data(),
            consumed: answer.consumed,
            gas_limit: answer.gas_limit,
            deposit: answer.deposit,
        })
    }

    /// The best block, whose state a transaction comes after: what is included already counts, final or not.
    pub(crate) async fn best(&self) -> Result<Hash, ChainError> {
        let best = text("the best block", self.host.best().await.map_err(node)?)?;
        best.parse().map_err(|_| ChainError::Decode {
            what: "the best block",
            source: "it is no hash".into(),
        })
    }

    async fn submit(&self, account: AccountId, message: &MessageBytes, gas: Weight) -> Result<Included, ChainError> {
        let (account, contract) = (account.to_string(), message.contract.to_string());
        let outcome = self
            .host
            .submit(&account, &contract, gas.time, gas.proof, &message.data);
        match parsed("a transaction", outcome.await.map_err(node)?)? {
            Outcome::Included(included) => Ok(included),
            Outcome::NotIncluded { reason } => Err(ChainError::NotIncluded { reason }),
            Outcome::NonceTaken { attempts } => Err(ChainError::NonceTaken { attempts }),
            Outcome::Unwatched { transaction, reason } => Err(ChainError::Unwatched { transaction, reason }),
            Outcome::NotFinalized { transaction, seconds } => Err(ChainError::NotFinalized { transaction, seconds }),
        }
    }

    /// Carries a message out, in a transaction of the signer's or through the relayer.
    async fn carry_out(&self, signer: &AccountKey, message: &MessageBytes) -> Result<Carried, CallError<Infallible>> {
        if let Some(relayer) = &self.relayer {
            return relayer
                .carry_out(self, signer, message, self.invitation.as_deref())
                .await;
        }
        let account = signer.account();
        let tried = self.dry_run(self.best().await?, account, message).await?;
        if !tried.is_taken() {
            return Ok(Carried::Refused(tried.output));
        }
        if tried.reverted {
            return Err(ChainError::Trapped { message: message.name }.into());
        }
        let included = self.submit(account, message, tried.gas_limit).await?;
        let Some(name) = &included.failed else {
            return Ok(Carried::Done(tried.output, included.receipt()?));
        };
        // The state moved between dry run and inclusion: ask again for the contract's reason.
        if may_have_refused(name) {
            let again = self.dry_run(included.block_hash, account, message).await?;
            if !again.is_taken() {
                return Ok(Carried::Refused(again.output));
            }
        }
        Err(failure(name).into())
    }

    fn named(&self, error: DispatchError, contract: AccountId, message: &'static str) -> ChainError {
        let name = match error {
            DispatchError::Module { pallet, error } => self.host.error_name(pallet, error[0]).ok().flatten(),
            _ => None,
        };
        match name.as_deref() {
            Some("Contracts::ContractNotFound") => ChainError::NoContract(contract),
            Some("Contracts::ContractTrapped") => ChainError::Trapped { message },
            Some(name) => failure(name),
            None => failure(&error.to_string()),
        }
    }
}

/// Whether the contract itself may have refused: a dry run in the state of the block tells.
fn may_have_refused(name: &str) -> bool {
    ["Contracts::ContractReverted", "Contracts::OutOfGas"].contains(&name)
}

impl Chain for HostChain {
    fn genesis(&self) -> Hash {
        self.genesis
    }

    async fn finalized(&self) -> Result<Head, ChainError> {
        parsed("the finalized head", self.host.finalized().await.map_err(node)?)
    }

    async fn is_finalized(&self, block: Hash) -> Result<bool, ChainError> {
        let answer = self.host.is_finalized(&block.to_string()).await.map_err(node)?;
        // What is no yes is a no.
        Ok(answer.as_bool() == Some(true))
    }

    async fn read<M: Message>(&self, at: Hash, contract: AccountId, message: &M) -> Result<M::Output, ChainError> {
        let message = MessageBytes::new(contract, message);
        // No message that only reads looks at its caller, and a contract's account exists.
        let tried = self.dry_run(at, contract, &message).await?;
        message.output::<M>(&tried.output)
    }

    async fn call<M>(&self, signer: &AccountKey, contract: AccountId, message: &M) -> Called<M::Output>
    where
        M: Message<Output: aegle_client::chain::Answer>,
    {
        let message = MessageBytes::new(contract, message);
        let carried = self.carry_out(signer, &message).await;
        message.called::<M>(carried.map_err(CallError::widened)?)
    }
}
