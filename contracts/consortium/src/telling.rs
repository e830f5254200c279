//! How the contract speaks to others: to the connected contracts, to itself, and to the world.

use aegle_rules::{
    self as rules,
    consortium::{
        events,
        notices::{Notice, Notify},
        Action, ConsortiumError, Contracts,
    },
    message::Message,
};
use ink::env::{
    call::{build_call, ExecutionInput, Selector},
    hash::Blake2x256,
    CallFlags, DefaultEnvironment,
};

/// Most weight, in picoseconds, that a contract gets to take a notice in an emergency: ten times what ours take.
pub(crate) const EMERGENCY_REF_TIME: u64 = 10_000_000_000;
/// Most bytes of proof that it gets for that.
pub(crate) const EMERGENCY_PROOF_BYTES: u64 = 1_000_000;
/// How often this contract asks itself something, which takes as much gas together as a delivery to one of ours.
pub(crate) const EMERGENCY_QUESTIONS: usize = 3;

/// Emits an event of the committee. One place for all of them makes the contract smaller; patients' messages emit
/// theirs where they are, so that a call of one enters less code.
#[inline(never)]
pub(crate) fn emit(event: events::Event) {
    ink::env::emit_event::<DefaultEnvironment, _>(event);
}

pub(crate) fn blake2(bytes: &[u8]) -> rules::Hash {
    let mut hash = [0; 32];
    ink::env::hash_bytes::<Blake2x256>(bytes, &mut hash);
    rules::Hash(hash)
}

/// Returns what votes for an action are bound to, as [`rules::consortium::action_hash`] says. This encodes with the
/// code that encodes events, which makes the contract smaller.
pub(crate) fn action_hash(action: &Action) -> rules::Hash {
    let mut hash = [0; 32];
    ink::env::hash_encoded::<Blake2x256, _>(&(rules::consortium::ACTION_TAG, action), &mut hash);
    rules::Hash(hash)
}

/// Gives a notice to every connected contract that needs it.
pub(crate) fn deliver(contracts: Contracts, notice: &Notice) -> Result<(), ConsortiumError> {
    tell(contracts.consent, notice, 0, 0)?;
    if notice.concerns_ledger() {
        tell(contracts.ledger, notice, 0, 0)?;
    }
    Ok(())
}

/// Asks a contract something; `None` where it does not answer that. Only this contract itself may be called back.
pub(crate) fn ask<M: Message>(contract: rules::AccountId, question: &M, flags: CallFlags) -> Option<M::Output> {
    let answer = build_call::<DefaultEnvironment>()
        .call(contract.0.into())
        .call_flags(flags)
        .exec_input(ExecutionInput::new(Selector::new(M::SELECTOR)).push_arg(question))
        .returns::<M::Output>()
        .try_invoke();
    answer.ok()?.ok()
}

/// Gives a notice to one contract, which gets at most so much gas for it; 0 for all there is.
pub(crate) fn tell(
    contract: rules::AccountId,
    notice: &Notice,
    ref_time: u64,
    proof_bytes: u64,
) -> Result<(), ConsortiumError> {
    let answer = build_call::<DefaultEnvironment>()
        .call(contract.0.into())
        .ref_time_limit(ref_time)
        .proof_size_limit(proof_bytes)
        .exec_input(ExecutionInput::new(Selector::new(Notify::SELECTOR)).push_arg(notice))
        .returns::<<Notify as Message>::Output>()
        .try_invoke();
    // A refusal carries the receiver's own error, which does not read as this answer.
    match answer {
        Ok(Ok(Ok(()))) => Ok(()),
        _ => Err(ConsortiumError::NotDelivered),
    }
}

/// Returns the contract's own account.
pub(crate) fn this() -> rules::AccountId {
    rules::AccountId(*ink::env::account_id::<DefaultEnvironment>().as_ref())
}
