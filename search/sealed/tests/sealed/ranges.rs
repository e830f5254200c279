//! Ranges, beginnings and fuzzy words as they are written: what they become, and what is refused.

use aegle_sealed::{
    ExpressionError, Field, Keyword, KeywordError,
    limits::*,
    query::{GroupError, QueryFault, parse},
};

fn terms(text: &str) -> Vec<String> {
    let query = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    query.terms.iter().map(ToString::to_string).collect()
}

#[test]
fn terms_become_the_keywords_that_records_have() {
    let cases: [(&str, &[&str]); 10] = [
        ("code:I20*", &["code/prefix|*|I20"]),
        (
            "code:\"http://hl7.org/fhir/sid/icd-10|I20*\"",
            &["code/prefix|http://hl7.org/fhir/sid/icd-10|I20"],
        ),
        ("code:|I20.1*", &["code/prefix||I20.1"]),
        ("code:\"urn:x|G01\\*\"", &["code|urn:x|G01*"]),
        ("code:urn:x|A*02:01", &["code|urn:x|A*02:01"]),
        ("text:CHEST*", &["text/prefix|chest"]),
        ("text:\"Severe chest*\"", &["text|sever", "text/prefix|chest"]),
        ("text:β-block*", &["text|β", "text/prefix|block"]),
        ("day:2024-05-17", &["date/day|2024-05-17"]),
        ("date:1500-05-17", &["date/day|1500-05-17"]),
    ];
    for (text, expected) in cases {
        assert_eq!(terms(text), expected, "{text}");
    }
    let first = [
        ("date:2024-05-17", "date/day|2024-05-17", "date/span|2024-05-17/1"),
        (
            "code:a|b=140 1",
            "value/span|0:994001|1|a|b",
            "value/span|all:1:248500|1|a|b",
        ),
        (
            "code:a|b = 14 kPa",
            "value/span|0:990502|mm[Hg]|a|b",
            "value/span|all:1:247625|mm[Hg]|a|b",
        ),
    ];
    for (text, touched, filled) in first {
        assert_eq!(terms(text)[..2], [touched, filled], "{text}");
    }
}

#[test]
fn a_fuzzy_word_asks_for_its_neighbours() {
    let expected = [
        "?cold", "?old", "c?ld", "c?old", "cld", "co?d", "co?ld", "cod", "col", "col?", "col?d", "cold?", "old",
    ];
    let expected: Vec<String> = expected.iter().map(|form| format!("text/fuzzy|{form}")).collect();
    assert_eq!(terms("text:Cold~"), expected);
}

#[test]
fn the_same_range_may_be_written_in_several_ways() {
    let same = [
        ("date:2024", "date:2024-01-01..2024-12-31"),
        ("date:2024", "date:2024-01..2024-12"),
        ("date:2024", "date:2024-01..<2025"),
        ("date:2024-02", "date:2024-02-01..2024-02-29"),
        ("date:>2024", "date:>=2025-01-01"),
        ("date:2025..", "date:>=2025"),
        ("date:<2024-03", "date:<=2024-02-29"),
        ("date:..2024", "date:<2025"),
        ("code:a|b>140 1", "code:a|b>=140.01 1"),
        ("code:a|b=..140 1", "code:a|b<=140.000 1"),
        ("code:a|b=120..140 mm[Hg]", "code:\"a|b\" = \"120..140 mm[Hg]\""),
        ("code:a|b>140 mmHg", "code:\"a|b\" > 140 mm[Hg]"),
        ("code:a|b=1.2e2..140 1", "code:a|b=120..140.0 1"),
        ("code:a|b=-5..-2 1", "code:a|b=-5.0..-2e0 1"),
        ("code:a|b>1 g/dL", "code:a|b>10 g/l"),
        ("code:a|b>60 {beats}/min", "code:a|b>1 Hz"),
        (
            "code:a|b=5..<6 mmol/L AND type:A",
            "code:\"a|b\"=\"5..<6 mmol/L\" AND type:A",
        ),
        (
            "(code:a|b>5 mmol/L) NOT code:a|b=6 1",
            "code:a|b>5 mmol/L AND NOT code:a|b=6 1",
        ),
        (
            "code:loinc|8480-6>5 1 AND(type:A)",
            "code:http://loinc.org|8480-6>5 1 AND type:A",
        ),
    ];
    for (one, other) in same {
        assert_eq!(parse(one), parse(other), "{one} {other}");
        assert!(parse(one).is_ok(), "{one}");
    }
    for (one, other) in [
        ("code:a|b>140 1", "code:a|b>=140 1"),
        ("code:a|b=140 1", "code:a|b=140 mm[Hg]"),
        ("code:a|b=140 1", "code:a|c=140 1"),
        ("date:2024..<2025", "date:2024..2025"),
    ] {
        assert_ne!(parse(one), parse(other), "{one} {other}");
    }
}

