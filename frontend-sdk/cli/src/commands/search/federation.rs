//! `aegle search` at several custodians, or in the records of several patients.

use super::{Listing, OtherCustodian, Search, cursor};
use crate::{commands::opening::Opener, context::Context, output::count};
use aegle_client::{
    native::{HttpTransport, TokenServiceClient},
    rules::{AccountId, DomainId, Purposes},
    sealed::{Scope, query},
    search::{
        federation::{Federation, Progress, Source},
        tokens::KeysAtHand,
    },
};
use anyhow::{Result, bail, ensure};
use serde_json::json;

/// The token service of a custodian that is asked.
struct Custodian {
    domain: DomainId,
    service: TokenServiceClient,
}

impl Search {
    /// Searches at every custodian, shows the hits ordered by time, and names who did not answer.
    pub(super) async fn federated(&self, context: &Context) -> Result<()> {
        ensure!(
            !self.verify && self.tokens.is_none(),
            "--verify and --tokens are for one custodian and one patient"
        );
        let query = query::parse(&self.query)?;
        let progress: Vec<Progress> = self.after.as_deref().map_or(Ok(Vec::new()), cursor)?;
        let connected = context.connect().await?;
        let (aegle, reader) = (connected.aegle(), context.reader()?);
        let mut custodians = vec![Custodian {
            domain: self.options.domain(),
            service: self.options.service(context)?,
        }];
        for OtherCustodian { domain, url } in &self.elsewhere {
            custodians.push(Custodian {
                domain: *domain,
                service: context.token_service(url)?,
            });
        }
        let purpose = self.purpose_in(context)?;
        let sources = self.sources(&custodians, reader.key().account(), purpose);
        let federation = Federation::prepare(&aegle, reader.key(), &sources, &query, &KeysAtHand::default()).await?;
        let page = federation.page(&aegle, reader.key(), &progress, self.limit).await;
        let name = |source: usize| {
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
                .map(|(at, why)| format!("{}: {why}", name(*at)))
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
        let next = next.map(serde_json::to_string).transpose()?;
        let (opener, cohort) = (Opener::of(context, self.purpose)?, self.patients.is_empty());
        let hits = page.hits.into_iter().map(|hit| (sources[hit.source].domain, hit.hit));
        let Listing {
            hits,
            lines,
            left_out,
            remarks,
            tampered,
        } = self
            .showing
            .list(context, &connected, &opener, hits.collect(), cohort)
            .await?;
        let progress = next
            .as_deref()
            .map(serde_json::from_str::<serde_json::Value>)
            .transpose()?;
        let value = json!({ "hits": hits, "left_out": left_out, "next": progress, "missing": missing_json });
        context.output.result(&value, || {
            let missing = missing.iter().map(|(at, why)| format!("MISSING  {}: {why}", name(*at)));
            let more = next.map(|next| format!("there may be more: --after '{next}'"));
            let lines = lines.into_iter().chain([count(hits.len(), "record")]);
            lines
                .chain(remarks)
                .chain(missing)
                .chain(more)
                .collect::<Vec<_>>()
                .join("\n")
        })?;
        tampered.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Pairs every custodian with every patient.
    fn sources<'a>(
        &self,
        custodians: &'a [Custodian],
        requester: AccountId,
        purpose: Purposes,
    ) -> Vec<Source<'a, HttpTransport>> {
        let scopes: Vec<Scope> = match self.patients.is_empty() {
            true => vec![Scope::Cohort],
            false => self.patients.iter().map(|patient| Scope::Patient(*patient)).collect(),
        };
        let at = |custodian: &'a Custodian| {
            let source = |scope: &Scope| Source {
                service: &custodian.service,
                domain: custodian.domain,
                asking: self.options.asking(requester, *scope, purpose),
            };
            scopes.iter().map(source).collect::<Vec<_>>()
        };
        custodians.iter().flat_map(at).collect()
    }
}
