//! The story's middle: patients grant, the clinician searches and reads, somebody else does not.

use super::{
    cast::{Cast, Enrolled},
    examples::Chart,
    questions::{self, Question, Searchable},
    stage::{DemoSession, IngestedRecords, PURPOSE, YEAR_MS},
    teller::Teller,
    token_service::Scene,
};
use crate::output::{count, seconds};
use aegle_client::{
    chain::Chain,
    clinician::reader::{Opened, OpeningError, Reader},
    crypto::classes::Class,
    fhir::Resource,
    patient::{GrantRequest, Granted},
    protocol::{record::RecordId, wire::ProblemCode},
    remote::RemoteError,
    rules::{AccountId, Confidentiality, GrantId},
    sealed::{Keyword, SearchToken},
    search::{asking::Asking, tokens::TokensError},
};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::{
    collections::{BTreeSet, HashSet},
    time::Instant,
};

/// The number of patients who grant to the clinician.
const GRANTING_PATIENTS: usize = 5;
/// The FHIR Consent that the grants stand for.
const DOCUMENT: &[u8] = br#"{"resourceType":"Consent","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"provision":{"type":"permit","purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"TREAT"}]}}"#;
/// The name of no record.
const ABSENT: RecordId = RecordId([0xa5; 16]);
/// The beginning of narratives that no person wrote.
const GENERATED: &str = "Generated Narrative";
/// The part of a narrative that is shown, in characters.
const EXCERPT: usize = 240;

/// A clinician's access to one patient's records, for the rest of the story.
pub(crate) struct Access {
    /// The patient, by number.
    pub(crate) patient: usize,
    /// Their grant.
    pub(crate) grant: GrantId,
    /// The question that is asked again.
    pub(crate) question: Question,
    /// The tokens for it.
    pub(crate) tokens: Vec<Vec<SearchToken>>,
    /// Numbers of the records that it found.
    pub(crate) found: Vec<usize>,
    /// Searches that were made.
    pub(crate) searches: u64,
}

/// The patient whose records the clinician searches.
struct Subject<'a> {
    number: usize,
    account: AccountId,
    /// The names of their records, in the chart's order.
    names: &'a [RecordId],
    /// The grant of the patient to the clinician.
    granted: Granted,
}

/// Tells the middle of the story.
pub(crate) async fn tell(
    teller: &mut Teller,
    scene: &Scene<'_>,
    enrolled: &Enrolled,
    charts: &[Chart],
    ingested: &IngestedRecords,
) -> Result<Access> {
    let Scene { aegle, cast, .. } = *scene;
    let mut by_richness: Vec<usize> = (0..charts.len()).collect();
    by_richness.sort_by_key(|number| std::cmp::Reverse(richness(&charts[*number])));
    let number = *by_richness.first().context("there are patients")?;
    let granting = &by_richness[..GRANTING_PATIENTS.min(by_richness.len())];
    let granted = grant(teller, aegle, cast, granting, charts).await?;
    let chart = &charts[number];
    let keywords: Vec<HashSet<Keyword>> = chart
        .resources
        .iter()
        .map(|resource| resource.keywords().keywords.into_iter().collect())
        .collect();
    let visible: Vec<bool> = chart.resources.iter().map(is_granted).collect();
    let records = Searchable {
        chart,
        keywords: &keywords,
        visible: &visible,
    };
    let subject = Subject {
        number,
        account: enrolled[number].account(),
        names: &ingested.names[number],
        granted,
    };
    let mut access = search(teller, scene, &records, &subject).await?;
    open(teller, aegle, cast, &records, subject.names, &access).await?;
    access.searches += outsider(teller, scene, &access, &subject).await?;
    Ok(access)
}

/// The richness of a chart: many kinds of records first, then many records.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Richness {
    kinds: usize,
    records: usize,
}

fn richness(chart: &Chart) -> Richness {
    let kinds: BTreeSet<&str> = chart.resources.iter().map(Resource::resource_type).collect();
    Richness {
        kinds: kinds.len(),
        records: chart.resources.len(),
    }
}

/// Returns the classes that the patients grant: all but the restricted ones, which need a grant of their own.
fn granted_classes() -> Vec<Class> {
    Class::ALL
        .iter()
        .copied()
        .filter(|class| !class.is_restricted())
        .collect()
}

/// Returns whether the grant to the clinician covers a record.
pub(super) fn is_granted(resource: &Resource) -> bool {
    granted_classes().contains(&resource.class()) && resource.confidentiality() == Confidentiality::Normal
}

