//! Hits as a person sees them: the newest first, with type, date, title and custodian where they may be opened.

use crate::{
    commands::opening::{self, Opener},
    context::{Connected, Context},
    output::count,
};
use aegle_client::{
    chain::{Chain, Head},
    clinician::reader::{Opened, OpeningError},
    protocol::wire::Hit,
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
#[derive(Args)]
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

/// A hit, and what came of looking at it.
struct Seen {
    domain: DomainId,
    hit: Hit,
    superseded_by: Option<RecordPosition>,
    opened: Option<Result<Opened, OpeningError>>,
}

impl Showing {
    /// Looks at hits, each of a search domain. Those of a cohort are not opened: nobody may.
    pub(super) async fn list(
        &self,
        context: &Context,
        connected: &Connected,
        opener: &Opener,
        hits: Vec<(DomainId, Hit)>,
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
            (
                opening::day(own.hit.authored_at).is_none(),
                Reverse(own.hit.authored_at),
            )
        });
        let mut listing = Listing {
            hits: Vec::new(),
            lines: Vec::new(),
            left_out: 0,
            remarks: Vec::new(),
            tampered: None,
        };
        let (mut unopened, mut reason) = (0, None);
        for Seen {
            domain,
            hit,
            superseded_by,
            opened,
        } in seen
        {
            let resource = opened
                .as_ref()
                .and_then(|opened| opening::resource(opened.as_ref().ok()?));
            let in_error = resource.as_ref().is_some_and(|resource| resource.is_in_error());
            if !self.all_versions && (superseded_by.is_some() || in_error) {
                listing.left_out += 1;
                continue;
            }
            let mut value = json!(hit);
            let day = opening::day(hit.authored_at);
            let custodian = custodians.get(&domain).map_or("", String::as_str);
            value["domain"] = json!(domain);
            value["custodian"] = json!(custodian);
            value["date"] = json!(day);
            value["superseded_by"] = json!(superseded_by);
            value["entered_in_error"] = json!(in_error);
            value["opened"] = json!(matches!(opened, Some(Ok(_))));
            for name in ["type", "title", "id", "content"] {
                value[name] = Value::Null;
            }
            let mut content = String::new();
            let what = match opened {
                Some(Ok(opened)) => {
                    let described = opening::described(&opened);
                    for name in ["type", "title", "id"] {
                        value[name] = described[name].clone();
                    }
                    if self.open {
                        value["content"] = opening::content(&opened);
                        content = format!("\n{}", String::from_utf8_lossy(&opened.content.bytes));
                    }
                    let text = |name: &str| described[name].as_str().unwrap_or("?").to_owned();
                    format!("{}  {}", text("type"), text("title"))
                }
                Some(Err(error)) => {
                    unopened += 1;
                    reason.get_or_insert_with(|| error.to_string());
                    if error.is_tampering() {
                        listing.tampered.get_or_insert(error);
                    }
                    "(sealed)".into()
                }
                None => {
                    unopened += usize::from(!self.sealed && !cohort);
                    "(sealed)".into()
                }
            };
            let marks = match (superseded_by, in_error) {
                (Some(by), _) => format!("  SUPERSEDED by record {} of batch {}", by.index, by.batch),
                (None, true) => "  ENTERED IN ERROR".into(),
                (None, false) => String::new(),
            };
            let day = day.as_deref().unwrap_or("unknown   ");
            listing
                .lines
                .push(format!("{day}  {what}  {custodian}  {}{marks}{content}", hit.record));
            listing.hits.push(value);
        }
        if listing.left_out > 0 {
            let left_out = count(listing.left_out, "record");
            listing.remarks.push(format!(
                "{left_out} left out: superseded, or entered in error (--all-versions shows them)"
            ));
        }
        if unopened > 0 {
            let reason =
                reason.unwrap_or_else(|| format!("{MAX_OPENED} are opened at most; open more with `record get`"));
            listing.remarks.push(format!("{unopened} not opened: {reason}"));
        }
        listing
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
