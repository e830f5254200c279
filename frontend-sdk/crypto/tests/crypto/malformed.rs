//! Bytes and JSON that are not what they should be.

use crate::fixture::{CONTENT, PATIENT, SLOT, context, deployment, granted, random, sealed};
use aegle_protocol::{
    Deployment,
    delegation::{PartialDecryption, SplitAnchor, SplitDocument, SplitEndorsement, SplitSignature, TransformContext},
    keys::PublishedKeys,
    merkle::Proof,
    record::RecordRow,
    seal::{EncryptionSecret, Sealed},
    wire::{
        Bundle, Format, GrantSplit, OpenRequest, Problem, ProblemCode, Relabelling, SearchRequest, ShareDeposit,
        SignedInvitation, TransformAnswer, TransformRequest, Upload,
    },
};
use aegle_rules::{GrantId, Hash, Purposes, consent::Control};
use proptest::prelude::*;
use scale::DecodeAll;
use serde_json::{Value, json};

fn deposit() -> ShareDeposit {
    let split = granted(1, 2, 2, true, 2);
    let key = EncryptionSecret::generate(&mut random(3)).public_key();
    ShareDeposit {
        document: split.split.document().clone(),
        salt: split.salt,
        share: Some(split.seal_shares(2, &key, &mut random(4)).unwrap()),
        delegatee: Some(split.seal_delegatee(&key, &mut random(5)).unwrap()),
        endorsement: None,
    }
}

fn anchor<'a>(deployment: &'a Deployment, on_chain: &'a Hash) -> SplitAnchor<'a> {
    SplitAnchor {
        deployment,
        patient: &PATIENT,
        grant: GrantId(1),
        on_chain,
        control: &CONTROL,
    }
}

const ENDORSEMENT: SplitEndorsement = SplitEndorsement {
    at: 1,
    signature: SplitSignature([7; 64]),
};

/// Who acts for a patient whose key was never replaced.
const CONTROL: Control = Control {
    controller: None,
    replacement: None,
    veto_used: false,
    recovery: None,
    exclusive: None,
};

fn check_json<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) -> Value {
    let json = serde_json::to_value(value).unwrap();
    assert_eq!(&serde_json::from_value::<T>(json.clone()).unwrap(), value);
    let mut unknown = json.clone();
    unknown["unknown"] = json!(1);
    assert!(serde_json::from_value::<T>(unknown).is_err(), "an unknown field");
    for name in json.as_object().unwrap().keys() {
        let mut missing = json.clone();
        missing.as_object_mut().unwrap().remove(name);
        // Absent optional parts are `null`, which serde also takes for missing.
        assert!(
            json[name].is_null() || serde_json::from_value::<T>(missing).is_err() || is_optional(name),
            "{name}"
        );
        for wrong in [json!({}), json!("0x"), json!("0xzz"), json!(-1), json!([[]])] {
            let mut changed = json.clone();
            changed[name] = wrong;
            assert!(serde_json::from_value::<T>(changed).is_err(), "{name}");
        }
    }
    json
}

fn is_optional(name: &str) -> bool {
    ["share", "delegatee", "endorsement"].contains(&name)
}

#[test]
fn json_is_hexadecimal_and_strict() {
    let (row, _) = sealed(CONTENT, 0, 1);
    let json = check_json(&row);
    assert_eq!(json["id"], json!(row.id.to_string()));
    assert_eq!(json["header"]["confidentiality"], json!("R"));
    assert_eq!(json["capsule"]["u"], json!(row.capsule.u.to_string()));

    let capsule = row.verify_capsule(&deployment()).unwrap();
    let split = granted(1, 1, 1, true, 2);
    let partial = split.proxies[0]
        .share(SLOT, 0)
        .unwrap()
        .transform(&capsule, &context(1), &mut random(3));
    check_json(&TransformAnswer {
        partial,
        context: context(1),
    });
    check_json(&OpenRequest {
        record: row.id,
        purpose: Purposes::TREAT,
    });
    let grant = aegle_rules::GrantId(1);
    check_json(&TransformRequest {
        record: row.id,
        purpose: Purposes::TREAT,
        grant,
        version: 1,
    });
    let deposit = deposit();
    check_json(&deposit);
    check_json(&GrantSplit {
        document: deposit.document,
        salt: deposit.salt,
        delegatee: deposit.delegatee,
        endorsement: Some(ENDORSEMENT),
    });
}

