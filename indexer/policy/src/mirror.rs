//! The consent contract in a few recent states: its code, and what it keeps, read as it is needed.
//!
//! Two states whose storage tries have the same root share one mirror. Where the root has changed, what the contract told
//! in between says which patients' cells are read again; where nothing explains the change, or something was told that is
//! not understood, everything is.

use crate::{
    PolicyError,
    cells::{Cells, Key, Value},
    engine::{Code, Engine, EngineError, MAX_INSTANCES, Outcome},
    host::Setting,
};
use aegle_chain::{
    ContractEvent,
    node::{ContractState, Node},
};
use aegle_protocol::{Contracts, Head};
use aegle_rules::{
    AccountId, Hash, OrganisationId,
    consortium::{AskLayout, Layout, Which, current_roles, messages::RolesOf},
    message::Message,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    thread,
};
use tokio::sync::Semaphore;

/// States that are kept: the finalized and the best one, and some before them.
const MAX_STATES: usize = 6;
/// Codes that are kept compiled.
const MAX_CODES: usize = 4;
/// Blocks between two states over which a mirror is carried.
const MAX_CARRIED_BLOCKS: usize = 16;
/// How often the storage is read for one set of questions; each time it is all that any of them has come to.
const MAX_ROUNDS: usize = 64;
/// Accounts whose organisations are kept of one state; when there are more, all are forgotten.
const MAX_ORGANISATIONS: usize = 4_096;
/// Cells that the node is asked for at the same time.
const PARALLEL_READS: usize = 32;

/// The contract in one state.
pub(crate) struct State {
    block: Hash,
    storage: Hash,
    code: Arc<Code>,
    setting: Setting,
    /// Whom accounts act for, as far as it was asked.
    organisations: Mutex<HashMap<AccountId, Vec<OrganisationId>>>,
}

/// The contract in recent states.
pub(crate) struct Mirror {
    engine: Engine,
    contracts: Contracts,
    states: Mutex<VecDeque<Arc<State>>>,
    codes: Mutex<VecDeque<Arc<Code>>>,
    /// Of each code, whether it keeps its cells as these sources do, so that its events say which have changed.
    understood: Mutex<HashMap<Hash, bool>>,
    /// Held by whoever reads a new state, so that one head is read once.
    reading: tokio::sync::Mutex<()>,
    /// Held while questions run: as many at the same time as there are processors, and instances.
    turns: Arc<Semaphore>,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Mirror {
    /// Builds a mirror of the consent contract of a deployment.
    ///
    /// # Errors
    /// [`EngineError::Setup`].
    pub(crate) fn new(contracts: Contracts) -> Result<Self, EngineError> {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            engine: Engine::new()?,
            contracts,
            states: Mutex::default(),
            codes: Mutex::default(),
            understood: Mutex::default(),
            reading: tokio::sync::Mutex::default(),
            turns: Arc::new(Semaphore::new(processors.min(MAX_INSTANCES as usize))),
        })
    }

    fn known(&self, is: impl Fn(&State) -> bool) -> Option<Arc<State>> {
        locked(&self.states).iter().rev().find(|state| is(state)).cloned()
    }

    /// Returns the contract in the state after a block.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub(crate) async fn state(&self, node: &Node, head: &Head) -> Result<Arc<State>, PolicyError> {
        if let Some(known) = self.known(|state| state.block == head.hash) {
            return Ok(known);
        }
        let _reading = self.reading.lock().await;
        if let Some(known) = self.known(|state| state.block == head.hash) {
            return Ok(known);
        }
        let contract = self.contracts.consent;
        let found = node.contract_state(head.hash, contract).await?;
        let found = found.ok_or(PolicyError::NoContract(contract))?;
        let code = self.code(node, head.hash, found.code).await?;
        let cells = match self.known(|state| state.storage == found.storage) {
            Some(same) => same.setting.cells.clone(),
            None => Arc::new(self.carried(node, head.hash, &found).await.unwrap_or_default()),
        };
        let state = Arc::new(State {
            block: head.hash,
            storage: found.storage,
            code,
            setting: Setting {
                contract,
                now: head.timestamp,
                cells,
            },
            organisations: Mutex::default(),
        });
        let mut states = locked(&self.states);
        if states.len() == MAX_STATES {
            states.pop_front();
        }
        states.push_back(state.clone());
        Ok(state)
    }

    async fn code(&self, node: &Node, at: Hash, hash: Hash) -> Result<Arc<Code>, PolicyError> {
        if let Some(known) = locked(&self.codes).iter().find(|code| code.hash() == hash) {
            return Ok(known.clone());
        }
        let bytes = node.code(at, hash).await?.ok_or(PolicyError::NoCode(hash))?;
        let engine = self.engine.clone();
        let compiled = tokio::task::spawn_blocking(move || engine.compile(hash, &bytes)).await;
        let code = Arc::new(compiled.map_err(|_| PolicyError::Closed)??);
        tracing::info!(code = %hash, "the consent contract's code is compiled");
        let mut codes = locked(&self.codes);
        if codes.len() == MAX_CODES {
            codes.pop_front();
        }
        codes.push_back(code.clone());
        Ok(code)
    }

    /// Returns what of an earlier state's mirror still holds after a block, by what the contracts told in between. `None`
    /// where that is not known: then everything is read again.
    async fn carried(&self, node: &Node, block: Hash, state: &ContractState) -> Option<Cells> {
        let (mut told, mut explained) = (Vec::new(), false);
        let mut next = block;
        for _ in 0..MAX_CARRIED_BLOCKS {
            let block = node.block_with_hash(next, &self.contracts).await.ok()?;
            for emitted in block.events {
                explained = true;
                // What is not understood may be about anybody.
                let event = ContractEvent::decode(&self.contracts, block.id.number, &emitted).ok()??;
                if let ContractEvent::Consent(_) = event {
                    told.push(emitted.data);
                }
            }
            next = block.parent;
            if let Some(base) = self.known(|state| state.block == next) {
                let follows = explained && base.code.hash() == state.code && self.understands(node, &base).await;
                return follows.then(|| base.setting.cells.carried(told.iter().map(Vec::as_slice)));
            }
        }
        None
    }

    /// Returns whether the contract says that it keeps its cells as these sources do.
    async fn understands(&self, node: &Node, state: &Arc<State>) -> bool {
        let code = state.code.hash();
        if let Some(known) = locked(&self.understood).get(&code) {
            return *known;
        }
        let Ok(layout) = self.ask(node, state, vec![AskLayout {}]).await else {
            return false;
        };
        let understood = layout == [Layout::of(Which::Consent)];
        locked(&self.understood).insert(code, understood);
        understood
    }

    /// Returns the organisations that an account acts for in a state, as the consortium contract tells it there; none where
    /// it has no role that counts.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub(crate) async fn organisations(
        &self,
        node: &Node,
        state: &State,
        account: AccountId,
    ) -> Result<Vec<OrganisationId>, PolicyError> {
        if let Some(known) = locked(&state.organisations).get(&account) {
            return Ok(known.clone());
        }
        let at = state.setting.now;
        let roles = node
            .read(state.block, self.contracts.consortium, &RolesOf { account })
            .await?;
        // Those that are suspended, too: what is denied to them counts.
        let found: Vec<_> = current_roles(&roles.held, at).map(|role| role.organisation).collect();
        let mut organisations = locked(&state.organisations);
        if organisations.len() >= MAX_ORGANISATIONS {
            organisations.clear();
        }
        organisations.insert(account, found.clone());
        Ok(found)
    }

    /// Asks the contract in a state, each question in an instance of its own; the answers are in the questions' order.
    ///
    /// # Errors
    /// [`PolicyError`]: one of the questions has no answer.
    pub(crate) async fn ask<M>(
        &self,
        node: &Node,
        state: &Arc<State>,
        questions: Vec<M>,
    ) -> Result<Vec<M::Output>, PolicyError>
    where
        M: Message + Send + 'static,
        M::Output: Send,
    {
        let mut answers: Vec<Option<M::Output>> = questions.iter().map(|_| None).collect();
        let mut open: Vec<(usize, M)> = questions.into_iter().enumerate().collect();
        for _ in 0..MAX_ROUNDS {
            let asked = state.clone();
            let round = in_turn(&self.turns, move || run(&asked, open)).await??;
            for (place, answer) in round.answers {
                answers[place] = Some(answer);
            }
            if round.open.is_empty() {
                break;
            }
            open = round.open;
            self.read(node, state, round.missing).await?;
        }
        let all: Option<Vec<M::Output>> = answers.into_iter().collect();
        all.ok_or(PolicyError::Unread { rounds: MAX_ROUNDS })
    }

    /// Reads cells from the chain.
    async fn read(&self, node: &Node, state: &State, keys: HashSet<Key>) -> Result<(), PolicyError> {
        let contract = self.contracts.consent;
        let reads = stream::iter(keys).map(async |key| {
            let value = node.contract_storage(state.block, contract, &key).await?;
            Ok::<(Key, Value), PolicyError>((key, value.map(Arc::from)))
        });
        let read = reads.buffer_unordered(PARALLEL_READS).try_collect().await?;
        state.setting.cells.insert(read);
        Ok(())
    }
}

