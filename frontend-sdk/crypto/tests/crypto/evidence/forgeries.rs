//! What a liar can do to the evidence of one batch.

use super::{
    batches::{BATCH, verify},
    *,
};
use aegle_protocol::wire::{Absence, EvidenceError, LabelPlace, Presence, TermEvidence};
use aegle_sealed::CountEntry;

pub(crate) fn presence(evidence: &mut BatchEvidence, term: usize) -> &mut Presence {
    match &mut evidence.terms[term] {
        TermEvidence::Present(presence) => presence,
        TermEvidence::Absent(_) => panic!("term {term} is absent"),
    }
}

fn absence(evidence: &mut BatchEvidence, term: usize) -> &mut Absence {
    match &mut evidence.terms[term] {
        TermEvidence::Absent(absence) => absence,
        TermEvidence::Present(_) => panic!("term {term} is present"),
    }
}

/// What a liar does to the evidence of a batch, and how it is refused.
struct Forgery {
    name: &'static str,
    forge: fn(&mut BatchEvidence, &Labelled),
    refused: fn(&EvidenceError) -> bool,
}

/// Replaces the proof of entries by the true one for the entries of these numbers.
fn prove_entries(evidence: &mut BatchEvidence, labelled: &Labelled, mut entries: Vec<u64>) {
    for term in &evidence.terms {
        match term {
            TermEvidence::Present(presence) => entries.push(presence.index.into()),
            TermEvidence::Absent(_) => {}
        }
    }
    entries.sort_unstable();
    entries.dedup();
    evidence.count_proof = aegle_protocol::merkle::multi_proof(&labelled.labels.count_leaves(), &entries).unwrap();
}

/// Says that term 0, which is there, is absent: between these entries of the table.
fn deny(evidence: &mut BatchEvidence, labelled: &Labelled, lower: u32, neighbours: (u32, u32)) {
    let entry = |place: u32| labelled.labels.counts().entries()[place as usize];
    evidence.terms[0] = TermEvidence::Absent(Absence {
        lower,
        neighbours: (entry(neighbours.0), entry(neighbours.1)),
    });
    let absent = absence(evidence, 2).lower;
    let proved = [neighbours.0, neighbours.1, absent, absent + 1];
    prove_entries(evidence, labelled, proved.map(u64::from).to_vec());
}

