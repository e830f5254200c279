//! What the golden vectors are, made anew: for the tests here, and for those of the same code as WebAssembly.

use aegle_keys::{DomainKey, poprf::PoprfKey};
use aegle_rules::{AccountId, BatchNumber, DomainId};
use aegle_sealed::{
    BatchSpan, Comparator, Expression, Field, Indexing, Keyword, Kind, Salt, Scope, ScopeContext, SearchToken, Window,
    analyse, query::parse,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The vectors of RFC 9497 that are in `text`: for each, whether the PRF is as it says. The first two are the public
/// key, from the seed and from the secret key.
pub(crate) fn rfc_9497(text: &str) -> Result<Vec<bool>, serde_json::Error> {
    let rfc: RfcVectors = serde_json::from_str(text)?;
    let keys = [
        Some(PoprfKey::derive(&rfc.seed, &rfc.key_info)),
        PoprfKey::from_bytes(&rfc.secret_key),
    ];
    let mut right: Vec<bool> = keys
        .iter()
        .map(|key| key.as_ref().is_some_and(|key| key.public_key() == rfc.public_key))
        .collect();
    for RfcVector { input, info, output } in &rfc.vectors {
        let same = |key: &Option<PoprfKey>| {
            let outputs = key.as_ref().map(|key| key.evaluate(&[(info, vec![input])]));
            outputs.is_some_and(|outputs| outputs.iter().all(|found| found.as_slice() == output) && outputs.len() == 1)
        };
        right.push(keys.iter().all(same));
    }
    Ok(right)
}

/// The vectors that are in `text`: for each, whether it is the one that was `made`. A vector is what stands under a
/// name of the file, or, where that is a list, each element of it.
pub(crate) fn compare(made: &impl Serialize, text: &str) -> Result<Vec<bool>, serde_json::Error> {
    let made = vectors(serde_json::to_value(made)?);
    let kept = vectors(serde_json::from_str(text)?);
    let count = made.len().max(kept.len());
    Ok((0..count).map(|at| made.get(at) == kept.get(at)).collect())
}

fn vectors(file: Value) -> Vec<(String, Value)> {
    let Value::Object(parts) = file else {
        return Vec::new();
    };
    let of_part = |(name, part): (String, Value)| match part {
        Value::Array(elements) => elements.into_iter().map(|element| (name.clone(), element)).collect(),
        single => vec![(name, single)],
    };
    parts.into_iter().flat_map(of_part).collect()
}

#[derive(Deserialize)]
struct RfcVectors {
    #[serde(with = "hex::serde")]
    seed: [u8; 32],
    #[serde(with = "hex::serde")]
    key_info: Vec<u8>,
    #[serde(with = "hex::serde")]
    secret_key: [u8; 32],
    #[serde(with = "hex::serde")]
    public_key: [u8; 32],
    vectors: Vec<RfcVector>,
}

#[derive(Deserialize)]
struct RfcVector {
    #[serde(with = "hex::serde")]
    input: Vec<u8>,
    #[serde(with = "hex::serde")]
    info: Vec<u8>,
    #[serde(with = "hex::serde")]
    output: Vec<u8>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scheme {
    description: String,
    domain_seed: Hex,
    domain_public_key: Hex,
    analysis: Vec<Analysed>,
    keywords: Vec<KeywordVector>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Hex(#[serde(with = "hex::serde")] Vec<u8>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Analysed {
    text: String,
    words: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct KeywordVector {
    keyword: String,
    domain: DomainId,
    epoch: u16,
    scope: Scope,
    segment: u32,
    public_information: Hex,
    tokens: Vec<serde_json::Value>,
    leaves: Vec<Leaf>,
    /// Spans of batches that were compacted.
    spans: Vec<SpanVector>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Leaf {
    batch: BatchNumber,
    key: Hex,
    salt: Salt,
    fingerprint: Hex,
    count: u32,
    masked: u32,
    labels: Vec<Hex>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct SpanVector {
    first: BatchNumber,
    log2: u8,
    key: Hex,
    salt: Salt,
    fingerprint: Hex,
    label: Hex,
}

pub(crate) fn scheme() -> Scheme {
    let seed = [0xa3; 32];
    let key = DomainKey::from_seed(&seed);
    let texts = [
        "Patient reports the worsening chest pains, radiating to the left arm.",
        "ﬁbrillation ＡＴＲＩＡＬ ½ Ménière's",
        "No known allergies; generously hydrated, generic substitution denied.",
    ];
    let analysed = |text: &&str| Analysed {
        text: (*text).to_owned(),
        words: analyse(text),
    };
    let patient = Scope::Patient(AccountId([0x11; 32]));
    let all = Indexing::of(Kind::ALL);
    let of_field = |field: Field, keywords: Vec<Keyword>| {
        let keyword = keywords.into_iter().rfind(|keyword| keyword.field() == field).unwrap();
        keyword_vector(&key, &keyword, patient, 0)
    };
    Scheme {
        description: "Aegle sealed search, v1. Bytes in hexadecimal; tokens as they travel in JSON.".to_owned(),
        domain_seed: Hex(seed.to_vec()),
        domain_public_key: Hex(key.public_key().0.to_vec()),
        analysis: texts.iter().map(analysed).collect(),
        keywords: vec![
            keyword_vector(&key, &Keyword::code("http://loinc.org", "8480-6").unwrap(), patient, 0),
            keyword_vector(
                &key,
                &Keyword::code("http://loinc.org", "8480-6").unwrap(),
                Scope::Cohort,
                0,
            ),
            keyword_vector(&key, &Keyword::day("2026-11-20").unwrap(), patient, 1),
            keyword_vector(&key, &Keyword::text("dyspnoea").unwrap(), patient, 4_194_303),
            of_field(
                Field::CodePrefix,
                all.code("http://hl7.org/fhir/sid/icd-10", "I20").unwrap(),
            ),
            of_field(
                Field::DaySpan,
                all.dates(Some("2026-11-20"), Some("2026-11-20")).unwrap(),
            ),
            of_field(
                Field::ValueSpan,
                all.quantity(("http://loinc.org", "8480-6"), Comparator::Is, "140", "mm[Hg]")
                    .unwrap(),
            ),
            of_field(Field::TextPrefix, all.text("dyspnoea").keywords),
            of_field(Field::TextFuzzy, all.text("dyspnoea").keywords),
        ],
    }
}

fn keyword_vector(key: &DomainKey, keyword: &Keyword, scope: Scope, segment: u32) -> KeywordVector {
    let scope_context = ScopeContext {
        domain: DomainId(7),
        epoch: 2,
        scope,
    };
    let context = scope_context.in_segment(segment);
    let keyword_key = key.keyword_key(&context, keyword);
    let start = segment * 1_024;
    let token = |from: u32, to: u32| -> serde_json::Value {
        let token = keyword_key
            .token(Window::new(start + from, start + to).unwrap())
            .unwrap();
        assert!(token.clone().verify().is_ok());
        serde_json::to_value::<SearchToken>(token).unwrap()
    };
    let leaf = |batch: u32, count: u32| {
        let (batch, salt) = (BatchNumber(start + batch), Salt([batch as u8; 16]));
        let leaf = keyword_key.leaf(batch).unwrap();
        let entry = leaf.entry(&salt, count);
        Leaf {
            batch,
            key: Hex(leaf.to_bytes().to_vec()),
            salt,
            fingerprint: Hex(entry.fingerprint.to_vec()),
            count,
            masked: entry.masked,
            labels: (0..3).map(|c| Hex(leaf.label(&salt, c).0.to_vec())).collect(),
        }
    };
    let span = |first: u32, log2: u8| {
        let span = BatchSpan::new(BatchNumber(start + first), log2).unwrap();
        let salt = Salt([log2; 16]);
        let key = keyword_key.span(&span).unwrap();
        let entry = key.entry(&salt, 7);
        SpanVector {
            first: span.first(),
            log2,
            key: Hex(key.to_bytes().to_vec()),
            salt,
            fingerprint: Hex(entry.fingerprint.to_vec()),
            label: Hex(key.label(&salt, 6).0.to_vec()),
        }
    };
    KeywordVector {
        keyword: keyword.to_string(),
        domain: context.domain,
        epoch: context.epoch,
        scope,
        segment,
        public_information: Hex(context.public_information(keyword.field())),
        // The last segment ends one batch early: a window's end must be a number too.
        tokens: vec![token(0, 512), token(3, 9), token(1, 1_023)],
        leaves: vec![leaf(0, 1), leaf(5, 3), leaf(1_022, 65_536)],
        spans: vec![span(0, 10), span(6, 1), span(512, 9)],
    }
}

/// What is written for a record, and what is asked for a query.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Questions {
    description: String,
    indexed: Vec<Indexed>,
    queries: Vec<Asked>,
}

/// One thing that a record says, and all its keywords under every kind of indexing.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Indexed {
    thing: Thing,
    keywords: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Thing {
    Code {
        system: String,
        code: String,
    },
    Dates {
        from: Option<String>,
        to: Option<String>,
    },
    Quantity {
        system: String,
        code: String,
        comparator: String,
        number: String,
        unit: String,
    },
    Text(String),
}

impl Thing {
    fn code(system: &str, code: &str) -> Self {
        Self::Code {
            system: system.into(),
            code: code.into(),
        }
    }

    fn dates(from: &str, to: &str) -> Self {
        let end = |date: &str| (!date.is_empty()).then(|| date.to_owned());
        Self::Dates {
            from: end(from),
            to: end(to),
        }
    }

    fn quantity(comparator: &str, number: &str, unit: &str) -> Self {
        Self::Quantity {
            system: "http://loinc.org".into(),
            code: "8480-6".into(),
            comparator: comparator.into(),
            number: number.into(),
            unit: unit.into(),
        }
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Asked {
    query: String,
    terms: Vec<String>,
    expression: Expression,
}

pub(crate) fn questions() -> Questions {
    let things = vec![
        Thing::code("http://hl7.org/fhir/sid/icd-10", "I20.0"),
        Thing::code("http://loinc.org", "8480-6"),
        Thing::code("", "a long code"),
        Thing::dates("2024-02-29", "2024-02-29"),
        Thing::dates("1969-12-31", "1969-12-31"),
        Thing::dates("9999-12-31", "9999-12-31"),
        Thing::dates("2019-07", "2019-07"),
        Thing::dates("1500", "1500"),
        Thing::dates("2024-02-10", "2024-05-03"),
        Thing::dates("2024-02-10", ""),
        Thing::dates("", "2024"),
        Thing::quantity("", "140", "mm[Hg]"),
        Thing::quantity("", "140", "mmHg"),
        Thing::quantity("", "-0.0050", "1"),
        Thing::quantity("", "100.4", "[degF]"),
        Thing::quantity("", "7.4049999", "{pH}"),
        Thing::quantity("", "1e15", "kg/m2"),
        Thing::quantity("<", "0.01", "ng/mL"),
        Thing::quantity(">=", "1e15", "1"),
        Thing::Text("Dyspnoea at rest, Ménière's".into()),
        Thing::Text("Acute hepatitis A; no fever. 2型糖尿病 เบาหวาน".into()),
        Thing::Text("so\u{ad}dium ΚΑΡΔΙΆ Straße مُحَمَّد".into()),
    ];
    let indexed = |thing: Thing| {
        let all = Indexing::of(Kind::ALL);
        let keywords = match &thing {
            Thing::Code { system, code } => all.code(system, code),
            Thing::Dates { from, to } => all.dates(from.as_deref(), to.as_deref()),
            Thing::Quantity {
                system,
                code,
                comparator,
                number,
                unit,
            } => {
                let comparator = match comparator.as_str() {
                    "<" => Comparator::Less,
                    ">=" => Comparator::AtLeast,
                    _ => Comparator::Is,
                };
                all.quantity((system, code), comparator, number, unit)
            }
            Thing::Text(text) => Ok(all.text(text).keywords),
        };
        let keywords = keywords.unwrap().iter().map(ToString::to_string).collect();
        Indexed { thing, keywords }
    };
    let queries = [
        r#"code:"http://loinc.org|8480-6" >140 mm[Hg] AND date:2024-01..2025-06 AND (text:"chest pain" OR code:I20*) NOT status:cancelled"#,
        r#"code:"http://hl7.org/fhir/sid/icd-10|I20*""#,
        "text:\"severe dysp*\" OR text:dyspnoea~",
        "date:>=2024-03-01",
        "date:<1970",
        "date:2019",
        "code:loinc|8480-6=120..<140 mmHg",
        "code:loinc|8480-6 <= -0.5 1",
        "code:loinc|8310-5=38..40.5 Cel or code:loinc|8310-5>100.4 [degF]",
        "hepatitis a and no fever",
        "糖尿病 OR เบาหวาน OR =Ménière",
        "* NOT type:observation",
    ];
    let asked = |text: &str| {
        let query = parse(text).unwrap();
        Asked {
            query: text.into(),
            terms: query.terms.iter().map(ToString::to_string).collect(),
            expression: query.expression,
        }
    };
    Questions {
        description: "Aegle sealed search, v1: keywords of what records say, and of queries.".into(),
        indexed: things.into_iter().map(indexed).collect(),
        queries: queries.into_iter().map(asked).collect(),
    }
}
