//! Proofs for many leaves, held against the proofs for single ones.

use aegle_protocol::merkle::{MAX_MULTI_PROOF_HASHES, MultiProof, Nodes, Tree, multi_proof, proof, root, verify_multi};
use aegle_rules::Hash;
use proptest::prelude::*;
use scale::{Compact, Decode, DecodeAll, Encode};

fn leaves(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|leaf| leaf.to_le_bytes().to_vec()).collect()
}

fn chosen<'a>(leaves: &'a [Vec<u8>], indices: &[u64]) -> Vec<(u64, &'a [u8])> {
    indices
        .iter()
        .map(|index| (*index, leaves[*index as usize].as_slice()))
        .collect()
}

/// The numbers whose bits are set.
fn subset(bits: u128, count: usize) -> Vec<u64> {
    (0..count as u64).filter(|index| bits >> index & 1 == 1).collect()
}

/// What a proof must hold, by the definition: the sibling of each node on the paths of the leaves, unless it is on such
/// a path itself; from the single proofs, of which each knows one path.
fn siblings_by_definition(leaves: &[Vec<u8>], indices: &[u64]) -> Vec<Hash> {
    let mut siblings = Vec::new();
    let (mut level, mut width) = (0, leaves.len() as u64);
    while width > 1 {
        let mut on_paths: Vec<u64> = indices.iter().map(|index| index >> level).collect();
        on_paths.dedup();
        for node in &on_paths {
            let sibling = node ^ 1;
            if sibling < width && !on_paths.contains(&sibling) {
                let below = indices.iter().find(|index| *index >> level == *node).unwrap();
                // In the single proof as many hashes come before as there were siblings further down.
                let mut width_below = leaves.len() as u64;
                let mut before = 0;
                for lower in 0..level {
                    before += usize::from(((below >> lower) ^ 1) < width_below);
                    width_below = width_below.div_ceil(2);
                }
                siblings.push(proof(leaves, *below as usize).unwrap().path[before]);
            }
        }
        level += 1;
        width = width.div_ceil(2);
    }
    siblings
}

fn check(count: usize, indices: &[u64]) {
    let leaves = leaves(count);
    let root = root(Tree::Labels, &leaves);
    let proof = multi_proof(&leaves, indices).unwrap();
    assert_eq!(
        proof.siblings,
        siblings_by_definition(&leaves, indices),
        "{indices:?} of {count}"
    );
    let claimed = chosen(&leaves, indices);
    assert!(
        verify_multi(Tree::Labels, &root, count as u64, &claimed, &proof),
        "{indices:?} of {count}"
    );
}

#[test]
fn every_subset_of_small_trees_has_its_proof() {
    for count in 1..=9 {
        for bits in 0..1 << count {
            check(count, &subset(bits, count));
        }
    }
    assert_eq!(Nodes::new(leaves(0)).root(Tree::Labels), root(Tree::Labels, &leaves(0)));
    assert_eq!(Nodes::new(leaves(0)).leaves(), 0);
}

#[test]
fn proofs_of_one_leaf_and_of_all_leaves_are_the_known_ones() {
    for count in 1..70 {
        let (leaves, nodes) = (leaves(count), Nodes::new(leaves(count)));
        assert_eq!(nodes.root(Tree::Counts), root(Tree::Counts, &leaves));
        for index in 0..count {
            let single = nodes.multi_proof(&[index as u64]).unwrap();
            assert_eq!(
                single.siblings,
                proof(&leaves, index).unwrap().path,
                "{index} of {count}"
            );
        }
        let all: Vec<u64> = (0..count as u64).collect();
        assert_eq!(nodes.multi_proof(&all), Some(MultiProof::default()));
    }
}

#[test]
fn numbers_out_of_order_or_range_prove_nothing() {
    let leaves = leaves(6);
    let root = root(Tree::Labels, &leaves);
    for indices in [&[6][..], &[2, 2], &[3, 1], &[0, 6]] {
        assert_eq!(multi_proof(&leaves, indices), None, "{indices:?}");
    }
    let proof = multi_proof(&leaves, &[1, 3]).unwrap();
    let verify = |claimed: &[(u64, &[u8])]| verify_multi(Tree::Labels, &root, 6, claimed, &proof);
    let (one, three) = (leaves[1].as_slice(), leaves[3].as_slice());
    assert!(verify(&[(1, one), (3, three)]));
    for claimed in [
        vec![(3, three), (1, one)],
        vec![(1, one), (1, one), (3, three)],
        vec![(1, three), (3, one)],
        vec![(1, one)],
        vec![(1, one), (2, three)],
        vec![(1, one), (3, three), (6, three)],
        vec![(1, one), (3, three), (5, leaves[5].as_slice())],
        vec![],
    ] {
        assert!(!verify(&claimed), "{claimed:?}");
    }
}

#[test]
fn a_proof_decodes_within_its_limit_only() {
    let too_long = Compact(MAX_MULTI_PROOF_HASHES as u32 + 1).encode();
    let refused = MultiProof::decode(&mut too_long.as_slice()).unwrap_err();
    assert!(refused.to_string().contains("too many hashes in a Merkle proof"));
    let proof = multi_proof(&leaves(30), &[3, 17, 18]).unwrap();
    assert_eq!(MultiProof::decode_all(&mut proof.encode().as_slice()), Ok(proof));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn random_subsets_of_trees_of_every_size_have_their_proof(bits in any::<u128>()) {
        for count in 1..70 {
            check(count, &subset(bits, count));
        }
    }

    #[test]
    fn a_changed_claim_or_proof_does_not_hold(count in 1_usize..70, bits in any::<u128>(), choice in any::<usize>(), bit in 0_u8..8) {
        let indices = subset(bits, count);
        prop_assume!(!indices.is_empty());
        let leaves = leaves(count);
        let (tree, size, root) = (Tree::Labels, count as u64, root(Tree::Labels, &leaves));
        let proof = multi_proof(&leaves, &indices).unwrap();
        let claimed = chosen(&leaves, &indices);

        prop_assert!(!verify_multi(Tree::Counts, &root, size, &claimed, &proof), "another kind of tree");
        for other in [size - 1, size + 1, 2 * size, u64::MAX] {
            prop_assert!(!verify_multi(tree, &root, other, &claimed, &proof), "{} leaves", other);
        }
        let mut forged = claimed.clone();
        let other = [0xff, bit];
        let at = choice % forged.len();
        forged[at].1 = &other;
        prop_assert!(!verify_multi(tree, &root, size, &forged, &proof), "another leaf");
        let mut longer = proof.clone();
        longer.siblings.push(Hash([bit; 32]));
        prop_assert!(!verify_multi(tree, &root, size, &claimed, &longer), "one hash more");
        if !proof.siblings.is_empty() {
            let at = choice % proof.siblings.len();
            let mut changed = proof.clone();
            changed.siblings[at].0[choice % 32] ^= 1 << bit;
            prop_assert!(!verify_multi(tree, &root, size, &claimed, &changed), "a changed hash");
            let mut shorter = proof.clone();
            shorter.siblings.remove(at);
            prop_assert!(!verify_multi(tree, &root, size, &claimed, &shorter), "one hash less");
            let mut turned = proof.clone();
            turned.siblings.rotate_left(1);
            prop_assert!(turned == proof || !verify_multi(tree, &root, size, &claimed, &turned), "another order");
        }
    }
}
