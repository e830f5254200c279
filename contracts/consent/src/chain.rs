//! How the contract touches the chain: what it reads, writes, tells and answers.
//!
//! ink!'s own functions are generic, so that every type that is kept, told or answered gets copies of them; together
//! they were half of the contract's code, and the chain charges each call for the code that it enters. Here, one
//! function for each host function knows nothing but bytes, and what is generic only turns values into bytes. Keys,
//! values, events and answers are the same bytes as ink!'s.

use aegle_rules::{
    consent::{ConsentError, HistoryHash},
    AccountId, Hash, Timestamp,
};
use ink::{
    env::{event, hash::Blake2x256, DefaultEnvironment, Environment, ReturnFlags},
    prelude::{vec, vec::Vec},
    storage::{
        traits::{Packed, Storable, StorageKey},
        Mapping,
    },
};
use scale::{Decode, Encode, EncodeLike, Error, Input, Output};

/// A part of the contract's state: the key that it lies under, and what it holds.
pub(crate) trait Cells {
    /// Of what there is one value each.
    type Key: Encode;
    /// What is kept.
    type Value: Encode + Decode;
    /// The key that all of it lies under.
    const NUMBER: u32;
}

impl<K: Encode, V: Packed + Encode + Decode, N: StorageKey> Cells for Mapping<K, V, N> {
    type Key = K;
    type Value = V;
    const NUMBER: u32 = N::KEY;
}

/// Returns what is kept under a key, if anything is. Nothing is decided on what cannot be read: the call ends with an
/// empty answer then, and nothing of it stays.
pub(crate) fn get<C: Cells>(_: &C, key: &impl EncodeLike<C::Key>) -> Option<C::Value> {
    let bytes = read(&place::<C>(key))?;
    match <C::Value as Decode>::decode(&mut &bytes[..]) {
        Ok(value) => Some(value),
        Err(_) => refuse(),
    }
}

/// Returns what is kept under a key, as its bytes.
pub(crate) fn kept<C: Cells>(_: &C, key: &impl EncodeLike<C::Key>) -> Option<Vec<u8>> {
    read(&place::<C>(key))
}

/// Ends a call that has met something that cannot be read, with an empty answer; nothing of it stays.
pub(crate) fn refuse() -> ! {
    end(ReturnFlags::REVERT, Vec::new())
}

/// Keeps a value under a key, instead of what was there.
pub(crate) fn put<C: Cells>(_: &mut C, key: &impl EncodeLike<C::Key>, value: &C::Value) {
    let mut bytes = room();
    Encode::encode_to(value, &mut bytes);
    write(place::<C>(key), bytes);
}

/// Keeps nothing under a key.
pub(crate) fn clear<C: Cells>(_: &mut C, key: &impl EncodeLike<C::Key>) {
    free(place::<C>(key));
}

fn place<C: Cells>(key: &impl EncodeLike<C::Key>) -> Raw {
    let mut place = room();
    place.extend_from_slice(&C::NUMBER.to_le_bytes());
    key.encode_to(&mut place);
    Raw(place)
}

#[inline(never)]
fn read(place: &Raw) -> Option<Vec<u8>> {
    match ink::env::get_contract_storage(place) {
        Ok(kept) => kept.map(|Raw(bytes)| bytes),
        Err(_) => end(ReturnFlags::REVERT, Vec::new()),
    }
}

#[inline(never)]
fn write(place: Raw, value: Vec<u8>) {
    ink::env::set_contract_storage(&place, &Raw(value));
}

#[inline(never)]
fn free(place: Raw) {
    ink::env::clear_contract_storage(&place);
}

/// Writes the root cell, which ink! would do after a message that returns.
#[inline(never)]
pub(crate) fn keep_root<C: Storable + StorageKey>(contract: &C) {
    ink::env::set_contract_storage(&C::KEY, contract);
}

/// Returns who calls.
#[inline(never)]
pub(crate) fn caller() -> AccountId {
    AccountId(*ink::env::caller::<DefaultEnvironment>().as_ref())
}

/// Returns the contract's own account.
#[inline(never)]
pub(crate) fn own_account() -> AccountId {
    AccountId(*ink::env::account_id::<DefaultEnvironment>().as_ref())
}

/// Returns the time of the block.
#[inline(never)]
pub(crate) fn now() -> Timestamp {
    ink::env::block_timestamp::<DefaultEnvironment>()
}

/// Returns the BLAKE2b-256 hash.
#[inline(never)]
pub(crate) fn blake2(bytes: &[u8]) -> Hash {
    let mut hash = [0; 32];
    ink::env::hash_bytes::<Blake2x256>(bytes, &mut hash);
    Hash(hash)
}

