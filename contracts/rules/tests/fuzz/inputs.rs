//! What takes the inputs: the decoder of every message, event and call, and the rules over whatever decodes.

mod consent;
mod consortium;
mod grants;
mod ledger;

use aegle_rules::{relay, AccountId, Hash, Timestamp};
use blake2::{digest::consts::U32, Blake2b, Digest};
use scale::{Decode, DecodeAll, Encode};
use std::fmt::Debug;

/// Something that takes bytes.
#[derive(Clone, Copy)]
pub struct Decoder {
    /// What it is, as a path.
    pub name: &'static str,
    /// Takes the bytes that it can use, and returns how many; `None` for bytes that it refuses.
    pub takes: fn(&[u8]) -> Option<usize>,
}

/// All of them.
pub fn decoders() -> Vec<Decoder> {
    [consent::DECODERS, consortium::DECODERS, ledger::DECODERS]
        .concat()
        .concat()
}

/// Gives the bytes to all of them.
pub fn run(bytes: &[u8]) {
    for decoder in decoders() {
        (decoder.takes)(bytes);
    }
}

/// The decoders of types, each of which has to read back what it writes.
macro_rules! types {
    ($($path:path),* $(,)?) => {
        &[$(crate::inputs::Decoder { name: stringify!($path), takes: crate::inputs::round_trip::<$path> }),*]
    };
}
use types;

/// Decodes the arguments of a rule, and says how many bytes that took.
fn arguments<T: Decode>(bytes: &[u8]) -> Option<(T, usize)> {
    let mut rest = bytes;
    let value = T::decode(&mut rest).ok()?;
    Some((value, bytes.len() - rest.len()))
}

fn round_trip<T: Decode + Encode + PartialEq + Debug>(bytes: &[u8]) -> Option<usize> {
    let (value, taken) = arguments::<T>(bytes)?;
    let written = value.encode();
    let read = T::decode_all(&mut &written[..]).expect("what was written can be read");
    assert_eq!(read, value);
    assert_eq!(written, bytes[..taken], "there is one way to write a value");
    Some(taken)
}

fn blake2b_256(bytes: &[u8]) -> Hash {
    Hash(Blake2b::<U32>::digest(bytes).into())
}

/// Whatever decodes as a relayed call is authorised or refused.
fn authorise<C: Decode + Encode>(bytes: &[u8]) -> Option<usize> {
    type Context = (u64, Hash, AccountId, Timestamp, bool);
    let ((relayed, context), taken) = arguments::<(relay::Relayed<C>, Context)>(bytes)?;
    let (next_nonce, genesis, contract, now, genuine) = context;
    let outcome = relay::authorise(
        &relayed,
        next_nonce,
        &genesis,
        &contract,
        now,
        blake2b_256,
        |_, _, _| genuine,
    );
    assert!(outcome.is_err() || (genuine && relayed.nonce == next_nonce && relayed.expires > now));
    Some(taken)
}
