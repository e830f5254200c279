//! The chain, as JavaScript gives it, and all that JavaScript implements.

use crate::{
    message::{Carried, Sent, Tried},
    relay::{Failure, Relayer},
};
use aegle_chain::{
    DispatchError,
    dry_run::{self, Answer, Call, Returned, Weight},
};
use aegle_client::{
    account::AccountKey,
    chain::{Answer as _, CallError, Called, Chain, ChainError, Emitted, Head, Receipt},
};
use aegle_rules::{AccountId, Hash, message::Message};
use js_sys::{Error, Uint8Array};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

/// What JavaScript implements: an object with these methods.
#[wasm_bindgen(typescript_custom_section)]
const HOST: &str = r#"
export interface Host {
  /** The JSON of the last finalized head: number, hash, timestamp. */
  finalized(): Promise<string>
  /** The hash of the best block. */
  best(): Promise<string>
  isFinalized(hash: string): Promise<boolean>
  /** The answer of a runtime API in the state after a block. */
  stateCall(at: string, name: string, input: Uint8Array): Promise<Uint8Array>
  /** `Pallet::Error`; nothing for an error that the runtime does not have. */
  errorName(pallet: number, error: number): string | undefined
  /** Signs, sends and waits until it is finalized; the JSON of what became of it. */
  submit(account: string, contract: string, time: bigint, proof: bigint, data: Uint8Array): Promise<string>
  /** The JSON of what the contracts have told in the blocks up to one: the span of blocks, and those with events. */
  history(last: number): Promise<string>
  send(request: string, body: Uint8Array): Promise<{ status: number, body: Uint8Array }>
  pause(milliseconds: number): Promise<void>
  /** Resolves when it is an account's turn to have an act relayed: one after the other. */
  turn(account: string): Promise<void>
  turnOver(account: string): void
  /** Has the wallet of an account sign bytes; 64 bytes. */
  signBytes(account: string, bytes: Uint8Array): Promise<Uint8Array>
  /** Told how far an act is that is relayed; and, where it was handed over and is not known to be done, until when whoever has it can have it done. */
  relaying(status: string, expires?: number): void
  /** The JSON of the call of a contract that a transaction of a finalized block is, and of what came of it, as of `submit`; nothing for one that is none. */
  callAt(block: string, place: number): Promise<string | undefined>
}
"#;

#[wasm_bindgen]
extern "C" {
    /// What an action runs on.
    #[wasm_bindgen(typescript_type = "Host")]
    #[derive(Clone)]
    pub type Host;

    #[wasm_bindgen(method, catch)]
    async fn finalized(this: &Host) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn best(this: &Host) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = isFinalized)]
    async fn is_finalized(this: &Host, hash: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = stateCall)]
    async fn state_call(this: &Host, at: &str, name: &str, input: &[u8]) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = errorName)]
    fn error_name(this: &Host, pallet: u8, error: u8) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn submit(
        this: &Host,
        account: &str,
        contract: &str,
        time: u64,
        proof: u64,
        data: &[u8],
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn history(this: &Host, last: u32) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn send(this: &Host, request: &str, body: &[u8]) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn pause(this: &Host, milliseconds: u32) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn turn(this: &Host, account: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, js_name = turnOver)]
    pub(crate) fn turn_over(this: &Host, account: &str);
    #[wasm_bindgen(method, catch, js_name = signBytes)]
    pub(crate) async fn sign_bytes(this: &Host, account: &str, bytes: &[u8]) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    pub(crate) fn relaying(this: &Host, status: &str, expires: Option<f64>);
    #[wasm_bindgen(method, catch, js_name = callAt)]
    pub(crate) async fn call_at(this: &Host, block: &str, place: u32) -> Result<JsValue, JsValue>;
}

/// What JavaScript threw.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Thrown(String);

impl Thrown {
    pub(crate) fn new(value: &JsValue) -> Self {
        let message = value.dyn_ref::<Error>().map(|error| String::from(error.message()));
        Self(
            message
                .or_else(|| value.as_string())
                .unwrap_or_else(|| format!("{value:?}")),
        )
    }
}

pub(crate) fn node(value: JsValue) -> ChainError {
    ChainError::Node(Thrown::new(&value).into())
}

fn text(what: &'static str, value: JsValue) -> Result<String, ChainError> {
    value.as_string().ok_or(ChainError::Decode {
        what,
        source: "it is no text".into(),
    })
}

pub(crate) fn parsed<T: for<'a> Deserialize<'a>>(what: &'static str, value: JsValue) -> Result<T, ChainError> {
    serde_json::from_str(&text(what, value)?).map_err(|_| ChainError::Decode {
        what,
        source: "it is not what an adapter answers".into(),
    })
}

