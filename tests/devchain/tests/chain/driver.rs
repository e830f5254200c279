//! What the tests share: a chain with subxt connected to it, and the calls that they make.

use std::time::Duration;

use aegle_devchain::{Devchain, Options, Sealing};
use frame_support::weights::Weight;
use parity_scale_codec::{Compact, Decode, Encode};
use subxt::{
    OnlineClient, SubstrateConfig,
    config::substrate::SubstrateExtrinsicParamsBuilder,
    dynamic::{self, At, Value},
    extrinsics::ExtrinsicEvents,
    rpcs::{RpcClient, rpc_params},
    tx::Payload,
};
use subxt_signer::sr25519::Keypair;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Outcome<T = ()> = Result<T, Failure>;
pub(crate) type Events = ExtrinsicEvents<SubstrateConfig>;

/// What `ContractsApi_call` answers, less the events.
#[derive(Debug, Decode)]
pub(crate) struct DryRun {
    pub(crate) gas_consumed: Weight,
    pub(crate) gas_required: Weight,
    pub(crate) storage_deposit: StorageDeposit,
    pub(crate) debug_message: Vec<u8>,
    pub(crate) result: Result<Returned, sp_runtime::DispatchError>,
}

#[derive(Debug, Decode)]
pub(crate) struct Returned {
    pub(crate) flags: u32,
    pub(crate) data: Vec<u8>,
}

#[derive(Debug, Decode, PartialEq, Eq)]
pub(crate) enum StorageDeposit {
    Refund(u128),
    Charge(u128),
}

pub(crate) struct Running {
    pub(crate) chain: Devchain,
    pub(crate) rpc: RpcClient,
    pub(crate) api: OnlineClient<SubstrateConfig>,
}

impl Running {
    pub(crate) async fn start(options: Options) -> Outcome<Self> {
        let chain = Devchain::start(options).await?;
        let rpc = RpcClient::from_insecure_url(chain.ws_url()).await?;
        let api = OnlineClient::from_rpc_client(rpc.clone()).await?;
        Ok(Self { chain, rpc, api })
    }

    /// Signs, submits and waits until the transaction is final and has succeeded.
    pub(crate) async fn submit(&self, call: &impl Payload, signer: &Keypair) -> Outcome<Events> {
        let at = self.api.at_current_block().await?;
        let progress = at
            .transactions()
            .sign_and_submit_then_watch_default(call, signer)
            .await?;
        Ok(progress.wait_for_finalized_success().await?)
    }

    /// The bytes of a signed, immortal transaction.
    pub(crate) async fn signed(&self, call: &impl Payload, signer: &Keypair, nonce: u64) -> Outcome<Vec<u8>> {
        let at = self.api.at_current_block().await?;
        let params = SubstrateExtrinsicParamsBuilder::new().nonce(nonce).immortal().build();
        Ok(at
            .transactions()
            .create_signed(call, signer, params)
            .await?
            .into_encoded())
    }

    pub(crate) async fn submit_bytes(&self, bytes: &[u8]) -> Result<String, subxt::rpcs::Error> {
        self.rpc
            .request("author_submitExtrinsic", rpc_params![hex_of(bytes)])
            .await
    }

    pub(crate) async fn best_number(&self) -> Outcome<u64> {
        Ok(self.api.at_current_block().await?.block_number())
    }