/// Returns whether a signature, of a message, is by an account.
pub(crate) fn is_signed(signature: &[u8; 64], message: &[u8], signer: &AccountId) -> bool {
    ink::env::sr25519_verify(signature, message, &signer.0).is_ok()
}

/// Lets the contract run other code from now on.
pub(crate) fn run_code(code_hash: &Hash) -> Result<(), ConsentError> {
    let code_hash = code_hash.0.into();
    ink::env::set_code_hash::<DefaultEnvironment>(&code_hash).map_err(|_| ConsentError::UnknownCode)
}

/// Tells the world of an event about a patient's consent, and adds it to the running hash.
pub(crate) fn tell_hashed<E: event::Event + Encode>(history: &mut HistoryHash, event: &E) {
    let mut data = room();
    event.encode_to(&mut data);
    add_and_tell(history, E::SIGNATURE_TOPIC.unwrap_or_default(), data);
}

#[inline(never)]
fn add_and_tell(history: &mut HistoryHash, topic: [u8; 32], data: Vec<u8>) {
    history.add(&topic, &data, blake2);
    tell_bytes(topic, data);
}

/// Tells the world of an event.
pub(crate) fn tell<E: event::Event + Encode>(event: &E) {
    let mut data = room();
    event.encode_to(&mut data);
    tell_bytes(E::SIGNATURE_TOPIC.unwrap_or_default(), data);
}

#[inline(never)]
fn tell_bytes(topic: [u8; 32], data: Vec<u8>) {
    ink::env::emit_event::<DefaultEnvironment, _>(Told { topic, data: Raw(data) });
}

/// Ends a message with a value.
///
/// After returning from a message that may change the state, ink! would write the root cell back, which costs 0.17 ms of
/// weight, and for each message there would be code that does so.
pub(crate) fn answer<T: Encode>(value: &T) -> ! {
    let mut bytes = vec![UNDERSTOOD];
    value.encode_to(&mut bytes);
    end(ReturnFlags::empty(), bytes)
}

/// Ends a message that has nothing to say but how it went. On an error, the chain undoes what it did.
#[inline(never)]
pub(crate) fn finish(outcome: Result<(), ConsentError>) -> ! {
    match outcome {
        Ok(()) => answer(&Ok::<(), ConsentError>(())),
        Err(error) => {
            let mut bytes = vec![UNDERSTOOD, FAILED];
            error.encode_to(&mut bytes);
            end(ReturnFlags::REVERT, bytes)
        }
    }
}

/// The first byte of every answer: ink! understood the call.
const UNDERSTOOD: u8 = 0;
/// The first byte of an error, in the SCALE of a `Result`.
const FAILED: u8 = 1;

#[inline(never)]
fn end(flags: ReturnFlags, bytes: Vec<u8>) -> ! {
    ink::env::return_value(flags, &Raw(bytes))
}

/// Returns room for the SCALE of most values. How much each takes is not computed first, as `Encode::encode` would.
#[inline(never)]
fn room() -> Vec<u8> {
    Vec::with_capacity(256)
}

/// Bytes whose SCALE is themselves, up to the end.
struct Raw(Vec<u8>);

impl Encode for Raw {
    fn size_hint(&self) -> usize {
        self.0.len()
    }

    fn encode_to<T: Output + ?Sized>(&self, destination: &mut T) {
        destination.write(&self.0);
    }
}

impl Decode for Raw {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        let left = input.remaining_len()?.unwrap_or_default();
        let mut bytes = vec![0; left];
        input.read(&mut bytes)?;
        Ok(Self(bytes))
    }
}

/// An event as bytes.
struct Told {
    topic: [u8; 32],
    data: Raw,
}

impl Encode for Told {
    fn size_hint(&self) -> usize {
        self.data.size_hint()
    }

    fn encode_to<T: Output + ?Sized>(&self, destination: &mut T) {
        self.data.encode_to(destination);
    }
}

impl event::Event for Told {
    type RemainingTopics = [event::state::HasRemainingTopics; 1];
    // It is a topic like any other here.
    const SIGNATURE_TOPIC: Option<[u8; 32]> = None;

    fn topics<E, B>(
        &self,
        builder: event::TopicsBuilder<event::state::Uninit, E, B>,
    ) -> <B as event::TopicsBuilderBackend<E>>::Output
    where
        E: Environment,
        B: event::TopicsBuilderBackend<E>,
    {
        builder.build::<Self>().push_topic(Some(&self.topic)).finish()
    }
}

#[cfg(test)]
mod tests;
