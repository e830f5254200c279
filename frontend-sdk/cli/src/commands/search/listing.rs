//! Hits as a person sees them: the newest first, with type, date, title and custodian where they may be opened.

use crate::{
    commands::opening::{self, Opener},
    context::{Connected, Context},
    output::count,
};
use aegle_client::{
    chain::{Chain, Head},
    clinician::reader::{Opened, OpeningError},
    protocol::{record::RecordId, wire::Hit},
    rules::{
        DomainId,
        ledger::{Fate, RecordPosition},
    },
};
use anyhow::Result;
use clap::Args;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use std::{cmp::Reverse, collections::BTreeMap};

/// Most hits that are opened to be shown; others are listed sealed.
const MAX_OPENED: usize = 100;
/// Records that are looked at at the same time.
const PARALLEL: usize = 8;

/// Options of how hits are shown.
#[derive(Clone, Copy, Args)]
pub(super) struct Showing {
    /// Show the content of the records too
    #[arg(long, conflicts_with = "sealed")]
    open: bool,
    /// Open nothing: list the records by name alone. Nothing is disclosed then but that they were found
    #[arg(long)]
    sealed: bool,
    /// Show records too that newer versions have taken the place of, or that were entered in error
    #[arg(long)]
    all_versions: bool,
}

/// Hits as they are shown.
pub(super) struct Listing {
    /// One object a hit.
    pub(super) hits: Vec<Value>,
    /// One line a hit.
    pub(super) lines: Vec<String>,
    /// Hits that are not shown, because newer versions took their place or because they were entered in error.
    pub(super) left_out: usize,
    /// What else is said, a line each.
    pub(super) remarks: Vec<String>,
    /// A record that is not what was anchored.
    pub(super) tampered: Option<OpeningError>,
}

/// Scores by the names of records.
pub(super) type Scores = BTreeMap<RecordId, u32>;

/// A hit, and what came of looking at it.
struct Seen {
    domain: DomainId,
    /// How much of a ranked query speaks for it.
    score: Option<u32>,
    hit: Hit,
    superseded_by: Option<RecordPosition>,
    opened: Option<Result<Opened, OpeningError>>,
}

impl Showing {
    /// Whether the content of the records is shown.
    pub(super) fn opens(&self) -> bool {
        self.open
    }

    /// Opens nothing, unless the content is asked for.
    pub(super) fn sealed_unless_open(&self) -> Self {
        Self {
            sealed: !self.open,
            ..*self
        }
    }

    /// Looks at hits, each of a search domain. Those of a cohort are not opened: nobody may.
    pub(super) async fn list(
        &self,
        context: &Context,
        connected: &Connected,
        opener: &Opener,
        hits: Vec<(DomainId, Hit)>,
        cohort: bool,
    ) -> Result<Listing> {
        self.list_ranked(context, connected, opener, hits, &Scores::new(), cohort)
            .await
    }

    /// Looks at hits that have scores: the highest come first.
    pub(super) async fn list_ranked(
        &self,
        context: &Context,
        connected: &Connected,
        opener: &Opener,
        hits: Vec<(DomainId, Hit)>,
        scores: &Scores,
        cohort: bool,
    ) -> Result<Listing> {
        let aegle = connected.aegle();
        let head = aegle.chain.finalized().await?;
        let custodians = custodians(context, connected, &head, hits.iter().map(|(domain, _)| *domain)).await?;
        let looking = hits.into_iter().enumerate().map(async |(number, (domain, hit))| {
            let place = RecordPosition {
                batch: hit.batch,
                index: hit.number,
            };
            let superseded_by = match aegle.fate(&head, domain, place).await? {
                Some(Fate::Superseded { by, .. }) => Some(by),
                _ => None,
            };
            let shown = self.all_versions || superseded_by.is_none();
            let open = shown && !self.sealed && !cohort && number < MAX_OPENED;
            let opened = match open {
                true => Some(opener.open(&aegle, hit.record, Some(hit.patient)).await),
                false => None,
            };
            anyhow::Ok(Seen {
                domain,
                score: scores.get(&hit.record).copied(),
                hit,
                superseded_by,
                opened,
            })
        });
        let seen: Vec<Seen> = stream::iter(looking).buffered(PARALLEL).try_collect().await?;
        Ok(self.listing(seen, &custodians, cohort))
    }

