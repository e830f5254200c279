//! Calls of contracts as transactions: signed here, sent, and found again in blocks.

use super::{Node, PalletEvent, decode, events, in_time, node_error};
use crate::{ChainError, dry_run::Weight};
use aegle_protocol::BlockNumber;
use aegle_rules::{AccountId, Hash};
use scale::{Compact, Decode, Encode};
use subxt::{
    backend::Backend,
    config::{DefaultExtrinsicParamsBuilder, substrate::H256},
    dynamic::{self, Value},
    rpcs::{self, rpc_params},
    utils::{AccountId32, MultiSignature},
};

/// A node's code for a transaction that its pool has already.
const ALREADY_IMPORTED: i32 = 1013;
/// The codes by which a node says that its pool does not take a transaction. Any other error may be a gateway's, behind which the
/// node has taken it.
const NOT_TAKEN: std::ops::RangeInclusive<i32> = 1_010..=1_019;

/// Blocks after the finalized one that it was signed at in which a transaction may be, that one counted: about six minutes of
/// a public chain. A power of 2.
const MORTAL_BLOCKS: u32 = 64;
/// The runtime API that says what a transaction costs.
const QUERY_INFO: &str = "TransactionPaymentApi_query_info";

/// A call of a contract, with what it may take.
#[derive(Clone, Copy, Debug)]
pub struct ContractCall<'a> {
    /// The contract.
    pub contract: AccountId,
    /// The most computation that it may take.
    pub gas_limit: Weight,
    /// The most that it may put on deposit for storage, in the chain's smallest unit.
    pub deposit_limit: u128,
    /// Selector and arguments of the message.
    pub data: &'a [u8],
}

/// A signed transaction, to be sent as often as one likes: it counts once, and in no block after `last`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedTransaction {
    /// The number of transactions of its account before it.
    pub nonce: u64,
    /// As it is sent, and stands in a block.
    pub encoded: Vec<u8>,
    /// The last block that can have it: once that is final and does not, none ever will.
    pub last: BlockNumber,
}

/// A reason why a node does not have a transaction.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// It refuses it: the nonce is another one's, or its account cannot pay.
    #[error("the node does not take the transaction: {0}")]
    Refused(String),
    /// It may have it, or not.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// A transaction in a block that calls a contract, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedCall {
    /// Who signed, and paid.
    pub signer: AccountId,
    /// The contract.
    pub contract: AccountId,
    /// Selector and arguments of the message.
    pub data: Vec<u8>,
    /// The transaction, as it stands in the block.
    pub encoded: Vec<u8>,
    /// Hash of the transaction.
    pub hash: Hash,
    /// What happened.
    pub events: Vec<PalletEvent>,
}

/// `sp_runtime::MultiAddress`, of which accounts alone sign and are called here.
#[derive(Decode)]
enum Address {
    Id(AccountId),
}

/// Arguments of `Contracts.call`: destination, value, gas limit, limit of the storage deposit, data.
type CallArguments = (Address, Compact<u128>, Weight, Option<Compact<u128>>, Vec<u8>);

impl Node {
    /// Signs a call of a contract as `account`, with the next nonce that the node's pool says, for so many blocks after the
    /// finalized head. `sign` gives the account's sr25519 signature.
    ///
    /// # Errors
    /// [`ChainError`].
    pub async fn sign_call(
        &self,
        account: AccountId,
        call: &ContractCall<'_>,
        sign: impl FnOnce(&[u8]) -> [u8; 64],
    ) -> Result<SignedTransaction, ChainError> {
        let head = self.finalized().await?;
        let at = self.at(head.hash).await?;
        let nonce = self.next_nonce(account).await?;
        let limit = Value::unnamed_variant("Some", [Value::u128(call.deposit_limit)]);
        let payload = dynamic::transaction(
            "Contracts",
            "call",
            vec![
                Value::unnamed_variant("Id", [Value::from_bytes(call.contract.0)]),
                Value::u128(0),
                call.gas_limit.to_value(),
                limit,
                Value::from_bytes(call.data),
            ],
        );
        // From a final block on, so that it is on whichever fork goes on.
        let parameters = DefaultExtrinsicParamsBuilder::new()
            .mortal_from_unchecked(MORTAL_BLOCKS.into(), head.number.into(), H256(head.hash.0))
            .nonce(nonce)
            .build();
        let transactions = at.transactions();
        let mut signable = transactions
            .create_signable_offline(&payload, parameters)
            .map_err(node_error)?;
        let signature = MultiSignature::Sr25519(sign(&signable.signer_payload().map_err(node_error)?));
        let signed = signable
            .sign_with_account_and_signature(&AccountId32(account.0), &signature)
            .map_err(node_error)?;
        Ok(SignedTransaction {
            nonce,
            encoded: signed.into_encoded(),
            // `Era::Mortal` of `MORTAL_BLOCKS` begins with the block that it names, and ends before the same one of the next era.
            last: head.number.saturating_add(MORTAL_BLOCKS - 1),
        })
    }

