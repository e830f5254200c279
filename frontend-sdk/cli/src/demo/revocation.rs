//! The story's end: the log, the revocation, the damage, and what it all came to.

use super::{
    access::{Access, ask},
    cast::Cast,
    stage::{DemoSession, IngestedRecords, PURPOSE, Stage},
    teller::Teller,
    token_service::Scene,
};
use crate::output::{bytes, count, seconds};
use aegle_client::{
    clinician::reader::OpeningError,
    protocol::{record::RecordId, wire::DisclosureKind},
    remote::RemoteError,
    rules::consent::Grantee,
};
use anyhow::{Context, Result};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

/// The number of pieces of plain records that are looked for in everything that the indexer stored.
const CANARIES: usize = 64;
/// Length of one such piece, in bytes: long enough to stand in nothing else.
const CANARY_BYTES: usize = 32;

/// Tells the end of the story.
pub(crate) async fn tell(
    teller: &mut Teller,
    scene: &Scene<'_>,
    stage: &Stage,
    ingested: &IngestedRecords,
    access: &Access,
) -> Result<()> {
    let names = &ingested.names[access.patient];
    let (aegle, cast) = (scene.aegle, scene.cast);
    log(teller, aegle, cast, access).await?;
    revoke(teller, scene, ingested, access).await?;
    let record = names[*access.found.first().context("something was found")?];
    damage(teller, aegle, cast, access, &stage.data, record).await?;
    let stored = spy(teller, stage)?;
    sum(teller, stage, ingested, access, stored);
    Ok(())
}

async fn log(teller: &mut Teller, aegle: &DemoSession<'_>, cast: &Cast, access: &Access) -> Result<()> {
    teller.step("The patient looks at who saw what");
    let entries = cast.patients[access.patient].disclosures(aegle).await?;
    let clinician = cast.clinician.key().account();
    let opened = |kind| {
        let same = |entry: &&aegle_client::protocol::wire::DisclosureEntry| {
            entry.disclosure.kind == kind && entry.disclosure.requester == clinician
        };
        entries.iter().filter(same).count()
    };
    let transforms = opened(DisclosureKind::Transform);
    let records: BTreeSet<_> = entries.iter().map(|entry| entry.disclosure.record).collect();
    teller.say(format!(
        "The log has {}, chained by hashes, so that one dropped or changed is noticed: of {}, the row and the ciphertext were handed out, and the key.",
        count(entries.len(), "line"),
        count(records.len(), "record"),
    ));
    teller.expect(
        transforms == 1,
        "it shows the one record that the clinician opened, for treatment",
    );
    let others = entries.iter().any(|entry| entry.disclosure.requester != clinician);
    teller.expect(!others, "and nobody else");
    teller.seen("by the patient alone.");
    teller.done();
    Ok(())
}

async fn revoke(teller: &mut Teller, scene: &Scene<'_>, ingested: &IngestedRecords, access: &Access) -> Result<()> {
    let Scene { aegle, cast, service } = *scene;
    teller.step("The patient changes their mind");
    let patient = &cast.patients[access.patient];
    let began = Instant::now();
    let receipt = patient
        .revoke(aegle, access.grant, Grantee::Account(cast.clinician.key().account()))
        .await?;
    let took = began.elapsed();
    teller.paid("grants revoked", &receipt);
    teller.say(format!("One transaction, final on this chain after {}.", seconds(took)));
    let hits = ask(
        scene,
        &cast.clinician,
        patient.account(),
        &access.question,
        &access.tokens,
    )
    .await?;
    let before = count(access.found.len(), "record");
    teller.expect(
        hits.is_empty(),
        format!("the search that found {before} finds nothing now"),
    );
    let record = ingested.names[access.patient][access.found[0]];
    let opened = cast.clinician.open(aegle, record, PURPOSE).await;
    teller.expect(opened.is_err(), "a record that was open before opens no more");
    let asked = service
        .ask(aegle, &cast.clinician, patient.account(), &access.question)
        .await;
    teller.expect(asked.is_err(), "the hospital gives no more tokens");
    teller.seen("by everybody: that the grant has ended. What was read before stays read; the log keeps who did.");
    teller.done();
    Ok(())
}

