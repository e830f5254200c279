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
mod invitations;
mod output;
mod secret_text;

use clap::{CommandFactory, Parser, Subcommand};
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
    /// Make, keep, restore, show and publish keys; send funds
    #[command(subcommand)]
    Keys(commands::keys::Keys),
    /// Admit organisations and give roles (as a member of the committee)
    #[command(subcommand)]
    Consortium(commands::consortium::Consortium),
    /// Give and take the roles of an organisation's people (as its admin), or give your own back
    #[command(subcommand)]
    Staff(commands::staff::Staff),
    /// List what the committee is asked to decide, and who votes next
    Proposals(commands::lists::Since),
    /// Vote for a proposal; the last vote that is needed carries it out (as a member of the committee)
    Vote(commands::proposals::Vote),
    /// Accept the seat in the committee that a proposed rotation gives you
    Accept(commands::proposals::Accept),
    /// Withdraw a proposal of yours, or one on which nobody can vote any more (as a member of the committee)
    Withdraw(commands::proposals::Withdraw),
    /// Show who has which role, and what roles there are
    Roles(commands::members::Roles),
    /// List the organisations
    Organisations(commands::lists::Since),
    /// List what counts in each jurisdiction where a patient has said nothing
    Jurisdictions,
    /// Say whether a record may be shown to an account, why, and through which organisation
    Explain(commands::explain::Explain),
    /// Register a search domain, ingest FHIR records, run the token service
    #[command(subcommand)]
    Custodian(commands::custodian::Custodian),
    /// Grant an account access to your records
    Grant(commands::grants::Grant),
    /// Consent to research on your records: you are counted, or your records are found too
    Consent(commands::grants::Consent),
    /// Revoke a grant, or all of them
    Revoke(commands::grants::Revoke),
    /// Ask a patient for access; list and withdraw requests
    Request(commands::requests::Request),
    /// Approve a request, as it was asked or narrowed (as the patient)
    Approve(commands::requests::Approve),
    /// Decline a request (as the patient)
    Decline(commands::requests::Decline),
    /// Pass on a part of what a patient granted you: it finds records and opens none
    Delegate(commands::delegation::Delegate),
    /// Take back what you passed on
    Undelegate(commands::delegation::Undelegate),
    /// Name guardians and a recovery key, or act for a patient together with other guardians
    #[command(subcommand)]
    Guardian(commands::guardian::Guardian),
    /// Find a patient's records in an emergency, under review (as a clinician)
    BreakGlass(commands::glass::BreakGlass),
    /// End a clinician's emergency access before its time (as the patient)
    CloseGlass(commands::glass::CloseGlass),
    /// Review an emergency access, or list those that wait (as an admin of the clinician's organisation)
    Review(commands::glass::Review),
    /// Search a patient's sealed records, or those of everybody who consents
    Search(commands::search::Search),
    /// Count patients who consent to research: with noise, and no number below a floor
    Count(commands::search::CountPatients),
    /// Add up what patients have granted for payment (as an insurer)
    #[command(subcommand)]
    Insurer(commands::insurer::Insurer),
    /// Open records
    #[command(subcommand)]
    Record(commands::record::Record),
    /// List what was told of a patient's consents, and prove that the list is complete
    History(commands::history::Consents),
    /// Watch what concerns you as it happens: requests, grants, broken glasses, guardians, proposals, erasures, roles, who vouches
    /// for you
    Watch(commands::watch::Watch),
    /// Show the disclosure log of your records: what was opened, by whom and for which purpose
    Disclosures(commands::disclosures::Disclosures),
    /// Look at chain, contracts, indexer, custodian, keys and funds, and say what is wrong
    Status(commands::status::Status),
    /// Show, import or check the address book
    #[command(subcommand)]
    Addresses(commands::addresses::Addresses),
    /// Write completions for a shell to standard output
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
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
        Command::Servers(command) => command.run(&context).await?,
        Command::Keys(command) => command.run(&context).await?,
        Command::Consortium(command) => command.run(&context).await?,
        Command::Staff(command) => command.run(&context).await?,
        Command::Jurisdictions => commands::jurisdictions::jurisdictions(&context).await?,
        Command::Explain(command) => command.run(&context).await?,
        Command::Custodian(command) => command.run(&context).await?,
        Command::Grant(command) => command.run(&context).await?,
        Command::Consent(command) => command.run(&context).await?,
        Command::Revoke(command) => command.run(&context).await?,
        Command::Request(command) => command.run(&context).await?,
        Command::Approve(command) => command.run(&context).await?,
        Command::Decline(command) => command.run(&context).await?,
        Command::Delegate(command) => command.run(&context).await?,
        Command::Undelegate(command) => command.run(&context).await?,
        Command::Guardian(command) => command.run(&context).await?,
        Command::Insurer(command) => command.run(&context).await?,
        Command::History(command) => command.run(&context).await?,
        Command::Watch(command) => command.run(&context).await?,
        Command::BreakGlass(command) => command.run(&context).await?,
        Command::CloseGlass(command) => command.run(&context).await?,
        Command::Review(command) => command.run(&context).await?,
        Command::Proposals(since) => commands::proposals::list(&context, &since).await?,
        Command::Vote(command) => command.run(&context).await?,
        Command::Accept(command) => command.run(&context).await?,
        Command::Withdraw(command) => command.run(&context).await?,
        Command::Roles(command) => command.run(&context).await?,
        Command::Organisations(since) => commands::members::organisations(&context, &since).await?,
        Command::Status(command) => return command.run(&context).await,
        Command::Addresses(command) => command.run(&context).await?,
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "aegle", &mut std::io::stdout());
        }
        Command::Search(command) => command.run(&context).await?,
        Command::Count(command) => command.run(&context).await?,
        Command::Record(command) => command.run(&context).await?,
        Command::Disclosures(command) => command.run(&context).await?,
        Command::Demo(command) => return demo::run(command, chain_url, output).await,
    }
    Ok(true)
}
