//! The hospital's FHIR server, and how much of it is read.

use crate::{
    GateError, MAX_SEARCH_BYTES,
    bundle::{Found, Given, Part, Unexpected},
    refusal::{FHIR_JSON, NotShown},
    request::Search,
};
use aegle_protocol::wire::MAX_DECISIONS;
use reqwest::{Client, Url, header, redirect};
use std::{collections::HashSet, time::Duration};

/// How long the FHIR server may take for one answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// Entries that one page is asked to have.
const PAGE: &str = "500";
/// Most pages that one search goes through.
const MAX_PAGES: usize = 200;

/// A FHIR server.
pub(crate) struct Upstream {
    client: Client,
    base: Url,
}

impl Upstream {
    /// Names the base of the server; nothing is asked yet.
    pub(crate) fn at(base: &str) -> Result<Self, GateError> {
        let malformed = || GateError::Upstream(base.to_owned());
        let url = Url::parse(&format!("{}/", base.trim_end_matches('/'))).map_err(|_| malformed())?;
        if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some() {
            return Err(malformed());
        }
        let client = Client::builder()
            .timeout(ANSWER_LIMIT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self { client, base: url })
    }

    /// Asks for a resource by the parts of its path; `None` where there is none.
    pub(crate) async fn get(&self, parts: &[&str]) -> Result<Option<Vec<u8>>, NotShown> {
        self.fetch(self.address(parts)?, MAX_SEARCH_BYTES).await
    }

    /// Asks for everything that a search finds.
    pub(crate) async fn matches(&self, search: &Search) -> Result<Vec<Given>, NotShown> {
        let mut address = self.address(&[&search.resource_type])?;
        address
            .query_pairs_mut()
            .extend_pairs(&search.parameters)
            .append_pair("_count", PAGE)
            .append_pair("_total", "accurate");
        let mut matches: Vec<Given> = Vec::new();
        let mut names = HashSet::new();
        let (mut total, mut left) = (None, MAX_SEARCH_BYTES);
        for _ in 0..MAX_PAGES {
            let Some(bytes) = self.fetch(address, left).await? else {
                return Err(Unexpected("a search has an answer, also where it finds nothing").into());
            };
            left -= bytes.len();
            let page = Found::read(&bytes, &search.resource_type)?;
            total = page.total.or(total);
            for found in page.matches {
                if !names.insert(found.name.clone()) {
                    return Err(Unexpected("a resource is on two pages").into());
                }
                matches.push(found);
            }
            if matches.len() > MAX_DECISIONS {
                return Err(NotShown::TooMany);
            }
            let Some(next) = page.next else {
                let is_whole = total.is_none_or(|total| total == matches.len() as u64);
                let missing = Unexpected("its total is not that of the entries that it gives");
                return is_whole.then_some(matches).ok_or(missing.into());
            };
            let next = self.base.join(&next);
            let next = next.map_err(|_| Unexpected("the address of its next page is none"))?;
            if next.origin() != self.base.origin() {
                return Err(Unexpected("its next page is on another server").into());
            }
            address = next;
        }
        Err(NotShown::TooMany)
    }

    /// Makes the address of a part of what a search finds, relative to the base.
    pub(crate) fn page(&self, search: &Search, part: Part) -> String {
        let mut address = self.base.clone();
        address
            .query_pairs_mut()
            .extend_pairs(&search.parameters)
            .append_pair("_count", &part.count.to_string())
            .append_pair("_offset", &part.offset.to_string());
        format!("{}?{}", search.resource_type, address.query().unwrap_or_default())
    }

    fn address(&self, parts: &[&str]) -> Result<Url, Unexpected> {
        let mut address = self.base.clone();
        let segments = address.path_segments_mut();
        let mut segments = segments.map_err(|()| Unexpected("its address has no path"))?;
        segments.pop_if_empty().extend(parts);
        drop(segments);
        Ok(address)
    }

    async fn fetch(&self, address: Url, limit: usize) -> Result<Option<Vec<u8>>, NotShown> {
        let request = self.client.get(address);
        // A parameter that it does not know would be left out of the search, silently.
        let request = request
            .header(header::ACCEPT, FHIR_JSON)
            .header("Prefer", "handling=strict");
        let mut response = request.send().await.map_err(reqwest::Error::without_url)?;
        match response.status().as_u16() {
            200 => {}
            404 | 410 => return Ok(None),
            400 => return Err(Unexpected("it refuses the search").into()),
            _ => return Err(Unexpected("it neither finds nor refuses").into()),
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(reqwest::Error::without_url)? {
            if bytes.len() + chunk.len() > limit {
                return Err(NotShown::TooMany);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some(bytes))
    }
}
