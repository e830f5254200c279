//! Counting patients who consent to research.

use crate::{
    account::Account,
    deployment::{Deployment, Server},
    fault::Fault,
    host::Host,
    json,
    transport::HostTransport,
};
use aegle_client::{
    researcher::{self, CountQuestion},
    search::{asking::Asking, tokens::TokenService},
};
use aegle_rules::{
    DomainId,
    consent::{Declaration, DuoModifiers, DuoUse},
};
use aegle_sealed::{Keyword, query};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Question {
    /// The custodian's token service.
    custodian: Server,
    domain: DomainId,
    query: String,
    /// What is counted by besides.
    groups: Vec<String>,
    #[serde(rename = "use")]
    use_: Use,
    /// Codes of DUO.
    attested: Vec<String>,
}

/// What the researcher declares to do.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Use {
    Methods,
    Ancestry,
    Health,
    Disease,
    Other,
}

fn declaration(use_: &Use, attested: &[String]) -> Result<Declaration, Fault> {
    let mut modifiers = DuoModifiers::NONE;
    for code in attested {
        let found = DuoModifiers::NAMES.iter().find(|(name, _)| name == code);
        let (_, modifier) = found.ok_or_else(|| {
            let all: Vec<_> = DuoModifiers::NAMES.iter().map(|(name, _)| *name).collect();
            Fault::argument(format!(
                "`{code}` is no condition of DUO: write one of {}",
                all.join(", ")
            ))
        })?;
        modifiers = modifiers.union(*modifier);
    }
    Ok(Declaration {
        use_: match use_ {
            Use::Methods => DuoUse::MethodDevelopment,
            Use::Ancestry => DuoUse::PopulationOriginsAncestry,
            Use::Health => DuoUse::HealthMedicalBiomedical,
            Use::Disease => DuoUse::Disease,
            Use::Other => DuoUse::Other,
        },
        attested: modifiers,
    })
}

fn group(text: &str) -> Result<Keyword, Fault> {
    let mut query = query::parse(text)?;
    match (query.terms.pop(), query.terms.is_empty()) {
        (Some(keyword), true) => Ok(keyword),
        _ => Err(Fault::argument(format!(
            "`{text}` is not a single code, word, day or status: it cannot be counted by"
        ))),
    }
}

#[wasm_bindgen]
impl Account {
    /// Counts the patients of a custodian's cohort whom a query finds; the answer as JSON.
    pub async fn count(&self, deployment: &Deployment, host: Host, question: &str) -> Result<String, JsValue> {
        let question: Question = json::read("the count", question)?;
        let query = query::parse(&question.query).map_err(Fault::from)?;
        let groups: Vec<_> = question
            .groups
            .iter()
            .map(|term| group(term))
            .collect::<Result<_, _>>()?;
        let grouped = match groups.is_empty() {
            true => query::GroupedQuery::whole(query),
            false => query
                .group_by(&groups)
                .map_err(|error| Fault::argument(error.to_string()))?,
        };
        let research = declaration(&question.use_, &question.attested)?;
        let connection = deployment.connection(host.clone());
        let (aegle, key) = (connection.aegle(), self.key());
        let transport = HostTransport {
            host,
            url: question.custodian.url,
        };
        let service = TokenService::new(transport, &deployment.contracts, question.custodian.account);
        let asking = Asking::research(key.account(), research);
        let tokens = service
            .tokens(&aegle, key, question.domain, &asking, &grouped.terms)
            .await;
        let question = CountQuestion {
            domain: question.domain,
            asking: &asking,
            query: grouped,
            tokens: tokens.map_err(Fault::from)?,
        };
        let answer = researcher::count(&aegle, key, question).await.map_err(Fault::from)?;
        Ok(json::write(&answer))
    }
}
