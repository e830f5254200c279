//! Resources and Bundles of the FHIR server: taken apart, and put together again from what may be shown. What is shown is the FHIR
//! server's own text.

use crate::receipts::ResourceName;
use aegle_client::fhir::{self, Version};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The FHIR server's answer is not what was asked for. Nothing of it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the FHIR server's answer is not what was asked for, or not all of it: {0}")]
pub(crate) struct Unexpected(pub(crate) &'static str);

/// A resource, as the FHIR server gave it.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) name: ResourceName,
    pub(crate) version: Version,
    pub(crate) text: Box<RawValue>,
}

/// The matches of one page of the FHIR server, what it says that there are on all pages, and the address of its next page.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) matches: Vec<Given>,
    pub(crate) total: Option<u64>,
    pub(crate) next: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(rename = "resourceType")]
    resource_type: String,
    id: String,
}

#[derive(Deserialize)]
struct Bundle {
    #[serde(rename = "resourceType")]
    resource_type: String,
    #[serde(rename = "type")]
    kind: String,
    total: Option<u64>,
    #[serde(default)]
    link: Vec<Link>,
    #[serde(default)]
    entry: Vec<Entry>,
}

#[derive(Deserialize, Serialize)]
struct Link {
    relation: String,
    url: String,
}

#[derive(Deserialize)]
struct Entry {
    resource: Option<Box<RawValue>>,
    search: Option<Mode>,
}

#[derive(Deserialize, Serialize)]
struct Mode {
    mode: Option<String>,
}

impl Given {
    /// Reads a resource that must be of a type. One that ingestion would not take has no version that was filed.
    pub(crate) fn read(text: Box<RawValue>, resource_type: &str) -> Result<Self, Unexpected> {
        let unexpected = Unexpected("an entry is no resource of the type that was asked for");
        let named: Named = serde_json::from_str(text.get()).map_err(|_| unexpected)?;
        if named.resource_type != resource_type {
            return Err(unexpected);
        }
        let reading = fhir::read(text.get().as_bytes()).ok();
        let version = match reading.as_ref().map(|reading| reading.resources.as_slice()) {
            Some([resource]) if resource.id() == Some(named.id.as_str()) => resource.version(),
            _ => Version::default(),
        };
        Ok(Self {
            name: ResourceName {
                resource_type: named.resource_type,
                id: named.id,
            },
            version,
            text,
        })
    }
}

impl Found {
    /// Reads a page. What the FHIR server says besides its matches is left out.
    pub(crate) fn read(bytes: &[u8], resource_type: &str) -> Result<Self, Unexpected> {
        let bundle: Bundle = serde_json::from_slice(bytes).map_err(|_| Unexpected("it is no Bundle"))?;
        if (bundle.resource_type.as_str(), bundle.kind.as_str()) != ("Bundle", "searchset") {
            return Err(Unexpected("it is no Bundle of a search"));
        }
        let mut matches = Vec::new();
        for entry in bundle.entry {
            match entry.search.and_then(|search| search.mode).as_deref() {
                Some("outcome") => continue,
                None | Some("match") => {}
                Some(_) => return Err(Unexpected("an entry is no match")),
            }
            let text = entry.resource.ok_or(Unexpected("an entry has no resource"))?;
            matches.push(Given::read(text, resource_type)?);
        }
        let next = bundle.link.into_iter().find(|link| link.relation == "next");
        Ok(Self {
            matches,
            total: bundle.total,
            next: next.map(|link| link.url),
        })
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(rename = "resourceType")]
    resource_type: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    total: usize,
    link: Vec<Link>,
    // FHIR has no empty lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entry: Vec<ShownEntry<'a>>,
}

#[derive(Serialize)]
struct ShownEntry<'a> {
    resource: &'a RawValue,
    search: Mode,
}

/// A part of what was found: how much of it is left out, and how much is shown at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) offset: usize,
    pub(crate) count: usize,
}