    /// Returns the fee that a signed transaction would take in the state after a block, in the chain's smallest unit: the one
    /// for the computation that it may take, of which what it does not need is given back.
    ///
    /// # Errors
    /// [`ChainError`].
    pub async fn fee(&self, at: Hash, encoded: &[u8]) -> Result<u128, ChainError> {
        let length = u32::try_from(encoded.len()).unwrap_or(u32::MAX);
        let arguments = [encoded, &length.encode()].concat();
        let call = self.backend.call(QUERY_INFO, Some(&arguments), H256(at.0));
        let bytes = in_time(async { call.await.map_err(node_error) }).await?;
        // `RuntimeDispatchInfo`: weight, class and fee.
        let (_, _, fee): (Weight, u8, u128) = decode(QUERY_INFO, &bytes)?;
        Ok(fee)
    }

    /// Sends a transaction, unless the node's pool has it already.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub async fn submit(&self, encoded: &[u8]) -> Result<(), SubmitError> {
        let bytes: String = encoded.iter().map(|byte| format!("{byte:02x}")).collect();
        let parameters = rpc_params![format!("0x{bytes}")];
        let sent = self.rpc.request::<H256>("author_submitExtrinsic", parameters);
        match tokio::time::timeout(crate::ANSWER_TIMEOUT, sent).await {
            Err(_) => Err(ChainError::Timeout.into()),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(rpcs::Error::User(refusal))) if refusal.code == ALREADY_IMPORTED => Ok(()),
            Ok(Err(rpcs::Error::User(refusal))) if NOT_TAKEN.contains(&refusal.code) => {
                Err(SubmitError::Refused(match &refusal.data {
                    Some(data) => format!("{}: {}", refusal.message, data.get().trim_matches('"')),
                    None => refusal.message.clone(),
                }))
            }
            Ok(Err(error)) => Err(SubmitError::Chain(node_error(error))),
        }
    }

    /// Returns the transaction at a place of a block, where it calls a contract; `None` where there is no such transaction,
    /// or it does something else.
    ///
    /// # Errors
    /// [`ChainError`].
    pub async fn call_at(&self, block: Hash, place: u32) -> Result<Option<PlacedCall>, ChainError> {
        in_time(async {
            let at = self.api.at_block(H256(block.0)).await.map_err(node_error)?;
            let extrinsics = at.extrinsics().fetch().await.map_err(node_error)?;
            let Some(extrinsic) = extrinsics.iter().nth(place as usize) else {
                return Ok(None);
            };
            let extrinsic = extrinsic.map_err(node_error)?;
            if (extrinsic.pallet_name(), extrinsic.call_name()) != ("Contracts", "call") {
                return Ok(None);
            }
            let Some(signer) = extrinsic.address_bytes() else {
                return Ok(None);
            };
            let Address::Id(signer) = decode("the signer of a transaction", signer)?;
            let (Address::Id(contract), _, _, _, data): CallArguments =
                decode("Contracts.call", extrinsic.call_data_field_bytes())?;
            let found = at.events().fetch().await.map_err(node_error)?;
            let mut found = events::read(&found).map_err(|source| ChainError::Events { block, source })?;
            found.retain(|event| event.extrinsic == Some(place));
            Ok(Some(PlacedCall {
                signer,
                contract,
                data,
                encoded: extrinsic.bytes().to_vec(),
                hash: Hash(extrinsic.hash().0),
                events: found,
            }))
        })
        .await
    }
}

impl Weight {
    /// Returns the weight as a dynamic transaction names it.
    pub fn to_value(self) -> Value {
        Value::named_composite([
            ("ref_time", Value::u128(self.time.into())),
            ("proof_size", Value::u128(self.proof.into())),
        ])
    }
}
