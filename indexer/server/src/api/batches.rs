//! Batches come in here: accepted only if they are, to the last byte, what the ledger anchored.
use super::{
    Api, Problem,
    signed::{BUNDLE, Caller, LargeRequest, Turn, signed_large},
};
use crate::store::{
    CiphertextRow, EPOCH_GRACE_BLOCKS, LabelSetId, NewBatch, NewLabels, NewRecord, SealedTo, StoredBatch,
};
use aegle_protocol::wire::{Bundle, VerifiedBundle};
use aegle_rules::{DomainId, Hash};
use aegle_sealed::BatchSpan;
use axum::{
    body::Bytes,
    extract::{Request, State},
    http::StatusCode,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// Ciphertexts that are looked for in the vault at the same time.
const PARALLEL_LOOKS: usize = 32;

/// Handles `POST /v1/batches`: a [`Bundle`], by a custodian or an admin of the organisation that keeps the domain. The same
/// one again changes nothing.
pub(super) async fn deposit(State(api): State<Arc<Api>>, request: Request) -> Result<StatusCode, Problem> {
    let LargeRequest { body, caller, turn, .. } = signed_large(&api, request, &BUNDLE, &api.bundles).await?;
    let Decoded { content: bundle, hash } = decode(&turn, body, Bundle::from_bytes).await?;
    let mismatch = Problem::bundle_mismatch();
    check_custodian(&api, &caller, bundle.domain, bundle.epoch, mismatch).await?;
    let anchor = api.store.anchor(bundle.domain, bundle.batch).await?;
    let anchor = anchor.ok_or(Problem::not_anchored())?;
    if api.store.has_batch(bundle.domain, bundle.batch).await? {
        return is_there(&api, &hash).await;
    }
    check_epochs(&api, &bundle).await?;
    let (version, named) = (anchor.version, named(&bundle));
    let records: Vec<_> = named.iter().map(|row| row.record).collect();
    let organisation = caller.as_custodian()?.organisation;
    if let Some(record) = api.store.uploaded_by_others(&records, organisation).await? {
        return Err(Problem::ciphertext_missing().because(record));
    }
    // One waits for the disk and for Postgres while the other one hashes.
    let verifying = turn.work(move || bundle.verify(&anchor));
    let (verified, in_vault) = tokio::join!(verifying, check_ciphertexts(&api, named));
    let verified = verified?.map_err(|error| Problem::bundle_mismatch().because(error))?;
    in_vault?;
    let new = new_batch(&verified, hash, version);
    match api.store.store_batch(&new).await? {
        StoredBatch::Stored(sequence) => {
            tracing::info!(sequence, records = new.records.len(), "batch stored");
            // The batch is durable, and the index takes it up in any case; it is said to be there once it is found. That goes
            // on when whoever asked is gone.
            let (labels, stored) = (api.labels.clone(), new.labels.stored(sequence));
            let following = tokio::spawn(async move { labels.follow(stored, verified.into_labels()).await });
            following.await.map_err(|_| Problem::unavailable())??;
            Ok(StatusCode::CREATED)
        }
        StoredBatch::AlreadyThere => is_there(&api, &hash).await,
        StoredBatch::RecordTaken => Err(Problem::record_exists()),
        // It was there when it was looked for, and was swept up since.
        StoredBatch::CiphertextMissing => Err(Problem::ciphertext_missing()),
    }
}

/// Answers whoever sends a batch that is stored: the same bytes change nothing, and are there once they are found.
async fn is_there(api: &Api, bundle: &Hash) -> Result<StatusCode, Problem> {
    if !api.store.has_bundle(bundle).await? {
        return Err(Problem::batch_exists());
    }
    api.labels.following()?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a body holds, and the SHA-256 of its bytes.
pub(super) struct Decoded<T> {
    pub(super) content: T,
    pub(super) hash: Hash,
}

/// Decodes and hashes a body. Bodies have megabytes, so it is done beside the requests.
///
/// # Errors
/// A [`Problem`] that says what is wrong with the body.
pub(super) async fn decode<T: Send + 'static, E: ToString + Send + 'static>(
    turn: &Turn,
    body: Bytes,
    read: impl FnOnce(&[u8]) -> Result<T, E> + Send + 'static,
) -> Result<Decoded<T>, Problem> {
    let decoding = turn.work(move || {
        Ok(Decoded {
            content: read(&body)?,
            hash: Hash(Sha256::digest(&body).into()),
        })
    });
    let decoded: Result<_, E> = decoding.await?;
    decoded.map_err(|error| Problem::invalid_body().because(error))
}

/// Checks that the caller is a custodian or an admin of the organisation that keeps the domain, and that the domain has
/// that epoch: else `mismatch`. Whether the labels are of that epoch is part of what was anchored; the domain may have
/// gone on since.
pub(super) async fn check_custodian(
    api: &Api,
    caller: &Caller,
    domain: DomainId,
    epoch: u16,
    mismatch: Problem,
) -> Result<(), Problem> {
    let known = api.store.domain(domain).await?.ok_or(Problem::unknown_domain())?;
    if !caller.keeps(known.custodian) {
        caller.as_custodian()?;
        return Err(Problem::not_custodian());
    }
    if epoch > known.epoch {
        return Err(mismatch.because("the domain has no such epoch"));
    }
    Ok(())
}

/// Checks that what was sealed was sealed in epochs that were current when it was anchored, or a little before. What is
/// anchored can be sent at any time: nothing here depends on when that is.
async fn check_epochs(api: &Api, bundle: &Bundle) -> Result<(), Problem> {
    let sealed: BTreeSet<SealedTo> = bundle
        .records
        .iter()
        .map(|row| SealedTo {
            patient: row.header.patient,
            slot: row.header.slot,
            epoch: row.header.epoch,
        })
        .collect();
    let sealed: Vec<SealedTo> = sealed.into_iter().collect();
    let late = api
        .store
        .sealed_out_of_time(bundle.domain, bundle.batch, &sealed)
        .await?;
    late.map_or(Ok(()), |SealedTo { patient, slot, epoch }| {
        Err(Problem::epoch_ended().because(format_args!(
            "slot {slot} of {patient} was not in epoch {epoch} when the batch was anchored, nor {EPOCH_GRACE_BLOCKS} blocks before"
        )))
    })
}

/// Returns the ciphertexts that a bundle names.
fn named(bundle: &Bundle) -> Vec<CiphertextRow> {
    let rows = bundle.records.iter();
    rows.map(|row| CiphertextRow {
        record: row.id,
        hash: row.ciphertext_hash,
        length: row.ciphertext_length,
    })
    .collect()
}

/// Checks that every ciphertext is in the vault, and is the one that its row names.
async fn check_ciphertexts(api: &Api, named: Vec<CiphertextRow>) -> Result<(), Problem> {
    let names: Vec<_> = named.iter().map(|row| row.record).collect();
    let stored = api.store.ciphertexts(&names).await?;
    let stored: HashMap<_, _> = stored.into_iter().map(|entry| (entry.record, entry)).collect();
    for row in &named {
        let entry = stored
            .get(&row.record)
            .ok_or_else(|| Problem::ciphertext_missing().because(row.record))?;
        if (entry.hash, entry.length) != (row.hash, row.length) {
            return Err(Problem::ciphertext_mismatch().because(row.record));
        }
    }
    stream::iter(named)
        .map(async |row| match api.vault.length(&row.record).await? {
            Some(length) if length == row.length => Ok(()),
            Some(_) => Err(Problem::ciphertext_mismatch().because(row.record)),
            None => Err(Problem::ciphertext_missing().because(row.record)),
        })
        .buffer_unordered(PARALLEL_LOOKS)
        .try_collect()
        .await
}

fn new_batch(bundle: &VerifiedBundle, hash: Hash, version: u16) -> NewBatch {
    let rows = bundle.records().iter().zip(bundle.leaves());
    let records = rows
        .map(|(row, leaf)| NewRecord {
            id: row.id,
            patient: row.header.patient,
            facts: row.facts(),
            row: row.clone(),
            leaf: *leaf,
        })
        .collect();
    let id = LabelSetId {
        domain: bundle.domain(),
        span: BatchSpan::one(bundle.batch()),
        epoch: bundle.epoch(),
        version,
    };
    let salt = bundle.commitment_salt();
    NewBatch {
        labels: NewLabels::new(id, hash, bundle.labels(), salt),
        records,
    }
}
