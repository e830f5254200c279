//! What a search means: times, words of all languages, several words.

use crate::{cases::read, ranges::finds};
use aegle_client::fhir::Resource;

/// Those of some inputs that a query finds.
fn found<'a>(query: &str, names: &[&'a str]) -> Vec<&'a str> {
    let names = names.iter().copied();
    names
        .filter(|name| read(name).resources.iter().any(|resource| finds(query, resource)))
        .collect()
}

#[test]
fn a_partial_date_is_its_interval() {
    let all = ["dates/year.json", "dates/month.json", "dates/day.json"];
    for (query, expected) in [
        ("date:2019", &all[..]),
        ("date:2019-07", &all[..]),
        ("date:2019-07-15", &all[..]),
        ("date:2019-07-14", &all[..2]),
        ("date:2019-08", &all[..1]),
        ("date:<2019", &[]),
        ("date:>2019", &[]),
        ("date:>=2019", &all[..]),
        ("date:2018..2020", &all[..]),
        ("day:2019-07-15", &all[2..]),
    ] {
        assert_eq!(found(query, &all), expected, "{query}");
    }
    let stay = |period: &str| Resource::parse(&format!(r#"{{"resourceType":"Encounter","period":{period}}}"#)).unwrap();
    let closed = stay(r#"{"start":"2024-02-10","end":"2024-05-03"}"#);
    let open = stay(r#"{"start":"2024-02-10"}"#);
    for (query, in_closed, in_open) in [
        ("date:2024-03", true, true),
        ("date:2024-03-17", true, true),
        ("date:2024-02-09", false, false),
        ("date:2024-05-03", true, true),
        ("date:2024-05-04", false, true),
        ("date:2030", false, true),
        ("date:>2026", false, true),
        ("date:2023", false, false),
        ("day:2024-03-17", false, false),
        ("day:2024-02-10", true, true),
    ] {
        assert_eq!(
            (finds(query, &closed), finds(query, &open)),
            (in_closed, in_open),
            "{query}"
        );
    }
}

#[test]
fn words_of_all_languages_are_found() {
    let all = [
        "words/zh.json",
        "words/ja.json",
        "words/th.json",
        "words/ru.json",
        "words/el.json",
    ];
    for (query, expected) in [
        ("text:糖尿病", &all[..1]),
        ("糖尿病 和 高血压", &all[..1]),
        ("病", &all[..1]),
        ("text:心筋梗塞", &all[1..2]),
        ("入院した", &all[1..2]),
        ("text:เบาหวาน", &all[2..3]),
        ("эзофагогастродуоденоскопия", &all[3..4]),
        ("\"эзофагогастродуоденоскопия выполнена\"", &all[3..4]),
        ("эзофагогастродуоденоскопия отменена", &[]),
        ("ηλεκτροκαρδιογραφημα", &all[4..]),
        ("ΗΛΕΚΤΡΟΚΑΡΔΙΟΓΡΆΦΗΜΑ", &all[4..]),
        ("=ηλεκτροκαρδιογράφημα", &all[4..]),
    ] {
        assert_eq!(found(query, &all), expected, "{query}");
    }
}

#[test]
fn several_words_mean_all_of_them() {
    let all = ["words/hepA.json", "words/hepB.json", "words/nofever.json"];
    for (query, expected) in [
        ("text:\"hepatitis A\"", &all[..1]),
        ("hepatitis b", &all[1..2]),
        ("hepatitis", &all[..2]),
        ("acute hepatitis a", &all[..1]),
        ("text:\"no fever\"", &all[2..]),
        ("no cough", &[]),
        ("fever", &all[2..]),
    ] {
        assert_eq!(found(query, &all), expected, "{query}");
    }
    let feverish = Resource::parse(r#"{"resourceType":"Condition","code":{"text":"high fever, no cough"}}"#).unwrap();
    assert!(!finds("no fever", &feverish) && finds("no cough", &feverish) && finds("fever", &feverish));
}
