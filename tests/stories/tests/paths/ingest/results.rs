//! What people see of records that were found: what they are, and the newest version of each.

use super::{Site, failure, line, result, write};
use serde_json::Value;
use std::fs;

/// The day, the status and the id of each hit.
fn seen(found: &Value) -> Vec<(String, String)> {
    let text = |hit: &Value, name: &str| hit[name].as_str().unwrap_or("-").to_owned();
    let hits = found["hits"].as_array().unwrap();
    hits.iter().map(|hit| (text(hit, "date"), text(hit, "id"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn hits_are_shown_by_what_they_are_and_the_newest_version_counts() {
    let site = Site::start(1).await;
    let version = |id: &str, number: u32, day: &str| {
        let meta = format!(r#""meta":{{"versionId":"{number}"}},"#);
        line(id, 0, &meta, "final").replace("2026-03-06", day)
    };
    let first = [
        version("a", 1, "2026-03-06"),
        version("b", 1, "2026-03-08"),
        version("c", 1, "2026-03-07"),
    ];
    for (name, lines) in [("one", &first[..]), ("two", &[version("a", 2, "2026-03-09")][..])] {
        let path = write(&site.file(name), lines);
        assert!(site.ingest(&[&path]).status.success());
    }
    let patient = site.world.people[0].account().to_string();
    let domain = site.world.hospital().domain().to_string();
    let (query, tokens) = ("type:Observation", site.file("tokens"));
    let asked = [
        "custodian",
        "token",
        "--domain",
        &domain,
        "--requester",
        &patient,
        "--patient",
        &patient,
    ];
    let asked = site
        .program(&[&asked[..], &["--purpose", "PATRQT", query]].concat())
        .output()
        .unwrap();
    assert!(asked.status.success(), "{}", failure(&asked));
    fs::write(&tokens, &asked.stdout).unwrap();
    let tokens = tokens.display().to_string();
    let search = |more: &[&str]| {
        let asking = [
            "search",
            "--domain",
            &domain,
            "--patient",
            &patient,
            "--tokens",
            &tokens,
            query,
        ];
        let output = site
            .program(&[&asking[..], more].concat())
            .env("AEGLE_AS", "p0")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", failure(&output));
        result(&output)
    };

    let found = search(&["--verify"]);
    let days = [("2026-03-09", "a"), ("2026-03-08", "b"), ("2026-03-07", "c")];
    let days = days.map(|(day, id)| (day.to_owned(), id.to_owned())).to_vec();
    assert_eq!(seen(&found), days, "the newest first, and of each the newest version");
    assert_eq!((&found["left_out"], &found["verified"]), (&1.into(), &true.into()));
    let hit = &found["hits"][0];
    assert_eq!(
        (hit["type"].as_str(), hit["title"].as_str()),
        (Some("Observation"), Some("Systolic blood pressure"))
    );
    assert!(hit["custodian"].as_str().unwrap().starts_with("organisation"), "{hit}");
    assert!(hit["content"].is_null() && hit["superseded_by"].is_null());

    let all = search(&["--all-versions", "--open"]);
    assert_eq!(seen(&all).last().unwrap(), &("2026-03-06".to_owned(), "a".to_owned()));
    assert_eq!(
        all["hits"][3]["superseded_by"],
        serde_json::json!({ "batch": 1, "index": 0 })
    );
    assert_eq!(all["hits"][1]["content"]["id"], "b");
    let sealed = search(&["--sealed"]);
    assert!(
        sealed["hits"]
            .as_array()
            .unwrap()
            .iter()
            .all(|hit| hit["opened"] == false && hit["title"].is_null())
    );

    // Several at once, as oneself without saying so; one that is not there does not hide the others.
    let records: Vec<&str> = found["hits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| hit["record"].as_str().unwrap())
        .collect();
    let nowhere = format!("0x{}", "ab".repeat(16));
    let get = [&["record", "get", records[0], &nowhere][..], &records[1..]].concat();
    let output = site.program(&get).env("AEGLE_AS", "p0").output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", failure(&output));
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: Vec<&str> = lines
        .iter()
        .map(|line| line["content"]["id"].as_str().unwrap_or("-"))
        .collect();
    assert_eq!(ids, ["a", "-", "b", "c"]);
    assert_eq!(lines[1]["record"], nowhere.as_str());
    // Whoever has no grant is refused, in words.
    let output = site.program(&["record", "get", records[0]]).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", failure(&output));
}
