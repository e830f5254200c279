//! `open CLINICIAN RECORD` opens a record for treatment, by a grant of its patient, and writes its content. What the
//! indexer sends is verified against the chain first. AEGLE_HOME has the CLINICIAN's keys and the address book.

use aegle_client::keystore::{KeyStore, SecretKind};
use aegle_client::native::{AddressBook, KeyFiles};
use aegle_client::protocol::keys::EncryptionSecret;
use aegle_client::{account::AccountKey, clinician::reader::Reader, deployment::Aegle, rules::Purposes};
use anyhow::{Context, Result};
use std::{env, io::Write, path::PathBuf};

#[tokio::main]
async fn main() -> Result<()> {
    let argument = |place| env::args().nth(place).context("usage: open CLINICIAN RECORD");
    let variable = |name: &'static str| env::var(name).context(name);
    let home = PathBuf::from(variable("AEGLE_HOME")?);
    let book = AddressBook::read(&home.join("addresses.json"))?;
    let chain = book.chain(&variable("AEGLE_CHAIN_URL")?).await?;
    let indexer = book.indexer(&variable("AEGLE_INDEXER_URL")?)?;
    let aegle = Aegle::new(&chain, &book.contracts, &indexer);
    let (files, holder) = (KeyFiles::open(&home.join("keys"))?, argument(1)?.parse()?);
    let account = AccountKey::from_seed(&*files.get(&holder, SecretKind::Account)?);
    let encryption = EncryptionSecret::from_seed(files.get(&holder, SecretKind::Encryption)?);
    let reader = Reader::new(account, encryption);

    let record = argument(2)?.parse()?;
    let opened = reader.open(&aegle, record, Purposes::TREAT).await?;
    std::io::stdout().write_all(&opened.content.bytes)?;
    Ok(())
}
