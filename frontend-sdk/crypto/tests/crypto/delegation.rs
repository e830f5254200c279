//! The algebra of delegation, and that nothing of different grants, slots, epochs and records combines.

use crate::fixture::{CONTENT, PATIENT, SLOT, context, deployment, granted, patient, random, sealed};
use aegle_crypto::{
    delegation::{CombineError, DelegateeSecrets, Split, SplitInput, open_delegated, split},
    record::{Content, OpenError, open_record},
};
use aegle_protocol::{
    delegation::{ProxyShares, ShareError, SplitError, TransformError, VerifiedCapsule, VerifiedPartial},
    record::RecordRow,
    seal::{EncryptionSecret, UnsealError},
};
use aegle_rules::{AccountId, GrantId, Hash, Slot};
use proptest::{prelude::*, sample::subsequence};

fn capsule_of(row: &RecordRow) -> VerifiedCapsule {
    row.verify_capsule(&deployment()).unwrap()
}

fn transform(split: &Split, index: u8, capsule: &VerifiedCapsule) -> VerifiedPartial {
    let share = split.proxies[usize::from(index) - 1].share(SLOT, 0).unwrap();
    let context = context(split.split.document().grant.0);
    let partial = share.transform(capsule, &context, &mut random(index));
    partial
        .verify(split.split.slot(SLOT, 0).unwrap(), capsule, &context)
        .unwrap()
}

fn open_with(split: &Split, row: &RecordRow, ciphertext: &[u8], proxies: &[u8]) -> Result<Content, OpenError> {
    let capsule = capsule_of(row);
    let partials: Vec<_> = proxies.iter().map(|index| transform(split, *index, &capsule)).collect();
    let part = split.delegatee.as_ref().map(|parts| parts.part(SLOT, 0).unwrap());
    let key = open_delegated(&capsule, split.split.slot(SLOT, 0).unwrap(), part, &partials).unwrap();
    open_record(row, ciphertext, &key)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_threshold_of_the_proxies_with_the_delegatee_opens(
        (threshold, proxies, chosen) in (1_u8..=5).prop_flat_map(|proxies| (1..=proxies, Just(proxies)))
            .prop_flat_map(|(threshold, proxies)| {
                let all: Vec<u8> = (1..=proxies).collect();
                (Just(threshold), Just(proxies), subsequence(all, usize::from(threshold)..=usize::from(proxies)).prop_shuffle())
            }),
        escrow: bool,
        seed: u8,
    ) {
        let (row, ciphertext) = sealed(CONTENT, 0, seed);
        let split = granted(1, threshold, proxies, !escrow, seed.wrapping_add(1));
        let content = open_with(&split, &row, ciphertext.as_ref(), &chosen).unwrap();
        prop_assert_eq!(content.bytes, CONTENT);

        let capsule = capsule_of(&row);
        let too_few: Vec<_> =
            chosen[1..].iter().take(usize::from(threshold) - 1).map(|index| transform(&split, *index, &capsule)).collect();
        let part = split.delegatee.as_ref().map(|parts| parts.part(SLOT, 0).unwrap());
        let refused = open_delegated(&capsule, split.split.slot(SLOT, 0).unwrap(), part, &too_few).err();
        let threshold = usize::from(threshold);
        prop_assert_eq!(refused, Some(CombineError::TooFew { found: threshold - 1, threshold }));
    }
}

/// Interpolates at zero over the points that the proxies answered, whatever their number.
fn interpolate(points: &[(u8, [u8; 32])]) -> [u8; 32] {
    use curve25519_dalek::{RistrettoPoint, Scalar, ristretto::CompressedRistretto};
    let lambda = |own: u8| {
        let others = points.iter().map(|(other, _)| *other).filter(|other| *other != own);
        others.fold(Scalar::ONE, |product, other| {
            product * Scalar::from(other) * (Scalar::from(other) - Scalar::from(own)).invert()
        })
    };
    let terms = points
        .iter()
        .map(|(index, point)| CompressedRistretto(*point).decompress().unwrap() * lambda(*index));
    terms.sum::<RistrettoPoint>().compress().to_bytes()
}

#[test]
fn one_share_too_few_interpolates_to_another_key() {
    let (row, _) = sealed(CONTENT, 0, 1);
    let capsule = capsule_of(&row);
    let split = granted(1, 3, 5, false, 2);
    let points: Vec<(u8, [u8; 32])> = split
        .proxies
        .iter()
        .map(|shares| {
            shares
                .share(SLOT, 0)
                .unwrap()
                .transform(&capsule, &context(1), &mut random(1))
        })
        .map(|partial| (partial.index, partial.u.0))
        .collect();
    let shared = interpolate(&points[..3]);
    assert_eq!(shared, interpolate(&points[2..]));
    assert_eq!(shared, interpolate(&points));
    assert_ne!(shared, interpolate(&points[..2]));
    assert_ne!(shared, interpolate(&points[3..]));
}

