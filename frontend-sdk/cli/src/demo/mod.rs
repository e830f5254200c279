//! `aegle demo`: the whole of Aegle as one story, told on real FHIR records.

mod access;
mod cast;
mod examples;
mod oracle;
mod proof;
mod questions;
mod research;
mod revocation;
mod services;
mod stage;
mod story;
mod teller;
mod token_service;

use crate::output::Output;
use aegle_client::{native::ServerAddress, protocol::wire::ProxyIdentity};
use anyhow::{Context, Result};
use clap::Args;
use futures_util::future::try_join_all;
use services::Service;
use std::{
    fs,
    path::{Path, PathBuf},
};
use teller::Teller;

/// Arguments of `aegle demo`. With --chain-url the story is told on that contracts node, whose //Alice must have funds;
/// without it, on a development chain of its own.
#[derive(Args)]
pub(crate) struct Demo {
    /// Folder for everything that the story makes; without it, a temporary one that is removed at the end
    #[arg(long)]
    data: Option<PathBuf>,
    /// Folder of FHIR R4 JSON files; without it, the official HL7 examples
    #[arg(long)]
    examples: Option<PathBuf>,
}

/// Tells the story, on the chain at `chain_url` if there is one. Returns whether everything that was expected holds.
pub(crate) async fn run(demo: Demo, chain_url: Option<String>, output: Output) -> Result<bool> {
    let temporary = match demo.data {
        Some(_) => None,
        None => Some(tempfile::Builder::new().prefix("aegle-demo-").tempdir()?),
    };
    let data = demo
        .data
        .clone()
        .or_else(|| temporary.as_ref().map(|folder| folder.path().to_owned()));
    let data = data.context("there is a folder, given or temporary")?;
    fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;
    let mut services = Vec::new();
    let told = tokio::select! {
        told = tell(&demo, chain_url, &data, output, &mut services) => told,
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(Into::into).and_then(|()| Err(anyhow::anyhow!("interrupted"))),
    };
    // The indexer before the chain that it follows.
    while let Some(mut service) = services.pop() {
        service.stop().await;
    }
    told
}

async fn tell(
    demo: &Demo,
    given_url: Option<String>,
    data: &Path,
    output: Output,
    services: &mut Vec<Service>,
) -> Result<bool> {
    let mut teller = Teller::new(output);
    output.line(&output.bold("Aegle: sealed records, searched without being read"));
    let charts = story::records(&mut teller, demo.examples.as_deref())?;
    let given = given_url.is_some();
    let chain_url = match given_url {
        Some(url) => url,
        None => {
            services.push(Service::start("aegle-devchain", &["--port", "0"], data).await?);
            services[0].address().to_owned()
        }
    };
    let story::DeployedContracts { chain, book } = story::contracts(&mut teller, &chain_url, given).await?;
    let addresses = data.join("addresses.json");
    fs::write(&addresses, serde_json::to_vec_pretty(&book)?)?;
    let (service, indexer) = start_indexer(&mut teller, data, &chain_url, &addresses).await?;
    services.push(service);
    let proxies = start_proxies(data, &chain_url, &addresses, services).await?;
    story::tell(
        &mut teller,
        stage::Stage {
            chain,
            contracts: book.contracts,
            indexer,
            proxies,
            data: indexer_data(data),
            home: data.to_owned(),
            charts,
        },
    )
    .await?;
    teller.finish()
}

/// The folders of the proxies that two organisations run besides the indexer's.
const PROXIES: [&str; 2] = ["proxy-1", "proxy-2"];

/// Starts the proxies, at once; returns how everybody knows them.
async fn start_proxies(
    data: &Path,
    chain_url: &str,
    addresses: &Path,
    services: &mut Vec<Service>,
) -> Result<Vec<ServerAddress>> {
    let start = async |name: &str| {
        let folder = data.join(name);
        fs::create_dir_all(&folder)?;
        let (path, addresses) = (text(&folder)?, text(addresses)?);
        let identity: ProxyIdentity = services::json("aegle-indexer", &["account", "--data", &path]).await?;
        let arguments = [
            "proxy",
            "--data",
            &path,
            "--chain-url",
            chain_url,
            "--addresses",
            &addresses,
        ];
        let service = Service::start("aegle-indexer", &arguments, &folder).await?;
        anyhow::Ok((service, identity.account))
    };
    let mut known = Vec::new();
    for (service, account) in try_join_all(PROXIES.map(start)).await? {
        known.push(ServerAddress::new(service.address(), account));
        services.push(service);
    }
    Ok(known)
}

fn text(path: &Path) -> Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.context("the folder's name is not UTF-8")
}

fn indexer_data(data: &Path) -> PathBuf {
    data.join("indexer")
}

/// Starts the indexer; returns it, and how everybody knows it: its operator says the account before it listens.
async fn start_indexer(
    teller: &mut Teller,
    data: &Path,
    chain_url: &str,
    addresses: &Path,
) -> Result<(Service, ServerAddress)> {
    teller.step("An indexer starts");
    let folder = indexer_data(data);
    fs::create_dir_all(&folder)?;
    let (service, account) = {
        let _progress = teller.output().progress("starting the indexer and its database", 0);
        let (folder, addresses) = (text(&folder)?, text(addresses)?);
        let arguments = [
            "run",
            "--data",
            &folder,
            "--chain-url",
            chain_url,
            "--addresses",
            &addresses,
        ];
        let identity: ProxyIdentity = services::json("aegle-indexer", &["account", "--data", &folder]).await?;
        (
            Service::start("aegle-indexer", &arguments, data).await?,
            identity.account,
        )
    };
    teller.say("It has a Postgres database, a vault for ciphertexts and an index of labels. It holds no key that opens a record.");
    teller.done();
    let address = ServerAddress::new(service.address(), account);
    Ok((service, address))
}
