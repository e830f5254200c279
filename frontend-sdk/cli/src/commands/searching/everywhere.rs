//! `aegle search` at several custodians, or in the records of several patients.

use super::{Search, cursor};
use crate::{context::Context, output::count};
use aegle_client::{
    native::{HttpTransport, TokenServiceClient},
    rules::DomainId,
    sealed::{Scope, query},
    search::federation::{FederatedHit, Federation, Progress, Source},
};
use anyhow::{Result, bail, ensure};
use serde_json::json;

/// `DOMAIN=URL`.
pub(super) fn elsewhere(text: &str) -> Result<(DomainId, String), String> {
    let place = text.split_once('=');
    let place = place.and_then(|(domain, url)| Some((DomainId(domain.parse().ok()?), url.to_owned())));
    place.ok_or_else(|| "the number of a search domain, `=`, and the address of its token service".into())
}

impl Search {
    /// Asks everybody, and shows what is found by time; who gives nothing is named.
    pub(super) async fn everywhere(&self, context: &Context) -> Result<()> {
        ensure!(
            !self.verify && self.tokens.is_none(),
            "--verify and --tokens are for one custodian and one patient"
        );
        let query = query::parse(&self.query)?;
        let progress: Vec<Progress> = self.after.as_deref().map_or(Ok(Vec::new()), cursor)?;
        let connected = context.connect().await?;
        let (aegle, reader) = (connected.aegle(), context.reader()?);
        let mut services = vec![(self.asked.domain(), self.asked.service(context)?)];
        for (domain, url) in &self.elsewhere {
            services.push((*domain, context.token_service(url)?));
        }
        let sources = self.sources(&services, reader.key().account());
        let federation = Federation::prepare(&aegle, reader.key(), &sources, &query).await?;
        let page = federation.page(&aegle, reader.key(), &progress, self.limit).await;
        let place = |source: usize| {
            let Source { domain, asking, .. } = &sources[source];
            match asking.scope {
                Scope::Patient(patient) => format!("domain {domain}, patient {patient}"),
                Scope::Cohort => format!("domain {domain}"),
            }
        };
        let refused = federation
            .refused
            .iter()
            .map(|(source, error)| (*source, error.to_string()));
        let failed = page.failed.iter().map(|(source, error)| (*source, error.to_string()));
        let missing: Vec<(usize, String)> = refused.chain(failed).collect();
        if missing.len() == sources.len() {
            let all: Vec<String> = missing
                .iter()
                .map(|(at, why)| format!("{}: {why}", place(*at)))
                .collect();
            bail!("nobody answers\n{}", all.join("\n"));
        }
        let next = (!federation.is_last(&page)).then_some(&page.progress);
        let missing_json: Vec<_> = missing
            .iter()
            .map(
                |(at, why)| json!({ "domain": sources[*at].domain, "scope": sources[*at].asking.scope, "reason": why }),
            )
            .collect();
        let value = json!({ "hits": page.hits, "next": next, "missing": missing_json });
        let next = next.map(serde_json::to_string).transpose()?;
        context.output.result(&value, || {
            let line = |hit: &FederatedHit| {
                let domain = sources[hit.source].domain;
                format!(
                    "{}  domain {domain}, batch {}, patient {}",
                    hit.hit.record, hit.hit.batch, hit.hit.patient
                )
            };
            let missing = missing
                .iter()
                .map(|(at, why)| format!("MISSING  {}: {why}", place(*at)));
            let more = next.map(|next| format!("there may be more: --after '{next}'"));
            let lines = page.hits.iter().map(line);
            lines
                .chain([count(page.hits.len(), "record")])
                .chain(missing)
                .chain(more)
                .collect::<Vec<_>>()
                .join("\n")
        })?;
        Ok(())
    }

    /// Every custodian, with every patient.
    fn sources<'a>(
        &self,
        services: &'a [(DomainId, TokenServiceClient)],
        requester: aegle_client::rules::AccountId,
    ) -> Vec<Source<'a, HttpTransport>> {
        let scopes: Vec<Scope> = match self.patients.is_empty() {
            true => vec![Scope::Cohort],
            false => self.patients.iter().map(|patient| Scope::Patient(*patient)).collect(),
        };
        let at = |(domain, service): &'a (DomainId, TokenServiceClient)| {
            let source = |scope: &Scope| Source {
                service,
                domain: *domain,
                asking: self.asked.asking(requester, *scope, self.purpose),
            };
            scopes.iter().map(source).collect::<Vec<_>>()
        };
        services.iter().flat_map(at).collect()
    }
}
