//! Questions to contracts: calls and deployments that are run and not sent.

use super::{Node, events, in_time, node_error};
use crate::{
    ChainError, DispatchError,
    dry_run::{self, Answer, Call, DryRun, Instantiated, Instantiation, Returned},
};
use aegle_rules::{AccountId, Hash, message::Message};
use scale::Decode;
use subxt::{Metadata, backend::Backend, config::substrate::H256};

impl Node {
    /// Asks `contract` in the state after a block, as the deployed code answers there. Nothing is written.
    ///
    /// # Errors
    /// [`ChainError`].
    pub async fn read<M: Message>(&self, at: Hash, contract: AccountId, message: &M) -> Result<M::Output, ChainError> {
        // No message that only reads looks at its caller, and a contract's account exists.
        Ok(self.dry_run(at, contract, contract, message).await?.output)
    }

    /// Runs `message` as `origin` in the state after the block `at`, without a transaction: what it would answer and cost.
    ///
    /// # Errors
    /// When there is no such contract or message, or the node does not answer.
    pub async fn dry_run<M: Message>(
        &self,
        at: Hash,
        origin: AccountId,
        contract: AccountId,
        message: &M,
    ) -> Result<DryRun<M::Output>, ChainError> {
        let call = Call {
            origin,
            contract,
            value: 0,
            data: &message.call_data(),
        };
        let run = self.dry_run_message(at, &call, M::NAME).await?;
        run.try_map(|returned| dry_run::output(&returned, contract, M::NAME))
    }

    /// Runs a message as bytes in the state after the block `at`. The output is what the contract returned.
    ///
    /// # Errors
    /// When there is no such contract, it fails inside, or the node does not answer.
    pub async fn dry_run_message(
        &self,
        at: Hash,
        call: &Call<'_>,
        message: &'static str,
    ) -> Result<DryRun<Vec<u8>>, ChainError> {
        let run = self.dry_run_call(at, call).await?;
        run.try_map(|returned| {
            returned.map_err(|error| match error {
                ChainError::Module { pallet, error } if pallet == "Contracts" => match error.as_str() {
                    "ContractNotFound" => ChainError::NoContract(call.contract),
                    "ContractTrapped" => ChainError::Trapped { message },
                    _ => ChainError::Module { pallet, error },
                },
                error => error,
            })
        })
    }

    /// Runs a call in the state after the block `at`. The output is what the contract returned, or why it returned
    /// nothing.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn dry_run_call(
        &self,
        at: Hash,
        call: &Call<'_>,
    ) -> Result<DryRun<Result<Vec<u8>, ChainError>>, ChainError> {
        let run = self.run::<Returned>(at, dry_run::CALL, &call.arguments()).await?;
        Ok(DryRun {
            reverted: run.output.as_ref().is_ok_and(Returned::is_reverted),
            output: run.output.map(Returned::into_data),
            consumed: run.consumed,
            gas_limit: run.gas_limit,
            deposit: run.deposit,
        })
    }

    /// Runs a deployment in the state after the block `at`: what it would cost.
    ///
    /// # Errors
    /// When the chain or the constructor refuses, or the node does not answer.
    pub async fn dry_run_instantiation(
        &self,
        at: Hash,
        instantiation: &Instantiation<'_>,
    ) -> Result<DryRun<()>, ChainError> {
        let arguments = instantiation.arguments();
        let run = self.run::<Instantiated>(at, dry_run::INSTANTIATE, &arguments).await?;
        run.try_map(|instantiated| match instantiated?.returned.is_reverted() {
            true => Err(ChainError::Trapped { message: "new" }),
            false => Ok(()),
        })
    }

    /// Asks the runtime, and reads its answer to the last byte.
    async fn run<R: Decode>(
        &self,
        at: Hash,
        function: &'static str,
        arguments: &[u8],
    ) -> Result<DryRun<Result<R, ChainError>>, ChainError> {
        let call = self.backend.call(function, Some(arguments), H256(at.0));
        let bytes = in_time(async { call.await.map_err(node_error) }).await?;
        let undecodable = |source| ChainError::Decode { what: function, source };
        let answer = Answer::<R>::decode(&bytes).map_err(undecodable)?;
        if !answer.events.is_empty() {
            let at = self.at(at).await?;
            events::read(&at.events().from_bytes(answer.events.to_vec())).map_err(|_| {
                // What is wrong with one of them says less than where they are.
                undecodable("the events at its end are none of this runtime".into())
            })?;
        }
        let output = match answer.result {
            Ok(returned) => Ok(returned),
            Err(error) => Err(named(&error, self.at(at).await?.metadata_ref())),
        };
        Ok(DryRun {
            output,
            reverted: false,
            consumed: answer.consumed,
            gas_limit: answer.gas_limit,
            deposit: answer.deposit,
        })
    }
}

/// Names an error of a pallet, as the runtime's metadata names it.
pub fn named(error: &DispatchError, metadata: &Metadata) -> ChainError {
    let name = |pallet: u8, error: u8| {
        let pallet = metadata.pallet_by_error_index(pallet)?;
        let error = pallet.error_variant_by_index(error)?;
        Some(ChainError::Module {
            pallet: pallet.name().into(),
            error: error.name.clone(),
        })
    };
    let module = match error {
        DispatchError::Module { pallet, error } => name(*pallet, error[0]),
        _ => None,
    };
    module.unwrap_or_else(|| ChainError::Dispatch {
        reason: error.to_string(),
    })
}
