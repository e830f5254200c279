//! Random pages through the gate: no resource that the chain denies, none left out, and right totals.

use super::{PATIENTS, TYPES, Ward};
use aegle_client::patient::Granted;
use aegle_crypto::classes::Class;
use aegle_population::draws::Draws;
use aegle_rules::{AccountId, Purposes};
use std::collections::HashMap;

/// Pages that are asked for; `AEGLE_GATE_PAGES` says how many others.
const PAGES: u64 = 60;
/// Pages between two acts.
const PAGES_A_STATE: u64 = 12;
/// What is granted, one or two at a time.
const CLASSES: [Class; 4] = [
    Class::Laboratory,
    Class::VitalSigns,
    Class::Conditions,
    Class::Medications,
];
const PURPOSES: [(&str, Purposes); 3] = [
    ("TREAT", Purposes::TREAT),
    ("PATRQT", Purposes::PATRQT),
    ("HPAYMT", Purposes::HPAYMT),
];

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// Grants something, or takes something back.
async fn act(ward: &Ward, draws: &mut Draws, given: &mut Vec<(usize, Granted)>) {
    if !given.is_empty() && draws.below(3) == 0 {
        let (person, granted) = given.swap_remove(draws.below(given.len()));
        let world = &ward.site.world;
        let patient = &world.people[person].patient;
        let aegle = world.deployment().aegle();
        patient.revoke(&aegle, granted.id, granted.terms.grantee).await.unwrap();
        return;
    }
    let person = draws.below(PATIENTS.len());
    let first = draws.below(CLASSES.len());
    let classes = [CLASSES[first], CLASSES[(first + 1) % CLASSES.len()]];
    let granted = ward.grant(person, &classes[..1 + draws.below(2)]).await;
    given.push((person, granted));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_what_the_chain_permits_with_the_right_total() {
    let seed = number("AEGLE_SEED").unwrap_or(20_260_702);
    let pages = number("AEGLE_GATE_PAGES").unwrap_or(PAGES);
    let ward = Ward::open().await;
    let mut draws = Draws::from_seed(seed);
    let mut given = Vec::new();
    // What the chain said in this state.
    let mut known: HashMap<(AccountId, &str, String), bool> = HashMap::new();
    let (mut shown, mut withheld) = (0, 0);
    for page in 0..pages {
        if page % PAGES_A_STATE == 0 {
            act(&ward, &mut draws, &mut given).await;
            known.clear();
        }
        let resource_type = TYPES[draws.below(TYPES.len())];
        let patient = format!("Patient/{}", PATIENTS[draws.below(PATIENTS.len())]);
        let parameters: Vec<(&str, &str)> = match draws.below(4) {
            0 => vec![],
            1 => vec![("subject", patient.as_str())],
            2 if resource_type == "Observation" => vec![("status", "final")],
            2 => vec![("_lastUpdated", "gt2000-01-01")],
            _ => vec![("_sort", "-_lastUpdated")],
        };
        let actors = [
            ward.clinician(),
            ward.site.world.people[0].account(),
            ward.site.world.people[1].account(),
        ];
        let actor = actors[draws.below(actors.len())];
        let (code, purpose) = PURPOSES[draws.below(PURPOSES.len())];
        let (count, offset) = (draws.below(12), draws.below(30));

        let mut expected = Vec::new();
        let found = ward.fhir.found(resource_type, &parameters).await;
        for resource in &found {
            let id = resource["id"].as_str().unwrap();
            let asked = (actor, code, format!("{resource_type}/{id}"));
            let permitted = match known.get(&asked) {
                Some(permitted) => *permitted,
                None => ward.permits(actor, purpose, resource).await,
            };
            known.insert(asked, permitted);
            if permitted {
                expected.push(id.to_owned());
            }
        }
        let query: String = parameters
            .iter()
            .map(|(name, value)| format!("{name}={value}&"))
            .collect();
        let path = format!("{resource_type}?{query}_count={count}&_offset={offset}");
        let answer = ward.ask_as(actor, code, &path).await;
        let case = format!("seed {seed}, page {page}: {path} by {actor} for {code}");
        assert_eq!(answer.total(), expected.len() as u64, "{case}");
        let part: Vec<String> = expected.iter().skip(offset).take(count).cloned().collect();
        assert_eq!(answer.ids(), part, "{case}");
        let more = count > 0 && offset + count < expected.len();
        assert_eq!(answer.next().is_some(), more, "{case}");
        shown += part.len();
        withheld += found.len() - expected.len();
    }
    eprintln!("AEGLE_SEED={seed}: {pages} pages, {shown} resources shown, {withheld} matches withheld");
    assert!(shown > 0 && withheld > 0, "both came: {shown}, {withheld}");
}