async fn damage(
    teller: &mut Teller,
    aegle: &DemoSession<'_>,
    cast: &Cast,
    access: &Access,
    data: &Path,
    record: RecordId,
) -> Result<()> {
    teller.step("Somebody changes one bit of a stored record");
    let patient = &cast.patients[access.patient];
    let whole = patient.open(aegle, record).await;
    teller.expect(
        whole.is_ok(),
        "before, the patient opens their record, with no grant and no proxy",
    );
    let file = vault_file(data, &record);
    let mut ciphertext = fs::read(&file).with_context(|| format!("{} is not in the vault", file.display()))?;
    let middle = ciphertext.len() / 2;
    ciphertext[middle] ^= 1;
    fs::write(&file, &ciphertext)?;
    let caught = patient.open(aegle, record).await;
    let noticed = matches!(
        &caught,
        Err(OpeningError::Indexer(RemoteError::Refused { reason, .. })) if reason == "ciphertext-lost"
    );
    teller.expect(
        noticed,
        "afterwards it does not open: the indexer itself sees that it is not what was anchored",
    );
    ciphertext[middle] ^= 1;
    fs::write(&file, &ciphertext)?;
    teller.expect(
        patient.open(aegle, record).await.is_ok(),
        "with the bit put right, it opens again",
    );
    teller.seen("by the indexer, at once. Were it to say nothing, the patient's own computer would refuse the record.");
    teller.done();
    Ok(())
}

/// Returns the file in which the indexer keeps a ciphertext: in a folder named by its first byte.
fn vault_file(data: &Path, record: &RecordId) -> PathBuf {
    let name = hex::encode(record.0);
    data.join("vault").join(&name[..2]).join(name)
}

/// Looks for pieces of plain records in every file of the indexer. Returns how many bytes it has.
fn spy(teller: &mut Teller, stage: &Stage) -> Result<u64> {
    teller.step("A thief copies everything that the indexer stores");
    let records: Vec<&str> = stage
        .charts
        .iter()
        .flat_map(|chart| &chart.resources)
        .map(|resource| resource.text())
        .collect();
    let stride = records.len().div_ceil(CANARIES);
    let canaries: Vec<&[u8]> = records
        .iter()
        .step_by(stride.max(1))
        .filter_map(|text| canary(text))
        .collect();
    let finders: Vec<_> = canaries.iter().map(memchr::memmem::Finder::new).collect();
    let mut files = Vec::new();
    list(&stage.data, &mut files)?;
    let mut progress = teller
        .output()
        .progress("searching the indexer's files", files.len() as u64);
    let (mut total, mut found) = (0, 0);
    for file in &files {
        progress.advance(1);
        // The database makes and removes files while it works.
        let Ok(content) = fs::read(file) else { continue };
        total += content.len() as u64;
        found += finders.iter().filter(|finder| finder.find(&content).is_some()).count();
    }
    drop(progress);
    teller.say(format!(
        "{} in {}: database, index, vault and logs. Pieces of the plain records are looked for in all of them: a sample, no proof.",
        bytes(total),
        count(files.len(), "file")
    ));
    teller.expect(
        found == 0,
        format!(
            "none of {} of the plain records is in it",
            count(canaries.len(), "piece")
        ),
    );
    teller.seen("by the thief: what the indexer sees, and nothing that opens a record.");
    teller.done();
    Ok(total)
}

/// Returns a piece of a record's text, from its middle on, that is no white space.
fn canary(text: &str) -> Option<&[u8]> {
    let pieces = text.as_bytes()[text.len() / 2..].windows(CANARY_BYTES);
    pieces
        .step_by(CANARY_BYTES / 4)
        .find(|piece| piece.windows(2).all(|pair| !pair.iter().all(u8::is_ascii_whitespace)))
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            list(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn sum(teller: &mut Teller, stage: &Stage, ingested: &IngestedRecords, access: &Access, stored: u64) {
    teller.step("What it came to");
    let records: u64 = stage.charts.iter().map(|chart| chart.resources.len() as u64).sum();
    let plain = |teller: &mut Teller, name, value: u64| teller.fact(name, value, &value.to_string());
    plain(teller, "patients", stage.charts.len() as u64);
    plain(teller, "records", records);
    plain(teller, "keywords", ingested.keywords);
    plain(teller, "labels, with padding", ingested.labels);
    plain(teller, "findings about the source", ingested.findings);
    plain(teller, "searches", access.searches);
    teller.fact("FHIR in the clear", ingested.plain_bytes, &bytes(ingested.plain_bytes));
    teller.fact(
        "sealed records",
        ingested.ciphertext_bytes,
        &bytes(ingested.ciphertext_bytes),
    );
    teller.fact(
        "rows, labels, count tables",
        ingested.bundle_bytes,
        &bytes(ingested.bundle_bytes),
    );
    teller.fact("everything the indexer has on disk", stored, &bytes(stored));
    teller.costs();
    teller.say("The public saw accounts, roles, numbered slots, times and hashes.");
    teller.say("The indexer saw pseudonyms, sealed records, labels, and which records a search found.");
    teller.say("The hospital saw its own records, and that the clinician searched, for how many words; not which.");
    teller.say("The clinician saw what the patients granted, while they granted it.");
    teller.say("The patients saw everything of theirs, and who else did through Aegle.");
    teller.say("Not in this story: emergencies, lost keys, guardians, corrected records, delegation. The book in docs/ has a first hour for each role.");
    teller.done();
}