/// Runs something in its turn, which lasts until it has ended, even when nobody waits for it any more.
async fn in_turn<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PolicyError> {
    let turn = turns.clone().acquire_owned().await;
    let turn = turn.map_err(|_| PolicyError::Closed)?;
    let working = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    working.await.map_err(|_| PolicyError::Closed)
}

/// What came of one round of questions.
struct Round<M: Message> {
    answers: Vec<(usize, M::Output)>,
    /// Those that could not be answered, because something was not read.
    open: Vec<(usize, M)>,
    missing: HashSet<Key>,
}

fn run<M: Message>(state: &State, questions: Vec<(usize, M)>) -> Result<Round<M>, EngineError> {
    let mut round = Round {
        answers: Vec::with_capacity(questions.len()),
        open: Vec::new(),
        missing: HashSet::new(),
    };
    for (place, question) in questions {
        match state.code.ask(&state.setting, &question)? {
            Outcome::Answer(answer) => round.answers.push((place, answer)),
            Outcome::Missing(key) => {
                round.missing.insert(key);
                round.open.push((place, question));
            }
        }
    }
    Ok(round)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn a_turn_lasts_as_long_as_its_work_even_when_nobody_waits_for_it() {
        let turns = Arc::new(Semaphore::new(1));
        let (started, has_started) = tokio::sync::oneshot::channel();
        let (finish, finishes) = mpsc::channel::<()>();
        let asking = tokio::spawn({
            let turns = turns.clone();
            async move {
                let work = move || {
                    started.send(()).unwrap();
                    finishes.recv().unwrap();
                };
                in_turn(&turns, work).await
            }
        });
        has_started.await.unwrap();
        asking.abort();
        assert!(asking.await.unwrap_err().is_cancelled());
        assert_eq!(turns.available_permits(), 0, "the work goes on");
        finish.send(()).unwrap();
        assert!(in_turn(&turns, || 5).await.is_ok_and(|answer| answer == 5));
    }
}