const FORGERIES: &[Forgery] = &[
    Forgery {
        name: "a term less",
        forge: |evidence, _| {
            evidence.terms.pop();
        },
        refused: |error| {
            matches!(
                error,
                EvidenceError::Terms {
                    evidence: 3,
                    keys: 4,
                    query: 4
                }
            )
        },
    },
    Forgery {
        name: "another number of labels",
        forge: |evidence, _| evidence.opening.label_leaves += 1,
        refused: |error| matches!(error, EvidenceError::Opening(_)),
    },
    Forgery {
        name: "another number of entries",
        forge: |evidence, _| evidence.opening.count_leaves *= 2,
        refused: |error| matches!(error, EvidenceError::Opening(_)),
    },
    Forgery {
        name: "the two trees exchanged",
        forge: |evidence, _| {
            let opening = &mut evidence.opening;
            core::mem::swap(&mut opening.label_root, &mut opening.count_root);
        },
        refused: |error| matches!(error, EvidenceError::Opening(_)),
    },
    Forgery {
        name: "another salt of the labels",
        forge: |evidence, _| evidence.opening.label_salt.0[3] ^= 1,
        refused: |error| matches!(error, EvidenceError::Opening(_)),
    },
    Forgery {
        name: "the entry of another term",
        forge: |evidence, _| {
            let other = presence(evidence, 1).clone();
            *presence(evidence, 0) = other;
        },
        refused: |error| matches!(error, EvidenceError::OtherEntry { term: 0 }),
    },
    Forgery {
        name: "the entry of another batch",
        forge: |evidence, _| {
            let mut other = labelled(BATCH + 2, 0).evidence();
            *presence(evidence, 0) = presence(&mut other, 0).clone();
        },
        refused: |error| matches!(error, EvidenceError::OtherEntry { term: 0 }),
    },
    Forgery {
        name: "a sentinel as an entry",
        forge: |evidence, _| {
            let presence = presence(evidence, 0);
            (presence.index, presence.entry) = (0, CountEntry::FIRST);
        },
        refused: |error| matches!(error, EvidenceError::OtherEntry { term: 0 }),
    },
    Forgery {
        name: "the entry at the place of the last sentinel",
        forge: |evidence, _| {
            let last = evidence.opening.count_leaves as u32 - 1;
            presence(evidence, 0).index = last;
        },
        refused: |error| matches!(error, EvidenceError::OtherEntry { term: 0 }),
    },
    Forgery {
        name: "a smaller count, with as many labels",
        forge: |evidence, labelled| {
            let salt = *labelled.labels.salt();
            let presence = presence(evidence, 0);
            presence.labels.pop();
            presence.entry = leaf_keys(labelled.batch)[0].entry(&salt, presence.labels.len() as u32);
        },
        refused: |error| *error == EvidenceError::CountProof,
    },
    Forgery {
        name: "the entry at another place",
        forge: |evidence, _| {
            let index = &mut presence(evidence, 0).index;
            // Not that of a sentinel.
            *index = if *index > 1 { *index - 1 } else { *index + 1 };
        },
        refused: |error| matches!(error, EvidenceError::CountProof | EvidenceError::Contradiction { .. }),
    },
    Forgery {
        name: "a term that is there denied, with its own entry as a neighbour",
        forge: |evidence, labelled| {
            let at = presence(evidence, 0).index;
            deny(evidence, labelled, at, (at, at + 1));
        },
        refused: |error| matches!(error, EvidenceError::NotAbsent { term: 0 }),
    },
    Forgery {
        name: "a term that is there denied, with the first two entries as neighbours",
        forge: |evidence, labelled| deny(evidence, labelled, 0, (0, 1)),
        refused: |error| matches!(error, EvidenceError::NotAbsent { term: 0 }),
    },
    Forgery {
        name: "a term that is there denied, with entries that are no neighbours",
        forge: |evidence, labelled| {
            let at = presence(evidence, 0).index;
            deny(evidence, labelled, at - 1, (at - 1, at + 1));
        },
        refused: |error| matches!(error, EvidenceError::CountProof | EvidenceError::Contradiction { .. }),
    },
    Forgery {
        name: "a term that is there denied, with the sentinels as neighbours",
        forge: |evidence, labelled| {
            let last = labelled.labels.counts().entries().len() as u32 - 1;
            deny(evidence, labelled, 0, (0, last));
        },
        refused: |error| matches!(error, EvidenceError::CountProof | EvidenceError::Contradiction { .. }),
    },
    Forgery {
        name: "the neighbours of an absent term at another place",
        forge: |evidence, _| absence(evidence, 2).lower += 2,
        refused: |error| matches!(error, EvidenceError::CountProof | EvidenceError::Contradiction { .. }),
    },
    Forgery {
        name: "the neighbours of an absent term exchanged",
        forge: |evidence, _| {
            let (lower, upper) = absence(evidence, 2).neighbours;
            absence(evidence, 2).neighbours = (upper, lower);
        },
        refused: |error| matches!(error, EvidenceError::NotAbsent { term: 2 }),
    },
    Forgery {
        name: "a neighbour that is not in the table",
        forge: |evidence, _| absence(evidence, 2).neighbours.0.fingerprint[9] ^= 1,
        refused: |error| matches!(error, EvidenceError::CountProof | EvidenceError::Contradiction { .. }),
    },
    Forgery {
        name: "a label less than counted",
        forge: |evidence, _| {
            presence(evidence, 0).labels.pop();
        },
        refused: |error| matches!(error, EvidenceError::Labels { term: 0, .. }),
    },
    Forgery {
        name: "a label more than counted",
        forge: |evidence, _| {
            let labels = &mut presence(evidence, 0).labels;
            labels.push(labels[0]);
        },
        refused: |error| matches!(error, EvidenceError::Labels { term: 0, .. }),
    },
    Forgery {
        name: "one label twice in place of another",
        forge: |evidence, _| {
            let labels = &mut presence(evidence, 0).labels;
            labels[1] = labels[0];
        },
        refused: |error| matches!(error, EvidenceError::Contradiction { .. }),
    },
    Forgery {
        name: "a label at the place of another term's",
        forge: |evidence, _| {
            let leaf = presence(evidence, 1).labels[0].leaf;
            presence(evidence, 0).labels[0].leaf = leaf;
        },
        refused: |error| matches!(error, EvidenceError::Contradiction { .. }),
    },
    Forgery {
        name: "labels in another order",
        forge: |evidence, _| presence(evidence, 0).labels.swap(0, 1),
        refused: |error| *error == EvidenceError::LabelProof,
    },
    Forgery {
        name: "a label of another record",
        forge: |evidence, _| presence(evidence, 0).labels[0].record ^= 1,
        refused: |error| *error == EvidenceError::LabelProof,
    },
    Forgery {
        name: "a label of a record that is not there",
        forge: |evidence, _| presence(evidence, 0).labels[0].record = RECORDS,
        refused: |error| {
            matches!(
                error,
                EvidenceError::Record {
                    term: 0,
                    record: RECORDS,
                    records: RECORDS
                }
            )
        },
    },
    Forgery {
        name: "a label beyond the last",
        forge: |evidence, _| {
            let leaves = evidence.opening.label_leaves as u32;
            presence(evidence, 0).labels[0] = LabelPlace {
                leaf: leaves,
                record: 0,
            };
        },
        refused: |error| *error == EvidenceError::LabelProof,
    },
    Forgery {
        name: "a proof of entries for one of labels, and the other way round",
        forge: |evidence, _| core::mem::swap(&mut evidence.count_proof, &mut evidence.label_proof),
        refused: |error| *error == EvidenceError::CountProof,
    },
    Forgery {
        name: "no proof of labels",
        forge: |evidence, _| evidence.label_proof.siblings.clear(),
        refused: |error| *error == EvidenceError::LabelProof,
    },
    Forgery {
        name: "a hash less in the proof of entries",
        forge: |evidence, _| {
            evidence.count_proof.siblings.pop();
        },
        refused: |error| *error == EvidenceError::CountProof,
    },
    Forgery {
        name: "a hash more in the proof of labels",
        forge: |evidence, _| evidence.label_proof.siblings.push(Hash([0; 32])),
        refused: |error| *error == EvidenceError::LabelProof,
    },
];

#[test]
fn each_forgery_is_refused_by_its_name() {
    let labelled = labelled(BATCH, 0);
    for forgery in FORGERIES {
        let mut evidence = labelled.evidence();
        (forgery.forge)(&mut evidence, &labelled);
        let error = verify(&evidence, &labelled, both()).unwrap_err();
        assert!((forgery.refused)(&error), "{}: {error:?}", forgery.name);
    }
}
