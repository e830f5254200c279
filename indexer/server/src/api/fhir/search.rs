//! The parameters of a search. What is not known here is refused: a filter that is ignored shows more than was asked for.
use super::{super::Problem, date::moments};
use aegle_protocol::{
    Deployment,
    fhir::{FHIR_JSON, MAX_COUNT, account_system},
};
use aegle_rules::{AccountId, Timestamp};
use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use std::ops::Range;

/// How many resources a page has where nothing is said.
const DEFAULT_COUNT: u16 = 50;
/// The most parameters of a request.
const MAX_PARAMETERS: usize = 16;
/// The most dates: two ends.
const MAX_DATES: usize = 2;
/// The parameter by which links to the next page go on. It is no one's to write.
const CURSOR: &str = "_cursor";

/// What is searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Search {
    /// The patient.
    pub(super) patient: AccountId,
    /// The moments at which it was recorded.
    pub(super) recorded: Range<Timestamp>,
    /// The most resources of the page; 0 for the total alone.
    pub(super) count: u16,
    /// The number after which the page begins; 0 for the first page.
    pub(super) after: u64,
    /// The parameters as they were understood, for links.
    understood: Vec<(String, String)>,
}

/// Whether a search by dates is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dates {
    Supported,
    Refused,
}

/// Returns the parameters of a request in their order.
pub(super) async fn parameters(parts: &mut Parts) -> Result<Vec<(String, String)>, Problem> {
    let query = Query::<Vec<(String, String)>>::from_request_parts(parts, &()).await;
    let Query(parameters) = query.map_err(|_| Problem::invalid_request().because("the query cannot be read"))?;
    if parameters.len() > MAX_PARAMETERS {
        let many = format_args!("a request has at most {MAX_PARAMETERS} parameters").to_string();
        return Err(Problem::invalid_request().because(many));
    }
    Ok(parameters)
}

/// Checks that nothing is asked for but JSON: a read takes no other parameter.
pub(super) fn check_read(parameters: &[(String, String)]) -> Result<(), Problem> {
    match parameters.iter().find(|(name, value)| !is_json(name, value)) {
        None => Ok(()),
        Some(_) => Err(Problem::invalid_request().because("a read takes no parameter but `_format=json`")),
    }
}

/// Whether a parameter asks for what is answered anyway.
fn is_json(name: &str, value: &str) -> bool {
    name == "_format" && ["json", "application/json", FHIR_JSON].contains(&value)
}

impl Search {
    /// Reads a search.
    ///
    /// # Errors
    /// `invalid-request`: a parameter is not supported, comes twice, or cannot be read; or no patient is named.
    pub(super) fn read(
        deployment: &Deployment,
        parameters: Vec<(String, String)>,
        dates: Dates,
    ) -> Result<Self, Problem> {
        let mut recorded = Vec::new();
        let (mut patient, mut count, mut after) = (None, None, None);
        let mut understood = Vec::new();
        for (name, value) in parameters {
            match name.as_str() {
                "patient" => once(&mut patient, &name, account(&value)?)?,
                "patient:identifier" => once(&mut patient, &name, identified(deployment, &value)?)?,
                "date" if dates == Dates::Supported => {
                    recorded.push(moments(&value).map_err(|error| Problem::invalid_request().because(error))?);
                    if recorded.len() > MAX_DATES {
                        return Err(Problem::invalid_request().because("`date` may be given twice: two ends"));
                    }
                }
                "_count" => once(&mut count, &name, counted(&value)?)?,
                "_summary" if value == "count" => once(&mut count, &name, 0)?,
                CURSOR => {
                    let number = value.parse::<u64>().ok().filter(|number| *number > 0);
                    let number =
                        number.ok_or(Problem::invalid_request().because("follow the links of pages as they are"))?;
                    once(&mut after, &name, number)?;
                    continue;
                }
                // It is always the accurate one.
                "_total" if ["none", "estimate", "accurate"].contains(&value.as_str()) => continue,
                "_format" if is_json(&name, &value) => continue,
                _ => return Err(unsupported(dates)),
            }
            understood.push((name, value));
        }
        let missing =
            Problem::invalid_request().because("say whose: `patient` is an account, 0x and 64 hexadecimal digits");
        Ok(Self {
            patient: patient.ok_or(missing)?,
            recorded: recorded.into_iter().fold(0..Timestamp::MAX, |all, one| {
                all.start.max(one.start)..all.end.min(one.end)
            }),
            count: count.unwrap_or(DEFAULT_COUNT),
            after: after.unwrap_or_default(),
            understood,
        })
    }

