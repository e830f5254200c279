//! What is written for each thing that a record says.

use aegle_sealed::{
    Comparator, Indexing, Keyword, KeywordError, Kind, NotIndexed,
    limits::{DAY_SPAN_LEVELS, MAX_KEYWORD_BYTES, MAX_WORD_CHARS, NUMBER_SPAN_LEVELS},
    query::parse,
};

fn written(keywords: Result<Vec<Keyword>, KeywordError>) -> Vec<String> {
    keywords.unwrap().iter().map(ToString::to_string).collect()
}

fn day(indexing: &Indexing, day: &str) -> Result<Vec<Keyword>, KeywordError> {
    indexing.dates(Some(day), Some(day))
}

fn quantity(indexing: &Indexing, number: &str, unit: &str) -> Result<Vec<Keyword>, KeywordError> {
    indexing.quantity(("urn:x", "c"), Comparator::Is, number, unit)
}

fn words(indexing: &Indexing, text: &str) -> Vec<String> {
    let found = indexing.text(text);
    assert_eq!(found.dropped, 0, "{text}");
    written(Ok(found.keywords))
}

#[test]
fn equality_is_always_written_and_the_rest_when_asked_for() {
    let none = Indexing::of([]);
    assert_eq!(written(none.code("urn:x", "I20.1")), ["code|urn:x|I20.1"]);
    assert_eq!(written(day(&none, "2024-05-17")), ["date/day|2024-05-17"]);
    assert_eq!(
        written(none.dates(Some("2024-05-17"), Some("2024-06"))),
        ["date/day|2024-05-17"]
    );
    assert!(written(none.dates(Some("2024"), None)).is_empty());
    assert!(written(quantity(&none, "140", "mm[Hg]")).is_empty());
    assert_eq!(words(&none, "Chest pains"), ["text|chest", "text|pain"]);

    let all = Indexing::of(Kind::ALL);
    assert_eq!(
        written(all.code("urn:x", "I20.1")),
        [
            "code|urn:x|I20.1",
            "code/prefix|urn:x|I20",
            "code/prefix|*|I20",
            "code/prefix|urn:x|I20.",
            "code/prefix|*|I20.",
            "code/prefix|urn:x|I20.1",
            "code/prefix|*|I20.1",
        ]
    );
    let days = written(day(&all, "2024-05-17"));
    for keyword in [
        "date/day|2024-05-17",
        "date/span|2024-05-17/4",
        "date/span|2024-05-13/16",
    ] {
        assert!(days.iter().any(|own| own == keyword), "{keyword}: {days:?}");
    }
    assert_eq!(
        words(&all, "Pains"),
        [
            "text|pain",
            "text/prefix|pai",
            "text/prefix|pain",
            "text/prefix|pains",
            "text/fuzzy|?ains",
            "text/fuzzy|p?ins",
            "text/fuzzy|pa?ns",
            "text/fuzzy|pai?s",
            "text/fuzzy|pain?",
            "text/fuzzy|pains",
        ]
    );
}

#[test]
fn words_are_found_with_what_they_need() {
    let none = Indexing::of([]);
    let cases: [(&str, &[&str]); 11] = [
        ("Acute hepatitis A", &["text|acut", "text|hepat", "text|hepat a"]),
        ("no fever", &["text|no fever", "text|fever"]),
        ("Crohn's disease", &["text|crohn", "text|diseas"]),
        ("Sévère", &["text|sever", "text|=sévère"]),
        ("STRAẞE Straße", &["text|strass", "text|strass"]),
        ("so\u{ad}dium\u{200b}chloride", &["text|sodiumchlorid"]),
        ("ΚΑΡΔΙΆΣ", &["text|καρδιασ", "text|=καρδιάσ"]),
        ("مُحَمَّد", &["text|محمد", "text|=مُحَمَّد"]),
        (
            "2型糖尿病",
            &[
                "text|2",
                "text|2 型",
                "text|型",
                "text|型糖",
                "text|糖",
                "text|糖尿",
                "text|尿",
                "text|尿病",
                "text|病",
            ],
        ),
        ("がん", &["text|がん"]),
        ("स्वास्थ्य", &["text|स्वास्थ्य"]),
    ];
    for (text, expected) in cases {
        assert_eq!(words(&none, text), expected, "{text}");
    }
    let long = "ж".repeat(MAX_WORD_CHARS + 1);
    assert_eq!(none.text(&format!("short {long} {long}")).dropped, 2);
    assert_eq!(words(&none, &"ж".repeat(MAX_WORD_CHARS)).len(), 1);
}

