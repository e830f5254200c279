//! Bundles of resources.

use super::{Disclosed, audit_event, contract_uri};
use crate::{Deployment, wire::DisclosureEntry};
use aegle_rules::AccountId;
use serde_json::{Value, json};

/// A page of a search.
#[derive(Clone, Debug)]
pub struct SearchPage<'a> {
    /// The deployment.
    pub deployment: &'a Deployment,
    /// The account of the server that answers.
    pub server: &'a AccountId,
    /// How many resources match on all pages together.
    pub total: u64,
    /// The search as it was understood, relative to the base.
    pub this: String,
    /// The search of the next page, relative to the base, if there is one.
    pub next: Option<String>,
    /// The resources of this page.
    pub matches: Vec<Value>,
}

/// Makes a Bundle of type `searchset`, with its links relative to the base of the server. Full URLs are those of [`disclosure_bundle`]: a
/// server does not know by which addresses it is reached.
pub fn searchset(page: SearchPage<'_>) -> Value {
    let entries: Vec<Value> = page
        .matches
        .into_iter()
        .map(|resource| {
            let url = full_url(page.deployment, page.server, &resource);
            json!({ "fullUrl": url, "resource": resource, "search": { "mode": "match" } })
        })
        .collect();
    let links = [Some(("self", page.this)), page.next.map(|next| ("next", next))];
    let links = links.into_iter().flatten();
    let links = links.map(|(relation, url)| json!({ "relation": relation, "url": url }));
    let bundle = json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "total": page.total,
        "link": links.collect::<Vec<_>>(),
    });
    with_entries(bundle, entries)
}

/// Maps entries that were verified, each with the server in whose log it is, to a Bundle of type `collection`. Each AuditEvent has
/// a full URL with its server: every log is numbered from 1.
pub fn disclosure_bundle<'a>(
    deployment: &Deployment,
    entries: impl IntoIterator<Item = (&'a AccountId, &'a DisclosureEntry)>,
) -> Value {
    let entries = entries.into_iter().map(|(server, entry)| {
        let event = audit_event(&Disclosed {
            deployment,
            server,
            entry,
            organisation: None,
        });
        json!({ "fullUrl": full_url(deployment, server, &event), "resource": event })
    });
    with_entries(
        json!({ "resourceType": "Bundle", "type": "collection" }),
        entries.collect(),
    )
}

/// Returns a URL that names a resource of a server, whatever the server's addresses are.
fn full_url(deployment: &Deployment, server: &AccountId, resource: &Value) -> String {
    let of = |name: &str| resource[name].as_str().unwrap_or_default();
    format!(
        "{}/{server}/{}/{}",
        contract_uri(deployment),
        of("resourceType"),
        of("id")
    )
}

/// FHIR has no empty lists.
fn with_entries(mut bundle: Value, entries: Vec<Value>) -> Value {
    if !entries.is_empty() {
        bundle["entry"] = entries.into();
    }
    bundle
}
