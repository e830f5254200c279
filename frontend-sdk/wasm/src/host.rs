//! All that JavaScript implements: the chain, HTTP, wallets and time.

use aegle_client::chain::ChainError;
use js_sys::Error;
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
    pub(crate) async fn finalized(this: &Host) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn best(this: &Host) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = isFinalized)]
    pub(crate) async fn is_finalized(this: &Host, hash: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = stateCall)]
    pub(crate) async fn state_call(this: &Host, at: &str, name: &str, input: &[u8]) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = errorName)]
    pub(crate) fn error_name(this: &Host, pallet: u8, error: u8) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn submit(
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

pub(crate) fn text(what: &'static str, value: JsValue) -> Result<String, ChainError> {
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
