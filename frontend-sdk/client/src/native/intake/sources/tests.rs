#![allow(clippy::unwrap_used)]
use super::*;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

const SMALL: Limits = Limits {
    line_bytes: 32,
    document_bytes: 64,
    resource_bytes: 64,
    large_bytes: 64,
};

/// The lines and lengths of the parts of a file, and what was refused.
fn parts(name: &str, bytes: &[u8], limits: Limits) -> (Vec<(usize, usize)>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    fs::write(&file, bytes).unwrap();
    let mut sources = Sources::find(&[file]).unwrap().with_limits(limits);
    let (mut read, mut refused) = (Vec::new(), Vec::new());
    let mut input = sources.next_input().unwrap().unwrap();
    while let Some(part) = input.next_part() {
        match part {
            Ok(part) => read.push((part.line, part.bytes.trim_ascii().len())),
            Err(error) => refused.push(error.to_string()),
        }
    }
    assert!(sources.next_input().is_none());
    (read, refused)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn an_input_is_read_by_lines_or_as_one_value() {
    let cases: [(&str, &str, &[(usize, usize)]); 8] = [
        ("a.ndjson", "{\"a\":1}\n\n{\"b\":22}\n", &[(1, 7), (3, 8)]),
        ("a.json", "{\"a\":1}\r\n\r\n{\"b\":22}", &[(1, 7), (3, 8)]),
        ("a.json", "\u{feff}{\"a\":1}\n{\"b\":22}", &[(1, 7), (2, 8)]),
        ("a.json", "\n{\n\"a\":\n1}\n", &[(2, 9)]),
        ("a.json", "{\"a\":1}", &[(1, 7)]),
        ("a.ndjson", "{\n}\n", &[(1, 1), (2, 1)]),
        ("a.json", "", &[]),
        ("a.txt", "no JSON\n{}\n", &[(1, 7), (2, 2)]),
    ];
    for (name, text, expected) in cases {
        assert_eq!(
            parts(name, text.as_bytes(), SMALL),
            (expected.to_vec(), vec![]),
            "{name} {text:?}"
        );
        let packed = parts(&format!("{name}.gz"), &gzip(text.as_bytes()), SMALL);
        assert_eq!(packed, (expected.to_vec(), vec![]), "{name}.gz {text:?}");
    }
    // Files that were packed one by one and put behind each other are one.
    let two = [gzip(b"{\"a\":1}\n"), gzip(b"{\"b\":22}\n")].concat();
    assert_eq!(parts("a", &two, SMALL).0, [(1, 7), (2, 8)]);
}

#[test]
fn a_line_has_a_limit_and_what_follows_it_is_read() {
    let line = |length: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(length - 8));
    let text = [line(32), line(33), line(31), line(3_000_000), line(12)].join("\n");
    let (read, refused) = parts("a.ndjson", text.as_bytes(), SMALL);
    assert_eq!(read, [(1, 32), (3, 31), (5, 12)]);
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert!(
        refused[0].contains("line 2") && refused[1].contains("line 4"),
        "{refused:?}"
    );
}

#[test]
fn one_value_has_a_limit() {
    let value = |length: usize| format!("{{\n\"a\":\"{}\"}}", "x".repeat(length - 9));
    assert_eq!(parts("a.json", value(64).as_bytes(), SMALL).0, [(1, 64)]);
    let (read, refused) = parts("a.json", value(65).as_bytes(), SMALL);
    assert!(read.is_empty() && refused[0].contains("NDJSON"), "{refused:?}");
    let one_line = format!("{{\"a\":\"{}\"}}", "x".repeat(40));
    assert_eq!(parts("a.json", one_line.as_bytes(), SMALL).0, [(1, 48)]);
}