    /// Returns the search as it was understood, relative to the base, from this page on.
    pub(super) fn link(&self, resource_type: &str, after: u64) -> String {
        let path = format!("{resource_type}?");
        let begins = path.len();
        let mut query = form_urlencoded::Serializer::for_suffix(path, begins);
        query.extend_pairs(&self.understood);
        if after > 0 {
            query.append_pair(CURSOR, &after.to_string());
        }
        query.finish()
    }
}

/// Takes a value that may be given once: what is given twice says two things.
fn once<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), Problem> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => {
            Err(Problem::invalid_request()
                .because(format_args!("`{name}` says again what is said already: say it once")))
        }
    }
}

fn account(text: &str) -> Result<AccountId, Problem> {
    let digits = text.strip_prefix("Patient/").unwrap_or(text);
    let is_whole = digits.len() == 66 && digits.starts_with("0x");
    let account = digits.parse().ok().filter(|_| is_whole);
    account.ok_or(Problem::invalid_request().because("`patient` is an account: 0x and 64 hexadecimal digits"))
}

/// Reads `SYSTEM|ACCOUNT`, where the system is that of this chain's accounts.
fn identified(deployment: &Deployment, text: &str) -> Result<AccountId, Problem> {
    let system = account_system(deployment);
    match text.split_once('|') {
        Some((found, value)) if found == system && !value.starts_with("Patient/") => account(value),
        _ => Err(Problem::invalid_request().because(format_args!("`patient:identifier` is {system}|ACCOUNT"))),
    }
}

fn counted(text: &str) -> Result<u16, Problem> {
    let count = text.parse::<u16>().ok().filter(|count| *count <= MAX_COUNT);
    let wrong = Problem::invalid_request();
    count.ok_or_else(|| wrong.because(format_args!("`_count` is a number up to {MAX_COUNT}")))
}

/// Says what is supported, and nothing of what was asked.
fn unsupported(dates: Dates) -> Problem {
    let date = match dates {
        Dates::Supported => "date, ",
        Dates::Refused => "",
    };
    Problem::invalid_request().because(format_args!(
        "a parameter, or its form, is not supported: a search takes patient or patient:identifier, {date}_count, _summary=count, _total and _format=json"
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aegle_rules::Hash;

    const DEPLOYMENT: Deployment = Deployment {
        genesis: Hash([1; 32]),
        consent: AccountId([2; 32]),
    };

    fn read(query: &str) -> Result<Search, Problem> {
        let parameters = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Search::read(&DEPLOYMENT, parameters, Dates::Supported)
    }

    #[test]
    fn links_say_what_was_understood() {
        let account = AccountId([7; 32]);
        let system = account_system(&DEPLOYMENT);
        let found = read(&format!(
            "patient:identifier={system}%7C{account}&date=ge2026-05-03T00:30%2B02:00&date=lt2027&_count=7&_total=none&_format=json&_cursor=14"
        ))
        .unwrap();
        assert_eq!((found.patient, found.count, found.after), (account, 7, 14));
        let link = found.link("AuditEvent", 21);
        assert!(!link.contains('|') && !link.contains("_total"), "{link}");
        let again = read(link.split_once('?').unwrap().1).unwrap();
        assert_eq!(again, Search { after: 21, ..found });
    }

    #[test]
    fn what_is_not_known_or_says_two_things_is_refused() {
        let account = AccountId([7; 32]);
        assert!(read(&format!("patient={account}")).is_ok());
        assert!(read(&format!("patient=Patient/{account}")).is_ok());
        for query in [
            String::new(),
            "date=2026".into(),
            "patient=7".into(),
            format!("patient={}", &account.to_string()[2..]),
            format!("patient={account}&patient={account}"),
            format!("patient={account}&patient:identifier={account}"),
            format!("patient:identifier={account}"),
            format!("patient:identifier=other%7C{account}"),
            format!("patient:missing={account}"),
            format!("patient={account},{account}"),
            format!("patient={account}&status=active"),
            format!("patient={account}&_include=*"),
            format!("patient={account}&_sort=date"),
            format!("patient={account}&_summary=true"),
            format!("patient={account}&_format=xml"),
            format!("patient={account}&_count=101"),
            format!("patient={account}&_count=-1"),
            format!("patient={account}&_count=1&_count=2"),
            format!("patient={account}&_cursor=0"),
            format!("patient={account}&_cursor=x"),
            format!("patient={account}&date=ne2026"),
            format!("patient={account}&date=2026&date=2026&date=2026"),
        ] {
            assert_eq!(read(&query).unwrap_err().reason(), "invalid-request", "{query}");
        }
        let parameters = vec![("patient".into(), account.to_string()), ("date".into(), "2026".into())];
        assert!(Search::read(&DEPLOYMENT, parameters, Dates::Refused).is_err());
    }
}
