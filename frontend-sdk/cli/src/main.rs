//! `aegle`: the command line of patients, clinicians and custodians.
//!
//! Results go to standard output (`--json` for programs), progress and errors to standard error. Exit codes: 0 done,
//! 1 failed, 2 used wrongly, 3 refused or nothing to show, 4 something was tampered with, 5 done but for what was left
//! out.

mod bundles;
mod commands;
mod context;
mod demo;
mod failure;
mod output;

use clap::{Parser, Subcommand};
use output::Output;
use std::process::ExitCode;

/// Sealed medical records: ingest, grant, search, open, revoke.
#[derive(Parser)]
#[command(name = "aegle", version, about, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    options: context::Place,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Deploy the three contracts and write the address book
    Deploy(commands::deploy::Deploy),
    /// Pin servers: at which address is which account, for which requests are signed
    #[command(subcommand)]
    Servers(commands::servers::Servers),
    /// Make, show and publish keys; send funds
    #[command(subcommand)]
    Keys(commands::keys::Keys),
    /// Admit organisations and give roles (as a member of the committee)
    #[command(subcommand)]
    Consortium(commands::consortium::Consortium),
    /// Register a search domain, ingest FHIR records, run the token service
    #[command(subcommand)]
    Custodian(commands::custodian::Custodian),
    /// Grant an account access to your records
    Grant(commands::grants::Grant),
    /// Consent to research on your records: they may be found and counted, but not opened
    Consent(commands::grants::Consent),
    /// Revoke a grant
    Revoke(commands::grants::Revoke),
    /// Search a patient's sealed records, or those of everybody who consents
    Search(commands::search::Search),
    /// Count patients who consent to research: with noise, and no number below a floor
    Count(commands::search::CountPatients),
    /// Open records
    #[command(subcommand)]
    Record(commands::record::Record),
    /// Show the disclosure log of your records: what was opened, by whom and for which purpose
    Disclosures,
    /// Run the whole system as a story, on the official FHIR examples
    Demo(demo::Demo),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.options.json);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failure::report(&error.into(), output),
    };
    match runtime.block_on(run(cli, output)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => failure::report(&error, output),
    }
}

async fn run(cli: Cli, output: Output) -> anyhow::Result<bool> {
    let chain_url = cli.options.chain_url.clone();
    let context = context::Context::new(cli.options, output);
    match cli.command {
        Command::Deploy(command) => command.run(&context).await?,
        Command::Servers(command) => command.run(&context)?,
        Command::Keys(command) => command.run(&context).await?,
        Command::Consortium(command) => command.run(&context).await?,
        Command::Custodian(command) => command.run(&context).await?,
        Command::Grant(command) => command.run(&context).await?,
        Command::Consent(command) => command.run(&context).await?,
        Command::Revoke(command) => command.run(&context).await?,
        Command::Search(command) => command.run(&context).await?,
        Command::Count(command) => command.run(&context).await?,
        Command::Record(command) => command.run(&context).await?,
        Command::Disclosures => commands::grants::disclosures(&context).await?,
        Command::Demo(command) => return demo::run(command, chain_url, output).await,
    }
    Ok(true)
}
