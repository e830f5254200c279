//! `.contract` bundles, as cargo-contract writes them: code and metadata in one JSON file.

use crate::{chain::ChainError, committee::blake2_256};
use aegle_rules::Hash;
use serde::Deserialize;

/// Largest bundle that is read, in bytes. pallet-contracts takes code of at most 128 KiB, which doubles in hexadecimal.
pub const MAX_BUNDLE_BYTES: usize = 2 << 20;

/// What is needed of a `.contract` bundle to deploy it.
pub struct ContractBundle {
    /// The contract's Wasm code.
    pub(super) code: Vec<u8>,
    /// Selector of the constructor `new`.
    pub(super) constructor: [u8; 4],
}

#[derive(Deserialize)]
struct BundleFile {
    source: Source,
    spec: Spec,
}

#[derive(Deserialize)]
struct Source {
    wasm: Option<String>,
}

#[derive(Deserialize)]
struct Spec {
    constructors: Vec<Constructor>,
}

#[derive(Deserialize)]
struct Constructor {
    label: String,
    selector: String,
}

impl ContractBundle {
    /// Reads a bundle.
    ///
    /// # Errors
    /// [`ChainError::Bundle`] when it is no bundle, has no code, or has no constructor `new`.
    pub fn parse(json: &[u8]) -> Result<Self, ChainError> {
        if json.len() > MAX_BUNDLE_BYTES {
            return Err(ChainError::Bundle("it is too large"));
        }
        let file: BundleFile =
            serde_json::from_slice(json).map_err(|_| ChainError::Bundle("it is not a .contract file"))?;
        let wasm = file
            .source
            .wasm
            .ok_or(ChainError::Bundle("it has metadata only, no code"))?;
        let code = decode_hex(&wasm)?;
        let constructor = file
            .spec
            .constructors
            .iter()
            .find(|constructor| constructor.label == "new");
        let selector = &constructor
            .ok_or(ChainError::Bundle("it has no constructor `new`"))?
            .selector;
        let constructor = decode_hex(selector)?
            .try_into()
            .map_err(|_| ChainError::Bundle("a selector has not 4 bytes"))?;
        Ok(Self { code, constructor })
    }

    /// Returns the hash by which a chain knows the contract's code.
    pub fn code_hash(&self) -> Hash {
        code_hash(&self.code)
    }

    /// Returns the length of the contract's code, in bytes.
    pub fn code_bytes(&self) -> usize {
        self.code.len()
    }
}

/// The hash by which pallet-contracts knows a code.
pub(super) fn code_hash(code: &[u8]) -> Hash {
    blake2_256(code)
}

fn decode_hex(text: &str) -> Result<Vec<u8>, ChainError> {
    hex::decode(text.trim_start_matches("0x")).map_err(|_| ChainError::Bundle("its hexadecimal is malformed"))
}