    fn listing(&self, mut seen: Vec<Seen>, custodians: &BTreeMap<DomainId, String>, cohort: bool) -> Listing {
        // Times that are not known are the highest: they come last.
        seen.sort_by_key(|own| {
            let time = own.hit.authored_at;
            (Reverse(own.score), opening::day(time).is_none(), Reverse(time))
        });
        let mut listing = Listing {
            hits: Vec::new(),
            lines: Vec::new(),
            left_out: 0,
            remarks: Vec::new(),
            tampered: None,
        };
        let (mut unopened, mut reason) = (0, None);
        for own in seen {
            if !self.all_versions && !own.counts() {
                listing.left_out += 1;
                continue;
            }
            let custodian = custodians.get(&own.domain).map_or("", String::as_str);
            listing.hits.push(own.value(custodian, self.open));
            listing.lines.push(own.line(custodian, self.open));
            match own.opened {
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    unopened += 1;
                    reason.get_or_insert_with(|| error.to_string());
                    if error.is_tampering() {
                        listing.tampered.get_or_insert(error);
                    }
                }
                None => unopened += usize::from(!self.sealed && !cohort),
            }
        }
        if listing.left_out > 0 {
            let left_out = count(listing.left_out, "record");
            listing.remarks.push(format!(
                "{left_out} left out: superseded, or entered in error (--all-versions shows them)"
            ));
        }
        if unopened > 0 {
            let most = || format!("{MAX_OPENED} are opened at most; open more with `record get`");
            let reason = reason.unwrap_or_else(most);
            listing.remarks.push(format!("{unopened} not opened: {reason}"));
        }
        listing
    }
}

impl Seen {
    fn content(&self) -> Option<&Opened> {
        self.opened.as_ref()?.as_ref().ok()
    }

    fn is_in_error(&self) -> bool {
        let resource = self.content().and_then(opening::resource);
        resource.is_some_and(|resource| resource.is_in_error())
    }

    /// Whether it is what counts of its resource.
    fn counts(&self) -> bool {
        self.superseded_by.is_none() && !self.is_in_error()
    }

    /// It as JSON: the names of the members do not change.
    fn value(&self, custodian: &str, open: bool) -> Value {
        let mut value = json!(self.hit);
        value["domain"] = json!(self.domain);
        value["custodian"] = json!(custodian);
        value["date"] = json!(opening::day(self.hit.authored_at));
        value["superseded_by"] = json!(self.superseded_by);
        value["entered_in_error"] = json!(self.is_in_error());
        value["opened"] = json!(self.content().is_some());
        if let Some(score) = self.score {
            value["score"] = json!(score);
        }
        let described = self.content().map(opening::described);
        for name in ["type", "title", "id"] {
            value[name] = described
                .as_ref()
                .map_or(Value::Null, |described| described[name].clone());
        }
        value["content"] = json!(self.content().filter(|_| open).map(opening::content));
        value
    }

    /// It as a line, and its content below.
    fn line(&self, custodian: &str, open: bool) -> String {
        let day = opening::day(self.hit.authored_at);
        let day = day.as_deref().unwrap_or("unknown   ");
        let what = self.content().map_or("(sealed)".into(), |opened| {
            let described = opening::described(opened);
            let text = |name: &str| described[name].as_str().unwrap_or("?").to_owned();
            format!("{}  {}", text("type"), text("title"))
        });
        let mark = match self.superseded_by {
            Some(by) => format!("  SUPERSEDED by record {} of batch {}", by.index, by.batch),
            None if self.is_in_error() => "  ENTERED IN ERROR".into(),
            None => String::new(),
        };
        let content = self.content().filter(|_| open).map_or(String::new(), |opened| {
            format!("\n{}", String::from_utf8_lossy(&opened.content.bytes))
        });
        let score = self.score.map_or_else(String::new, |score| format!("{score:4}  "));
        format!("{score}{day}  {what}  {custodian}  {}{mark}{content}", self.hit.record)
    }
}

/// What the custodians of domains are called: by the address book, else by their number.
async fn custodians(
    context: &Context,
    connected: &Connected,
    head: &Head,
    domains: impl Iterator<Item = DomainId>,
) -> Result<BTreeMap<DomainId, String>> {
    let (aegle, book) = (connected.aegle(), context.address_book()?);
    let mut names = BTreeMap::new();
    for domain in domains {
        if names.contains_key(&domain) {
            continue;
        }
        let Some(state) = aegle.domain(head, domain).await? else {
            continue;
        };
        let named = book
            .organisations
            .iter()
            .find(|(_, number)| **number == state.custodian);
        let name = named.map_or_else(|| format!("organisation {}", state.custodian), |(name, _)| name.clone());
        names.insert(domain, name);
    }
    Ok(names)
}
