//! The `seal` functions that a contract imports, as pallet-contracts answers them, over what was read before.
//!
//! Offered is what a message needs that only reads: its input, its storage, who asks, the time, and BLAKE2b. Everything
//! else, a write first of all, ends the run with the name of the function.

use crate::cells::{Cells, Key};
use aegle_rules::{AccountId, Timestamp};
use blake2::{Blake2b, Digest, digest::consts::U32};
use scale::Encode;
use std::sync::Arc;
use wasmtime::{Caller, Linker, Memory, Result};

/// The longest key of a contract's storage, in bytes: pallet-contracts' `MaxStorageKeyLen`.
const MAX_KEY_BYTES: u32 = 128;
/// The most bytes that a contract may answer: pallet-contracts' own limit is its memory.
const MAX_ANSWER_BYTES: u32 = 64 * 1024;
/// `ReturnErrorCode::KeyNotFound`.
const KEY_NOT_FOUND: u32 = 3;
/// What `contains_storage` answers where nothing is kept.
const NOTHING: u32 = u32::MAX;

/// The functions that are offered, by module and name.
pub(crate) const OFFERED: [(&str, &str); 9] = [
    ("seal0", "input"),
    ("seal0", "seal_return"),
    ("seal0", "caller"),
    ("seal0", "address"),
    ("seal0", "now"),
    ("seal0", "value_transferred"),
    ("seal0", "hash_blake2_256"),
    ("seal1", "get_storage"),
    ("seal1", "contains_storage"),
];

/// Where a message runs.
#[derive(Clone)]
pub(crate) struct Setting {
    /// The contract, which asks itself: no message that only reads looks at its caller.
    pub(crate) contract: AccountId,
    /// The time of the block.
    pub(crate) now: Timestamp,
    /// What the contract keeps, as far as it was read.
    pub(crate) cells: Arc<Cells>,
}

/// One run.
pub(crate) struct Run {
    pub(crate) setting: Setting,
    pub(crate) input: Vec<u8>,
    pub(crate) memory: Option<Memory>,
}

/// Why a run ended before its function did.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    #[error("the message has answered")]
    Answer { flags: u32, data: Vec<u8> },
    #[error("a part of the storage was not read yet")]
    Missing(Key),
    #[error("the message calls {0}, which a message that only reads does not")]
    Forbidden(String),
    #[error("the message used memory that it does not have, or gave too little room")]
    Bounds,
}

fn stop<T>(reason: Stop) -> Result<T> {
    Err(wasmtime::Error::new(reason))
}

/// Gives the memory and the run's data, apart.
fn parts<'a>(caller: &'a mut Caller<'_, Run>) -> Result<(&'a mut [u8], &'a mut Run)> {
    match caller.data().memory {
        Some(memory) => Ok(memory.data_and_store_mut(caller)),
        None => stop(Stop::Bounds),
    }
}

fn slice(memory: &[u8], at: u32, length: u32) -> Result<&[u8]> {
    let (at, length) = (at as usize, length as usize);
    match at.checked_add(length).and_then(|end| memory.get(at..end)) {
        Some(bytes) => Ok(bytes),
        None => stop(Stop::Bounds),
    }
}

fn put(memory: &mut [u8], at: u32, bytes: &[u8]) -> Result<()> {
    let at = at as usize;
    match at.checked_add(bytes.len()).and_then(|end| memory.get_mut(at..end)) {
        Some(room) => {
            room.copy_from_slice(bytes);
            Ok(())
        }
        None => stop(Stop::Bounds),
    }
}

/// Writes an output where the contract has said how much room there is, and says how much was written.
fn output(memory: &mut [u8], at: u32, length_at: u32, bytes: &[u8]) -> Result<()> {
    let mut room = [0; 4];
    room.copy_from_slice(slice(memory, length_at, 4)?);
    if (u32::from_le_bytes(room) as usize) < bytes.len() {
        return stop(Stop::Bounds);
    }
    put(memory, at, bytes)?;
    put(memory, length_at, &(bytes.len() as u32).to_le_bytes())
}

/// Returns the BLAKE2b-256 of some bytes.
pub(crate) fn blake2(bytes: &[u8]) -> [u8; 32] {
    Blake2b::<U32>::digest(bytes).into()
}

/// Looks a key up among what was read.
fn kept(memory: &[u8], run: &Run, at: u32, length: u32) -> Result<Option<Arc<[u8]>>> {
    if length > MAX_KEY_BYTES {
        return stop(Stop::Bounds);
    }
    let key = slice(memory, at, length)?;
    match run.setting.cells.get(key) {
        Some(found) => Ok(found),
        None => stop(Stop::Missing(key.into())),
    }
}

/// Tells the linker of every function that is offered.
pub(crate) fn offer(linker: &mut Linker<Run>) -> Result<()> {
    linker.func_wrap(
        "seal0",
        "input",
        |mut caller: Caller<'_, Run>, at: u32, length_at: u32| {
            let (memory, run) = parts(&mut caller)?;
            output(memory, at, length_at, &run.input)
        },
    )?;
    linker.func_wrap(
        "seal0",
        "seal_return",
        |mut caller: Caller<'_, Run>, flags: u32, at: u32, length: u32| -> Result<()> {
            let (memory, _) = parts(&mut caller)?;
            if length > MAX_ANSWER_BYTES {
                return stop(Stop::Bounds);
            }
            let data = slice(memory, at, length)?.to_vec();
            stop(Stop::Answer { flags, data })
        },
    )?;
    for name in ["caller", "address"] {
        linker.func_wrap("seal0", name, |mut caller: Caller<'_, Run>, at: u32, length_at: u32| {
            let (memory, run) = parts(&mut caller)?;
            output(memory, at, length_at, &run.setting.contract.0)
        })?;
    }
    linker.func_wrap(
        "seal0",
        "now",
        |mut caller: Caller<'_, Run>, at: u32, length_at: u32| {
            let (memory, run) = parts(&mut caller)?;
            output(memory, at, length_at, &run.setting.now.encode())
        },
    )?;
    linker.func_wrap(
        "seal0",
        "value_transferred",
        |mut caller: Caller<'_, Run>, at: u32, length_at: u32| {
            let (memory, _) = parts(&mut caller)?;
            output(memory, at, length_at, &0_u128.encode())
        },
    )?;
    linker.func_wrap(
        "seal0",
        "hash_blake2_256",
        |mut caller: Caller<'_, Run>, at: u32, length: u32, output_at: u32| {
            let (memory, _) = parts(&mut caller)?;
            let hash = blake2(slice(memory, at, length)?);
            put(memory, output_at, &hash)
        },
    )?;
    linker.func_wrap(
        "seal1",
        "get_storage",
        |mut caller: Caller<'_, Run>, key_at: u32, key_length: u32, at: u32, length_at: u32| {
            let (memory, run) = parts(&mut caller)?;
            match kept(memory, run, key_at, key_length)? {
                Some(value) => output(memory, at, length_at, &value).map(|()| 0),
                None => Ok(KEY_NOT_FOUND),
            }
        },
    )?;
    linker.func_wrap(
        "seal1",
        "contains_storage",
        |mut caller: Caller<'_, Run>, key_at: u32, key_length: u32| {
            let (memory, run) = parts(&mut caller)?;
            let found = kept(memory, run, key_at, key_length)?;
            Ok(found.map_or(NOTHING, |value| value.len() as u32))
        },
    )?;
    Ok(())
}