#[test]
fn what_proxies_have_without_the_delegatee_is_not_the_key() {
    let (row, _) = sealed(CONTENT, 0, 1);
    let capsule = capsule_of(&row);
    let answer = |split: &Split| {
        let share = split.proxies[0].share(SLOT, 0).unwrap();
        share.transform(&capsule, &context(1), &mut random(1)).u
    };
    assert_ne!(answer(&granted(1, 1, 1, true, 2)), answer(&granted(1, 1, 1, false, 2)));
    let split = granted(1, 1, 1, true, 2);
    let partial = transform(&split, 1, &capsule);
    let slot = split.split.slot(SLOT, 0).unwrap();
    assert_eq!(
        open_delegated(&capsule, slot, None, &[partial]).err(),
        Some(CombineError::Delegatee)
    );
}

#[test]
fn parts_of_different_grants_do_not_combine() {
    let (row, _) = sealed(CONTENT, 0, 1);
    let capsule = capsule_of(&row);
    let (first, second) = (granted(1, 1, 1, true, 2), granted(2, 1, 1, true, 3));
    let slot = first.split.slot(SLOT, 0).unwrap();

    let foreign = second.proxies[0]
        .share(SLOT, 0)
        .unwrap()
        .transform(&capsule, &context(1), &mut random(4));
    assert_eq!(
        foreign.verify(slot, &capsule, &context(1)).err(),
        Some(TransformError::Proof(1))
    );

    let part = first.delegatee.as_ref().unwrap().part(SLOT, 0);
    let foreign = transform(&second, 1, &capsule);
    assert_eq!(
        open_delegated(&capsule, slot, part, &[foreign]).err(),
        Some(CombineError::Foreign(1))
    );

    let part = second.delegatee.as_ref().unwrap().part(SLOT, 0);
    let own = transform(&first, 1, &capsule);
    assert_eq!(
        open_delegated(&capsule, slot, part, &[own]).err(),
        Some(CombineError::Delegatee)
    );
}

#[test]
fn partial_results_are_for_one_capsule_and_count_once() {
    let capsules = [sealed(CONTENT, 0, 1).0, sealed(CONTENT, 0, 2).0].map(|row| capsule_of(&row));
    let split = granted(1, 2, 3, true, 3);
    let slot = split.split.slot(SLOT, 0).unwrap();
    let part = split.delegatee.as_ref().unwrap().part(SLOT, 0);
    let own = transform(&split, 1, &capsules[0]);
    let foreign = transform(&split, 2, &capsules[1]);
    let refused = open_delegated(&capsules[0], slot, part, &[own.clone(), foreign]).err();
    assert_eq!(refused, Some(CombineError::Foreign(2)));
    let refused = open_delegated(&capsules[0], slot, part, &[own.clone(), own]).err();
    assert_eq!(refused, Some(CombineError::Duplicate(1)));
}

#[test]
fn a_grant_opens_its_slots_and_epochs_and_no_other() {
    let genesis = deployment().genesis;
    let secrets =
        [(SLOT, 0), (SLOT, 1), (Slot(7), 0)].map(|(slot, epoch)| patient().slot_secret(&genesis, slot, epoch));
    let input = SplitInput {
        grant: GrantId(1),
        version: 1,
        threshold: 1,
        proxies: vec![AccountId([1; 32])],
        delegatee: true,
    };
    let split = split(input, &secrets, &mut random(1)).unwrap();
    for (epoch, opens) in [(0, true), (1, true), (2, false)] {
        let (row, ciphertext) = sealed(CONTENT, epoch, 5);
        assert_eq!(split.split.slot(SLOT, epoch).is_some(), opens);
        assert_eq!(split.proxies[0].share(SLOT, epoch).is_some(), opens);
        let slot = split.split.slot(SLOT, epoch.min(1)).unwrap();
        let part = split.delegatee.as_ref().unwrap().part(SLOT, epoch.min(1));
        let capsule = capsule_of(&row);
        let share = split.proxies[0].share(SLOT, epoch.min(1)).unwrap();
        let partial = share
            .transform(&capsule, &context(1), &mut random(6))
            .verify(slot, &capsule, &context(1))
            .unwrap();
        let key = open_delegated(&capsule, slot, part, &[partial]).unwrap();
        let opened = open_record(&row, ciphertext.as_ref(), &key);
        assert_eq!(
            opened.map(|content| content.bytes),
            if opens {
                Ok(CONTENT.to_vec())
            } else {
                Err(OpenError::WrongKey)
            }
        );
    }
}

