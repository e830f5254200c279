//! `aegle custodian ingest` on NDJSON as it lies on disk: the program by itself, to its last receipt.

use aegle_stories::{
    home::{write_book, write_hospital},
    world::World,
};
use anyhow::{Context, Result, ensure};
use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Resources that are ingested, unless `RECORDS` says otherwise.
const RECORDS: usize = 20_000;
/// Patients whose they are.
const PATIENTS: usize = 8;
/// The pause between two looks at the program's memory.
const PAUSE: Duration = Duration::from_millis(50);

/// What was measured.
pub(crate) struct Ingested {
    pub(crate) records: usize,
    pub(crate) bytes: u64,
    pub(crate) took: Duration,
    /// The most memory that the program had at once, in MiB.
    pub(crate) peak_rss_mib: f64,
}

/// Ingests a file of observations with the program.
pub(crate) async fn ingest() -> Result<Ingested> {
    let records = match std::env::var("RECORDS") {
        Ok(text) => text.parse().context("RECORDS is no number")?,
        Err(_) => RECORDS,
    };
    let (mut world, home) = (World::start().await?, tempfile::tempdir()?);
    for _ in 0..PATIENTS {
        world.admit().await?;
    }
    write_hospital(&world, home.path()).await?;
    let deployment = world.deployment();
    write_book(deployment, home.path(), &deployment.server().url)?;
    let input = home.path().join("input.ndjson");
    write_observations(&input, records)?;
    let (domain, patients) = (world.hospital().domain().to_string(), home.path().join("patients"));
    let said = home.path().join("said");
    let began = Instant::now();
    let mut child = Command::new(program()?)
        .env("AEGLE_HOME", home.path())
        .env("AEGLE_AS", "hospital")
        .env("AEGLE_INDEXER_URL", &world.deployment().server().url)
        .env("AEGLE_CHAIN_URL", world.deployment().chain_url())
        .args(["--json", "custodian", "ingest", "--domain", &domain, "--patients"])
        .args([&patients, &input])
        .stdout(Stdio::null())
        .stderr(File::create(&said)?)
        .spawn()?;
    let peak_rss_mib = watch(&mut child)?;
    let took = began.elapsed();
    ensure!(child.wait()?.success(), "{}", fs::read_to_string(&said)?);
    Ok(Ingested {
        records,
        bytes: fs::metadata(&input)?.len(),
        took,
        peak_rss_mib,
    })
}

/// Writes vital signs of many days, as a Bulk Data export has them.
fn write_observations(path: &Path, records: usize) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for number in 0..records {
        let (patient, day, hour) = (number % PATIENTS, 1 + number / 7 % 28, number % 24);
        let (month, year, value) = (1 + number / 196 % 12, 2015 + number / 2_352 % 10, 90 + number % 90);
        writeln!(
            file,
            r#"{{"resourceType":"Observation","id":"o{number}","status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs","display":"Vital Signs"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"8480-6","display":"Systolic blood pressure"}}],"text":"Systolic blood pressure"}},"subject":{{"reference":"Patient/p{patient}"}},"effectiveDateTime":"{year}-{month:02}-{day:02}T{hour:02}:15:00Z","valueQuantity":{{"value":{value},"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},"note":[{{"text":"measured sitting, left arm, number {number}"}}]}}"#
        )?;
    }
    file.into_inner()?.sync_all()?;
    Ok(())
}

/// Waits until the program has ended; gives the most memory that it had, in MiB.
fn watch(child: &mut Child) -> Result<f64> {
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak_kib = 0;
    while child.try_wait()?.is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak_kib = peak_kib.max(kib.unwrap_or_default());
        thread::sleep(PAUSE);
    }
    ensure!(
        peak_kib > 0,
        "the program ended before its memory was seen: it needs more RECORDS"
    );
    Ok(peak_kib as f64 / 1_024.0)
}

/// The program as it was built beside this benchmark.
fn program() -> Result<PathBuf> {
    let bench = std::env::current_exe()?;
    // target/release/deps/path-0123 -> target/release/aegle
    let folder = bench
        .ancestors()
        .nth(2)
        .context("a benchmark lies in target/release/deps")?;
    let program = folder.join("aegle");
    ensure!(
        program.exists(),
        "{} is missing: scripts/bench.sh builds it",
        program.display()
    );
    Ok(program)
}
