//! The evidence of one batch.

use super::*;
use crate::evidence::forgeries::presence;
use crate::fixture::flips;
use aegle_protocol::wire::{AnchoredLabels, BuildEvidenceError, EvidenceError, LabelCommitment};
use aegle_sealed::{CountTable, UnverifiedLabelSet};
use proptest::prelude::*;
use scale::{DecodeAll, Encode};

pub(crate) const BATCH: u32 = 6;

pub(crate) fn verify(
    evidence: &BatchEvidence,
    labelled: &Labelled,
    expression: Expression,
) -> Result<BTreeSet<u32>, EvidenceError> {
    evidence.verify(
        &labelled.anchored,
        &leaf_keys(labelled.batch),
        &query(expression),
        Some(&universe()),
    )
}

#[test]
fn evidence_proves_what_a_search_of_the_records_finds() {
    use Expression::{And, Or, Term};
    let labelled = labelled(BATCH, 0);
    let evidence = labelled.evidence();
    let decoded = BatchEvidence::decode_all(&mut evidence.encode().as_slice()).unwrap();
    assert_eq!(decoded, evidence);
    for expression in [
        Term(0),
        Term(1),
        Term(2),
        Term(3),
        both(),
        Or(vec![Term(0), Term(1)]),
        Or(vec![Term(2), Term(1)]),
        And(vec![Term(3), not(Term(0))]),
        not(Term(1)),
        not(Term(2)),
        not(Or(vec![Term(0), Term(1)])),
        Or(vec![not(Term(0)), Term(2)]),
    ] {
        let expected = found(&expression, BATCH);
        assert_eq!(
            verify(&decoded, &labelled, expression.clone()),
            Ok(expected),
            "{expression:?}"
        );
    }
}

#[test]
fn only_a_negated_query_needs_the_records_of_the_scope() {
    use Expression::{And, Term};
    let labelled = labelled(BATCH, 0);
    let keys = leaf_keys(labelled.batch);
    let verify = |expression: Expression| {
        labelled
            .evidence()
            .verify(&labelled.anchored, &keys, &query(expression), None)
    };
    let without = And(vec![Term(0), not(Term(1))]);
    assert_eq!(verify(without.clone()), Ok(found(&without, BATCH)));
    assert_eq!(verify(not(Term(1))), Err(EvidenceError::NeedsUniverse));
}

#[test]
fn a_term_asked_for_twice_is_proved_once() {
    let labelled = labelled(BATCH, 0);
    let keys = || leaf_keys(labelled.batch).into_iter();
    let twice: Vec<LeafKey> = keys().take(1).chain(keys().take(1)).collect();
    let trees = labelled.trees();
    let (once, twice_evidence) = (trees.evidence(&twice[..1]).unwrap(), trees.evidence(&twice).unwrap());
    assert_eq!(twice_evidence.count_proof, once.count_proof);
    assert_eq!(twice_evidence.label_proof, once.label_proof);
    let query = both().verify(2).unwrap();
    let proved = twice_evidence.verify(&labelled.anchored, &twice, &query, None);
    assert_eq!(proved, Ok(found(&Expression::Term(0), BATCH)));
}

#[test]
fn evidence_of_another_batch_version_or_key_is_refused() {
    let mine = labelled(BATCH, 0);
    for other in [labelled(BATCH + 1, 0), labelled(BATCH, 1)] {
        let error = verify(&other.evidence(), &mine, both()).unwrap_err();
        assert!(matches!(error, EvidenceError::Opening(_)), "{error:?}");
    }
    let other_keys = leaf_keys(BatchNumber(BATCH + 1));
    let error = mine
        .evidence()
        .verify(&mine.anchored, &other_keys, &query(both()), None);
    assert_eq!(error, Err(EvidenceError::OtherEntry { term: 0 }));
}

#[test]
fn labels_are_no_entries_and_entries_no_labels() {
    // One tree's leaves in the place of the other's, with a commitment to match: the tags of the leaves, and the kinds
    // of the trees in their roots, still tell them apart.
    let mut labelled = labelled(BATCH, 0);
    let mut evidence = labelled.evidence();
    let opening = &mut evidence.opening;
    (opening.count_root, opening.count_leaves) = (opening.label_root, opening.label_leaves);
    let commitment = LabelCommitment {
        version: 0,
        index_commitment: opening.commitment(),
    };
    labelled.anchored = AnchoredLabels::of_span(one(BATCH), [RECORDS], commitment).unwrap();
    assert_eq!(verify(&evidence, &labelled, both()), Err(EvidenceError::CountProof));
    for leaf in labelled.labels.label_leaves() {
        assert!(!labelled.labels.count_leaves().contains(&leaf));
    }
}