/// Grants access for some patients, and returns the grant of the first one.
async fn grant(
    teller: &mut Teller,
    aegle: &DemoSession<'_>,
    cast: &Cast,
    granting: &[usize],
    charts: &[Chart],
) -> Result<Granted> {
    teller.step("Patients say who may see what");
    let now = aegle.chain.finalized().await?.timestamp;
    let classes = granted_classes();
    let request = GrantRequest {
        grantee: cast.clinician.key().account(),
        purposes: PURPOSE,
        classes: &classes,
        confidentiality: Confidentiality::Normal,
        from: now,
        until: now + YEAR_MS,
        delegable: false,
        document: DOCUMENT,
    };
    let mut progress = teller.output().progress("granting", granting.len() as u64);
    let grants = granting
        .iter()
        .map(|number| cast.patients[*number].grant(aegle, &request));
    let grants = futures_util::future::try_join_all(grants).await?;
    progress.advance(grants.len() as u64);
    drop(progress);
    grants
        .iter()
        .for_each(|granted| teller.paid("grants given", &granted.receipt));
    let hidden = charts[granting[0]]
        .resources
        .iter()
        .filter(|resource| !is_granted(resource))
        .count();
    teller.say(format!(
        "{} let one clinician read their records for treatment, for a year: all but the especially sensitive ones (mental health, genetics, substance use ...), which need a grant of their own.",
        count(granting.len(), "patient"),
    ));
    teller.say(format!(
        "So {} of the first patient stay closed to that clinician, who is not told that there are any.",
        count(hidden, "record")
    ));
    teller.seen("by everybody: which account may read which numbered slots of which account, for what and until when. By each of three proxies: a share of each key, of which two must come together with the clinician's own part to open anything.");
    teller.done();
    grants.into_iter().next().context("somebody granted")
}

/// Searches as the clinician, and compares each answer with a search of the plain records.
async fn search(
    teller: &mut Teller,
    scene: &Scene<'_>,
    records: &Searchable<'_>,
    subject: &Subject<'_>,
) -> Result<Access> {
    let Scene { aegle, cast, service } = *scene;
    teller.step("The clinician searches one patient's sealed records");
    teller.say(format!(
        "The patient (\u{201c}{}\u{201d} in the FHIR files) has {}. Each answer is compared with a search of the plain text of the {} that the grant covers.",
        records.chart.patient.id(),
        count(subject.names.len(), "record"),
        records.visible.iter().filter(|visible| **visible).count(),
    ));
    let questions = questions::choose(records)?;
    let mut best: Option<Access> = None;
    let asked = questions.len() as u64;
    for question in questions {
        let began = Instant::now();
        let tokens = service.ask(aegle, &cast.clinician, subject.account, &question).await?;
        let hits = ask(scene, &cast.clinician, subject.account, &question, &tokens).await?;
        let took = began.elapsed();
        let found = numbers(subject.names, &hits)?;
        let expected = records.answer(&question.query);
        let exact = found == expected.iter().copied().collect() && hits.len() == expected.len();
        let result = format!(
            "{}: {} ({})",
            question.words,
            count(hits.len(), "record"),
            seconds(took)
        );
        teller.expect(exact, format!("{result}, as the plain records say"));
        teller
            .output()
            .line(&teller.output().faint(&format!("      {}", question.text)));
        if best.is_none() && exact {
            best = Some(Access {
                patient: subject.number,
                grant: subject.granted.id,
                question,
                tokens,
                found: expected,
                searches: asked,
            });
        }
    }
    teller.seen("by the hospital: that this clinician asks about this patient, for how many codes, words or days; not which. By the indexer: which sealed records an unknown question finds. By the chain: nothing.");
    teller.done();
    best.context("no search found what it should")
}

/// Searches for one question with given tokens, and returns the names of the hits.
pub(crate) async fn ask(
    scene: &Scene<'_>,
    reader: &Reader,
    patient: AccountId,
    question: &Question,
    tokens: &[Vec<SearchToken>],
) -> Result<Vec<RecordId>> {
    let asking = Asking::patient(reader.key().account(), patient, PURPOSE);
    let request = asking.search(
        scene.service.domain(),
        tokens.to_vec(),
        question.query.expression.clone(),
    );
    let answer = reader.search(scene.aegle, &request).await?;
    Ok(answer.hits.into_iter().map(|hit| hit.record).collect())
}

fn numbers(names: &[RecordId], hits: &[RecordId]) -> Result<BTreeSet<usize>> {
    let number = |hit| {
        names
            .iter()
            .position(|name| name == hit)
            .context("a hit is not a record of this patient")
    };
    hits.iter().map(number).collect()
}