#[test]
fn parts_travel_sealed_to_their_holder_alone() {
    let (row, ciphertext) = sealed(CONTENT, 0, 1);
    let split = granted(1, 2, 2, true, 2);
    let [first, second, delegatee] = [11, 12, 13].map(|seed| EncryptionSecret::generate(&mut random(seed)));
    let shares = [(1, &first), (2, &second)]
        .map(|(index, secret)| split.seal_shares(index, &secret.public_key(), &mut random(20)).unwrap());
    let part = split.seal_delegatee(&delegatee.public_key(), &mut random(21)).unwrap();

    let document = split.split.document().clone();
    let on_chain = document.commitment(&split.salt);
    let verified = document.verify(&on_chain, &split.salt, GrantId(1)).unwrap();
    let capsule = capsule_of(&row);
    let slot = verified.slot(SLOT, 0).unwrap();
    let partials: Vec<_> = [(1, &first), (2, &second)]
        .into_iter()
        .zip(&shares)
        .map(|((index, secret), sealed)| {
            let shares = ProxyShares::open(sealed, secret, &verified, index).unwrap();
            let share = shares.share(SLOT, 0).unwrap();
            share
                .transform(&capsule, &context(1), &mut random(index))
                .verify(slot, &capsule, &context(1))
                .unwrap()
        })
        .collect();
    let parts = DelegateeSecrets::open(&part, &delegatee, &verified).unwrap();
    let key = open_delegated(&capsule, slot, parts.part(SLOT, 0), &partials).unwrap();
    assert_eq!(open_record(&row, ciphertext.as_ref(), &key).unwrap().bytes, CONTENT);

    let refused = |result: Result<ProxyShares, ShareError>| result.err().unwrap();
    let unsealed = ShareError::Seal(UnsealError::Refused);
    assert_eq!(refused(ProxyShares::open(&shares[0], &second, &verified, 1)), unsealed);
    assert_eq!(refused(ProxyShares::open(&shares[0], &first, &verified, 2)), unsealed);
    assert_eq!(refused(ProxyShares::open(&part, &delegatee, &verified, 0)), unsealed);
    assert_eq!(
        DelegateeSecrets::open(&shares[0], &first, &verified).err(),
        Some(unsealed)
    );
    let other = granted(1, 2, 2, true, 3).split;
    assert_eq!(refused(ProxyShares::open(&shares[0], &first, &other, 1)), unsealed);
}

#[test]
fn a_split_document_that_does_not_add_up_is_refused() {
    let split = granted(1, 2, 3, true, 2);
    let other = granted(1, 2, 3, true, 3);
    let check = |change: &dyn Fn(&mut aegle_protocol::delegation::SplitDocument), expected: SplitError| {
        let mut document = split.split.document().clone();
        change(&mut document);
        let on_chain = document.commitment(&split.salt);
        assert_eq!(
            document.verify(&on_chain, &split.salt, GrantId(1)).err(),
            Some(expected)
        );
    };
    let foreign = &other.split.document().slots[0];
    check(
        &|document| document.slots[0].public_key = patient().slot_secret(&Hash([5; 32]), SLOT, 0).public_key(),
        SplitError::Sum(4),
    );
    check(
        &|document| document.slots[0].delegatee = foreign.delegatee,
        SplitError::Sum(4),
    );
    check(&|document| document.slots[0].delegatee = None, SplitError::Sum(4));
    check(
        &|document| document.slots[0].commitments[0] = foreign.commitments[0],
        SplitError::Sum(4),
    );
    check(
        &|document| document.slots[0].commitments.truncate(1),
        SplitError::Commitments { found: 1, expected: 2 },
    );
    check(&|document| document.slots[0].slot = Slot(32), SplitError::SlotOrder(32));
    check(
        &|document| document.slots.push(document.slots[0].clone()),
        SplitError::SlotOrder(4),
    );
    check(&|document| document.slots.clear(), SplitError::Slots(0));
    check(&|document| document.grant = GrantId(2), SplitError::Grant(GrantId(2)));
    check(&|document| document.version = 0, SplitError::Version);
    check(
        &|document| document.threshold = 0,
        SplitError::Threshold {
            threshold: 0,
            proxies: 3,
        },
    );
    check(
        &|document| document.threshold = 4,
        SplitError::Threshold {
            threshold: 4,
            proxies: 3,
        },
    );
    check(
        &|document| document.proxies[1] = document.proxies[0],
        SplitError::DuplicateProxy,
    );
    let document = split.split.document().clone();
    let other_salt = document.commitment(&other.salt);
    assert_eq!(
        document.verify(&other_salt, &split.salt, GrantId(1)).err(),
        Some(SplitError::Commitment)
    );
}

#[test]
fn a_capsule_of_another_deployment_or_patient_is_refused() {
    use aegle_protocol::delegation::CapsuleError;
    let (row, _) = sealed(CONTENT, 0, 1);
    let refused = |change: &dyn Fn(&mut RecordRow, &mut aegle_protocol::Deployment)| {
        let (mut row, mut deployment) = (row.clone(), deployment());
        change(&mut row, &mut deployment);
        assert_eq!(row.verify_capsule(&deployment).err(), Some(CapsuleError::Proof));
    };
    refused(&|_, deployment| deployment.genesis.0[0] ^= 1);
    refused(&|_, deployment| deployment.consent.0[0] ^= 1);
    refused(&|row, _| row.header.patient = AccountId([0; 32]));
    refused(&|row, _| row.header.slot = Slot(5));
    refused(&|row, _| row.header.epoch = 1);
    refused(&|row, _| row.header.confidentiality = aegle_rules::Confidentiality::Normal);
    refused(&|row, _| row.id.0[0] ^= 1);
    refused(&|row, _| row.key_commitment.0[0] ^= 1);
    assert_eq!(row.header.patient, PATIENT);
}
