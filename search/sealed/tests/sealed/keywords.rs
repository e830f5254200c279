use aegle_sealed::{Field, Keyword, KeywordError, analyse, limits::MAX_KEYWORD_BYTES};
use proptest::prelude::*;

#[test]
fn canonical_forms_are_field_and_value() {
    let cases = [
        (
            Keyword::code("http://loinc.org", "8480-6"),
            Field::Code,
            "code|http://loinc.org|8480-6",
        ),
        (Keyword::code("", "local"), Field::Code, "code||local"),
        (Keyword::code("urn:x", "a b|c"), Field::Code, "code|urn:x|a b|c"),
        (
            Keyword::category("urn:x", "vital-signs"),
            Field::Category,
            "category|urn:x|vital-signs",
        ),
        (
            Keyword::status("entered-in-error"),
            Field::Status,
            "status|entered-in-error",
        ),
        (Keyword::day("2024-02-29"), Field::Day, "date/day|2024-02-29"),
        (Keyword::text("dyspnoea"), Field::Text, "text|dyspnoea"),
        (Keyword::resource_type("Observation"), Field::Type, "type|Observation"),
    ];
    for (keyword, field, canonical) in cases {
        let keyword = keyword.unwrap();
        assert_eq!((keyword.field(), keyword.to_string().as_str()), (field, canonical));
        assert_eq!(keyword.as_bytes(), canonical.as_bytes());
        assert_eq!(format!("{keyword:?}"), format!("Keyword({field}|..)"));
    }
}

#[test]
fn what_is_no_keyword_is_refused() {
    let cases = [
        (Keyword::code("a|b", "c"), KeywordError::AmbiguousSystem(Field::Code)),
        (Keyword::code("http://loinc.org", ""), KeywordError::Empty(Field::Code)),
        (Keyword::category("a b", "c"), KeywordError::Blank(Field::Category)),
        (Keyword::code("a", " c"), KeywordError::Blank(Field::Code)),
        (Keyword::code("a", "c  d"), KeywordError::Blank(Field::Code)),
        (Keyword::code("a", "c\td"), KeywordError::Blank(Field::Code)),
        (Keyword::code("a\u{7}", "c"), KeywordError::Blank(Field::Code)),
        (Keyword::status(""), KeywordError::Empty(Field::Status)),
        (Keyword::status("in progress"), KeywordError::Blank(Field::Status)),
        (Keyword::resource_type("Obs\0"), KeywordError::Blank(Field::Type)),
        (Keyword::text(""), KeywordError::Empty(Field::Text)),
        (Keyword::text("two words"), KeywordError::NotAWord),
        (Keyword::text("Upper"), KeywordError::NotAWord),
        (Keyword::text("a|b"), KeywordError::NotAWord),
        (Keyword::text(&"x".repeat(80)), KeywordError::NotAWord),
    ];
    for (keyword, error) in cases {
        assert_eq!(keyword.err(), Some(error));
    }
}

#[test]
fn days_are_those_of_the_calendar() {
    let good = [
        "2000-02-29",
        "2024-02-29",
        "2023-02-28",
        "2023-12-31",
        "0001-01-01",
        "9999-04-30",
    ];
    let bad = [
        "1900-02-29",
        "2023-02-29",
        "2023-04-31",
        "2023-00-10",
        "2023-13-10",
        "2023-01-00",
        "2023-01-32",
        "0000-01-01",
        "2023-1-01",
        "2023/01/01",
        "20230101",
        "2023-01-01T",
        "２023-01-01",
        "",
        "+023-01-01",
    ];
    for day in good {
        assert!(Keyword::day(day).is_ok(), "{day}");
    }
    for day in bad {
        assert_eq!(Keyword::day(day).err(), Some(KeywordError::NoSuchDay), "{day}");
    }
}

#[test]
fn a_keyword_has_at_most_so_many_bytes() {
    let room = MAX_KEYWORD_BYTES - "status|".len();
    for (length, fits) in [(room - 1, true), (room, true), (room + 1, false)] {
        let result = Keyword::status(&"x".repeat(length)).map(|keyword| keyword.as_bytes().len());
        let expected = if fits {
            Ok("status|".len() + length)
        } else {
            Err(KeywordError::TooLong(Field::Status))
        };
        assert_eq!(result, expected);
    }
}

#[test]
fn analysis_normalizes_drops_and_stems() {
    let cases: [(&str, &[&str]); 7] = [
        (
            "The patient's chest pains are worsening",
            &["patient", "chest", "pain", "worsen"],
        ),
        ("ﬁbrillation ＡＴＲＩＡＬ ½", &["fibril", "atrial", "1", "2"]),
        ("Ménière É\u{301}", &["menier", "e"]),
        ("of the and", &[]),
        ("… — !", &[]),
        ("twice twice", &["twice", "twice"]),
        (
            // Longer than any word that is searchable.
            concat!(
                "short ",
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
            ),
            &["short"],
        ),
    ];
    for (text, words) in cases {
        assert_eq!(analyse(text), words, "{text}");
    }
}

proptest! {
    #[test]
    fn every_analysed_word_is_a_keyword(text in "\\PC{0,64}") {
        for word in analyse(&text) {
            prop_assert!(Keyword::text(&word).is_ok(), "{}", word);
        }
    }

    #[test]
    fn different_codings_have_different_canonical_forms(
        left in ("[a|b:]{0,3}", "[a|b]{0,3}"), right in ("[a|b:]{0,3}", "[a|b]{0,3}"),
    ) {
        let (one, other) = (Keyword::code(&left.0, &left.1), Keyword::code(&right.0, &right.1));
        if let (Ok(one), Ok(other)) = (one, other) {
            prop_assert_eq!(left == right, one == other);
        }
    }
}