/// Makes the page of what may be shown: `permitted` are all of it, and their number is the total. `link` makes the address of a
/// page.
pub(crate) fn page(permitted: &[Given], part: Part, link: impl Fn(Part) -> String) -> String {
    let Part { offset, count } = part;
    let total = permitted.len();
    let shown = permitted.iter().skip(offset).take(count);
    let entry = shown.map(|given| ShownEntry {
        resource: &given.text,
        search: Mode {
            mode: Some("match".into()),
        },
    });
    let named = |relation: &str, part| Link {
        relation: relation.into(),
        url: link(part),
    };
    let mut links = vec![named("self", part)];
    let next = offset.saturating_add(count);
    if count > 0 && next < total {
        links.push(named("next", Part { offset: next, count }));
    }
    let page = Shown {
        resource_type: "Bundle",
        kind: "searchset",
        total,
        link: links,
        entry: entry.collect(),
    };
    // Text and numbers, whose names are text.
    serde_json::to_string(&page).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn entry(id: &str, mode: Option<&str>) -> Value {
        let mut entry =
            json!({ "fullUrl": "http://inside/1", "resource": { "resourceType": "Observation", "id": id } });
        if let Some(mode) = mode {
            entry["search"] = json!({ "mode": mode });
        }
        entry
    }

    fn bundle(entries: &[Value]) -> Value {
        json!({ "resourceType": "Bundle", "type": "searchset", "total": 99, "entry": entries,
            "link": [{ "relation": "self", "url": "a" }, { "relation": "next", "url": "b" }] })
    }

    fn read(bundle: &Value) -> Result<Found, Unexpected> {
        Found::read(bundle.to_string().as_bytes(), "Observation")
    }

    #[test]
    fn matches_are_taken_and_what_was_not_asked_for_is_an_error() {
        let outcome = json!({ "resource": { "resourceType": "OperationOutcome" }, "search": { "mode": "outcome" } });
        let whole = read(&bundle(&[entry("a", None), outcome, entry("b", Some("match"))])).unwrap();
        let ids: Vec<&str> = whole.matches.iter().map(|one| one.name.id.as_str()).collect();
        assert_eq!(
            (ids, whole.next.as_deref(), whole.total),
            (vec!["a", "b"], Some("b"), Some(99))
        );
        let empty = read(&json!({ "resourceType": "Bundle", "type": "searchset" })).unwrap();
        assert!(empty.matches.is_empty() && empty.next.is_none() && empty.total.is_none());
        let other = json!({ "resource": { "resourceType": "Patient", "id": "a" } });
        let nameless = json!({ "resource": { "resourceType": "Observation" } });
        for entry in [other, nameless, json!({}), entry("a", Some("include"))] {
            assert!(read(&bundle(std::slice::from_ref(&entry))).is_err(), "{entry}");
        }
        for wrong in [
            json!({}),
            json!([]),
            json!({ "resourceType": "Bundle", "type": "history" }),
            json!({ "resourceType": "Bundle", "type": "searchset", "entry": {} }),
            json!({ "resourceType": "Bundle", "type": "searchset", "total": -1 }),
        ] {
            assert!(read(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_page_has_the_total_and_the_text_of_what_may_be_shown() {
        let all: Vec<Given> = (0..5)
            .map(|id| {
                let text = format!(r#"{{"resourceType":"Observation","id":"{id}","valueQuantity":{{"value":1.00}}}}"#);
                Given::read(RawValue::from_string(text).unwrap(), "Observation").unwrap()
            })
            .collect();
        let link = |part: Part| format!("?_offset={}", part.offset);
        for (offset, count, shown, next) in [
            (0, 2, vec!["0", "1"], Some("?_offset=2")),
            (2, 2, vec!["2", "3"], Some("?_offset=4")),
            (4, 2, vec!["4"], None),
            (5, 2, vec![], None),
            (0, 5, vec!["0", "1", "2", "3", "4"], None),
            (0, 0, vec![], None),
            (usize::MAX, 2, vec![], None),
        ] {
            let text = page(&all, Part { offset, count }, link);
            let page: Value = serde_json::from_str(&text).unwrap();
            let none = Vec::new();
            let entries = page["entry"].as_array().unwrap_or(&none);
            let ids: Vec<&str> = entries
                .iter()
                .map(|entry| entry["resource"]["id"].as_str().unwrap())
                .collect();
            assert_eq!((page["total"].as_u64(), ids), (Some(5), shown), "{offset}, {count}");
            assert_eq!(page["link"][1]["url"].as_str(), next, "{offset}, {count}");
            assert_eq!(page.get("entry").is_none(), entries.is_empty());
            assert!(
                entries.is_empty() || text.contains("1.00"),
                "decimals keep their precision"
            );
        }
    }
}