/// Opens a hit as the clinician, and compares it with what the hospital wrote.
async fn open(
    teller: &mut Teller,
    aegle: &DemoSession<'_>,
    cast: &Cast,
    records: &Searchable<'_>,
    names: &[RecordId],
    access: &Access,
) -> Result<()> {
    teller.step("The clinician opens what was found");
    let chart = records.chart;
    // One that has a value reads best.
    let telling = access.found.iter().find(|number| {
        let fields = serde_json::from_str(chart.resources[**number].text());
        fields.is_ok_and(|fields| value(&fields).is_some())
    });
    let number = *telling.or(access.found.first()).context("something was found")?;
    let began = Instant::now();
    let opened = cast.clinician.open(aegle, names[number], PURPOSE).await?;
    let took = began.elapsed();
    for line in describe(&opened)? {
        teller.say(line);
    }
    let same = opened.content.bytes == chart.resources[number].text().as_bytes();
    teller.expect(
        same,
        format!(
            "the record is, to the last byte, what the hospital wrote ({})",
            seconds(took)
        ),
    );
    teller.expect(
        opened.grant == Some(access.grant),
        "it was opened by the grant that the patient gave",
    );
    // The story knows its name; the clinician would have to guess 16 random bytes.
    if let Some(sensitive) = records.visible.iter().position(|visible| !visible) {
        let nothing = |opened| matches!(opened, Err(OpeningError::Indexer(RemoteError::NotFound)));
        let denied = nothing(cast.clinician.open(aegle, names[sensitive], PURPOSE).await);
        let absent = nothing(cast.clinician.open(aegle, ABSENT, PURPOSE).await);
        teller.expect(
            denied && absent,
            "a sensitive record, which the grant leaves out, does not open: the answer is that of a record that does not exist",
        );
    }
    teller.say(format!(
        "Its hash belongs to batch {} as it was anchored on the chain; the clinician's own computer verified that.",
        opened.batch,
    ));
    teller.seen("by the clinician: the record. By the patient: that it was opened, by whom and why. By the indexer and one more proxy: that somebody opened it; what each did with its share tells it nothing of the record.");
    teller.done();
    Ok(())
}

/// Returns the lines of a resource that a clinician wants to see first.
fn describe(opened: &Opened) -> Result<Vec<String>> {
    let text = std::str::from_utf8(&opened.content.bytes).context("the record is no text")?;
    let resource = Resource::parse(text)?;
    let fields: Value = serde_json::from_str(text)?;
    let of = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| fields.get(*name)?.as_str())
            .map(str::to_owned)
    };
    let mut head = vec![format!("{}: {}", resource.resource_type(), resource.title())];
    head.extend(of(&["status"]));
    head.extend(of(&[
        "effectiveDateTime",
        "onsetDateTime",
        "performedDateTime",
        "authoredOn",
        "issued",
        "date",
    ]));
    let mut lines = vec![head.join(", ")];
    lines.extend(value(&fields).map(|value| format!("Value: {value}")));
    let narrative = resource.narrative().map(|narrative| excerpt(&narrative));
    // Narratives that a program made repeat the fields.
    let written = narrative.filter(|narrative| !narrative.starts_with(GENERATED));
    lines.extend(written.map(|narrative| format!("\u{201c}{narrative}\u{201d}")));
    Ok(lines)
}

fn value(fields: &Value) -> Option<String> {
    if let Some(quantity) = fields.get("valueQuantity") {
        let unit = quantity.get("unit").and_then(|unit| unit.as_str()).unwrap_or_default();
        return Some(format!("{} {unit}", quantity.get("value")?));
    }
    let concept = fields.get("valueCodeableConcept");
    let text = concept.and_then(|concept| {
        concept
            .get("text")
            .or_else(|| concept.get("coding")?.get(0)?.get("display"))
    });
    text.or_else(|| fields.get("valueString"))
        .and_then(|text| text.as_str())
        .map(str::to_owned)
}

fn excerpt(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    match text.char_indices().nth(EXCERPT) {
        Some((at, _)) => format!("{} ...", &text[..at]),
        None => text,
    }
}

/// Tries to search and to open with a role and valid tokens, but without a grant. Returns how many searches were made.
async fn outsider(teller: &mut Teller, scene: &Scene<'_>, access: &Access, subject: &Subject<'_>) -> Result<u64> {
    let Scene { aegle, cast, service } = *scene;
    let outsider = &cast.outsider;
    teller.step("Another clinician tries, without a grant");
    let refused = service.ask(aegle, outsider, subject.account, &access.question).await;
    teller.expect(
        matches!(
            &refused,
            Err(TokensError::Service(RemoteError::Refused {
                code: ProblemCode::NotPermitted,
                ..
            }))
        ),
        "the hospital gives no search tokens",
    );
    let hits = ask(scene, outsider, subject.account, &access.question, &access.tokens).await?;
    teller.expect(
        hits.is_empty(),
        "with search tokens stolen from the first clinician, the same search finds nothing",
    );
    ensure!(!access.found.is_empty(), "the first clinician found something");
    let opened = outsider.open(aegle, subject.names[access.found[0]], PURPOSE).await;
    teller.expect(opened.is_err(), "and a record whose name they know does not open");
    teller.seen("by the hospital and the indexer: that this account asked, and was refused. By everybody else: nothing. To the outsider, a record that is denied looks like one that does not exist.");
    teller.done();
    Ok(1)
}
