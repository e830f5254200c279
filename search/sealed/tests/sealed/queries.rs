use aegle_sealed::{
    Expression, ExpressionError, Field, KeywordError,
    limits::{MAX_EXPRESSION_DEPTH, MAX_EXPRESSION_NODES, MAX_QUERY_BYTES, MAX_QUERY_TERMS, MAX_WORD_CHARS},
    query::{QueryFault, parse},
};
use proptest::prelude::*;

/// An expression as a person would draw it: `&(0 !(1))`.
fn drawn(expression: &Expression) -> String {
    let all = |parts: &[Expression]| parts.iter().map(drawn).collect::<Vec<_>>().join(" ");
    match expression {
        Expression::Term(term) => term.to_string(),
        Expression::And(parts) => format!("&({})", all(parts)),
        Expression::Or(parts) => format!("|({})", all(parts)),
        Expression::Not(part) => format!("!({})", drawn(part)),
    }
}

#[test]
fn queries_are_read_as_they_are_meant() {
    let cases: [(&str, &[&str], &str); 24] = [
        ("status:final", &["status|final"], "0"),
        ("  status:final  ", &["status|final"], "0"),
        (
            r#"code:"http://loinc.org|8480-6" AND text:chest AND NOT status:cancelled"#,
            &["code|http://loinc.org|8480-6", "text|chest", "status|cancelled"],
            "&(0 1 !(2))",
        ),
        (
            "code:http://loinc.org|8480-6 NOT status:x",
            &["code|http://loinc.org|8480-6", "status|x"],
            "&(0 !(1))",
        ),
        (
            "type:A OR type:B AND type:C",
            &["type|A", "type|B", "type|C"],
            "|(0 &(1 2))",
        ),
        (
            "(type:A OR type:B) AND type:C",
            &["type|A", "type|B", "type|C"],
            "&(|(0 1) 2)",
        ),
        ("NOT(type:A)", &["type|A"], "!(0)"),
        ("NOT NOT type:A", &["type|A"], "!(!(0))"),
        ("day:2012-01-05", &["date/day|2012-01-05"], "0"),
        (
            "text:\"Chest PAINS\" OR text:pain",
            &["text|chest", "text|pain"],
            "|(&(0 1) 1)",
        ),
        ("category:|local", &["category||local"], "0"),
        (r#"code:"a|say \"x\" \\ y""#, &[r#"code|a|say "x" \ y"#], "0"),
        ("type:AND AND type:ORNOT", &["type|AND", "type|ORNOT"], "&(0 1)"),
        // As people write.
        ("Chest pain", &["text|chest", "text|pain"], "&(0 1)"),
        (
            "\"chest pain\" fever",
            &["text|chest", "text|pain", "text|fever"],
            "&(0 1 2)",
        ),
        (
            "chest pain and Type:observation or not Status:final",
            &["text|chest", "text|pain", "type|Observation", "status|final"],
            "|(&(&(0 1) 2) !(3))",
        ),
        ("no fever", &["text|no fever", "text|fever"], "&(0 1)"),
        ("hepatitis A", &["text|hepat", "text|hepat a"], "&(0 1)"),
        (
            "vitamin B 12",
            &["text|vitamin", "text|vitamin b", "text|b", "text|b 12", "text|12"],
            "&(0 1 2 3 4)",
        ),
        ("糖尿病", &["text|糖尿", "text|尿病"], "&(0 1)"),
        ("癌", &["text|癌"], "0"),
        ("เบา", &["text|เบ", "text|บา"], "&(0 1)"),
        ("*", &["type|Patient"], "|(0 !(0))"),
        (
            "code:loinc|8480-6 NOT code:SNOMED|1",
            &["code|http://loinc.org|8480-6", "code|http://snomed.info/sct|1"],
            "&(0 !(1))",
        ),
    ];
    for (text, terms, expression) in cases {
        let query = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let found: Vec<_> = query.terms.iter().map(ToString::to_string).collect();
        assert_eq!(found, terms, "{text}");
        assert_eq!(drawn(&query.expression), expression, "{text}");
    }
}

#[test]
fn faults_are_named_with_their_column() {
    let deep = format!("{}type:A{}", "(".repeat(40), ")".repeat(40));
    let long = "x".repeat(MAX_QUERY_BYTES + 1);
    let cases = [
        ("", 1, QueryFault::ExpectedTerm),
        ("   ", 4, QueryFault::ExpectedTerm),
        ("type:A AND", 11, QueryFault::ExpectedTerm),
        ("type:A OR OR type:B", 11, QueryFault::ExpectedTerm),
        ("AND type:A", 1, QueryFault::ExpectedTerm),
        ("type:A type:B", 8, QueryFault::ExpectedOperator),
        ("(type:A type:B)", 9, QueryFault::ExpectedOperator),
        ("(type:A", 1, QueryFault::OpenParenthesis),
        ("type:A AND (type:B", 12, QueryFault::OpenParenthesis),
        ("type:A)", 7, QueryFault::LooseParenthesis),
        ("()", 2, QueryFault::ExpectedTerm),
        ("type:", 6, QueryFault::ExpectedValue),
        ("type: A", 6, QueryFault::ExpectedValue),
        ("fever type:A", 7, QueryFault::ExpectedOperator),
        ("type:A fever", 8, QueryFault::ExpectedOperator),
        ("colour:red", 1, QueryFault::UnknownField),
        ("type:A AND colour:red", 12, QueryFault::UnknownField),
        ("text:\"chest", 6, QueryFault::OpenQuotation),
        (r#"text:"a\n""#, 8, QueryFault::UnknownEscape),
        ("code:8480-6", 6, QueryFault::NoSystem { likely: Some("loinc") }),
        ("code:I20.1", 6, QueryFault::NoSystem { likely: Some("icd10") }),
        ("code:73211009", 6, QueryFault::NoSystem { likely: Some("snomed") }),
        ("code:bp", 6, QueryFault::NoSystem { likely: None }),
        ("text:the", 6, QueryFault::CommonWord),
        ("fever and the", 11, QueryFault::CommonWord),
        ("text:\"the pain*\"", 7, QueryFault::CommonWord),
        ("text:\"- !\"", 6, QueryFault::NoWords),
        ("text:の", 6, QueryFault::ShortRun),
        ("text:糖尿*", 8, QueryFault::NoMark),
        ("text:=pain", 6, QueryFault::NoAccent),
        ("fever >140", 7, QueryFault::UnboundValue),
        ("value:>140", 7, QueryFault::UnboundValue),
        (
            "text:é NOT day:2023-02-29",
            16,
            QueryFault::Keyword(KeywordError::NoSuchDay),
        ),
        (
            "status:\"\"",
            8,
            QueryFault::Keyword(KeywordError::Empty(Field::Status)),
        ),
        (&deep, 17, QueryFault::TooDeep),
        (&long, 1, QueryFault::TooLong),
    ];
    for (text, column, fault) in cases {
        let error = parse(text).expect_err(text);
        assert_eq!((error.column, error.fault), (column, fault), "{text}");
    }
    assert_eq!(
        parse("text:the").unwrap_err().to_string(),
        "column 6: the word is too common to be searched for by itself; write it with the word before or after it: \"no fever\""
    );
    let long = "x".repeat(MAX_WORD_CHARS);
    assert!(parse(&long).is_ok());
    assert_eq!(parse(&format!("pain {long}x")).unwrap_err().fault, QueryFault::LongWord);
}

#[test]
fn a_query_has_at_most_so_many_terms() {
    for (count, fits) in [
        (MAX_QUERY_TERMS - 1, true),
        (MAX_QUERY_TERMS, true),
        (MAX_QUERY_TERMS + 1, false),
    ] {
        let text = (0..count)
            .map(|number| format!("type:T{number}"))
            .collect::<Vec<_>>()
            .join(" OR ");
        let result = parse(&text).map(|query| query.terms.len()).map_err(|error| error.fault);
        let refused = QueryFault::Expression(ExpressionError::Terms { terms: count });
        assert_eq!(result, if fits { Ok(count) } else { Err(refused) });
    }
}

#[test]
fn expressions_keep_to_their_limits() {
    let nested = |depth: usize| (1..depth).fold(Expression::Term(0), |inner, _| Expression::Not(Box::new(inner)));
    let wide = |nodes: usize| Expression::Or(vec![Expression::Term(0); nodes - 1]);
    let cases = [
        (nested(MAX_EXPRESSION_DEPTH - 1), 1, None),
        (nested(MAX_EXPRESSION_DEPTH), 1, None),
        (nested(MAX_EXPRESSION_DEPTH + 1), 1, Some(ExpressionError::TooDeep)),
        (wide(MAX_EXPRESSION_NODES - 1), 1, None),
        (wide(MAX_EXPRESSION_NODES), 1, None),
        (wide(MAX_EXPRESSION_NODES + 1), 1, Some(ExpressionError::TooLarge)),
        (Expression::Term(0), 0, Some(ExpressionError::Terms { terms: 0 })),
        (Expression::Term(0), MAX_QUERY_TERMS, None),
        (
            Expression::Term(0),
            MAX_QUERY_TERMS + 1,
            Some(ExpressionError::Terms {
                terms: MAX_QUERY_TERMS + 1,
            }),
        ),
        (
            Expression::Term(1),
            1,
            Some(ExpressionError::UnknownTerm { term: 1, terms: 1 }),
        ),
        (Expression::And(vec![]), 1, Some(ExpressionError::Empty)),
        (Expression::Or(vec![]), 1, Some(ExpressionError::Empty)),
    ];
    for (expression, terms, refused) in cases {
        assert_eq!(
            expression.clone().verify(terms).err(),
            refused,
            "{}",
            drawn(&expression)
        );
    }
}

#[test]
fn expressions_travel_as_json() {
    let expression = parse("type:A AND NOT (type:B OR type:C)").unwrap().expression;
    let json = serde_json::to_string(&expression).unwrap();
    assert_eq!(json, r#"{"and":[{"term":0},{"not":{"or":[{"term":1},{"term":2}]}}]}"#);
    assert_eq!(serde_json::from_str::<Expression>(&json).unwrap(), expression);
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "[a-z:|\"\\\\()ANDORT \u{e9}<>=*~糖の]{0,60}") {
        match parse(&text) {
            Ok(query) => prop_assert!(query.expression.verify(query.terms.len()).is_ok()),
            Err(error) => prop_assert!((1..=text.chars().count() + 1).contains(&error.column)),
        }
    }
}
