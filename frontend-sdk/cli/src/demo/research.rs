//! A researcher counts patients who consent to it.

use super::{
    cast::Cast,
    examples::Chart,
    oracle,
    stage::{DemoSession, PARALLEL_ACCOUNTS, YEAR_MS},
    teller::Teller,
    token_service::Scene,
};
use crate::output::count;
use aegle_client::{
    chain::Chain,
    crypto::classes::Class,
    fhir::Resource,
    patient::GrantRequest,
    protocol::wire::{COUNT_FLOOR, Count, CountAnswer},
    researcher::{self, CountQuestion},
    rules::{
        Confidentiality, Purposes,
        consent::{Declaration, DuoModifiers, DuoPermission, DuoUse, Extent, Research},
    },
    sealed::{Keyword, query},
    search::asking::Asking,
};
use anyhow::Result;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::HashSet;

/// The researcher's questions: about what most patients have, in two groups, and about what few have.
const QUESTIONS: [(&str, &str, &[&str]); 2] = [
    (
        "how many patients have any condition or observation",
        "type:Condition OR type:Observation",
        &["Condition", "Observation"],
    ),
    (
        "how many patients were prescribed something",
        "type:MedicationRequest",
        &[],
    ),
];
/// The largest accepted error of a count: the noise is wider than this once in some ten thousand counts.
const NOISE: u32 = 80;
/// The FHIR Consent that the grants stand for.
const DOCUMENT: &[u8] = br#"{"resourceType":"Consent","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"research"}]}}"#;

/// Tells how a researcher counts patients.
pub(crate) async fn tell(teller: &mut Teller, scene: &Scene<'_>, charts: &[Chart]) -> Result<()> {
    let Scene { aegle, cast, service } = *scene;
    teller.step("A researcher counts patients, and reads nobody's record");
    let classes: Vec<Class> = Class::ALL
        .iter()
        .copied()
        .filter(|class| !class.is_restricted())
        .collect();
    // All but one in five.
    let consenting: Vec<usize> = (0..charts.len()).filter(|number| number % 5 != 4).collect();
    consent(teller, aegle, cast, &consenting, &classes).await?;
    let visible = |resource: &Resource| {
        classes.contains(&resource.class()) && resource.confidentiality() == Confidentiality::Normal
    };
    let declaration = Declaration {
        use_: DuoUse::HealthMedicalBiomedical,
        attested: DuoModifiers::IRB,
    };
    let asking = Asking::research(cast.researcher.key().account(), declaration);
    teller.say(format!(
        "{} of {} consent to health research that an ethics board approved. The researcher declares just that.",
        consenting.len(),
        count(charts.len(), "patient"),
    ));
    let mut bar = 0;
    for (words, text, groups) in QUESTIONS {
        let kinds = groups;
        let groups: Vec<Keyword> = kinds
            .iter()
            .map(|kind| Keyword::resource_type(kind))
            .collect::<Result<_, _>>()?;
        let query = query::parse(text)?;
        let having = |query: &query::ParsedQuery| -> Result<u32> {
            let mut patients = 0;
            for number in &consenting {
                let resources = charts[*number].resources.iter().filter(|resource| visible(resource));
                let keywords: Vec<HashSet<Keyword>> = resources
                    .map(|resource| resource.keywords().keywords.into_iter().collect())
                    .collect();
                patients += u32::from(!oracle::answer(query, &keywords).is_empty());
            }
            Ok(patients)
        };
        let expected = having(&query)?;
        let grouped = match groups.is_empty() {
            true => query::GroupedQuery::whole(query),
            false => query.group_by(&groups)?,
        };
        let tokens = service
            .tokens(aegle, cast.researcher.key(), &asking, &grouped.terms)
            .await?;
        let key = cast.researcher.key();
        let ask = async || {
            let question = CountQuestion {
                domain: service.domain(),
                asking: &asking,
                query: grouped.clone(),
                tokens: tokens.clone(),
            };
            researcher::count(aegle, key, question).await
        };
        let (answer, again) = (ask().await?, ask().await?);
        let total = answer.total;
        bar = error_bar(&answer);
        let right = match answer.total {
            Count::About(number) => number.abs_diff(expected) <= NOISE && expected >= COUNT_FLOOR,
            // Noise may push a small number below the floor, never the other way round.
            Count::Fewer => expected < COUNT_FLOOR + NOISE,
        };
        teller.expect(right, format!("{words}: {total} (in truth {expected})"));
        teller.expect(
            again.total == answer.total && again.groups == answer.groups,
            "asked again, the numbers are the same, so that noise cannot be averaged away",
        );
        for (kind, count) in kinds.iter().zip(&answer.groups) {
            teller.say(format!("    of these, with a record of the kind {kind}: {count}"));
        }
    }
    undeclared(teller, scene).await?;
    teller.say(format!(
        "The noise is meant for thousands of patients: in 19 of 20 counts it is at most {bar}. Of so few as here it leaves little to see."
    ));
    teller.seen("by everybody: which accounts consent to what kind of research. By the researcher: numbers with noise, and none below eleven. By the hospital: that research was asked about, and which kind of word. By the indexer: which sealed records an unknown question finds.");
    teller.done();
    Ok(())
}

/// Returns how large the noise of a number is at most in 19 of 20 counts, in patients: that of Laplace, of which more than
/// `k` remains with probability `exp(-epsilon * k)`.
fn error_bar(answer: &CountAnswer) -> u32 {
    let epsilon = f64::from(answer.spent) / 1_000.0 / (1 + answer.groups.len()) as f64;
    (20_f64.ln() / epsilon).ceil() as u32
}

async fn consent(
    teller: &mut Teller,
    aegle: &DemoSession<'_>,
    cast: &Cast,
    consenting: &[usize],
    classes: &[Class],
) -> Result<()> {
    let now = aegle.chain.finalized().await?.timestamp;
    let terms = Research {
        permission: DuoPermission::HealthMedicalBiomedical,
        modifiers: DuoModifiers::IRB,
        extent: Extent::Find,
    };
    let request = GrantRequest {
        grantee: cast.researcher.key().account(),
        purposes: Purposes::HRESCH,
        classes,
        confidentiality: Confidentiality::Normal,
        from: now,
        until: now + YEAR_MS,
        delegable: false,
        document: DOCUMENT,
    };
    let mut progress = teller
        .output()
        .progress("consenting to research", consenting.len() as u64);
    let grants = consenting
        .iter()
        .map(|number| cast.patients[*number].consent_to_research(aegle, terms, &request));
    let mut grants = stream::iter(grants).buffer_unordered(PARALLEL_ACCOUNTS);
    let mut receipts = Vec::new();
    while let Some(granted) = grants.try_next().await? {
        receipts.push(granted.receipt);
        progress.advance(1);
    }
    drop(progress);
    receipts
        .iter()
        .for_each(|receipt| teller.paid("research consents given", receipt));
    Ok(())
}

/// Shows that research that declares nothing gets no tokens.
async fn undeclared(teller: &mut Teller, scene: &Scene<'_>) -> Result<()> {
    let Scene { aegle, cast, service } = *scene;
    let asking = Asking::research(cast.researcher.key().account(), Declaration::default());
    let keywords = [Keyword::resource_type("Condition")?];
    let refused = service.tokens(aegle, cast.researcher.key(), &asking, &keywords).await;
    teller.expect(
        refused.is_err(),
        "a researcher who declares no use gets no search tokens",
    );
    Ok(())
}
