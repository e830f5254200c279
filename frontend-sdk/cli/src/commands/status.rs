//! `aegle status`: does everything stand, and what is missing?

use super::account;
use crate::{
    bundles::bundles,
    context::{Connected, Context},
};
use aegle_client::{
    chain::{Chain, Head},
    day::minute,
    keystore::{KeyStore, SecretKind},
    native::HttpTransport,
    protocol::wire::{PaidNewcomers, RelayerIdentity},
    refusal::{RoleProblem, role_problem},
    remote::{Request, Transport},
    rules::{AccountId, Purposes},
    words,
};
use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;
use serde_json::json;

/// A head that is older than this does not move: ten blocks of a public chain, in milliseconds.
const STALE_MS: u64 = 60_000;
/// How many blocks an indexer may be behind.
const MAX_LAG_BLOCKS: u32 = 10;

/// Arguments of `aegle status`.
#[derive(Args)]
#[command(after_help = "Examples:
  aegle --as ana status
  aegle --as mia status --custodian https://tokens.hospital.example
  aegle status --account 5FHneW...")]
pub(crate) struct Status {
    /// A custodian's token service, to be looked at too
    #[arg(long, env = "AEGLE_CUSTODIAN_URL", value_name = "URL")]
    custodian: Option<String>,
    /// Whose funds and role are shown, in hexadecimal or SS58; yours without it
    #[arg(long, value_parser = account)]
    account: Option<AccountId>,
}

/// One thing that was looked at.
#[derive(Serialize)]
struct Line {
    what: &'static str,
    ok: bool,
    detail: String,
}

impl Line {
    fn of(what: &'static str, found: Result<String>) -> Self {
        match found {
            Ok(detail) => Self { what, ok: true, detail },
            Err(error) => Self {
                what,
                ok: false,
                detail: format!("{error:#}"),
            },
        }
    }
}

impl Status {
    /// Looks at everything, whatever fails; returns whether all of it is well.
    pub(crate) async fn run(self, context: &Context) -> Result<bool> {
        let mut lines = vec![Line::of("program", Ok(format!("aegle {}", env!("CARGO_PKG_VERSION"))))];
        let book = context
            .address_book()
            .map(|book| format!("`{}`, {}", book.name, book.contracts.consortium));
        lines.push(Line::of("addresses", book));
        match context.connect_to_chain().await {
            Err(error) => lines.push(Line::of("chain", Err(error))),
            Ok(connected) => self.on_chain(context, &connected, &mut lines).await,
        }
        lines.push(Line::of("keys", keys(context)));
        lines.push(Line::of("indexer", indexer(context).await));
        if let Some(url) = &self.custodian {
            lines.push(Line::of("custodian", custodian(context, url).await));
        }
        let is_well = lines.iter().all(|line| line.ok);
        context.output.result(&json!({ "ok": is_well, "checks": lines }), || {
            let text = |line: &Line| {
                let mark = if line.ok { "ok  " } else { "FAIL" };
                format!("{mark}  {:<10} {}", line.what, line.detail)
            };
            lines.iter().map(text).collect::<Vec<_>>().join("\n")
        })?;
        Ok(is_well)
    }

    async fn on_chain(&self, context: &Context, connected: &Connected, lines: &mut Vec<Line>) {
        let aegle = connected.aegle();
        let head = match aegle.chain.finalized().await {
            Ok(head) => head,
            Err(error) => return lines.push(Line::of("chain", Err(error.into()))),
        };
        lines.push(Line::of("chain", moves(context, &head)));
        lines.push(Line::of("contracts", versions(connected, &head).await));
        let own = match self.account {
            Some(account) => Ok(account),
            None => context.account().map(|key| key.account()),
        };
        let own = match own {
            Ok(own) => own,
            Err(error) => return lines.push(Line::of("account", Err(error))),
        };
        lines.push(Line::of("account", Ok(words::account(&own))));
        lines.push(Line::of("funds", funds(context, connected, own).await));
        lines.push(Line::of(
            "directory",
            directory(context, connected, &head, own, self.account.is_none()).await,
        ));
        let role = match role_problem(&aegle, &head, own, Purposes::NONE).await {
            Err(error) => Err(error.into()),
            // A patient needs none.
            Ok(Some(RoleProblem::None(_))) => Ok("none, or the organisation is suspended".into()),
            Ok(Some(problem)) => Err(problem.into()),
            Ok(None) => match aegle.effective_roles(&head, own).await {
                Ok(roles) => {
                    let said = roles
                        .iter()
                        .map(|role| format!("{} of organisation {}", words::roles(role.roles), role.organisation));
                    Ok(said.collect::<Vec<_>>().join("; "))
                }
                Err(error) => Err(error.into()),
            },
        };
        lines.push(Line::of("role", role));
    }
}

