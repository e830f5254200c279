//! `aegle search 'any(...)'`: ranked answers.

use super::{Listing, Search, listing::Scores};
use crate::{commands::opening::Opener, context::Context, output::count};
use aegle_client::{
    chain::Chain,
    sealed::{Scope, query::RankedQuery},
    search::{private::PrivateChart, ranked::ranked_search, tokens::SearchedDomain},
};
use anyhow::{Result, bail, ensure};
use serde_json::json;

impl Search {
    /// Searches with a ranked query: at one custodian, at the indexer or in a chart that is fetched.
    pub(super) async fn ranked(&self, context: &Context, query: &RankedQuery) -> Result<()> {
        ensure!(
            self.elsewhere.is_empty() && self.patients.len() <= 1,
            "a ranked query is for one patient, or the cohort, at one custodian: run it for each"
        );
        ensure!(
            !self.verify && self.tokens.is_none() && self.after.is_none(),
            "--verify, --tokens and --after are for queries that are not ranked"
        );
        let connected = context.connect().await?;
        let (aegle, reader) = (connected.aegle(), context.reader()?);
        let (service, domain) = (self.options.service(context)?, self.options.domain());
        let scope = self.scope();
        let asking = self
            .options
            .asking(reader.key().account(), scope, self.purpose_in(context)?);
        let head = aegle.chain.finalized().await?;
        let searched = SearchedDomain::read(&aegle, &head, domain).await?;
        let tokens = service
            .tokens_in(&searched, reader.key(), &asking, &query.terms)
            .await?;
        let mut found = match (self.private, scope) {
            (false, _) => ranked_search(&aegle, reader.key(), domain, &asking, &tokens, query).await?,
            (true, Scope::Patient(_)) => {
                let chart = PrivateChart::fetch(&aegle, reader.key(), searched, asking).await?;
                chart.ranked_with(&tokens, query)?
            }
            (true, Scope::Cohort) => bail!("--private is for one patient"),
        };
        let all = found.len();
        found.truncate(self.limit as usize);
        let scores: Scores = found.iter().map(|found| (found.hit.record, found.score)).collect();
        let hits = found.into_iter().map(|found| (domain, found.hit)).collect();
        let showing = match self.private {
            true => self.showing.sealed_unless_open(),
            false => self.showing,
        };
        let opener = Opener::of(context, self.purpose)?;
        let cohort = scope == Scope::Cohort;
        let Listing {
            hits,
            lines,
            left_out,
            remarks,
            tampered,
        } = showing
            .list_ranked(context, &connected, &opener, hits, &scores, cohort)
            .await?;
        let value = json!({ "hits": hits, "left_out": left_out, "found": all, "verified": false });
        context.output.result(&value, || {
            let more = all.saturating_sub(self.limit as usize);
            let more = (more > 0).then(|| format!("{more} more: give a higher --limit"));
            let lines = lines.into_iter().chain([count(hits.len(), "record")]);
            lines.chain(remarks).chain(more).collect::<Vec<_>>().join("\n")
        })?;
        tampered.map_or(Ok(()), |error| Err(error.into()))
    }
}
