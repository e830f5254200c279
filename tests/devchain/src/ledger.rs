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
    blocks: Vec<Arc<SealedBlock>>,
    numbers: HashMap<Hash, BlockNumber>,
}

/// The chain: never empty, since it starts with its genesis block.
pub(crate) struct Ledger {
    nodes: TrieNodes,
    chain: RwLock<Chain>,
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
        let genesis = SealedBlock::new(header, Vec::new());
        let chain = Chain {
            numbers: HashMap::from([(genesis.hash, 0)]),
            blocks: vec![Arc::new(genesis)],
        };
        Self {
            nodes,
            chain: RwLock::new(chain),
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

    /// Returns the block of this hash; `None` if it is none of the chain's.
    pub(crate) fn by_hash(&self, hash: &Hash) -> Option<Arc<SealedBlock>> {
        let chain = self.chain.read();
        let number = *chain.numbers.get(hash)?;
        chain.blocks.get(number as usize).cloned()
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
        chain.numbers.insert(block.hash, block.number());
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