fn moves(context: &Context, head: &Head) -> Result<String> {
    let age_ms = super::now().saturating_sub(head.timestamp);
    let told = format!(
        "{}, block {} of {}",
        context.chain_url(),
        head.number,
        minute(head.timestamp)
    );
    if age_ms > STALE_MS {
        bail!(
            "{told}: its last final block is {} seconds old, so that the chain or its node stands still",
            age_ms / 1_000
        );
    }
    Ok(told)
}

/// Whether the contracts run the code that this program was built with.
async fn versions(connected: &Connected, head: &Head) -> Result<String> {
    let aegle = connected.aegle();
    let release = bundles()?;
    let bundles = [&release.consortium, &release.consent, &release.ledger];
    let mut other = Vec::new();
    let names = ["consortium", "consent", "ledger"];
    for ((name, contract), bundle) in names.into_iter().zip(aegle.contracts.accounts()).zip(bundles) {
        match aegle.chain.code_hash(head, contract).await? {
            None => bail!("there is no {name} contract at {contract}"),
            Some(code) if code != bundle.code_hash() => other.push(name),
            Some(_) => {}
        }
    }
    match other.is_empty() {
        true => Ok("those of this release".into()),
        false => bail!(
            "the code of {} is not this release's: use the release that the committee has deployed, or have it run \
             `aegle deploy`",
            other.join(" and ")
        ),
    }
}

/// Who pays for relayed calls at the indexer; `None` for nobody.
async fn relayer(context: &Context) -> Result<Option<RelayerIdentity>> {
    let connected = context.connect().await?;
    let aegle = connected.aegle();
    Ok(aegle.indexer.status(aegle.contracts).await?.relayer)
}

async fn funds(context: &Context, connected: &Connected, own: AccountId) -> Result<String> {
    match connected.aegle().chain.balance(own).await? {
        0 => match relayer(context).await {
            Ok(Some(_)) => Ok("none, and a patient needs none: the indexer pays for what you do with --relayed".into()),
            _ => bail!(
                "none: transactions need some; `aegle keys fund {own} AMOUNT` by who has, or an indexer that relays"
            ),
        },
        balance => Ok(format!("{balance} of the chain's smallest unit")),
    }
}

async fn directory(
    context: &Context,
    connected: &Connected,
    head: &Head,
    own: AccountId,
    is_own: bool,
) -> Result<String> {
    let Some(entry) = connected.aegle().directory(head, own).await? else {
        bail!("no key is published, so that nothing can be granted to this account: `aegle keys set`");
    };
    if is_own && entry.key != context.encryption()?.public_key() {
        bail!(
            "the published key (version {}) is not the one in this key store: `aegle keys set`",
            entry.version
        );
    }
    Ok(format!("a key is published, version {}", entry.version))
}

fn keys(context: &Context) -> Result<String> {
    let store = context.keys()?;
    let kinds = SecretKind::ALL.into_iter();
    let kinds = kinds.filter(|kind| store.get(context.holder(), *kind).is_ok());
    let names: Vec<&str> = kinds.map(SecretKind::name).collect();
    match names.is_empty() {
        true => bail!("{0} has none: `aegle keys new --as {0}`", context.holder()),
        false => Ok(format!("{}: {}", context.holder(), names.join(", "))),
    }
}

async fn indexer(context: &Context) -> Result<String> {
    let connected = context.connect().await?;
    let aegle = connected.aegle();
    let status = aegle.indexer.status(aegle.contracts).await?;
    let lag = status.finalized.number.saturating_sub(status.indexed);
    let relays = match status.relayer {
        Some(relayer) => format!(
            "relays {} calls of a key a day, and of patients for whom nobody vouches yet those of {}",
            relayer.calls_a_day,
            match relayer.newcomers {
                PaidNewcomers::Nobody => "nobody",
                PaidNewcomers::Invited => "whom an organisation has invited (`aegle staff invite`)",
                PaidNewcomers::Anybody => "anybody",
            }
        ),
        None => "relays no calls".into(),
    };
    let told = format!("{}, {lag} blocks behind the chain; it {relays}", context.indexer_url());
    if lag > MAX_LAG_BLOCKS {
        bail!("{told}: it catches up, or its node is gone");
    }
    Ok(told)
}

async fn custodian(context: &Context, url: &str) -> Result<String> {
    let transport = HttpTransport::to(&context.server(url)?)?;
    let request = Request {
        method: "GET",
        path: "/livez",
        headers: Vec::new(),
        content_type: "application/json",
        body: &[],
    };
    match transport.send(request).await?.status {
        200 => Ok(url.into()),
        status => bail!("{url} answers {status}: it is no token service, or it is not ready"),
    }
}
