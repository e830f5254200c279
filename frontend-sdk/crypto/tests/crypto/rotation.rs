//! Parts that were handed out before a slot moved on open nothing that is sealed after, even to who has the proxy's share
//! too; and later splits are the patient's.

use crate::fixture::{PATIENT, SLOT, context, deployment, granted, patient, random, sealed};
use aegle_crypto::{
    delegation::{Split, SplitInput, open_delegated, split},
    record::{OpenError, open_record},
};
use aegle_protocol::{
    delegation::{MAX_ENDORSEMENT_AGE_MS, SplitAnchor, SplitEndorsement, SplitError, SplitSignature, VerifiedPartial},
    record::RecordRow,
};
use aegle_rules::{
    AccountId, GrantId, Hash,
    consent::{Control, Replacement},
};
use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey, signing_context};

/// What the proxy's share of an epoch makes of a row's capsule, whatever epoch the row is of.
fn partial(split: &Split, epoch: u16, row: &RecordRow) -> VerifiedPartial {
    let capsule = row.verify_capsule(&deployment()).unwrap();
    let slot = split.split.slot(SLOT, epoch).unwrap();
    let share = split.proxies[0].share(SLOT, epoch).unwrap();
    let partial = share.transform(&capsule, &context(1), &mut random(77));
    partial.verify(slot, &capsule, &context(1)).unwrap()
}

fn opens(split: &Split, epoch: u16, sealed_in: u16) -> Result<Vec<u8>, OpenError> {
    let (row, ciphertext) = sealed(b"what was filed", sealed_in, 40 + sealed_in as u8);
    let capsule = row.verify_capsule(&deployment()).unwrap();
    let part = split.delegatee.as_ref().unwrap().part(SLOT, epoch);
    let partials = [partial(split, epoch, &row)];
    let key = open_delegated(&capsule, split.split.slot(SLOT, epoch).unwrap(), part, &partials).unwrap();
    open_record(&row, ciphertext.as_ref(), &key).map(|content| content.bytes)
}

#[test]
fn parts_of_before_a_revocation_open_nothing_sealed_after() {
    let before = granted(1, 1, 1, true, 9);
    assert_eq!(opens(&before, 0, 0).unwrap(), b"what was filed");
    for later in [1, 2, 63, 64] {
        assert_eq!(opens(&before, 0, later), Err(OpenError::WrongKey), "epoch {later}");
        assert!(before.split.slot(SLOT, later).is_none());
    }
}

fn again(version: u32, epochs: &[u16], seed: u8) -> Split {
    let input = SplitInput {
        grant: GrantId(1),
        version,
        threshold: 1,
        proxies: vec![AccountId([1; 32])],
        delegatee: true,
    };
    let secrets: Vec<_> = epochs
        .iter()
        .map(|epoch| patient().slot_secret(&deployment().genesis, SLOT, *epoch))
        .collect();
    split(input, &secrets, &mut random(seed)).unwrap()
}

#[test]
fn a_grant_that_was_split_again_opens_what_is_old_and_what_is_new() {
    let after = again(2, &[0, 1], 10);
    for epoch in [0, 1] {
        assert_eq!(opens(&after, epoch, epoch).unwrap(), b"what was filed");
    }
    assert_eq!(
        opens(&after, 1, 0),
        Err(OpenError::WrongKey),
        "each epoch has a key of its own"
    );
}

fn keys(seed: u8) -> Keypair {
    let mini = MiniSecretKey::from_bytes(&[seed; 32]).unwrap();
    mini.expand_to_keypair(ExpansionMode::Ed25519)
}

/// When later splits are signed.
const SIGNED_AT: u64 = 1_000_000;

fn endorse(keys: &Keypair, anchor: &SplitAnchor<'_>, version: u32, at: u64, commitment: &Hash) -> SplitEndorsement {
    let payload = anchor.payload(version, at, commitment);
    let signed = keys.sign(signing_context(b"substrate").bytes(payload.as_bytes()));
    SplitEndorsement {
        at,
        signature: SplitSignature(signed.to_bytes()),
    }
}