/// A chain through an adapter of JavaScript.
pub(crate) struct HostChain {
    pub(crate) host: Host,
    pub(crate) genesis: Hash,
    /// Who submits and pays; `None` for whoever signs.
    pub(crate) relayer: Option<Relayer>,
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Included {
    pub(crate) block: u32,
    block_hash: Hash,
    transaction: Hash,
    bytes: u32,
    fee: String,
    deposit: String,
    events: Vec<Event>,
    /// `Pallet::Error`, or the runtime's reason, of one that failed.
    pub(crate) failed: Option<String>,
}

/// An event as an adapter tells it.
#[derive(Deserialize)]
pub(crate) struct Event {
    index: u32,
    contract: AccountId,
    topic: Option<Hash>,
    /// Hexadecimal.
    data: String,
}

impl Event {
    pub(crate) fn emitted(self) -> Result<Emitted, ChainError> {
        let digits = self.data.strip_prefix("0x").unwrap_or(&self.data);
        let data = hex::decode(digits).map_err(|_| ChainError::Decode {
            what: "an event",
            source: "it is not hexadecimal".into(),
        })?;
        Ok(Emitted {
            index: self.index,
            contract: self.contract,
            topic: self.topic.map(|topic| topic.0),
            data,
        })
    }
}

impl HostChain {
    pub(crate) async fn dry_run(&self, at: Hash, origin: AccountId, message: &Sent) -> Result<Tried, ChainError> {
        let Sent { contract, name, data } = message;
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
        Ok(Tried {
            reverted: returned.is_reverted(),
            output: returned.into_data(),
            gas_limit: answer.gas_limit,
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

    async fn submit(&self, account: AccountId, message: &Sent, gas: Weight) -> Result<Included, ChainError> {
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
    async fn carry_out(&self, signer: &AccountKey, message: &Sent) -> Result<Carried, Failure> {
        if let Some(relayer) = &self.relayer {
            return self.relay(relayer, signer, message).await;
        }
        let account = signer.account();
        let tried = self.dry_run(self.best().await?, account, message).await?;
        if !tried.is_taken() {
            return Ok(Carried::refused(tried));
        }
        if tried.reverted {
            return Err(ChainError::Trapped { message: message.name }.into());
        }
        let included = self.submit(account, message, tried.gas_limit).await?;
        let Some(name) = &included.failed else {
            let receipt = Some(included.receipt()?);
            return Ok(Carried {
                output: tried.output,
                receipt,
            });
        };
        // The state moved between dry run and inclusion: ask again for the contract's reason.
        if may_have_refused(name) {
            let again = self.dry_run(included.block_hash, account, message).await?;
            if !again.is_taken() {
                return Ok(Carried::refused(again));
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

/// The error that an adapter names `Pallet::Error`, or gives the runtime's reason of.
pub(crate) fn failure(name: &str) -> ChainError {
    match name.split_once("::") {
        Some((pallet, error)) => ChainError::Module {
            pallet: pallet.into(),
            error: error.into(),
        },
        None => ChainError::Dispatch { reason: name.into() },
    }
}

/// Whether the contract itself may have refused: a dry run in the state of the block tells.
fn may_have_refused(name: &str) -> bool {
    ["Contracts::ContractReverted", "Contracts::OutOfGas"].contains(&name)
}

fn amount<T: std::str::FromStr>(text: &str) -> Result<T, ChainError> {
    text.parse().map_err(|_| ChainError::Decode {
        what: "an amount",
        source: "it is no number".into(),
    })
}

impl Included {
    pub(crate) fn receipt(self) -> Result<Receipt, ChainError> {
        Ok(Receipt {
            block: self.block,
            block_hash: self.block_hash,
            transaction: self.transaction,
            bytes: self.bytes,
            fee: amount(&self.fee)?,
            deposit: amount(&self.deposit)?,
            events: self
                .events
                .into_iter()
                .map(Event::emitted)
                .collect::<Result<_, ChainError>>()?,
        })
    }
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
        let message = Sent::new(contract, message);
        // No message that only reads looks at its caller, and a contract's account exists.
        let tried = self.dry_run(at, contract, &message).await?;
        message.output::<M>(&tried.output)
    }

    async fn call<M>(&self, signer: &AccountKey, contract: AccountId, message: &M) -> Called<M::Output>
    where
        M: Message<Output: aegle_client::chain::Answer>,
    {
        let message = Sent::new(contract, message);
        let carried = match self.carry_out(signer, &message).await {
            Ok(carried) => carried,
            Err(Failure::Chain(error)) => return Err(CallError::Chain(error)),
            Err(Failure::Relayer(error)) => return Err(CallError::Relayer(error)),
        };
        let output = message.output::<M>(&carried.output)?;
        let output = output.into_result().map_err(CallError::Refused)?;
        // An answer that is no refusal comes with a receipt.
        let receipt = carried.receipt.ok_or(ChainError::Trapped { message: M::NAME })?;
        Ok((output, receipt))
    }
}
