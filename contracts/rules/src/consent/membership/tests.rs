use super::*;
use crate::testing::blake2b_256;
use alloc::vec;
use proptest::prelude::*;

/// The top of a tree and the path to one of its leaves, as RFC 9162, section 2.1, defines them: by splitting the leaves
/// at the largest power of two below their number.
fn grow(leaves: &[Hash], index: usize) -> (Hash, Vec<Hash>) {
    if let [leaf] = leaves {
        return (blake2b_256(&[LEAF, &leaf.0].concat()), vec![]);
    }
    let middle = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(middle);
    let inside = |part: usize, start: usize| index.saturating_sub(start).min(part - 1);
    let (left_top, left_path) = grow(left, inside(left.len(), 0));
    let (right_top, right_path) = grow(right, inside(right.len(), middle));
    let mut path = if index < middle { left_path } else { right_path };
    path.push(if index < middle { right_top } else { left_top });
    (blake2b_256(&[NODE, &left_top.0, &right_top.0].concat()), path)
}

fn root(leaves: &[Hash]) -> Hash {
    set_root(leaves.len() as u32, &grow(leaves, 0).0, &blake2b_256)
}

fn inside(leaves: &[Hash], index: usize) -> Membership {
    let path = grow(leaves, index).1;
    Membership {
        record: leaves[index],
        count: leaves.len() as u32,
        proof: MembershipProof::Inside {
            index: index as u32,
            path,
        },
    }
}

fn neighbour(leaves: &[Hash], index: usize) -> Neighbour {
    Neighbour {
        record: leaves[index],
        index: index as u32,
        path: grow(leaves, index).1,
    }
}

/// A proof that a record is not among leaves, by the two around position `index`.
fn outside(leaves: &[Hash], record: Hash, index: usize) -> Membership {
    Membership {
        record,
        count: leaves.len() as u32,
        proof: MembershipProof::Outside {
            before: index.checked_sub(1).map(|before| neighbour(leaves, before)),
            after: (index < leaves.len()).then(|| neighbour(leaves, index)),
        },
    }
}

/// Leaves with an even first byte, in order, so that there is room between them.
fn leaves(count: usize) -> Vec<Hash> {
    (1..=count).map(|number| Hash([number as u8 * 2; 32])).collect()
}

#[test]
fn every_leaf_is_inside_and_every_gap_is_outside() {
    for count in 1..=33 {
        let leaves = leaves(count);
        let root = root(&leaves);
        for index in 0..count {
            assert_eq!(
                inside(&leaves, index).place(&root, &blake2b_256),
                Some(Place::Inside),
                "{index} of {count}"
            );
        }
        for index in 0..=count {
            let record = Hash([index as u8 * 2 + 1; 32]);
            let proof = outside(&leaves, record, index);
            assert_eq!(
                proof.place(&root, &blake2b_256),
                Some(Place::Outside),
                "{index} of {count}"
            );
        }
    }
}

#[test]
fn a_record_inside_cannot_be_shown_outside() {
    let leaves = leaves(9);
    let root = root(&leaves);
    for (position, record) in leaves.iter().enumerate() {
        for index in 0..=leaves.len() {
            let proof = outside(&leaves, *record, index);
            assert_eq!(proof.place(&root, &blake2b_256), None, "{position} by {index}");
        }
        // Neighbours with something between them show nothing.
        for (first, second) in [(0, 2), (1, 1), (3, 2)] {
            let proof = MembershipProof::Outside {
                before: Some(neighbour(&leaves, first)),
                after: Some(neighbour(&leaves, second)),
            };
            let membership = Membership {
                record: *record,
                count: 9,
                proof,
            };
            assert_eq!(
                membership.place(&root, &blake2b_256),
                None,
                "{position} by {first} and {second}"
            );
        }
    }
}

#[test]
fn no_neighbours_show_nothing_even_of_an_empty_set() {
    let proof = MembershipProof::Outside {
        before: None,
        after: None,
    };
    let empty = Membership {
        record: Hash([1; 32]),
        count: 0,
        proof,
    };
    let root = set_root(0, &Hash([0; 32]), &blake2b_256);
    assert_eq!(empty.place(&root, &blake2b_256), None);
}

#[test]
fn a_path_is_no_longer_than_its_limit() {
    let path = |length| vec![Hash([3; 32]); length];
    let record = Hash([1; 32]);
    let count = 1 << MAX_MEMBERSHIP_PATH;
    let top = path_top(&record, 0, count, &path(20), &blake2b_256);
    assert!(top.is_some());
    assert_eq!(path_top(&record, 0, count + 1, &path(21), &blake2b_256), None);
    assert_eq!(path_top(&record, 0, count, &path(19), &blake2b_256), None);
    assert_eq!(
        path_top(&record, 0, 1, &path(1), &blake2b_256),
        None,
        "something is left over"
    );
    assert_eq!(
        path_top(&record, 1, 1, &path(0), &blake2b_256),
        None,
        "there is no such leaf"
    );
}

proptest::proptest! {
    #[test]
    fn a_changed_proof_shows_nothing(
        count in 1..20_usize,
        index: prop::sample::Index,
        step: prop::sample::Index,
        byte in 0..32_usize,
        wrong_count in 0..40_u32,
    ) {
        let leaves = leaves(count);
        let root = root(&leaves);
        let index = index.index(count);
        let whole = inside(&leaves, index);
        let MembershipProof::Inside { path, .. } = &whole.proof else { unreachable!("it is inside") };
        let mut changed = vec![];
        if wrong_count as usize != count {
            changed.push(Membership { count: wrong_count, ..whole.clone() });
        }
        let mut record = whole.record;
        record.0[byte] ^= 1;
        changed.push(Membership { record, ..whole.clone() });
        for other in (0..count as u32 + 2).filter(|other| *other as usize != index) {
            changed.push(Membership { proof: MembershipProof::Inside { index: other, path: path.clone() }, ..whole.clone() });
        }
        if !path.is_empty() {
            let mut path = path.clone();
            let step = step.index(path.len());
            path[step].0[byte] ^= 1;
            let proof = MembershipProof::Inside { index: index as u32, path };
            changed.push(Membership { proof, ..whole.clone() });
        }
        for membership in changed {
            proptest::prop_assert_eq!(membership.place(&root, &blake2b_256), None, "{:?}", membership);
        }
        let mut root = root;
        root.0[byte] ^= 1;
        proptest::prop_assert_eq!(whole.place(&root, &blake2b_256), None);
    }
}

#[test]
fn a_built_set_proves_of_every_record_whether_it_is_inside() {
    let salted = |number: u8| Hash([number.wrapping_mul(37); 32]);
    for count in 1..=17_u8 {
        let unsorted: Vec<Hash> = (0..count).rev().chain([0]).map(|number| salted(2 * number)).collect();
        let mut leaves = unsorted.clone();
        leaves.sort_unstable();
        leaves.dedup();
        for number in 0..2 * count {
            let record = salted(number);
            let (built, membership) = record_set(&unsorted, record, &blake2b_256).expect("a set");
            assert_eq!(built, root(&leaves), "{count} records");
            let expected = if leaves.contains(&record) {
                Place::Inside
            } else {
                Place::Outside
            };
            assert_eq!(
                membership.place(&built, &blake2b_256),
                Some(expected),
                "{number} of {count}"
            );
        }
    }
    assert_eq!(record_set(&[], Hash([0; 32]), &blake2b_256), None);
}