#[test]
fn wrong_lengths_of_hexadecimal_are_refused() {
    let (row, _) = sealed(CONTENT, 0, 1);
    let json = serde_json::to_value(&row).unwrap();
    let text = json["rho"].as_str().unwrap();
    for wrong in [&text[..text.len() - 1], &text[..text.len() - 2], &format!("{text}00")] {
        let mut changed = json.clone();
        changed["rho"] = json!(wrong);
        assert!(serde_json::from_value::<RecordRow>(changed).is_err(), "{wrong}");
    }
}

#[test]
fn a_deposit_has_the_part_of_its_delegatee() {
    use aegle_protocol::wire::DepositError;
    let verify = |change: &dyn Fn(&mut ShareDeposit)| {
        let mut deposit = deposit();
        let on_chain = deposit.document.commitment(&deposit.salt);
        change(&mut deposit);
        deposit.verify(&anchor(&deployment(), &on_chain))
    };
    let verified = verify(&|_| ()).unwrap();
    assert!(verified.share().is_some());
    // For a server whose proxy is not among those of the split.
    assert!(verify(&|deposit| deposit.share = None).unwrap().share().is_none());
    let refused = |change: &dyn Fn(&mut ShareDeposit)| verify(change).err().unwrap();
    assert_eq!(refused(&|deposit| deposit.delegatee = None), DepositError::Delegatee);
    assert!(matches!(
        refused(&|deposit| deposit.salt.0[0] ^= 1),
        DepositError::Split(_)
    ));
}

#[test]
fn an_unknown_problem_code_is_read_as_unknown() {
    let problem = Problem::new(ProblemCode::NotFound, None);
    let json = serde_json::to_value(&problem).unwrap();
    assert_eq!(
        (&json["type"], &json["status"], &json["code"]),
        (&json!("about:blank"), &json!(404), &json!("not-found"))
    );
    let mut newer = json;
    newer["code"] = json!("something-new");
    assert_eq!(
        serde_json::from_value::<Problem>(newer).unwrap().code,
        ProblemCode::Unknown
    );
}

#[test]
fn secrets_do_not_show() {
    let (row, _) = sealed(CONTENT, 0, 1);
    let shown = format!("{row:?}");
    assert!(shown.contains("Shred(..)") && !shown.contains(&hex::encode(row.shred.0)));
}

#[test]
fn truncated_scale_is_refused() {
    let deposit = deposit();
    let bytes = deposit.to_bytes();
    assert_eq!(ShareDeposit::from_bytes(&bytes), Ok(deposit));
    for length in 0..bytes.len() {
        assert!(ShareDeposit::from_bytes(&bytes[..length]).is_err(), "{length} bytes");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let tagged = |format: Format| [&format.header()[..], &bytes].concat();
        let _ = (Bundle::from_bytes(&bytes), Bundle::from_bytes(&tagged(Format::Bundle)));
        let _ = Relabelling::from_bytes(&tagged(Format::Relabelling));
        let _ = Upload::from_bytes(&tagged(Format::Upload)).is_ok();
        let _ = ShareDeposit::from_bytes(&tagged(Format::ShareDeposit)).map(|deposit| deposit.verify(&anchor(&deployment(), &Hash([0; 32]))).is_ok());
        let _ = SignedInvitation::from_bytes(&tagged(Format::Invitation));
        let _ = SplitDocument::decode_all(&mut &*bytes);
        let _ = PublishedKeys::from_bytes(&tagged(Format::PublishedKeys));
        let _ = Sealed::decode_all(&mut &*bytes);
        let _ = Proof::decode_all(&mut &*bytes);
        let _ = PartialDecryption::decode_all(&mut &*bytes);
        let _ = TransformContext::decode_all(&mut &*bytes);
        if let Ok(row) = RecordRow::decode_all(&mut &*bytes) {
            let _ = (row.check(), row.verify_capsule(&deployment()));
        }
    }

    #[test]
    fn arbitrary_json_never_panics(text in "[\\[\\]{}:,\"a-z0-9x]{0,200}") {
        let _ = serde_json::from_str::<SearchRequest>(&text);
        let _ = serde_json::from_str::<RecordRow>(&text);
        let _ = serde_json::from_str::<ShareDeposit>(&text);
    }
}