#[test]
fn a_split_is_endorsed_by_the_key_that_controlled_the_account_at_its_time() {
    let (own, phone, deployment) = (keys(1), keys(2), deployment());
    let patient = AccountId(own.public.to_bytes());
    let control = Control {
        replacement: Some(Replacement {
            controller: AccountId(phone.public.to_bytes()),
            from: SIGNED_AT,
        }),
        ..Control::default()
    };
    let first = granted(1, 1, 1, true, 9);
    let anchor = SplitAnchor {
        deployment: &deployment,
        patient: &patient,
        grant: GrantId(1),
        on_chain: first.split.commitment(),
        control: &control,
    };
    let later = again(2, &[0, 1], 10);
    for (keys, at, counts, of_controller) in [
        (&own, SIGNED_AT - 1, true, false),
        (&own, SIGNED_AT, false, true),
        (&phone, SIGNED_AT - 1, false, false),
        (&phone, SIGNED_AT, true, true),
    ] {
        let endorsement = endorse(keys, &anchor, 2, at, later.split.commitment());
        let document = later.split.document().clone();
        let verified = anchor.verify(document, &later.salt, Some(&endorsement));
        assert_eq!(verified.is_ok(), counts, "at {at}");
        assert_eq!(
            anchor.is_of_controller(Some(&endorsement), SIGNED_AT),
            of_controller,
            "at {at}"
        );
    }
    assert!(
        anchor.is_of_controller(None, SIGNED_AT),
        "the one on chain is the patient's"
    );
}

#[test]
fn an_endorsement_is_taken_for_ten_minutes() {
    let endorsement = SplitEndorsement {
        at: SIGNED_AT,
        signature: SplitSignature([0; 64]),
    };
    for (now, is_fresh) in [
        (SIGNED_AT - 1, false),
        (SIGNED_AT, true),
        (SIGNED_AT + MAX_ENDORSEMENT_AGE_MS, true),
        (SIGNED_AT + MAX_ENDORSEMENT_AGE_MS + 1, false),
    ] {
        assert_eq!(endorsement.is_fresh(now), is_fresh, "at {now}");
    }
}

#[test]
fn a_later_split_is_taken_with_the_patient_s_signature_alone() {
    let (own, deployment) = (keys(1), deployment());
    let patient = AccountId(own.public.to_bytes());
    let first = granted(1, 1, 1, true, 9);
    let anchor = SplitAnchor {
        deployment: &deployment,
        patient: &patient,
        grant: GrantId(1),
        on_chain: first.split.commitment(),
        control: &Control::default(),
    };
    let sign = |keys: &Keypair, anchor: &SplitAnchor<'_>, version, commitment: &Hash| {
        endorse(keys, anchor, version, SIGNED_AT, commitment)
    };
    let verify = |split: &Split, endorsement: Option<SplitEndorsement>| {
        let document = split.split.document().clone();
        anchor.verify(document, &split.salt, endorsement.as_ref()).map(drop)
    };
    assert_eq!(verify(&first, None), Ok(()));
    let later = again(2, &[0, 1], 10);
    let commitment = *later.split.commitment();
    assert_eq!(verify(&later, None), Err(SplitError::Commitment));
    let signature = sign(&own, &anchor, 2, &commitment);
    assert_eq!(verify(&later, Some(signature)), Ok(()));

    let elsewhere = SplitAnchor {
        patient: &PATIENT,
        ..anchor
    };
    let other_chain = aegle_protocol::Deployment {
        genesis: Hash([9; 32]),
        ..deployment
    };
    let other_grant = SplitAnchor {
        grant: GrantId(2),
        ..anchor
    };
    let wrong = [
        sign(&keys(2), &anchor, 2, &commitment),
        sign(&own, &elsewhere, 2, &commitment),
        sign(
            &own,
            &SplitAnchor {
                deployment: &other_chain,
                ..anchor
            },
            2,
            &commitment,
        ),
        sign(&own, &other_grant, 2, &commitment),
        sign(&own, &anchor, 3, &commitment),
        sign(&own, &anchor, 2, first.split.commitment()),
    ];
    for (case, signature) in wrong.into_iter().enumerate() {
        assert_eq!(
            verify(&later, Some(signature)),
            Err(SplitError::Signature(2)),
            "case {case}"
        );
    }
    let another_time = SplitEndorsement {
        at: SIGNED_AT + 1,
        ..signature
    };
    assert_eq!(
        verify(&later, Some(another_time)),
        Err(SplitError::Signature(2)),
        "the time is signed"
    );
    for byte in 0..64 {
        let mut changed = signature;
        changed.signature.0[byte] ^= 1;
        assert_eq!(
            verify(&later, Some(changed)),
            Err(SplitError::Signature(2)),
            "byte {byte}"
        );
    }
    // The first split is the chain's: a signature does not make another one of it.
    let replaced = again(1, &[0], 11);
    let signature = sign(&own, &anchor, 1, replaced.split.commitment());
    assert_eq!(verify(&replaced, Some(signature)), Err(SplitError::Signature(1)));
}
