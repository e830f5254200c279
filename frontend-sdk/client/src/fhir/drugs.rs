//! Drugs behind references: a prescription is found by the drug that it refers to.

use super::{ContentHash, Resource, json::Json, patient::literal};
use std::collections::HashMap;

/// Most drugs that are remembered of inputs that are read piece by piece.
pub const MAX_DRUGS: usize = 200_000;
/// What of a `Medication` says which drug it is.
const TELLING: [&str; 2] = ["code", "ingredient"];

/// Drugs of an input that is read piece by piece, by the ids of their `Medication`.
#[derive(Default)]
pub struct Drugs(HashMap<String, Option<Medication>>);

/// A `Medication`: its content, and the elements that say which drug it is.
struct Medication {
    content: ContentHash,
    telling: Vec<(&'static str, Json)>,
}

impl Drugs {
    /// Remembers a resource that is a drug; two different ones of one id are none. Returns `false` for one more than
    /// [`MAX_DRUGS`], which is not remembered.
    pub fn add(&mut self, resource: &Resource) -> bool {
        let (true, Some(id)) = (resource.resource_type == "Medication", resource.id()) else {
            return true;
        };
        let content = resource.content_hash();
        if let Some(known) = self.0.get_mut(id) {
            if known.as_ref().is_some_and(|known| known.content != content) {
                *known = None;
            }
            return true;
        }
        if self.0.len() == MAX_DRUGS {
            return false;
        }
        let telling = telling(resource);
        self.0.insert(id.to_owned(), Some(Medication { content, telling }));
        true
    }

    /// Finds the drugs of a resource that were not found beside it.
    pub fn link(&self, resource: &mut Resource) {
        for drug in resource.drugs.iter_mut().filter(|drug| drug.found.is_none()) {
            if let Some((_, "Medication", id)) = literal(&drug.reference) {
                let known = self.0.get(id).and_then(Option::as_ref);
                drug.found = known.map(|known| known.telling.clone());
            }
        }
    }
}

fn telling(medication: &Resource) -> Vec<(&'static str, Json)> {
    let told = TELLING
        .iter()
        .filter_map(|name| Some((*name, medication.fields.get(name)?.clone())));
    told.collect()
}

/// Finds the drugs of `resources` by their entries' names in a bundle: `named` has the place of each among them.
pub(super) fn link_entries(resources: &mut [Resource], named: &HashMap<String, usize>) {
    link(resources, |reference| named.get(reference).copied());
}

/// Finds the drugs of `resources` by their ids; two different ones of one id are none.
pub(super) fn link_ids(resources: &mut [Resource]) {
    let mut named: HashMap<String, Option<usize>> = HashMap::new();
    for (place, resource) in resources.iter().enumerate() {
        if let (true, Some(id)) = (resource.resource_type == "Medication", resource.id()) {
            let known = named.entry(id.to_owned()).or_insert(Some(place));
            if known.is_some_and(|known| resources[known].text != resource.text) {
                *known = None;
            }
        }
    }
    link(resources, |reference| match literal(reference)? {
        (_, "Medication", id) => *named.get(id)?,
        _ => None,
    });
}

fn link(resources: &mut [Resource], place: impl Fn(&str) -> Option<usize>) {
    for at in 0..resources.len() {
        for drug in 0..resources[at].drugs.len() {
            let wanted = &resources[at].drugs[drug];
            if wanted.found.is_some() {
                continue;
            }
            if let Some(medication) = place(&wanted.reference).and_then(|place| resources.get(place)) {
                let told = (medication.resource_type == "Medication").then(|| telling(medication));
                resources[at].drugs[drug].found = told;
            }
        }
    }
}