    /// Waits until the chain has this block; the test's own timeout is the limit.
    pub(crate) async fn reach(&self, number: u64) -> Outcome {
        while self.best_number().await? < number {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    pub(crate) async fn free_balance(&self, account: [u8; 32], at: u64) -> Outcome<u128> {
        let at = self.api.at_block(at).await?;
        let address = dynamic::storage::<([u8; 32],), Value>("System", "Account");
        let info = at.storage().fetch(address, (account,)).await?.decode()?;
        let free = info.at("data").at("free").and_then(Value::as_u128);
        free.ok_or_else(|| "the account has no balance".into())
    }

    pub(crate) async fn call_runtime<T: Decode>(&self, name: &str, arguments: Vec<u8>, at: u64) -> Outcome<T> {
        let at = self.api.at_block(at).await?;
        let answer = at.runtime_apis().call_raw(name, Some(&arguments)).await?;
        Ok(T::decode(&mut &*answer)?)
    }

    pub(crate) async fn dry_run(&self, contract: [u8; 32], input: &[u8], at: u64) -> Outcome<DryRun> {
        let origin = subxt_signer::sr25519::dev::alice().public_key().0;
        let arguments = (origin, contract, 0u128, None::<Weight>, None::<u128>, input.to_vec()).encode();
        self.call_runtime("ContractsApi_call", arguments, at).await
    }
}

/// Blocks at this interval only.
pub(crate) fn timed(period: Duration) -> Options {
    Options {
        sealing: Sealing::Every(period),
        ..Options::default()
    }
}

pub(crate) fn transfer(to: [u8; 32], amount: u128) -> impl Payload {
    let to = Value::unnamed_variant("Id", [Value::from_bytes(to)]);
    dynamic::transaction("Balances", "transfer_keep_alive", vec![to, Value::u128(amount)])
}

/// Gas that is enough for the counter and fits a block.
fn gas() -> Value {
    Value::named_composite([
        ("ref_time", Value::u128(20_000_000_000)),
        ("proof_size", Value::u128(500_000)),
    ])
}

fn no_limit() -> Value {
    Value::unnamed_variant("None", [])
}

pub(crate) fn counter_code() -> Vec<u8> {
    wat::parse_str(include_str!("counter.wat")).expect("the text is part of this test")
}

pub(crate) fn upload(code: Vec<u8>) -> impl Payload {
    let determinism = Value::unnamed_variant("Enforced", []);
    dynamic::transaction(
        "Contracts",
        "upload_code",
        vec![Value::from_bytes(code), no_limit(), determinism],
    )
}

pub(crate) fn instantiate(code_hash: [u8; 32], salt: &[u8]) -> impl Payload {
    let fields = vec![
        Value::u128(0),
        gas(),
        no_limit(),
        Value::from_bytes(code_hash),
        Value::from_bytes([]),
        Value::from_bytes(salt),
    ];
    dynamic::transaction("Contracts", "instantiate", fields)
}

pub(crate) fn call(contract: [u8; 32], input: &[u8]) -> impl Payload {
    let dest = Value::unnamed_variant("Id", [Value::from_bytes(contract)]);
    let fields = vec![dest, Value::u128(0), gas(), no_limit(), Value::from_bytes(input)];
    dynamic::transaction("Contracts", "call", fields)
}

/// The field bytes of the first event of this name.
pub(crate) fn event(events: &Events, pallet: &str, name: &str) -> Outcome<Vec<u8>> {
    for event in events.iter() {
        let event = event?;
        if event.pallet_name() == pallet && event.event_name() == name {
            return Ok(event.field_bytes().to_vec());
        }
    }
    Err(format!("there is no event {pallet}.{name}").into())
}

/// Reads `Contracts.ContractEmitted`: the contract and what it said.
pub(crate) fn emitted(fields: &[u8]) -> Outcome<([u8; 32], Vec<u8>)> {
    let mut input = fields;
    let contract = <[u8; 32]>::decode(&mut input)?;
    let length = Compact::<u32>::decode(&mut input)?.0 as usize;
    let data = input.get(..length).ok_or("the event is cut short")?;
    Ok((contract, data.to_vec()))
}

pub(crate) fn hex_of(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// The code of a JSON-RPC error, if the server answered with one.
pub(crate) fn error_code<T>(answer: Result<T, subxt::rpcs::Error>) -> Option<i32> {
    match answer {
        Err(subxt::rpcs::Error::User(error)) => Some(error.code),
        _ => None,
    }
}
