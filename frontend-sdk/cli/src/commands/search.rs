//! `aegle search` and `aegle count`.

mod federation;
mod listing;
mod private;
mod ranked;

use self::listing::{Listing, Showing};
use super::{modifier, opening::Opener, purpose};
use crate::{
    context::Context,
    output::{bytes, count},
};
use aegle_client::{
    native::TokenServiceClient,
    protocol::wire::{MAX_SEARCH_HITS, RecordPlace},
    researcher::{self, CountQuestion},
    rules::{
        AccountId, DomainId, Purposes,
        consent::{Declaration, DuoModifiers, DuoUse},
    },
    sealed::{
        Keyword, Scope, SearchToken,
        query::{self, GroupedQuery},
    },
    search::{asking::Asking, verify::verified_search},
};
use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, ValueEnum};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::{fs, path::PathBuf};

/// The query that finds everything.
const EVERYTHING: &str = "*";

/// Options of every search and count.
#[derive(Args)]
struct SearchOptions {
    /// The search domain's number
    #[arg(long)]
    domain: u32,
    /// The custodian's token service, asked blindly: it does not learn the query
    #[arg(long, value_name = "URL", env = "AEGLE_CUSTODIAN_URL")]
    custodian: Option<String>,
    /// For research: its use
    #[arg(long = "use", value_enum)]
    use_: Option<Use>,
    /// For research: a condition that is met, by its DUO code such as IRB; may be given more than once
    #[arg(long = "attest", value_parser = modifier)]
    attested: Vec<DuoModifiers>,
}

/// The declared use of research (DUO).
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Use {
    /// Development of methods
    Methods,
    /// Population origins or ancestry
    Ancestry,
    /// Health, medical or biomedical research
    Health,
    /// A disease
    Disease,
    /// Anything else
    Other,
}

/// Another custodian that is asked at the same time.
#[derive(Clone)]
struct OtherCustodian {
    domain: DomainId,
    url: String,
}

/// Reads `DOMAIN=URL`.
fn other_custodian(text: &str) -> Result<OtherCustodian, String> {
    let parts = text.split_once('=');
    let other = parts.and_then(|(domain, url)| {
        Some(OtherCustodian {
            domain: DomainId(domain.parse().ok()?),
            url: url.to_owned(),
        })
    });
    other.ok_or_else(|| "the number of a search domain, `=`, and the address of its token service".into())
}

/// Arguments of `aegle search`.
#[derive(Args)]
pub(crate) struct Search {
    #[command(flatten)]
    options: SearchOptions,
    /// A patient whose records are searched; may be given more than once; without it, every patient who consents
    #[arg(long = "patient", value_name = "PATIENT")]
    patients: Vec<AccountId>,
    /// Another custodian to search at, at the same time: its search domain, `=`, and its token service; may be given more
    /// than once
    #[arg(long, value_name = "DOMAIN=URL", value_parser = other_custodian)]
    elsewhere: Vec<OtherCustodian>,
    /// The purpose of use: TREAT, HRESCH ...; PATRQT in your own records and TREAT in others' without it
    #[arg(long, value_parser = purpose)]
    purpose: Option<Purposes>,
    #[command(flatten)]
    showing: Showing,
    /// A file with the custodian's tokens for this query, instead of its service
    #[arg(long, value_name = "FILE", conflicts_with = "custodian")]
    tokens: Option<PathBuf>,
    /// The most hits of a page
    #[arg(long, default_value_t = MAX_SEARCH_HITS)]
    limit: u32,
    /// Continue after the page that ended with this cursor
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// Have the indexer prove that the answer is complete and correct; needs access to all of the patient's records
    #[arg(long, requires = "patients")]
    verify: bool,
    /// Fetch the chart's labels and search in them here: the indexer learns neither the query nor, unless hits are opened,
    /// what it finds; needs access to all of the patient's records
    #[arg(long, requires = "patients", conflicts_with_all = ["verify", "tokens", "after"])]
    private: bool,
    /// The query, such as 'chest pain AND code:loinc|8480-6 >140 mmHg AND date:2024'; '*' for everything; 'any(fever,
    /// chills^2)' ranks
    query: String,
}

