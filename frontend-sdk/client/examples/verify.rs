//! `verify PATIENT DOMAIN QUERY` searches the PATIENT's own records and verifies against the chain that the indexer has
//! dropped, added and reordered nothing. AEGLE_HOME has the PATIENT's keys and the address book.

use aegle_client::keystore::{KeyStore, SecretKind};
use aegle_client::native::{AddressBook, KeyFiles};
use aegle_client::rules::{DomainId, Purposes};
use aegle_client::search::{asking::Asking, verify::verified_search};
use aegle_client::{account::AccountKey, deployment::Aegle, sealed::query};
use anyhow::{Context, Result};
use std::{env, io::Write, path::PathBuf};

#[tokio::main]
async fn main() -> Result<()> {
    let argument = |place| env::args().nth(place).context("usage: verify PATIENT DOMAIN QUERY");
    let variable = |name: &'static str| env::var(name).context(name);
    let home = PathBuf::from(variable("AEGLE_HOME")?);
    let book = AddressBook::read(&home.join("addresses.json"))?;
    let chain = book.chain(&variable("AEGLE_CHAIN_URL")?).await?;
    let indexer = book.indexer(&variable("AEGLE_INDEXER_URL")?)?;
    let service = book.token_service(&variable("AEGLE_CUSTODIAN_URL")?)?;
    let aegle = Aegle::new(&chain, &book.contracts, &indexer);
    let files = KeyFiles::open(&home.join("keys"))?;
    let key = AccountKey::from_seed(&*files.get(&argument(1)?.parse()?, SecretKind::Account)?);

    let (domain, query) = (DomainId(argument(2)?.parse()?), query::parse(&argument(3)?)?);
    let asking = Asking::patient(key.account(), key.account(), Purposes::PATRQT);
    let tokens = service.tokens(&aegle, &key, domain, &asking, &query.terms).await?;
    let request = asking.search(domain, tokens, query.expression);
    let verified = verified_search(&aegle, &key, &request).await?;
    for hit in &verified.hits {
        writeln!(std::io::stdout(), "{}  batch {}", hit.record, hit.batch)?;
    }
    let said = verified.next.map_or("these are all", |_| "more follow");
    writeln!(std::io::stdout(), "{} bytes of proof: {said}", verified.evidence_bytes)?;
    Ok(())
}
