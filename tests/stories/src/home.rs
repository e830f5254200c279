//! A home folder in which the program `aegle` finds what a hospital has.

use crate::{deployment::Deployment, world::World};
use aegle_client::{
    keystore::{KeyStore, SecretKind},
    native::{AddressBook, KeyFiles, PinnedServer},
};
use anyhow::Result;
use std::{collections::BTreeMap, fs, path::Path};

/// Writes the keys of the world's hospital, as `hospital`, and its patients' cards, whom the file `patients` calls `p0`, `p1` ...
///
/// # Errors
/// A card cannot be made, or a file cannot be written.
pub async fn write_hospital(world: &World, home: &Path) -> Result<()> {
    let (aegle, hospital) = (world.deployment().aegle(), world.hospital());
    let mut patients = String::new();
    for (number, person) in world.people.iter().enumerate() {
        let card = person.patient.card(&aegle, hospital.admin().account()).await?;
        fs::write(home.join(format!("p{number}.card")), serde_json::to_vec(&card)?)?;
        patients += &format!("p{number}=p{number}.card\n");
    }
    fs::write(home.join("patients"), patients)?;
    let keys = KeyFiles::open(&home.join("keys"))?;
    let holder = "hospital".parse()?;
    let account: &[u8; 32] = hospital.admin().seed();
    for (kind, seed) in [
        (SecretKind::Account, account),
        (SecretKind::Encryption, hospital.custodian().encryption().expose_seed()),
        (SecretKind::Domain, hospital.domain_seed()),
    ] {
        keys.add(&holder, kind, seed)?;
    }
    Ok(())
}

/// Writes an address book in which the deployment's indexer is at `url`.
///
/// # Errors
/// The file cannot be written.
pub fn write_book(deployment: &Deployment, home: &Path, url: &str) -> Result<()> {
    let indexer = PinnedServer {
        account: deployment.server().account,
        authorities: None,
    };
    let book = AddressBook {
        contracts: *deployment.contracts(),
        first_block: deployment.first_block(),
        name: String::new(),
        organisations: BTreeMap::new(),
        servers: BTreeMap::from([(url.to_owned(), indexer)]),
    };
    Ok(fs::write(home.join("addresses.json"), serde_json::to_vec(&book)?)?)
}
