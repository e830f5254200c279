//! Blocks and the state after each of them, from genesis to the best block.
//!
//! Trie nodes are kept under their own hash and never removed, so the state at every old block,
//! child tries included, is one root away.

use std::{collections::HashMap, sync::Arc};

use hash_db::Prefix;
use parking_lot::RwLock;
use sp_runtime::{StateVersion, Storage, traits::Header as _};
use sp_state_machine::{Backend, BackendTransaction, DBValue, TrieBackend, TrieBackendBuilder, TrieBackendStorage};
use sp_trie::LayoutV1;

use crate::runtime::{BlockNumber, Hash, Hashing, Header};

/// Bytes of a trie node's hash.
const HASH_BYTES: usize = 32;

/// The state after one block.
pub(crate) type State = TrieBackend<TrieNodes, Hashing>;

/// A block that is part of the chain, hence final.
#[derive(Debug)]
pub(crate) struct SealedBlock {
    pub(crate) hash: Hash,
    pub(crate) header: Header,
    /// The extrinsics' bytes as they were submitted.
    pub(crate) extrinsics: Vec<Vec<u8>>,
}

impl SealedBlock {
    pub(crate) fn new(header: Header, extrinsics: Vec<Vec<u8>>) -> Self {
        Self {
            hash: header.hash(),
            header,
            extrinsics,
        }
    }

    pub(crate) fn number(&self) -> BlockNumber {
        self.header.number
    }
}

/// Trie nodes by hash; a clone shares them.
#[derive(Clone, Default)]
pub(crate) struct TrieNodes(Arc<RwLock<HashMap<Hash, DBValue>>>);

impl TrieNodes {
    fn insert(&self, mut transaction: BackendTransaction<Hashing>) {
        let mut nodes = self.0.write();
        for (prefixed, (node, references)) in transaction.drain() {
            if references > 0 {
                let hash = Hash::from_slice(&prefixed[prefixed.len() - HASH_BYTES..]);
                nodes.entry(hash).or_insert(node);
            }
        }
    }
}

impl TrieBackendStorage<Hashing> for TrieNodes {
    fn get(&self, key: &Hash, _prefix: Prefix) -> Result<Option<DBValue>, String> {
        Ok(self.0.read().get(key).cloned())
    }
}

#[derive(Default)]
struct Chain {
    /// The best chain, by number.
    blocks: Vec<Arc<SealedBlock>>,
    /// Every block, those of forks that were given up included.
    by_hash: HashMap<Hash, Arc<SealedBlock>>,
}

/// Which block is said to be the finalized head.
#[derive(Clone, Debug)]
enum Finality {
    /// The one that is so many blocks older than the best one, and no older than it was when blocks were given up.
    Behind { blocks: BlockNumber, least: BlockNumber },
    /// This one, whatever is sealed.
    Held(Arc<SealedBlock>),
}

/// The chain: never empty, since it starts with its genesis block.
pub(crate) struct Ledger {
    nodes: TrieNodes,
    chain: RwLock<Chain>,
    finality: RwLock<Finality>,
}

impl Ledger {
    /// Starts a chain whose block 0 has this storage.
    pub(crate) fn with_genesis(storage: Storage) -> Self {
        let nodes = TrieNodes::default();
        let empty_root = sp_trie::empty_trie_root::<LayoutV1<Hashing>>();
        let empty: State = TrieBackendBuilder::new(nodes.clone(), empty_root).build();
        let top = storage.top.iter().map(|(key, value)| (&key[..], Some(&value[..])));
        let children = storage.children_default.values().map(|child| {
            let entries = child.data.iter().map(|(key, value)| (&key[..], Some(&value[..])));
            (&child.child_info, entries)
        });
        let (root, transaction) = empty.full_storage_root(top, children, StateVersion::V1);
        nodes.insert(transaction);
        let header = Header::new(0, empty_root, root, Hash::zero(), sp_runtime::Digest::default());
        let genesis = Arc::new(SealedBlock::new(header, Vec::new()));
        let chain = Chain {
            by_hash: HashMap::from([(genesis.hash, genesis.clone())]),
            blocks: vec![genesis],
        };
        Self {
            nodes,
            chain: RwLock::new(chain),
            finality: RwLock::new(Finality::Behind { blocks: 0, least: 0 }),
        }
    }

