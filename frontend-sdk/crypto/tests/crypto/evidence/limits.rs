//! Lists that are longer than their limits, and JSON.

use super::*;
use aegle_protocol::wire::{
    AnswerEvidence, BatchAnswer, MAX_ANSWER_BATCHES, MAX_ANSWER_EVIDENCE_BYTES, Presence, TermEvidence,
};
use aegle_sealed::limits::{MAX_BATCH_RECORDS, MAX_QUERY_TERMS};
use scale::{Compact, Decode, Encode};

fn answer() -> AnswerEvidence {
    let labelled = labelled(3, 0);
    AnswerEvidence {
        end: 4,
        batches: vec![BatchAnswer {
            span: labelled.anchored.span(),
            version: 0,
            evidence: labelled.evidence(),
            withheld: vec![1, 2],
        }],
    }
}

#[test]
fn each_list_is_refused_by_its_length_alone() {
    let check = |bytes: Vec<u8>, length: usize, decode: fn(&mut &[u8]) -> Result<(), scale::Error>, name: &str| {
        let encoded = [bytes, Compact(length as u32).encode()].concat();
        let refused = decode(&mut encoded.as_slice()).unwrap_err().to_string();
        assert!(refused.contains(name), "{refused}");
    };
    let answer = answer();
    let batch = &answer.batches[0];
    let present = |evidence: &BatchEvidence| match &evidence.terms[0] {
        TermEvidence::Present(presence) => (Compact(presence.index), presence.entry).encode(),
        TermEvidence::Absent(_) => Vec::new(),
    };
    check(
        answer.end.encode(),
        MAX_ANSWER_BATCHES + 1,
        |input| AnswerEvidence::decode(input).map(drop),
        "evidence of too many batches",
    );
    check(
        (batch.span, batch.version, &batch.evidence).encode(),
        MAX_BATCH_RECORDS as usize + 1,
        |input| BatchAnswer::decode(input).map(drop),
        "too many withheld records",
    );
    check(
        batch.evidence.opening.encode(),
        MAX_QUERY_TERMS + 1,
        |input| BatchEvidence::decode(input).map(drop),
        "too many terms in evidence",
    );
    check(
        present(&batch.evidence),
        MAX_BATCH_RECORDS as usize + 1,
        |input| Presence::decode(input).map(drop),
        "too many labels of a term",
    );
}

#[test]
fn json_is_the_encoding_in_hexadecimal() {
    let answer = answer();
    let json = serde_json::to_value(&answer).unwrap();
    assert_eq!(json, serde_json::json!(format!("0x{}", hex::encode(answer.encode()))));
    assert_eq!(serde_json::from_value::<AnswerEvidence>(json).unwrap(), answer);
    let bytes = answer.encode();
    for wrong in [&bytes[..bytes.len() - 1], &[&bytes[..], &[0]].concat(), &[]] {
        let json = serde_json::json!(hex::encode(wrong));
        assert!(serde_json::from_value::<AnswerEvidence>(json).is_err());
        assert!(AnswerEvidence::from_bytes(wrong).is_err());
    }
    let refused = AnswerEvidence::from_bytes(&vec![0; MAX_ANSWER_EVIDENCE_BYTES + 1]).unwrap_err();
    assert!(refused.to_string().contains("too much evidence"));
}
