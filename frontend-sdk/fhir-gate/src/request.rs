//! Which requests for FHIR resources are passed on: reads and searches, by parameters that ask nothing about other resources.
//! Everything else is refused.

use crate::bundle::Part;

/// The most entries of a page, and how many a page has that asks for no number.
const MAX_COUNT: usize = 1_000;
const DEFAULT_COUNT: usize = 50;
/// Parameters about every resource that are passed on.
const PASSED_ON: [&str; 4] = ["_id", "_lastUpdated", "_sort", "_tag"];

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The server's capabilities, which are about nobody.
    Metadata,
    /// One resource.
    Read {
        /// Its type.
        resource_type: String,
        /// Its id.
        id: String,
    },
    /// Those that a search finds.
    Search(Search),
}

/// A search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Search {
    /// The type of the resources.
    pub(crate) resource_type: String,
    /// The parameters that the FHIR server is asked by, in their order.
    pub(crate) parameters: Vec<(String, String)>,
    /// Which of the matches to show; none for the total alone.
    pub(crate) part: Part,
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// It is neither a read nor a search of a type.
    #[error("only resources are read (TYPE/ID) and searched for (TYPE?...) through this gate, by GET")]
    Interaction,
    /// The parameter asks about other resources, which the person may not see, or is not known here.
    #[error(
        "the search parameter `{0}` is not passed on: it asks about more than the resources themselves, or for another form"
    )]
    Parameter(String),
    /// The value of a parameter of pages is not a number in its limits.
    #[error("{0} is a number; pages have up to {MAX_COUNT} entries")]
    Page(&'static str),
}

/// Reads the path after the base, without its first `/`, and the query's parameters.
pub(crate) fn read(path: &str, parameters: Vec<(String, String)>) -> Result<Asked, Refused> {
    let mut parts = path.split('/');
    let (first, second, third) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    match (first, second, third) {
        ("metadata", None, None) => Ok(Asked::Metadata),
        (resource_type, None, None) if is_type(resource_type) => search(resource_type, parameters).map(Asked::Search),
        (resource_type, Some(id), None) if is_type(resource_type) && is_id(id) => {
            let other = parameters.into_iter().find(|(name, value)| !is_json(name, value));
            match other {
                None => Ok(Asked::Read {
                    resource_type: resource_type.into(),
                    id: id.into(),
                }),
                Some((name, _)) => Err(Refused::Parameter(name)),
            }
        }
        _ => Err(Refused::Interaction),
    }
}

/// Whether a parameter asks for what is answered anyway.
fn is_json(name: &str, value: &str) -> bool {
    name == "_format" && matches!(value, "json" | "application/json" | "application/fhir+json")
}

/// Whether it is the name of a type of resources.
fn is_type(text: &str) -> bool {
    (2..=64).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether it is an id (FHIR R4, 2.24.0.1) that is no step in a path.
fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
        && !text.starts_with('.')
}

fn search(resource_type: &str, parameters: Vec<(String, String)>) -> Result<Search, Refused> {
    let mut search = Search {
        resource_type: resource_type.into(),
        parameters: Vec::new(),
        part: Part {
            offset: 0,
            count: DEFAULT_COUNT,
        },
    };
    let number = |value: &str, what| value.parse::<usize>().map_err(|_| Refused::Page(what));
    for (name, value) in parameters {
        match name.as_str() {
            "_count" => {
                let count = Some(number(&value, "_count")?).filter(|count| *count <= MAX_COUNT);
                search.part.count = count.ok_or(Refused::Page("_count"))?;
            }
            "_offset" => search.part.offset = number(&value, "_offset")?,
            "_summary" if value == "count" => search.part.count = 0,
            // The total is always the accurate one.
            "_total" => {}
            "_format" if is_json(&name, &value) => {}
            // An order by what others say tells of them, and so do hierarchies of references.
            "_sort" if value.contains(['.', ':']) => return Err(Refused::Parameter(name)),
            other if other.ends_with(":above") || other.ends_with(":below") => return Err(Refused::Parameter(name)),
            known if PASSED_ON.contains(&known) => search.parameters.push((name, value)),
            // `_has`, `_include` and chains ask about resources that are not shown.
            other if other.starts_with('_') || other.contains('.') || other.is_empty() => {
                return Err(Refused::Parameter(name));
            }
            _ => search.parameters.push((name, value)),
        }
    }
    Ok(search)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parameters(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect()
    }

    #[test]
    fn reads_and_searches_are_passed_on_and_nothing_else() {
        assert_eq!(read("metadata", vec![]), Ok(Asked::Metadata));
        let asked = Ok(Asked::Read {
            resource_type: "Observation".into(),
            id: "f-1.2".into(),
        });
        assert_eq!(read("Observation/f-1.2", vec![]), asked);
        assert_eq!(read("Observation/f-1.2", parameters(&[("_format", "json")])), asked);
        for path in [
            "",
            "/",
            "observation",
            "Observation/",
            "Observation/..",
            "Observation/a/_history",
            "Observation/a/$everything",
            "$export",
            "_history",
            "Patient/a b",
            "Observation/%2e",
            "Observation//a",
        ] {
            assert_eq!(read(path, vec![]), Err(Refused::Interaction), "{path}");
        }
        for parameter in [("_format", "xml"), ("_elements", "id"), ("_summary", "true")] {
            assert!(
                read("Observation/a", parameters(&[parameter])).is_err(),
                "{parameter:?}"
            );
        }
    }

    #[test]
    fn a_search_asks_about_the_resources_alone() {
        let all = parameters(&[
            ("code", "http://loinc.org|8480-6"),
            ("_count", "7"),
            ("_offset", "14"),
            ("_total", "none"),
            ("_sort", "-date"),
            ("date:missing", "true"),
        ]);
        let Ok(Asked::Search(found)) = read("Observation", all) else {
            unreachable!()
        };
        assert_eq!(found.part, Part { offset: 14, count: 7 });
        let names: Vec<&str> = found.parameters.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["code", "_sort", "date:missing"]);
        for name in [
            "_has:Observation:patient:code",
            "_include",
            "_revinclude",
            "patient.name",
            "subject:Patient.birthdate",
            "_filter",
            "_content",
            "_text",
            "_elements",
            "_security",
            "",
        ] {
            let refused = read("Observation", parameters(&[(name, "x")]));
            assert_eq!(refused, Err(Refused::Parameter(name.into())));
        }
        for (name, value) in [
            ("_count", "1001"),
            ("_count", "-1"),
            ("_offset", "x"),
            ("_summary", "text"),
            ("_format", "xml"),
        ] {
            assert!(
                read("Observation", parameters(&[(name, value)])).is_err(),
                "{name}={value}"
            );
        }
    }
}
