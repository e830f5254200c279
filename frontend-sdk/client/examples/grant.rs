//! `grant PATIENT GRANTEE` lets the account GRANTEE read the PATIENT's records of two data classes, for treatment, for
//! 30 days. AEGLE_HOME has the PATIENT's keys and the address book.

use aegle_client::crypto::{classes::Class, master::MasterSecret};
use aegle_client::keystore::{KeyStore, SecretKind};
use aegle_client::native::{AddressBook, KeyFiles};
use aegle_client::patient::{GrantRequest, Patient};
use aegle_client::rules::{Confidentiality, Purposes};
use aegle_client::{account::AccountKey, chain::Chain, deployment::Aegle};
use anyhow::{Context, Result};
use std::{env, io::Write, path::PathBuf};

#[tokio::main]
async fn main() -> Result<()> {
    let argument = |place| env::args().nth(place).context("usage: grant PATIENT GRANTEE");
    let variable = |name: &'static str| env::var(name).context(name);
    let home = PathBuf::from(variable("AEGLE_HOME")?);
    let book = AddressBook::read(&home.join("addresses.json"))?;
    let chain = book.chain(&variable("AEGLE_CHAIN_URL")?).await?;
    let indexer = book.indexer(&variable("AEGLE_INDEXER_URL")?)?;
    let aegle = Aegle::new(&chain, &book.contracts, &indexer);
    let (files, holder) = (KeyFiles::open(&home.join("keys"))?, argument(1)?.parse()?);
    let account = AccountKey::from_seed(&*files.get(&holder, SecretKind::Account)?);
    let master = MasterSecret::from_bytes(files.get(&holder, SecretKind::Master)?);
    let now = chain.finalized().await?.timestamp;
    let request = GrantRequest {
        grantee: argument(2)?.parse()?,
        purposes: Purposes::TREAT,
        classes: &[Class::Laboratory, Class::VitalSigns],
        confidentiality: Confidentiality::Normal,
        from: now,
        until: now + 30 * 86_400_000,
        delegable: false,
        document: &[],
    };
    let granted = Patient::new(account, master).grant(&aegle, &request).await?;
    writeln!(std::io::stdout(), "grant {}", granted.id)?;
    Ok(())
}
