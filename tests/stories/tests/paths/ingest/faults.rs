//! Input that cannot be taken in is named, with its file and line, and nothing else is lost by it.

use super::{Site, failure, line, result, write};
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_in_is_named_and_the_rest_is_ingested() {
    let site = Site::start(1).await;
    let folder = site.file("export");
    fs::create_dir_all(folder.join("below")).unwrap();
    let observation = |number: usize| line(&format!("o{number}"), 0, "", "final");
    let mut lines: Vec<String> = (0..40).map(observation).collect();
    lines[20] = lines[20].replace("\"id\"", "\"id");
    write(&folder.join("a.ndjson"), &lines);
    // A gzip that is cut off after a part of its lines.
    let more: Vec<String> = (40..2_040).map(observation).collect();
    let packed = gzip(&more.join("\n"));
    fs::write(folder.join("b.ndjson.gz"), &packed[..packed.len() / 2]).unwrap();
    fs::write(folder.join("picture.png"), [0x89, 0x50]).unwrap();
    fs::write(folder.join("below/rubbish.json"), "this is no JSON").unwrap();
    let strangers = [
        line("s", 7, "", "final"),
        r#"{"resourceType":"Basic","id":"nobody"}"#.into(),
    ];
    write(&folder.join("below/strangers.ndjson"), &strangers);
    let folder = folder.display().to_string();

    // Without being told to go on, a run ends there, and nothing has left.
    let stopped = site.ingest(&[&folder]);
    assert_eq!(stopped.status.code(), Some(1));
    assert!(
        failure(&stopped).contains("a.ndjson") && failure(&stopped).contains("line 21"),
        "{}",
        failure(&stopped)
    );
    assert_eq!(site.anchored().await, 0);

    let left_out = site.file("left-out.jsonl").display().to_string();
    let going = ["--keep-going", "--left-out", &left_out, &folder];
    let dry = site.ingest(&[&["--dry-run"], &going[..]].concat());
    assert_eq!(site.anchored().await, 0);
    let run = site.ingest(&going);
    assert_eq!(
        (dry.status.code(), run.status.code()),
        (Some(5), Some(5)),
        "{}",
        failure(&run)
    );
    let (dry, run) = (result(&dry), result(&run));
    for name in ["new", "known", "faults", "fault_examples"] {
        assert_eq!(dry[name], run[name], "a dry run tells what a run will do: {name}");
    }
    let new = run["new"].as_u64().unwrap();
    assert!((39..2_039).contains(&new), "{run}");
    assert_eq!(run["report"]["other_file"]["count"], 1);
    let named = fs::read_to_string(&left_out).unwrap();
    assert_eq!(run["faults"], 5, "{named}");
    let of_gzip = format!("b.ndjson.gz, after line {}", new - 39);
    for part in ["line 21", &of_gzip, "rubbish.json", "Observation/s", "Basic/nobody"] {
        assert_eq!(
            named.lines().filter(|line| line.contains(part)).count(),
            1,
            "{part} in {named}"
        );
    }
    assert_eq!(site.anchored().await, new);
    assert_eq!(site.proved(0).await.len() as u64, new);

    // The mended files bring the rest, and nothing twice.
    lines[20] = observation(20);
    write(&site.file("export/a.ndjson"), &lines);
    fs::write(site.file("export/b.ndjson.gz"), &packed).unwrap();
    fs::remove_file(site.file("export/below/rubbish.json")).unwrap();
    let mended = site.ingest(&["--skip-others", &folder]);
    assert!(mended.status.success(), "{}", failure(&mended));
    let mended = result(&mended);
    assert_eq!(mended["new"], 2_040 - new);
    assert_eq!(mended["known"], new);
    for finding in ["other_patient", "no_patient"] {
        assert_eq!(mended["report"][finding]["count"], 1, "{finding}");
    }
    assert_eq!(site.proved(0).await.len(), 2_040);
    standard_input_is_read(&site, &lines);
    the_state_is_told(&site);
}

/// `-` is standard input.
fn standard_input_is_read(site: &Site, known: &[String]) {
    let (domain, patients) = (site.world.hospital().domain().to_string(), site.file("patients"));
    let patients = patients.display().to_string();
    let arguments = ["custodian", "ingest", "--domain", &domain, "--patients", &patients, "-"];
    let input = site.file("input");
    fs::write(
        &input,
        gzip(&[known, &[line("piped", 0, "", "final")]].concat().join("\n")),
    )
    .unwrap();
    let mut command = site.program(&arguments);
    let output = command.stdin(fs::File::open(&input).unwrap()).output().unwrap();
    assert!(output.status.success(), "{}", failure(&output));
    let run = result(&output);
    assert_eq!((&run["new"], &run["known"]), (&1.into(), &40.into()));
}

fn the_state_is_told(site: &Site) {
    let domain = site.world.hospital().domain().to_string();
    let batches = site
        .program(&["custodian", "batches", "--domain", &domain])
        .output()
        .unwrap();
    let lines = String::from_utf8(batches.stdout).unwrap();
    assert_eq!(lines.lines().count(), 3);
    assert!(
        lines.lines().all(|line| line.contains(r#""uploaded_from_here":true"#)),
        "{lines}"
    );
    let status = result(
        &site
            .program(&["custodian", "status", "--domain", &domain])
            .output()
            .unwrap(),
    );
    assert_eq!(status["batches"], 3);
    assert_eq!(status["journal"]["resources"], 2_041);
    assert!(
        status["journal"]["unfinished"].is_null() && status["journal"]["to_do"] == 0,
        "{status}"
    );
}

fn gzip(text: &str) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}