/// The batch with another count for term 0: a custodian's mistake or lie, which nobody sees without the key.
fn miscounted(count: u32) -> Labelled {
    let Labelled { batch, labels, .. } = labelled(BATCH, 0);
    let salt = *labels.salt();
    let forged = leaf_keys(batch)[0].entry(&salt, count);
    let mut entries = labels.counts().entries().to_vec();
    let place = entries
        .iter_mut()
        .find(|entry| entry.fingerprint == forged.fingerprint)
        .unwrap();
    *place = forged;
    let mut unverified = UnverifiedLabelSet::from(labels);
    unverified.counts = CountTable::new(entries).unwrap();
    anchor(batch, unverified.verify(RECORDS).unwrap(), 0)
}

#[test]
fn a_count_that_labels_do_not_bear_out_is_refused() {
    let build = |labelled: &Labelled| labelled.trees().evidence(&leaf_keys(labelled.batch)).unwrap_err();
    let true_count = found(&Expression::Term(0), BATCH).len() as u32;
    let (term, records) = (0, RECORDS);
    for count in [RECORDS + 1, u32::MAX] {
        let labelled = miscounted(count);
        assert_eq!(build(&labelled), BuildEvidenceError::Count { term, count, records });
        // Somebody who sends it all the same: the entry is true, and is as the chain has it.
        let mut evidence = self::labelled(BATCH, 0).evidence();
        evidence.opening = *labelled.trees().opening();
        let salt = *labelled.labels.salt();
        presence(&mut evidence, 0).entry = leaf_keys(labelled.batch)[0].entry(&salt, count);
        let refused = verify(&evidence, &labelled, both());
        assert_eq!(refused, Err(EvidenceError::Count { term, count, records }));
    }
    let error = build(&miscounted(true_count + 1));
    assert_eq!(
        error,
        BuildEvidenceError::MissingLabel {
            term,
            label: true_count
        }
    );
    assert_eq!(miscounted(true_count).evidence(), self::labelled(BATCH, 0).evidence());
    assert_eq!(
        labelled(BATCH, 0).trees().evidence(&[]),
        Err(BuildEvidenceError::Terms(0))
    );
}

/// Changed evidence may be evidence still (of nothing else): the same numbers, or an error.
fn check_changed(bytes: &[u8], labelled: &Labelled, keys: &[LeafKey], expected: &BTreeSet<u32>) -> bool {
    let Ok(evidence) = BatchEvidence::decode_all(&mut &*bytes) else {
        return true;
    };
    match evidence.verify(&labelled.anchored, keys, &query(both()), None) {
        Ok(numbers) => numbers == *expected,
        Err(_) => true,
    }
}

#[test]
fn evidence_with_any_byte_changed_proves_nothing_else() {
    let labelled = labelled(BATCH, 0);
    let (keys, expected) = (leaf_keys(labelled.batch), found(&both(), BATCH));
    let bytes = labelled.evidence().encode();
    for shift in 0..8 {
        // Each bit of each byte: `flips` takes the bit after the byte's number.
        let turned = [vec![0; shift], bytes.clone()].concat();
        for (index, changed) in flips(&turned).skip(shift) {
            assert!(
                check_changed(&changed[shift..], &labelled, &keys, &expected),
                "byte {}",
                index - shift
            );
        }
    }
    for length in 0..bytes.len() {
        assert!(
            BatchEvidence::decode_all(&mut &bytes[..length]).is_err(),
            "{length} bytes"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn evidence_with_several_changes_proves_nothing_else(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..6)
    ) {
        let labelled = labelled(BATCH, 0);
        let mut bytes = labelled.evidence().encode();
        for (place, byte, kind) in changes {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] ^= 1 << (byte % 8),
                1 => bytes[at] = byte,
                2 => drop(bytes.remove(at)),
                _ => bytes.insert(at, byte),
            }
        }
        let expected = found(&both(), BATCH);
        prop_assert!(check_changed(&bytes, &labelled, &leaf_keys(labelled.batch), &expected));
    }
}
