//! `aegle search --private`: the chart's labels are fetched, and searched here.

use super::{Listing, Search};
use crate::{
    commands::opening::Opener,
    context::Context,
    output::{bytes, count},
};
use aegle_client::{
    chain::Chain,
    sealed::{Scope, query},
    search::{private::PrivateChart, tokens::SearchedDomain},
};
use anyhow::{Result, bail};
use serde_json::json;

impl Search {
    /// Searches one patient's chart, of which the indexer sees that it was looked at, and nothing else.
    pub(super) async fn privately(&self, context: &Context) -> Result<()> {
        let ([patient], []) = (&*self.patients, &*self.elsewhere) else {
            bail!("--private is for one patient at one custodian: run it for each");
        };
        let query = query::parse(&self.query)?;
        let connected = context.connect().await?;
        let (aegle, reader) = (connected.aegle(), context.reader()?);
        let (service, purpose) = (self.options.service(context)?, self.purpose_in(context)?);
        let asking = self
            .options
            .asking(reader.key().account(), Scope::Patient(*patient), purpose);
        let head = aegle.chain.finalized().await?;
        let domain = SearchedDomain::read(&aegle, &head, self.options.domain()).await?;
        let chart = PrivateChart::fetch(&aegle, reader.key(), domain, asking).await?;
        let mut hits = chart.search(&service, reader.key(), &query).await?;
        let all = hits.len();
        hits.truncate(self.limit as usize);
        let (opener, domain) = (Opener::of(context, self.purpose)?, self.options.domain());
        let hits = hits.into_iter().map(|hit| (domain, hit)).collect();
        let showing = self.showing.sealed_unless_open();
        let Listing {
            hits,
            lines,
            left_out,
            mut remarks,
            tampered,
        } = showing.list(context, &connected, &opener, hits, false).await?;
        let records = chart.hits().count();
        let value = json!({
            "hits": hits,
            "left_out": left_out,
            "found": all,
            "private": !self.showing.opens(),
            "chart": { "records": records, "bytes": chart.bytes() },
            "verified": false,
        });
        if all > self.limit as usize {
            remarks.push(format!("{} more: give a higher --limit", all - self.limit as usize));
        }
        remarks.push(match self.showing.opens() {
            true => "the indexer saw which records were opened, and so what was found".into(),
            false => {
                "nothing was opened: the indexer saw that the chart was looked at, and not what was asked or found. \
                      Opening hits alone shows it; opening every record of the chart does not"
                    .into()
            }
        });
        context.output.result(&value, || {
            let found = count(hits.len(), "record");
            let chart = format!(
                "{found}, in {} of labels of {}",
                bytes(chart.bytes() as u64),
                count(records, "record")
            );
            let lines = lines.into_iter().chain([chart]);
            lines.chain(remarks).collect::<Vec<_>>().join("\n")
        })?;
        tampered.map_or(Ok(()), |error| Err(error.into()))
    }
}
