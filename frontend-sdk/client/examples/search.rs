//! `search CLINICIAN PATIENT DOMAIN QUERY` finds records of the account PATIENT for treatment, in a search domain. The
//! token service does not learn the words of the query. AEGLE_HOME has the CLINICIAN's keys and the address book.

use aegle_client::keystore::{KeyStore, SecretKind};
use aegle_client::native::{AddressBook, KeyFiles};
use aegle_client::rules::{DomainId, Purposes};
use aegle_client::{account::AccountKey, deployment::Aegle, sealed::query, search::asking::Asking};
use anyhow::{Context, Result};
use std::{env, io::Write, path::PathBuf};

#[tokio::main]
async fn main() -> Result<()> {
    let usage = "usage: search CLINICIAN PATIENT DOMAIN QUERY";
    let argument = |place| env::args().nth(place).context(usage);
    let variable = |name: &'static str| env::var(name).context(name);
    let home = PathBuf::from(variable("AEGLE_HOME")?);
    let book = AddressBook::read(&home.join("addresses.json"))?;
    let chain = book.chain(&variable("AEGLE_CHAIN_URL")?).await?;
    let indexer = book.indexer(&variable("AEGLE_INDEXER_URL")?)?;
    let service = book.token_service(&variable("AEGLE_CUSTODIAN_URL")?)?;
    let aegle = Aegle::new(&chain, &book.contracts, &indexer);
    let files = KeyFiles::open(&home.join("keys"))?;
    let key = AccountKey::from_seed(&*files.get(&argument(1)?.parse()?, SecretKind::Account)?);

    let (patient, domain) = (argument(2)?.parse()?, DomainId(argument(3)?.parse()?));
    let query = query::parse(&argument(4)?)?;
    let asking = Asking::patient(key.account(), patient, Purposes::TREAT);
    let tokens = service.tokens(&aegle, &key, domain, &asking, &query.terms).await?;
    let request = asking.search(domain, tokens, query.expression);
    let answer = indexer.search(&key, &request).await?;
    for hit in &answer.hits {
        writeln!(std::io::stdout(), "{}  batch {}", hit.record, hit.batch)?;
    }
    if answer.next.is_some() {
        eprintln!("there may be more: put `next` of this answer into `after` of another request");
    }
    Ok(())
}