#[test]
fn each_thing_has_so_many_keywords() {
    let all = Indexing::of(Kind::ALL);
    let levels = usize::from(NUMBER_SPAN_LEVELS) + 1;
    let cases = [
        (day(&all, "2024-05-17"), 1 + usize::from(DAY_SPAN_LEVELS)),
        (day(&all, "1500-01-01"), 2),
        (day(&all, "9999-12-31"), 2),
        (all.dates(None, None), 0),
        (quantity(&all, "140", "1"), levels),
        (quantity(&all, "140", "mm[Hg]"), levels),
        (quantity(&all, "1e20", "kg"), 1),
        (quantity(&all, "1e400", "1"), 1),
        (all.code("http://loinc.org", "8480-6"), 1),
        (
            all.code("http://terminology.hl7.org/CodeSystem/v3-ActCode", "INPATIENT"),
            1,
        ),
        (all.code("http://hl7.org/fhir/sid/icd-10-cm", "S72.001A"), 1 + 2 * 6),
        (all.code("http://www.whocc.no/atc", "C07AB02"), 1 + 2 * 5),
        (all.code("urn:x", "a long code of nobody"), 1 + 2 * 6),
        (all.code("urn:x", "A1"), 1),
        (all.code("*", "I20.1"), 1),
    ];
    for (keywords, expected) in cases {
        let keywords = written(keywords);
        assert_eq!(keywords.len(), expected, "{keywords:?}");
    }
}

#[test]
fn what_is_malformed_is_refused_whatever_is_written() {
    for indexing in [Indexing::of([]), Indexing::default(), Indexing::of(Kind::ALL)] {
        let cases = [
            (
                indexing.code("urn:x", ""),
                KeywordError::Empty(aegle_sealed::Field::Code),
            ),
            (day(&indexing, "2023-02-29"), KeywordError::NoSuchDate),
            (day(&indexing, "2023-2"), KeywordError::NoSuchDate),
            (indexing.dates(Some("2024"), Some("2023-12")), KeywordError::EmptyPeriod),
            (quantity(&indexing, "1,5", "1"), KeywordError::NotANumber),
            (quantity(&indexing, "1", "°X"), KeywordError::NotAUnit),
            (
                indexing.quantity(("urn:x", ""), Comparator::Is, "1", "1"),
                KeywordError::Empty(aegle_sealed::Field::Code),
            ),
        ];
        for (keywords, error) in cases {
            assert_eq!(keywords.err(), Some(error));
        }
    }
}

#[test]
fn a_code_that_just_fits_is_found_though_its_beginnings_do_not_fit() {
    let system = "x".repeat(MAX_KEYWORD_BYTES - "code||I20".len());
    let keywords = written(Indexing::default().code(&system, "I20"));
    assert_eq!(keywords.len(), 2);
    assert_eq!(keywords[1], "code/prefix|*|I20");
}

#[test]
fn a_query_of_a_kind_that_is_not_written_is_told() {
    let cases = [
        ("type:A AND code:a|b AND day:2024-01-01 AND text:x", None),
        ("date:2024-05-17", Some(Kind::DateRanges)),
        ("date:1500-05-17", None),
        ("code:a|b>1 1", Some(Kind::NumberRanges)),
        ("type:A OR code:I20*", Some(Kind::CodePrefixes)),
        ("date:2024-05", Some(Kind::DateRanges)),
        ("text:pain*", Some(Kind::TextPrefixes)),
        ("NOT text:pain~", Some(Kind::Fuzzy)),
    ];
    let (none, all) = (Indexing::of([]), Indexing::of(Kind::ALL));
    for (text, kind) in cases {
        let query = parse(text).unwrap();
        assert_eq!(none.check(&query.terms).err(), kind.map(NotIndexed), "{text}");
        assert_eq!(all.check(&query.terms), Ok(()), "{text}");
        let default = kind.filter(|kind| matches!(kind, Kind::TextPrefixes | Kind::Fuzzy));
        assert_eq!(
            Indexing::default().check(&query.terms).err(),
            default.map(NotIndexed),
            "{text}"
        );
    }
    assert_eq!(
        NotIndexed(Kind::Fuzzy).to_string(),
        "words with one edit are not indexed"
    );
}

#[test]
fn what_is_written_travels_as_a_list_of_kinds() {
    let json = serde_json::to_string(&Indexing::default()).unwrap();
    assert_eq!(json, r#"["date_ranges","number_ranges","code_prefixes"]"#);
    assert_eq!(serde_json::from_str::<Indexing>(&json).unwrap(), Indexing::default());
    assert!(serde_json::from_str::<Indexing>(r#"["everything"]"#).is_err());
}