    /// Returns the newest block.
    pub(crate) fn best(&self) -> Arc<SealedBlock> {
        let chain = self.chain.read();
        chain
            .blocks
            .last()
            .expect("a ledger is built with its genesis block")
            .clone()
    }

    /// Returns the block of this number; `None` if the chain is shorter.
    pub(crate) fn by_number(&self, number: BlockNumber) -> Option<Arc<SealedBlock>> {
        self.chain.read().blocks.get(number as usize).cloned()
    }

    /// Returns the block of this hash, also one of a fork that was given up; `None` if there never was one.
    pub(crate) fn by_hash(&self, hash: &Hash) -> Option<Arc<SealedBlock>> {
        self.chain.read().by_hash.get(hash).cloned()
    }

    /// Returns the block that is said to be the finalized head.
    pub(crate) fn finalized(&self) -> Arc<SealedBlock> {
        let best = self.best();
        match &*self.finality.read() {
            Finality::Held(block) => block.clone(),
            Finality::Behind { blocks, least } => {
                let number = best.number().saturating_sub(*blocks).max(*least);
                self.by_number(number).unwrap_or(best)
            }
        }
    }

    /// Holds finality at the best block, or lets it go on.
    pub(crate) fn hold_finality(&self, hold: bool) {
        *self.finality.write() = match hold {
            true => Finality::Held(self.best()),
            false => Finality::Behind { blocks: 0, least: 0 },
        };
    }

    /// Lets the finalized head be so many blocks older than the best one.
    pub(crate) fn lag_finality(&self, blocks: BlockNumber) {
        *self.finality.write() = Finality::Behind { blocks, least: 0 };
    }

    /// Gives up the newest blocks, so that the next one is another one after an older one. Returns that; `None` where a
    /// block that is final would be given up, and then nothing has changed.
    pub(crate) fn give_up(&self, blocks: BlockNumber) -> Option<Arc<SealedBlock>> {
        // Whoever changes the chain is one thread, so that nothing changes in between.
        let finalized = self.finalized().number();
        let kept = (self.best().number() + 1).checked_sub(blocks)?;
        if kept <= finalized {
            return None;
        }
        if let Finality::Behind { least, .. } = &mut *self.finality.write() {
            *least = finalized;
        }
        let mut chain = self.chain.write();
        chain.blocks.truncate(kept as usize);
        chain.blocks.last().cloned()
    }

    /// Returns the state after a block.
    pub(crate) fn state(&self, block: &SealedBlock) -> State {
        TrieBackendBuilder::new(self.nodes.clone(), block.header.state_root).build()
    }

    /// Adds the block that follows the best one, with the trie nodes that are new in it.
    pub(crate) fn append(&self, block: SealedBlock, transaction: BackendTransaction<Hashing>) -> Arc<SealedBlock> {
        self.nodes.insert(transaction);
        let block = Arc::new(block);
        let mut chain = self.chain.write();
        let length = chain.blocks.len();
        assert_eq!(block.number() as usize, length, "a block follows the best block");
        chain.by_hash.insert(block.hash, block.clone());
        chain.blocks.push(block.clone());
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::genesis;

    #[test]
    fn genesis_holds_what_it_was_given() {
        let storage = genesis::storage().expect("the development genesis is well formed");
        let expected = storage.clone();
        let ledger = Ledger::with_genesis(storage);
        let state = ledger.state(&ledger.best());
        for (key, value) in expected.top {
            assert_eq!(state.storage(&key), Ok(Some(value)));
        }
        assert_eq!(ledger.best().number(), 0);
        assert!(ledger.by_number(1).is_none());
        assert!(ledger.by_hash(&Hash::repeat_byte(1)).is_none());
    }
}
