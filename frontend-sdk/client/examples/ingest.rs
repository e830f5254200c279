//! `ingest WHO DOMAIN ID CARD FILE` seals, anchors and uploads FHIR records as a batch of the custodian WHO. FILE calls
//! their patient `Patient/ID`; CARD is what `aegle keys card` wrote. AEGLE_HOME has WHO's keys and the address book.

use aegle_client::custodian::{Custodian, IngestError, NewRecord};
use aegle_client::keystore::{KeyStore, SecretKind};
use aegle_client::{account::AccountKey, deployment::Aegle, fhir, keys::DomainKey, native, protocol::keys, rules};
use anyhow::{Context, Result, ensure};
use std::{env, fs, io::Write, path::PathBuf};

#[tokio::main]
async fn main() -> Result<()> {
    let argument = |n| env::args().nth(n).context("ingest WHO DOMAIN ID CARD FILE");
    let variable = |name: &'static str| env::var(name).context(name);
    let home = PathBuf::from(variable("AEGLE_HOME")?);
    let book = native::AddressBook::read(&home.join("addresses.json"))?;
    let chain = book.chain(&variable("AEGLE_CHAIN_URL")?).await?;
    let indexer = book.indexer(&variable("AEGLE_INDEXER_URL")?)?;
    let aegle = Aegle::new(&chain, &book.contracts, &indexer);
    let (files, holder) = (native::KeyFiles::open(&home.join("keys"))?, argument(1)?.parse()?);
    let account = AccountKey::from_seed(&*files.get(&holder, SecretKind::Account)?);
    let encryption = keys::EncryptionSecret::from_seed(files.get(&holder, SecretKind::Encryption)?);
    let domain_key = DomainKey::from_seed(&*files.get(&holder, SecretKind::Domain)?);
    let hospital = Custodian::new(account, encryption, domain_key);
    let domain = rules::DomainId(argument(2)?.parse()?);
    let (id, card) = (argument(3)?, fs::read(argument(4)?)?);
    let patient = &hospital.enrolled(&aegle, &serde_json::from_slice(&card)?).await?;
    let fhir::Reading { resources, report, .. } = fhir::read(&fs::read(argument(5)?)?)?;
    let is_theirs = |resource: &fhir::Resource| resource.patient().is_some_and(|patient| patient.id() == id);
    ensure!(resources.iter().all(is_theirs), "a record is another's");
    let new_record = |resource| NewRecord { patient, resource };
    let records: Vec<_> = resources.iter().map(new_record).collect();
    let ingested = hospital.ingest(&aegle, domain, &records, &mut |_| ()).await;
    if let Err(IngestError::NotUploaded { bundle, .. }) = &ingested {
        fs::write("batch.bundle", bundle.to_bytes())?; // `aegle custodian upload batch.bundle` sends it again.
    }
    let done = ingested?;
    writeln!(std::io::stdout(), "batch {}\n{report}{}", done.batch, done.report)?;
    Ok(())
}