/// Arguments of `aegle record list`.
#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    options: SearchOptions,
    /// The patient; you without it
    #[arg(long, value_name = "PATIENT")]
    patient: Option<AccountId>,
    /// The purpose of use; PATRQT for your own records and TREAT for others' without it
    #[arg(long, value_parser = purpose)]
    purpose: Option<Purposes>,
    #[command(flatten)]
    showing: Showing,
    /// The most records of a page
    #[arg(long, default_value_t = MAX_SEARCH_HITS)]
    limit: u32,
    /// Continue after the page that ended with this cursor
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
}

impl List {
    /// Searches for everything.
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let own = || context.own_account();
        let search = Search {
            options: self.options,
            patients: vec![self.patient.map_or_else(own, Ok)?],
            elsewhere: Vec::new(),
            purpose: self.purpose,
            showing: self.showing,
            tokens: None,
            limit: self.limit,
            after: self.after,
            verify: false,
            private: false,
            query: EVERYTHING.into(),
        };
        search.run(context).await
    }
}

/// Arguments of `aegle count`.
#[derive(Args)]
pub(crate) struct CountPatients {
    #[command(flatten)]
    options: SearchOptions,
    /// The purpose of use: HRESCH, PUBHLTH ...
    #[arg(long, value_parser = purpose, default_value = "HRESCH")]
    purpose: Purposes,
    /// Count by this term too, such as status:final; may be given more than once
    #[arg(long = "by", value_name = "TERM")]
    groups: Vec<String>,
    /// The query
    query: String,
}

/// Parses the cursor that an earlier page ended with.
fn cursor<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).context("--after is what an earlier page of the same search ended with, as JSON")
}

/// What is declared of research.
pub(super) fn declaration(use_: Option<Use>, attested: &[DuoModifiers]) -> Declaration {
    let use_ = use_.map_or(DuoUse::Undeclared, |use_| match use_ {
        Use::Methods => DuoUse::MethodDevelopment,
        Use::Ancestry => DuoUse::PopulationOriginsAncestry,
        Use::Health => DuoUse::HealthMedicalBiomedical,
        Use::Disease => DuoUse::Disease,
        Use::Other => DuoUse::Other,
    });
    let attested = attested.iter().copied().fold(DuoModifiers::NONE, DuoModifiers::union);
    Declaration { use_, attested }
}

impl SearchOptions {
    fn asking(&self, requester: AccountId, scope: Scope, purpose: Purposes) -> Asking {
        Asking {
            requester,
            scope,
            purpose,
            research: declaration(self.use_, &self.attested),
        }
    }

    fn domain(&self) -> DomainId {
        DomainId(self.domain)
    }

    /// Connects to the custodian's token service.
    fn service(&self, context: &Context) -> Result<TokenServiceClient> {
        let url = self.custodian.as_deref();
        let url = url.context("give --custodian, the address of the custodian's token service")?;
        context.token_service(url)
    }
}