#[test]
fn faults_are_named_with_their_column() {
    let needle = |characters, fewest, most| QueryFault::Needle {
        characters,
        fewest,
        most,
    };
    let keyword = QueryFault::Keyword;
    let cases = [
        // Beginnings of codes.
        ("code:I2*", 6, needle(2, 3, 8)),
        ("code:*", 6, needle(0, 3, 8)),
        ("code:\"urn:x|*\"", 13, needle(0, 3, 8)),
        ("code:\"urn:x|I2*\"", 13, needle(2, 3, 8)),
        ("code:123456789*", 6, needle(9, 3, 8)),
        ("type:A AND code:http://loinc.org|8480*", 17, QueryFault::NoHierarchy),
        ("code:\"http://snomed.info/sct|2716*\"", 6, QueryFault::NoHierarchy),
        ("code:\"*|I20*\"", 6, QueryFault::NoHierarchy),
        ("code:\"a b|I20*\"", 6, keyword(KeywordError::Blank(Field::CodePrefix))),
        ("code:\"urn:x|I20~\"", 16, QueryFault::UnsupportedMark),
        ("category:urn:x|vital*", 21, QueryFault::UnsupportedMark),
        ("status:fin*", 11, QueryFault::UnsupportedMark),
        ("type:Obs~", 9, QueryFault::UnsupportedMark),
        // Beginnings of words, and fuzzy words.
        ("text:ch*", 6, needle(2, 3, 10)),
        ("text:*", 6, needle(0, 3, 10)),
        ("text:\"severe ch*\"", 14, needle(2, 3, 10)),
        ("text:é*", 6, needle(1, 3, 10)),
        ("text:foo-*", 10, needle(0, 3, 10)),
        ("text:\"foo *\"", 11, needle(0, 3, 10)),
        ("text:pai~", 6, needle(3, 4, 16)),
        ("text:~", 6, needle(0, 4, 16)),
        ("text:abcdefghijklmnopq~", 6, needle(17, 4, 16)),
        ("text:chest*pain", 11, QueryFault::MisplacedMark),
        ("text:\"chest** pain\"", 12, QueryFault::MisplacedMark),
        ("text:~38", 6, QueryFault::MisplacedMark),
        (r#"text:"a\*b c\n""#, 13, QueryFault::UnknownEscape),
        // Dates.
        ("date:", 6, QueryFault::ExpectedValue),
        ("date:>", 7, QueryFault::ExpectedValue),
        ("date:>=", 8, QueryFault::ExpectedValue),
        ("date:2024..<", 13, QueryFault::ExpectedValue),
        ("date:..", 6, QueryFault::NoBound),
        ("date:2024-13", 6, QueryFault::NoSuchDate),
        ("date:2023-02-29..2024", 6, QueryFault::NoSuchDate),
        ("date:2024..2024-02-30", 12, QueryFault::NoSuchDate),
        ("date:2024..<tomorrow", 13, QueryFault::NoSuchDate),
        ("date:>=2024-1", 8, QueryFault::NoSuchDate),
        ("date:2024*", 6, QueryFault::NoSuchDate),
        ("date:2024...2025", 12, QueryFault::NoSuchDate),
        ("date:2025..2024", 6, QueryFault::EmptyRange),
        ("date:2024-02..<2024-02", 6, QueryFault::EmptyRange),
        ("date:1611", 6, QueryFault::DateOutOfRange),
        ("date:1612..2328", 12, QueryFault::DateOutOfRange),
        ("date:>9999", 7, QueryFault::DateOutOfRange),
        // Numbers.
        ("code:a|b>", 10, QueryFault::ExpectedValue),
        ("code:a|b= ", 10, QueryFault::ExpectedValue),
        ("code:a|b>140", 9, QueryFault::NoUnit),
        ("code:a|b>140 AND type:A", 9, QueryFault::NoUnit),
        ("code:a|b=.. 1", 10, QueryFault::NoBound),
        ("code:a|b=high 1", 10, keyword(KeywordError::NotANumber)),
        ("code:a|b>1,5 1", 10, keyword(KeywordError::NotANumber)),
        ("code:a|b=1..two 1", 13, keyword(KeywordError::NotANumber)),
        ("code:a|b=1...2 1", 13, keyword(KeywordError::NotANumber)),
        ("code:a|b>1234567890123456789 1", 10, QueryFault::TooPrecise),
        ("code:a|b>1.00001 1", 10, QueryFault::TooPrecise),
        ("code:a|b=1..123456 1", 13, QueryFault::TooPrecise),
        ("code:a|b>1e14 1", 10, QueryFault::NumberOutOfRange),
        ("code:a|b>-1e14 1", 10, QueryFault::NumberOutOfRange),
        ("code:a|b>1e9 kg", 10, QueryFault::NumberOutOfRange),
        ("code:a|b=2..1 1", 10, QueryFault::EmptyRange),
        ("code:a|b=1..<1.0 1", 10, QueryFault::EmptyRange),
        ("code:a|b>37 °X", 13, keyword(KeywordError::NotAUnit)),
        ("code:a|b>5 {mg", 12, keyword(KeywordError::NotAUnit)),
        ("code:a|b=\"5  m Hg\"", 14, keyword(KeywordError::NotAUnit)),
        ("code:a|b>5 mg type:A", 15, QueryFault::ExpectedOperator),
        ("code:b>5 mg", 6, QueryFault::NoSystem { likely: None }),
    ];
    for (text, column, fault) in cases {
        let error = parse(text).expect_err(text);
        assert_eq!((error.column, error.fault), (column, fault), "{text}: {error}");
    }
}

#[test]
fn needles_have_so_many_characters() {
    let cases = [
        ("code:", "*", MIN_PREFIX_CHARS, MAX_CODE_PREFIX_CHARS),
        ("code:urn:x|", "*", MIN_PREFIX_CHARS, MAX_CODE_PREFIX_CHARS),
        ("text:", "*", MIN_PREFIX_CHARS, MAX_TEXT_PREFIX_CHARS),
        ("text:", "~", MIN_FUZZY_CHARS, MAX_FUZZY_CHARS),
    ];
    for (field, mark, fewest, most) in cases {
        for length in [fewest - 1, fewest, fewest + 1, most - 1, most, most + 1] {
            // Letters of two bytes: characters count.
            let text = format!("{field}{}{mark}", "é".repeat(length));
            let refused = QueryFault::Needle {
                characters: length,
                fewest,
                most,
            };
            let expected = (!(fewest..=most).contains(&length)).then_some(refused);
            assert_eq!(parse(&text).err().map(|error| error.fault), expected, "{text}");
        }
    }
}

#[test]
fn bounds_lie_inside_the_years_and_magnitudes_that_ranges_reach() {
    for (text, fits) in [
        (format!("date:{}..{}", FIRST_SPAN_YEAR - 1, LAST_SPAN_YEAR), false),
        (format!("date:{FIRST_SPAN_YEAR}..{LAST_SPAN_YEAR}"), true),
        (format!("date:{FIRST_SPAN_YEAR}..{}", LAST_SPAN_YEAR + 1), false),
        (format!("date:<{FIRST_SPAN_YEAR}"), true),
        (format!("date:>{LAST_SPAN_YEAR}"), true),
        ("code:a|b=..-99999000000000 1".into(), true),
        ("code:a|b<-99999000000000 1".into(), true),
        ("code:a|b>99999000000000 1".into(), true),
        ("code:a|b>99999e9 1".into(), true),
        ("code:a|b>10000e10 1".into(), false),
    ] {
        assert_eq!(parse(&text).is_ok(), fits, "{text}");
    }
    let has = |text: &str, keyword: &str| assert!(terms(text).iter().any(|term| term == keyword), "{text}");
    has("code:a|b<-99999000000000 1", "value/span|2:-129376|1|a|b");
    has("code:a|b>1 1", "value/span|above|1|a|b");
    has("code:a|b<1 1", "value/span|below|1|a|b");
    has("date:>2024", "date/span|after");
    has("date:<2024", "date/span|before");
}

/// A range of numbers with as many terms as a range can have: just inside both ends of the line.
const WORST: &str = "-99999000000000..99999000000000";

#[test]
fn no_term_becomes_more_keywords_than_the_limit_says() {
    for text in [WORST, "-1.4141e-5..2.7183e6", "1.0001e-9..9.9999e13"] {
        let count = terms(&format!("code:a|b={text} 1")).len();
        assert!((10..=MAX_RANGE_TERMS).contains(&count), "{text}: {count}");
    }
    let days = terms("date:1612-01-02..2327-12-30").len();
    assert!((10..=8 * usize::from(DAY_SPAN_LEVELS) + 2).contains(&days), "{days}");
    assert_eq!(terms("text:abcdefghijklmnop~").len(), 3 * MAX_FUZZY_CHARS + 1);
}

#[test]
fn the_term_with_which_a_query_becomes_too_large_is_named() {
    let ranges = (0..40)
        .map(|unit| format!("code:a|b=1.2345..67.89 u{unit}"))
        .collect::<Vec<_>>();
    let one = terms(&ranges[0]).len();
    let fitting = MAX_QUERY_TERMS / one;
    let text = |count: usize, more: usize| {
        let more = (0..more).map(|number| format!("type:T{number}"));
        ranges[..count]
            .iter()
            .cloned()
            .chain(more)
            .collect::<Vec<_>>()
            .join(" OR ")
    };
    let left = MAX_QUERY_TERMS - fitting * one;
    for (more, fits) in [(left.saturating_sub(1), true), (left, true), (left + 1, false)] {
        let text = text(fitting, more);
        let result = parse(&text).map(|query| query.terms.len());
        if fits {
            assert_eq!(result, Ok(fitting * one + more));
            continue;
        }
        let error = result.expect_err("more terms than the limit");
        let terms = MAX_QUERY_TERMS + 1;
        assert_eq!(error.fault, QueryFault::Expression(ExpressionError::Terms { terms }));
        assert_eq!(error.column, text.rfind(':').unwrap() + 2, "the last term is named");
    }
}

#[test]
fn the_term_with_which_an_expression_becomes_too_large_is_named() {
    // Every range is an OR and its terms; the same range again brings nodes, but no terms.
    let range = "code:a|b=1.2345..67.89 1";
    let nodes = terms(range).len() + 1;
    let fitting = (MAX_EXPRESSION_NODES - 1) / nodes;
    let left = MAX_EXPRESSION_NODES - 1 - fitting * nodes;
    for (more, fits) in [(left.saturating_sub(1), true), (left, true), (left + 1, false)] {
        let text = vec![range; fitting]
            .into_iter()
            .chain(vec!["type:A"; more])
            .collect::<Vec<_>>()
            .join(" OR ");
        let error = parse(&text).err();
        assert_eq!(error.is_none(), fits);
        if let Some(error) = error {
            assert_eq!(error.fault, QueryFault::Expression(ExpressionError::TooLarge));
            assert_eq!(error.column, text.rfind("type:").unwrap() + 6, "the last term is named");
        }
    }
    let nested = |depth: usize| format!("{}date:2024-02", "NOT ".repeat(depth));
    assert!(parse(&nested(MAX_EXPRESSION_DEPTH - 2)).is_ok());
    let error = parse(&nested(MAX_EXPRESSION_DEPTH - 1)).expect_err("a range is one deeper than a keyword");
    assert_eq!(error.fault, QueryFault::Expression(ExpressionError::TooDeep));
    assert_eq!(error.column, 4 * (MAX_EXPRESSION_DEPTH - 1) + 6);
}

#[test]
fn a_query_can_be_grouped_by_codes() {
    let codes: Vec<Keyword> = (0..MAX_GROUPS + 1)
        .map(|code| Keyword::code("urn:x", &code.to_string()).unwrap())
        .collect();
    let query = parse("code:urn:x|1 AND day:2024-05-17").unwrap();
    let grouped = query.clone().group_by(&codes[..3]).unwrap();
    let found: Vec<_> = grouped.groups.iter().map(|term| &grouped.terms[*term]).collect();
    assert_eq!(found, codes[..3].iter().collect::<Vec<_>>());
    assert_eq!((grouped.terms.len(), &grouped.expression), (4, &query.expression));
    assert!(grouped.expression.verify(grouped.terms.len()).is_ok());

    for (count, refused) in [
        (0, Some(GroupError::Groups(0))),
        (1, None),
        (MAX_GROUPS - 1, None),
        (MAX_GROUPS, None),
        (MAX_GROUPS + 1, Some(GroupError::Groups(MAX_GROUPS + 1))),
    ] {
        assert_eq!(query.clone().group_by(&codes[..count]).err(), refused, "{count}");
    }
    let types = |count: usize| {
        let text = (0..count)
            .map(|number| format!("type:T{number}"))
            .collect::<Vec<_>>()
            .join(" OR ");
        parse(&text).unwrap()
    };
    for (terms, fits) in [
        (MAX_QUERY_TERMS - 4, true),
        (MAX_QUERY_TERMS - 3, true),
        (MAX_QUERY_TERMS - 2, false),
    ] {
        let refused = GroupError::Terms(ExpressionError::Terms { terms: terms + 3 });
        assert_eq!(types(terms).group_by(&codes[..3]).err(), (!fits).then_some(refused));
    }
}