/// An input that has a large resource in its second line, and what is read of it.
#[test]
fn a_large_resource_is_put_aside_and_what_follows_is_read() {
    const LIMITS: Limits = Limits {
        line_bytes: 500_000,
        document_bytes: 1_000_000,
        resource_bytes: 100_000,
        large_bytes: 2_000_000,
    };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let binary = |length: usize| format!(r#"{{"resourceType":"Binary","data":"{}"}}"#, "A".repeat(length));
    let read = |name: &str, text: &str, spool: bool| {
        fs::write(file(name), gzip(text.as_bytes())).unwrap();
        let mut sources = Sources::find(&[file(name)]).unwrap().with_limits(LIMITS);
        if spool {
            sources = sources.with_spool(folder.path());
        }
        let mut input = sources.next_input().unwrap().unwrap();
        let mut read = Vec::new();
        while let Some(part) = input.next_part() {
            read.push(part.map_err(|error| error.to_string()).map(|part| {
                let large = part
                    .large
                    .map(|large| large.reader().map(|(_, coded)| unpacked(coded)).ok());
                (part.line, part.bytes.trim_ascii().len(), large)
            }));
        }
        read
    };
    // In memory at first, and not.
    for length in [100_000, 499_000, 500_100, 1_900_000] {
        let text = format!("{{}}\n{}\r\n\n{{}}\n", binary(length));
        let outline = binary(71).len();
        let found = read("a.ndjson", &text, true);
        assert_eq!(found[0], Ok((1, 2, None)));
        assert!(found[1] == Ok((2, outline, Some(Some(binary(length))))), "{length}");
        assert_eq!(found[2..], [Ok((4, 2, None))]);
        assert_eq!(
            read("a.ndjson", &text, false)[1],
            Ok((2, outline, Some(None))),
            "looked at"
        );
        // As one value: in one line, and in several.
        for text in [binary(length), binary(length).replace(",", ",\n") + "\n"] {
            let found = read("a.json", &text, true);
            let whole = text.trim_ascii();
            let outline = outline + whole.len() - binary(length).len();
            assert!(found == [Ok((1, outline, Some(Some(whole.into()))))], "{length}");
        }
    }
    let text = format!("{{}}\n{}\n{{}}\n", binary(2_000_000));
    let found = read("a.ndjson", &text, true);
    assert_eq!((&found[0], &found[2]), (&Ok((1, 2, None)), &Ok((3, 2, None))));
    let refused = found[1].as_ref().unwrap_err();
    assert!(
        refused.contains("line 2") && refused.contains("2000000 bytes"),
        "{refused}"
    );
    // Bundles are taken apart in memory.
    let bundle = format!(
        r#"{{"resourceType":"Bundle","entry":[{{"resource":{}}}]}}"#,
        binary(200_000)
    );
    let found = read("a.ndjson", &format!("{bundle}\n"), true);
    assert_eq!(found, [Ok((1, bundle.len(), None))]);
}

fn unpacked(coded: impl std::io::Read) -> String {
    let mut text = String::new();
    let mut decoder = flate2::read::GzDecoder::new(coded);
    std::io::Read::read_to_string(&mut decoder, &mut text).unwrap();
    text
}

#[test]
fn what_is_before_a_cut_in_a_gzip_is_read_and_the_cut_is_named() {
    let text: String = (0..2_000).map(|line| format!("{{\"a\":{}}}\n", line * 7_919)).collect();
    let packed = gzip(text.as_bytes());
    let (read, refused) = parts("a.ndjson.gz", &packed[..packed.len() / 2], Limits::default());
    assert!(!read.is_empty() && read.len() < 2_000);
    let whole: Vec<usize> = text.lines().map(str::len).collect();
    for (line, length) in &read {
        assert_eq!(whole[line - 1], *length, "no line is cut");
    }
    assert!(
        refused[0].contains(&format!("after line {}", read.len())),
        "{refused:?}"
    );
}

#[test]
fn folders_are_gone_through_in_order_and_rubbish_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("b/c")).unwrap();
    for name in [
        "z.json",
        "a.NDJSON.gz",
        "b/x.jsonl",
        "b/c/y.json",
        "picture.png",
        "b/notes.txt",
    ] {
        fs::write(root.join(name), "{}").unwrap();
    }
    std::os::unix::fs::symlink(root, root.join("b/loop")).unwrap();
    let sources = Sources::find(&[root.to_owned()]).unwrap();
    let relative = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
    let files: Vec<String> = sources
        .rest()
        .map(|source| match source {
            Source::File(path) => relative(path),
            Source::StandardInput => "-".into(),
        })
        .collect();
    assert_eq!(files, ["a.NDJSON.gz", "b/c/y.json", "b/x.jsonl", "z.json"]);
    let passed: Vec<String> = sources.passed_over().iter().map(|path| relative(path)).collect();
    assert_eq!(passed, ["b/loop", "b/notes.txt", "picture.png"]);
    assert_eq!(sources.total_bytes(), 8);
    assert!(matches!(
        Sources::find(&[root.join("missing")]),
        Err(SourceError::Path { .. })
    ));
    let twice = ["-", "-"].map(PathBuf::from);
    assert!(matches!(Sources::find(&twice), Err(SourceError::StandardInputTwice)));
}
