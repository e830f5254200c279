//! A resource that no memory has to hold: put aside, sealed from a file into a file, sent piece by piece, from where it was left
//! after whatever ended it, and opened as it was.

use super::{Site, failure, line, result, write};
use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    os::unix::fs::MetadataExt,
    path::PathBuf,
    time::{Duration, Instant},
};

/// Characters of base64 that the document attaches: longer than any line that is read whole.
const DATA_BYTES: usize = 100_000_000;
/// Most memory of the program, in KiB.
const MEMORY_KIB: u64 = 256 << 10;
/// Pieces after which a run is ended.
const ENDED_AFTER: usize = 3;
/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(600);
const PAUSE: Duration = Duration::from_millis(1);

/// A document that attaches base64 that does not get shorter than base64 does: SplitMix64.
fn document(id: &str, bytes: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut state, mut data) = (20_261_130_u64, Vec::with_capacity(bytes + 10));
    while data.len() < bytes {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        data.extend((0..10).map(|letter| ALPHABET[(mixed >> (6 * letter)) as usize % 64]));
    }
    data.truncate(bytes);
    let data = String::from_utf8(data).unwrap();
    format!(
        r#"{{"resourceType":"DocumentReference","id":"{id}","status":"current","subject":{{"reference":"Patient/p0"}},"description":"capybarascan","content":[{{"attachment":{{"contentType":"application/dicom","data":"{data}"}}}}]}}"#
    )
}

/// The pieces that the indexer has, by their names, each with what tells it from another file of that name.
fn pieces(site: &Site) -> BTreeMap<PathBuf, u64> {
    let folders = fs::read_dir(site.world.deployment().data().join("pieces")).unwrap();
    let files = folders
        .filter_map(|folder| fs::read_dir(folder.ok()?.path()).ok())
        .flatten();
    let stored = files.filter_map(|file| {
        let path = file.ok()?.path();
        // What is being written has another name.
        let is_stored = path.file_name()?.to_str()?.bytes().all(|byte| byte.is_ascii_digit());
        let inode = fs::metadata(&path).ok()?.ino();
        is_stored.then_some((path, inode))
    });
    stored.collect()
}

/// The most memory that a process has had, in KiB; 0 when it has ended.
fn peak_kib(process: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    kib.unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_resource_is_sent_in_pieces_from_where_it_was_left() {
    let site = Site::start(1).await;
    let large = document("scan", DATA_BYTES);
    let lines = [
        line("before", 0, "", "final"),
        large.clone(),
        line("after", 0, "", "final"),
    ];
    let path = write(&site.file("export.ndjson"), &lines);
    let (indexer, chain) = (
        site.world.deployment().server().url,
        site.world.deployment().chain_url().to_owned(),
    );
    let mut peak = 0;
    let mut watched = |child: &std::process::Child| peak = peak.max(peak_kib(child.id()));

    // Ended twice in the middle: what was there is there, and was not sent again.
    let mut before: BTreeMap<PathBuf, u64> = BTreeMap::new();
    for _ in 0..2 {
        let (mut child, began) = (site.begin(&indexer, &chain, &[&path]), Instant::now());
        let enough = before.len() + ENDED_AFTER;
        loop {
            watched(&child);
            let there = pieces(&site);
            if there.len() >= enough {
                break;
            }
            assert!(
                child.try_wait().unwrap().is_none(),
                "it ended by itself with {} pieces",
                there.len()
            );
            assert!(began.elapsed() < PATIENCE, "there are {} pieces", there.len());
            std::thread::sleep(PAUSE);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let there = pieces(&site);
        assert!(there.len() < 20, "it was not the middle");
        for (piece, inode) in &before {
            assert_eq!(there.get(piece), Some(inode), "{} was sent again", piece.display());
        }
        before = there;
        assert_eq!(
            site.anchored().await,
            1,
            "what came before it is anchored, and it is not"
        );
    }
    let mut child = site.begin(&indexer, &chain, &[&path]);
    while child.try_wait().unwrap().is_none() {
        watched(&child);
        std::thread::sleep(10 * PAUSE);
    }
    assert!(child.wait().unwrap().success());
    assert!((1..MEMORY_KIB).contains(&peak), "{peak} KiB of memory");
    assert!(pieces(&site).is_empty(), "they are put together");

    let receipts: Vec<String> = site.receipts().into_keys().collect();
    assert_eq!(receipts, ["after", "before", "scan"]);
    assert_eq!(site.anchored().await, 3);
    assert_eq!(fs::read_dir(site.journal().join("unfinished")).unwrap().count(), 0);
    let again = result(&site.ingest(&[&path]));
    assert_eq!((&again["new"], &again["known"]), (&0.into(), &3.into()), "{again}");

    let person = &site.world.people[0];
    let found = site
        .world
        .search_own(person, "capybarascan AND type:DocumentReference")
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    let aegle = site.world.deployment().aegle();
    let opened = person.patient.open(&aegle, found[0].record).await.unwrap();
    assert_eq!(opened.content.media_type, "application/fhir+json");
    assert!(opened.content.bytes == large.as_bytes(), "it comes back as it was");
    what_is_larger_or_no_resource_is_named(&site);
}

/// What is larger than any record, or no resource by itself, is named, and what follows it is taken in.
fn what_is_larger_or_no_resource_is_named(site: &Site) {
    let path = site.file("beyond.ndjson");
    let mut file = io::BufWriter::new(fs::File::create(&path).unwrap());
    let more = "QUJD".repeat(1 << 18);
    let mut put = |before: &str, wrong: &str, mebibytes: usize, after: &str| {
        let document = document("beyond", 4);
        let (head, tail) = document.split_once(r#""data":""#).unwrap();
        write!(file, r#"{before}{head}"data":"{wrong}"#).unwrap();
        (0..mebibytes).for_each(|_| file.write_all(more.as_bytes()).unwrap());
        writeln!(file, "{tail}{after}").unwrap();
    };
    put("", "", 257, "");
    put("", "<", 36, "");
    put(
        r#"{"resourceType":"Bundle","type":"collection","entry":[{"resource":"#,
        "",
        36,
        "}]}",
    );
    writeln!(file, "{}", line("last", 0, "", "final")).unwrap();
    file.flush().unwrap();
    let path = path.display().to_string();
    let left_out = site.file("left-out.jsonl");
    let run = site.ingest(&["--keep-going", "--left-out", &left_out.display().to_string(), &path]);
    assert_eq!(run.status.code(), Some(5), "{}", failure(&run));
    let run = result(&run);
    assert_eq!((&run["new"], &run["faults"]), (&1.into(), &3.into()), "{run}");
    let named = fs::read_to_string(&left_out).unwrap();
    for parts in [
        ["line 1", "268435456 bytes"],
        ["line 2", "not base64"],
        ["line 3", "33554432"],
    ] {
        let named = named
            .lines()
            .filter(|line| parts.iter().all(|part| line.contains(part)));
        assert_eq!(named.count(), 1, "{parts:?}");
    }
}
