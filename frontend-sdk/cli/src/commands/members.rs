//! `aegle roles`, `aegle organisations`.

use super::{
    account,
    lists::{Since, Source},
    shown,
};
use crate::context::Context;
use aegle_client::{
    chain::Chain,
    day::day,
    history::{self, Member},
    rules::{
        AccountId, OrganisationId, Roles as RoleBits, Timestamp,
        consortium::{MAX_ORGANISATIONS, Role, Standing, messages::Organisation},
    },
    words,
};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

/// What each role is for, in the order of their bits.
const MEANINGS: [(RoleBits, &str); 8] = [
    (
        RoleBits::CLINICIAN,
        "treats patients: is granted TREAT, ETREAT, BTG; may break the glass",
    ),
    (
        RoleBits::RESEARCHER,
        "does research: is covered by consents to research (HRESCH)",
    ),
    (RoleBits::AUDITOR, "checks integrity and disclosures (HOPERAT, PUBHLTH)"),
    (RoleBits::INSURER, "pays for care: is granted HPAYMT, and nothing else"),
    (
        RoleBits::ORGANISATION_ADMIN,
        "acts for an organisation: its people, domains, erasures, reviews, vouching for patients",
    ),
    (RoleBits::DEVICE, "streams measurements"),
    (RoleBits::PROXY_OPERATOR, "runs a proxy"),
    (
        RoleBits::CUSTODIAN,
        "keeps an organisation's records: anchors, labels and corrects batches",
    ),
];

/// Arguments of `aegle roles`. The names of roles are: clinician, researcher, auditor, insurer, organisation-admin, device,
/// proxy-operator, custodian.
#[derive(Args)]
#[command(after_help = "Examples:
  aegle roles --names
  aegle roles 5FHneW...
  aegle roles")]
pub(crate) struct Roles {
    /// Show the roles of these accounts, in hexadecimal or SS58; without any, of everybody who was ever given one
    #[arg(value_parser = account)]
    accounts: Vec<AccountId>,
    /// Show which roles there are, and what each is for
    #[arg(long, conflicts_with = "accounts")]
    names: bool,
    #[command(flatten)]
    since: Since,
}

impl Roles {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        if self.names {
            return names(context);
        }
        let connected = context.connect_to_chain().await?;
        let aegle = connected.aegle();
        let (members, source, head) = if self.accounts.is_empty() {
            let (history, head) = context.history(&connected, self.since.from_block).await?;
            let members = history::roles(&aegle, &head, &history, None).await?;
            (members, Source::events(&history), head)
        } else {
            let head = aegle.chain.finalized().await?;
            let mut members = Vec::new();
            for account in self.accounts {
                members.push(Member::read(&aegle, &head, account).await?);
            }
            (members, Source::state(&head), head)
        };
        let entries: Vec<Entry> = members.iter().flat_map(entries).collect();
        let values: Vec<Value> = entries.iter().map(value).collect();
        let lines = entries
            .iter()
            .map(|entry| format!("{}  {}", words::account(&entry.account), said(entry, head.timestamp)));
        let value = json!({ "roles": values, "source": source });
        context
            .output
            .result(&value, || source.after(lines.collect(), "nobody was given a role"))?;
        Ok(())
    }
}

fn names(context: &Context) -> Result<()> {
    let name = |role: RoleBits| words::roles(role);
    let value: Vec<Value> = MEANINGS
        .iter()
        .map(|(role, meaning)| json!({ "role": name(*role), "meaning": meaning }))
        .collect();
    context.output.result(&json!({ "names": value }), || {
        let lines = MEANINGS
            .iter()
            .map(|(role, meaning)| format!("{:<20} {meaning}", name(*role)));
        lines.collect::<Vec<_>>().join("\n")
    })?;
    Ok(())
}

/// What an account has, or is offered, in one organisation; or that it has nothing anywhere.
struct Entry {
    account: AccountId,
    role: Option<Role>,
    counts: bool,
    offered: bool,
}

fn entries(member: &Member) -> Vec<Entry> {
    let entry = |role: Option<Role>, offered: bool| Entry {
        account: member.account,
        role,
        counts: role.is_some_and(|role| !offered && member.effective.contains(&role)),
        offered,
    };
    let held = member.roles.held.iter().filter(|role| !role.is_bar());
    let held = held.map(|role| entry(Some(*role), false));
    let offered = member.roles.offered.iter().map(|role| entry(Some(*role), true));
    let mut entries: Vec<Entry> = held.chain(offered).collect();
    if entries.is_empty() {
        entries.push(entry(None, false));
    }
    entries
}

fn value(entry: &Entry) -> Value {
    let Entry { account, role, .. } = entry;
    json!({
        "account": shown(account),
        "role": role.map(|role| words::roles(role.roles)),
        "organisation": role.map(|role| role.organisation),
        "until": role.map(|role| role.until),
        "counts": entry.counts,
        "offered": entry.offered,
    })
}

fn said(entry: &Entry, now: Timestamp) -> String {
    let Some(role) = entry.role else {
        return "no role".into();
    };
    let what = format!("{} of organisation {}", words::roles(role.roles), role.organisation);
    match (role.until, entry.offered, entry.counts) {
        (0, true, _) => format!("{what} DECLINED"),
        (0, false, _) => format!("{what} GIVEN BACK"),
        (until, ..) if until <= now => format!("{what} ENDED on {}", day(until)),
        (until, true, _) => format!("OFFERED until {}: {what}", day(until)),
        (_, false, false) => format!("{what}, which is SUSPENDED"),
        (until, false, true) => format!("{what} until {}", day(until)),
    }
}

/// Runs `aegle organisations`.
pub(crate) async fn organisations(context: &Context, since: &Since) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let aegle = connected.aegle();
    let (history, head) = context.history(&connected, since.from_block).await?;
    let admins = history::admins(&history);
    let names = context.address_book()?.organisations;
    let (mut values, mut lines) = (Vec::new(), Vec::new());
    for number in 1..=MAX_ORGANISATIONS {
        let id = OrganisationId(number);
        let standing = aegle
            .chain
            .read(head.hash, aegle.contracts.consortium, &Organisation { id })
            .await?;
        let Some(standing) = standing else { break };
        let standing = match standing {
            Standing::Member => "member",
            Standing::Suspended => "SUSPENDED",
        };
        let name = names.iter().find(|(_, other)| **other == id).map(|(name, _)| name);
        let admin = admins.get(&id);
        let jurisdiction = aegle.jurisdiction_of(&head, id).await?;
        values.push(json!({
            "organisation": id, "name": name, "standing": standing.to_lowercase(), "first_admin": admin.map(shown),
            "jurisdiction": jurisdiction,
        }));
        let admin = admin.map_or_else(|| "unknown".into(), words::account);
        let place = jurisdiction.map_or_else(|| "no jurisdiction".into(), |id| format!("jurisdiction {id}"));
        lines.push(format!(
            "{number:>4}  {standing:<9}  {}  {place}  first admin {admin}",
            name.map_or("-", String::as_str)
        ));
    }
    let source = Source::events(&history);
    let value = json!({ "organisations": values, "source": source });
    context
        .output
        .result(&value, || source.after(lines, "no organisation was admitted"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_a_meaning() {
        let named = MEANINGS.iter().fold(RoleBits::NONE, |all, (role, _)| all.union(*role));
        assert_eq!(named, RoleBits::ALL);
        assert_eq!(MEANINGS.len(), RoleBits::NAMES.len());
    }
}