impl Search {
    /// The first patient who is named, or the cohort.
    fn scope(&self) -> Scope {
        self.patients
            .first()
            .map_or(Scope::Cohort, |patient| Scope::Patient(*patient))
    }

    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        if let Some(ranked) = query::parse_ranked(&self.query)? {
            return self.ranked(context, &ranked).await;
        }
        if self.private {
            return self.privately(context).await;
        }
        if self.patients.len() > 1 || !self.elsewhere.is_empty() {
            return self.federated(context).await;
        }
        let query = query::parse(&self.query)?;
        let after: Option<RecordPlace> = self.after.as_deref().map(cursor).transpose()?;
        let connected = context.connect().await?;
        let (aegle, reader) = (connected.aegle(), context.reader()?);
        let scope = self.scope();
        let asking = self
            .options
            .asking(reader.key().account(), scope, self.purpose_in(context)?);
        let terms = match &self.tokens {
            Some(file) => {
                let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
                let terms: Vec<Vec<SearchToken>> = serde_json::from_slice(&text).context("the file holds no tokens")?;
                ensure!(
                    terms.len() == query.terms.len(),
                    "the tokens are for another query: it has {} terms",
                    query.terms.len()
                );
                terms
            }
            None => {
                let service = self.options.service(context)?;
                service
                    .tokens(&aegle, reader.key(), self.options.domain(), &asking, &query.terms)
                    .await?
            }
        };
        let mut request = asking.search(self.options.domain(), terms, query.expression);
        (request.limit, request.after) = (self.limit, after);
        let (hits, next, proof) = match self.verify {
            true => {
                let verified = verified_search(&aegle, reader.key(), &request).await?;
                (verified.hits, verified.next, Some(verified.evidence_bytes))
            }
            false => {
                let answer = reader.search(&aegle, &request).await?;
                (answer.hits, answer.next, None)
            }
        };
        let (opener, domain) = (Opener::of(context, self.purpose)?, self.options.domain());
        let hits = hits.into_iter().map(|hit| (domain, hit)).collect();
        let cohort = scope == Scope::Cohort;
        let Listing {
            hits,
            lines,
            left_out,
            remarks,
            tampered,
        } = self.showing.list(context, &connected, &opener, hits, cohort).await?;
        let value = json!({ "hits": hits, "left_out": left_out, "next": next, "verified": proof.is_some() });
        let next = next.map(|next| serde_json::to_string(&next)).transpose()?;
        context.output.result(&value, || {
            let found = count(hits.len(), "record");
            let proof = proof.map_or_else(String::new, |proof| {
                format!("; {} of proof: these are all, and nothing else", bytes(proof as u64))
            });
            let more = next.map(|next| format!("there may be more: --after '{next}'"));
            let lines = lines.into_iter().chain([format!("{found}{proof}")]);
            lines.chain(remarks).chain(more).collect::<Vec<_>>().join("\n")
        })?;
        tampered.map_or(Ok(()), |error| Err(error.into()))
    }

    /// The purpose that is given; else that of a patient in their own records, or treatment.
    fn purpose_in(&self, context: &Context) -> Result<Purposes> {
        let own = context.own_account()?;
        Ok(self.purpose.unwrap_or(match self.patients.as_slice() {
            [patient] if *patient == own => Purposes::PATRQT,
            _ => Purposes::TREAT,
        }))
    }
}

impl CountPatients {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let query = query::parse(&self.query)?;
        let groups = self.groups.iter().map(|term| group(term)).collect::<Result<Vec<_>>>()?;
        let grouped = match groups.is_empty() {
            true => GroupedQuery::whole(query),
            false => query.group_by(&groups)?,
        };
        let connected = context.connect().await?;
        let (aegle, key) = (connected.aegle(), context.account()?);
        let asking = self.options.asking(key.account(), Scope::Cohort, self.purpose);
        let (service, domain) = (self.options.service(context)?, self.options.domain());
        let tokens = service.tokens(&aegle, &key, domain, &asking, &grouped.terms).await?;
        let question = CountQuestion {
            domain,
            asking: &asking,
            query: grouped,
            tokens,
        };
        let answer = researcher::count(&aegle, &key, question).await?;
        context.output.result(&answer, || {
            let mut lines = vec![format!("{} patients", answer.total)];
            let groups = self.groups.iter().zip(&answer.groups);
            lines.extend(groups.map(|(term, count)| format!("    {count}  {term}")));
            let left = f64::from(answer.left) / 1_000.0;
            lines.push(format!(
                "{left} of today's privacy budget left, at block {}",
                answer.block.number
            ));
            lines.join("\n")
        })?;
        Ok(())
    }
}

/// Parses a group: a query of one term that is one keyword.
fn group(term: &str) -> Result<Keyword> {
    let mut query = query::parse(term)?;
    match (query.terms.pop(), query.terms.is_empty()) {
        (Some(keyword), true) => Ok(keyword),
        _ => bail!("{term} is not a single code, word, day or status: it cannot be counted by"),
    }
}
