//! The Merkle tree: published hashes, every proof of small trees, and wrong proofs.

use aegle_protocol::merkle::{Proof, Tree, proof, root, tree_hash, verify};
use aegle_rules::Hash;

/// The leaves that the implementations of Certificate Transparency test with.
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
/// Their tree hashes, by number of leaves.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn leaves(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|leaf| leaf.to_le_bytes().to_vec()).collect()
}

#[test]
fn tree_hashes_are_those_of_certificate_transparency() {
    let leaves: Vec<Vec<u8>> = LEAVES.iter().map(|leaf| hex::decode(leaf).unwrap()).collect();
    for (count, expected) in ROOTS.iter().enumerate() {
        assert_eq!(hex::encode(tree_hash(&leaves[..count]).0), *expected, "{count} leaves");
    }
}

#[test]
fn every_leaf_has_a_proof_that_holds_nowhere_else() {
    for count in 1..=20 {
        let leaves = leaves(count);
        let root = root(Tree::Records, &leaves);
        for index in 0..count {
            let path = proof(&leaves, index).unwrap();
            for (other, leaf) in leaves.iter().enumerate() {
                for place in 0..count + 1 {
                    let holds = verify(Tree::Records, &root, count as u64, place as u64, leaf, &path);
                    assert_eq!(
                        holds,
                        other == index && place == index,
                        "{index} of {count}, {other} at {place}"
                    );
                }
            }
        }
        assert_eq!(proof(&leaves, count), None);
    }
}

#[test]
fn kind_of_tree_and_number_of_leaves_are_part_of_the_root() {
    let leaves = leaves(6);
    let roots = [
        Tree::Records,
        Tree::Labels,
        Tree::Counts,
        Tree::Segments,
        Tree::SlotKeys,
    ]
    .map(|tree| root(tree, &leaves));
    for (position, root) in roots.iter().enumerate() {
        assert!(
            !roots[..position].contains(root),
            "the root of kind {position} is another kind's"
        );
    }
    let path = proof(&leaves, 5).unwrap();
    assert!(
        verify(Tree::Records, &roots[0], 6, 5, &leaves[5], &path),
        "its own kind"
    );
    assert!(
        !verify(Tree::Labels, &roots[0], 6, 5, &leaves[5], &path),
        "another kind"
    );
    for count in [0, 1, 5, 7, 8, u64::MAX] {
        assert!(
            !verify(Tree::Records, &roots[0], count, 5, &leaves[5], &path),
            "{count} leaves"
        );
    }
}

#[test]
fn a_changed_shortened_or_lengthened_proof_does_not_hold() {
    let leaves = leaves(13);
    let root = root(Tree::Records, &leaves);
    for index in 0..13 {
        let path = proof(&leaves, index).unwrap();
        let holds = |path: &Proof| verify(Tree::Records, &root, 13, index as u64, &leaves[index], path);
        for position in 0..path.path.len() {
            for byte in 0..32 {
                let mut changed = path.clone();
                changed.path[position].0[byte] ^= 1;
                assert!(!holds(&changed), "leaf {index}, hash {position}, byte {byte}");
            }
            let mut shorter = path.clone();
            shorter.path.remove(position);
            assert!(!holds(&shorter), "leaf {index} without hash {position}");
        }
        let mut longer = path.clone();
        longer.path.push(Hash([0; 32]));
        assert!(!holds(&longer), "leaf {index} with a hash more");
    }
}

#[test]
fn a_node_does_not_pass_for_a_leaf() {
    let leaves = leaves(4);
    let pair = tree_hash(&leaves[..2]).0;
    let inner = [&pair[..], &tree_hash(&leaves[2..]).0].concat();
    assert_ne!(tree_hash(&[inner]), tree_hash(&leaves));
}
