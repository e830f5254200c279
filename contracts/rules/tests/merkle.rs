//! The ledger's verification against the golden trees of the clients, and against trees that are built here.

use aegle_rules::{
    ledger::{verify, MAX_PROOF_HASHES},
    Hash,
};
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

fn sha256(bytes: &[u8]) -> Hash {
    Hash(Sha256::digest(bytes).into())
}

fn holds(root: &Hash, count: usize, index: usize, leaf: &[u8], path: &[Hash]) -> bool {
    let [count, index] = [count, index].map(|number| u32::try_from(number).expect("a small tree"));
    verify(root, count, index, leaf, path, sha256)
}

/// The tree of RFC 9162, section 2.1.1, by its recursive definition.
fn tree_hash(leaves: &[Vec<u8>]) -> Hash {
    match leaves {
        [] => sha256(&[]),
        [leaf] => sha256(&[&[0], &leaf[..]].concat()),
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            sha256(&[&[1], &tree_hash(left).0[..], &tree_hash(right).0].concat())
        }
    }
}

/// The proof of RFC 9162, section 2.1.3.1, by its recursive definition.
fn proof(leaves: &[Vec<u8>], index: usize) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let middle = split(leaves.len());
    let (left, right) = leaves.split_at(middle);
    let (mut path, sibling) = if index < middle {
        (proof(left, index), right)
    } else {
        (proof(right, index - middle), left)
    };
    path.push(tree_hash(sibling));
    path
}

/// The largest power of two below `count`.
fn split(count: usize) -> usize {
    count.next_power_of_two() / 2
}

fn bind(kind: &str, count: u64, tree_hash: &Hash) -> Hash {
    let mut framed = Vec::new();
    let count = count.to_le_bytes();
    for part in [b"aegle/merkle-root/v1", kind.as_bytes(), &count, &tree_hash.0] {
        framed.extend(u32::try_from(part.len()).expect("short").to_be_bytes());
        framed.extend(part);
    }
    sha256(&framed)
}

fn root(leaves: &[Vec<u8>]) -> Hash {
    bind("aegle/tree/records/v1", leaves.len() as u64, &tree_hash(leaves))
}

fn golden() -> Vec<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/merkle.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let vectors: Value = serde_json::from_str(&text).expect("JSON");
    vectors["trees"].as_array().expect("trees").clone()
}

fn bytes(value: &Value) -> Vec<u8> {
    let text = value
        .as_str()
        .and_then(|text| text.strip_prefix("0x"))
        .expect("hexadecimal");
    let byte = |position: usize| u8::from_str_radix(&text[position..position + 2], 16).expect("hexadecimal");
    (0..text.len()).step_by(2).map(byte).collect()
}

fn hash(value: &Value) -> Hash {
    Hash(bytes(value).try_into().expect("32 bytes"))
}

#[test]
fn every_golden_proof_of_the_clients_holds_for_its_record_and_no_other() {
    let trees = golden();
    assert!(trees.len() > 10, "{} trees", trees.len());
    for tree in &trees {
        let leaves: Vec<Vec<u8>> = tree["leaves"].as_array().expect("leaves").iter().map(bytes).collect();
        let root = hash(&tree["roots"]["records"]);
        assert_eq!(self::root(&leaves), root, "{} leaves", leaves.len());
        for (index, path) in tree["proofs"].as_array().expect("proofs").iter().enumerate() {
            let path: Vec<Hash> = path.as_array().expect("a path").iter().map(hash).collect();
            assert_eq!(proof(&leaves, index), path);
            for (other, leaf) in leaves.iter().enumerate() {
                for place in 0..=leaves.len() {
                    let expected = other == index && place == index;
                    assert_eq!(holds(&root, leaves.len(), place, leaf, &path), expected);
                }
            }
            for count in (0..20).filter(|count| *count != leaves.len()) {
                assert!(!holds(&root, count, index, &leaves[index], &path), "{count} leaves");
            }
            for kind in ["labels", "counts", "segments"] {
                let root = hash(&tree["roots"][kind]);
                assert!(!holds(&root, leaves.len(), index, &leaves[index], &path), "{kind}");
            }
        }
    }
}

#[test]
fn a_batch_of_the_largest_size_is_verified_with_sixteen_hashes() {
    // Where all leaves are alike, all nodes of a level are.
    let leaf = [7; 32];
    let mut levels = vec![tree_hash(&[leaf.to_vec()])];
    while levels.len() <= 16 {
        let below = levels[levels.len() - 1].0;
        levels.push(sha256(&[&[1], &below[..], &below].concat()));
    }
    let (tree_hash, path) = levels.split_last().expect("17 levels");
    let root = bind("aegle/tree/records/v1", 65_536, tree_hash);
    for index in [0, 1, 32_767, 32_768, 65_535] {
        assert!(holds(&root, 65_536, index, &leaf, path), "{index}");
        assert!(!holds(&root, 65_536, index, &leaf, &path[1..]), "{index}");
    }
    assert!(!holds(&root, 65_536, 65_536, &leaf, path));
    assert!(!holds(&root, 65_535, 0, &leaf, path));
}

#[test]
fn a_path_of_any_other_length_never_holds() {
    let leaves = vec![vec![1], vec![2], vec![3]];
    let path = proof(&leaves, 0);
    for length in (0..=MAX_PROOF_HASHES + 1).filter(|length| *length != path.len()) {
        let other: Vec<Hash> = path.iter().copied().cycle().take(length).collect();
        assert!(!holds(&root(&leaves), 3, 0, &leaves[0], &other), "{length} hashes");
    }
    assert!(!verify(&root(&[]), 0, 0, &[], &[], sha256), "an empty tree has no leaf");
    assert!(!verify(&root(&leaves), u32::MAX, u32::MAX, &[], &path, sha256));
}

proptest! {
    #[test]
    fn exactly_the_proof_of_the_tree_holds(
        (count, index) in (1..70_usize).prop_flat_map(|count| (Just(count), 0..count)),
        place in 0..70_usize,
        flip in 0..32_usize,
    ) {
        let leaves: Vec<Vec<u8>> = (0..count).map(|leaf| leaf.to_le_bytes().to_vec()).collect();
        let root = root(&leaves);
        let path = proof(&leaves, index);
        prop_assert!(holds(&root, count, index, &leaves[index], &path));
        prop_assert_eq!(holds(&root, count, place, &leaves[index], &path), place == index);
        for position in 0..path.len() {
            let mut changed = path.clone();
            changed[position].0[flip] ^= 1;
            prop_assert!(!holds(&root, count, index, &leaves[index], &changed));
            let mut shorter = path.clone();
            shorter.remove(position);
            prop_assert!(!holds(&root, count, index, &leaves[index], &shorter));
        }
        let longer = [&path[..], &[root]].concat();
        prop_assert!(!holds(&root, count, index, &leaves[index], &longer));
    }
}
