//! What is dropped into a folder is taken in, each file once it is whole, whatever ends the program meanwhile.

use super::{Site, line, write};
use serde_json::Value;
use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

/// How long something may take to be there.
const PATIENCE: Duration = Duration::from_secs(600);
/// The pause between two parts of a file that is being written: shorter than that between two looks.
const WRITING_PAUSE: Duration = Duration::from_millis(600);
const PAUSE: Duration = Duration::from_millis(100);

fn follow(site: &Site, folder: &Path, said: &Path) -> Child {
    let domain = site.world.hospital().domain().to_string();
    let (patients, left_out) = (site.file("patients"), site.file("left-out.jsonl"));
    let [patients, left_out, folder] = [&patients, &left_out, folder].map(|path| path.display().to_string());
    let fixed = ["custodian", "follow", "--domain", &domain, "--patients", &patients];
    let more = ["--every", "1", "--left-out", &left_out, &folder];
    let mut command = site.program(&[&fixed[..], &more].concat());
    command.stdout(File::options().create(true).append(true).open(said).unwrap());
    command.stderr(Stdio::null()).spawn().unwrap()
}

async fn until_anchored(site: &Site, records: u64) {
    let began = Instant::now();
    while site.anchored().await < records {
        assert!(began.elapsed() < PATIENCE, "there are not {records} records");
        tokio::time::sleep(PAUSE).await;
    }
}

/// What a run said of each look that found something: the names of the files.
fn taken(said: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(said).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let name = |path: &Value| {
        let path = Path::new(path.as_str().unwrap()).to_owned();
        path.file_name().unwrap().to_str().unwrap().to_owned()
    };
    lines
        .map(|line| line["files"].as_array().unwrap().iter().map(name).collect())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dropped_into_a_folder_is_taken_in_once_it_is_whole() {
    let site = Site::start(1).await;
    let (folder, said) = (site.file("drop"), site.file("said.jsonl"));
    fs::create_dir(&folder).unwrap();
    let observation = |id: &str| line(id, 0, "", "final");
    let mut following = follow(&site, &folder, &said);
    write(&folder.join("a.ndjson"), &[observation("a")]);
    until_anchored(&site, 1).await;

    // One that grows for a while, cut anywhere; one that is broken, and one beside it.
    let mut growing = File::create(folder.join("b.ndjson")).unwrap();
    let text = format!("{}\n{}\n", observation("b0"), observation("b1"));
    for part in text.as_bytes().chunks(text.len() / 5) {
        growing.write_all(part).unwrap();
        growing.sync_all().unwrap();
        tokio::time::sleep(WRITING_PAUSE).await;
    }
    drop(growing);
    fs::write(folder.join("rubbish.json"), "this is no JSON").unwrap();
    write(&folder.join("c.ndjson"), &[observation("c")]);
    until_anchored(&site, 4).await;

    // Ended at once, and begun again: what came meanwhile is taken in, and nothing twice.
    following.kill().unwrap();
    following.wait().unwrap();
    write(&folder.join("d.ndjson"), &[observation("d")]);
    let again = site.file("again.jsonl");
    let mut following = follow(&site, &folder, &again);
    until_anchored(&site, 5).await;
    // The same file with one more.
    write(&folder.join("a.ndjson"), &[observation("a"), observation("e")]);
    until_anchored(&site, 6).await;
    let began = Instant::now();
    while taken(&again).last().is_none_or(|files| files != &["a.ndjson"]) {
        assert!(began.elapsed() < PATIENCE, "{:?}", taken(&again));
        tokio::time::sleep(PAUSE).await;
    }
    following.kill().unwrap();
    following.wait().unwrap();

    let ids: Vec<String> = site.receipts().into_keys().collect();
    assert_eq!(ids, ["a", "b0", "b1", "c", "d", "e"], "each once");
    assert_eq!(site.proved(0).await.len(), 6);
    let left_out = fs::read_to_string(site.file("left-out.jsonl")).unwrap();
    assert!(
        left_out.contains("rubbish.json") && !left_out.contains("b.ndjson"),
        "{left_out}"
    );
    // The run that was ended may not have told of its last look.
    assert!(taken(&said).concat().contains(&"a.ndjson".to_owned()));
}
