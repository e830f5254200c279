//! `aegle consortium`.

use super::{
    Paid, account, days, in_days,
    jurisdictions::Jurisdiction,
    proposals::{said, waiting},
};
use crate::context::Context;
use aegle_client::{
    chain::{Chain, Receipt},
    committee::{CommitteeError, Member, Progress, upgrade_time},
    day::day,
    deployment::OnChain,
    native::{ContractBundle, MAX_BUNDLE_BYTES},
    rules::{
        AccountId, JurisdictionId, OrganisationId, Roles,
        consortium::{Action, Role, Which, messages},
    },
    words,
};
use anyhow::{Context as _, Result};
use clap::{
    Args, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use serde_json::json;
use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

/// `aegle consortium`. Where the committee is more than one, this proposes; the others vote by `aegle vote`, or run the same
/// command. The last vote that is needed carries it out.
#[derive(Subcommand)]
pub(crate) enum Consortium {
    /// Admit an organisation
    Admit(Admit),
    /// Give an account a role in an organisation, replacing what it had there
    Role(GiveRole),
    /// Take every role from an account, and keep organisations from giving it another one; or its role in one organisation
    Dismiss {
        /// The account, in hexadecimal or SS58
        #[arg(value_parser = account)]
        account: AccountId,
        /// The number of the organisation whose role alone is taken
        #[arg(long)]
        organisation: Option<u32>,
    },
    /// Suspend an organisation
    Suspend {
        /// The organisation's number
        organisation: u32,
    },
    /// End an organisation's suspension
    Reinstate {
        /// The organisation's number
        organisation: u32,
    },
    /// Call for a pause: when a member of another organisation does so too within a day, nothing is permitted for at most 72
    /// hours, but to patients themselves and in emergencies
    Pause,
    /// End a pause
    Resume,
    /// Replace the committee by another one; open proposals become void. It waits for the time lock, and for each new member
    /// to accept (`aegle accept`)
    Rotate(Rotate),
    /// Say of which organisation each member of the committee is: a pause takes members of different ones
    Seats {
        /// The organisations' numbers, in the order in which `aegle consortium show` lists the members; 0 for none
        #[arg(required = true)]
        organisations: Vec<u32>,
    },
    /// Let one organisation take the place of another as custodian of its search domains, after a merger. It waits for the
    /// time lock
    Succeed {
        /// The number of the organisation that is merged into the other
        organisation: u32,
        /// The number of the one that takes its place
        #[arg(long, value_name = "NUMBER")]
        by: u32,
    },
    /// Say what counts in a jurisdiction where a patient has said nothing about a purpose. It waits for the time lock
    Jurisdiction(Jurisdiction),
    /// Place an organisation in a jurisdiction: patients for whom it vouches from then on are of it, earlier ones stay of theirs.
    /// It waits for the time lock
    Place {
        /// The organisation's number
        organisation: u32,
        /// The jurisdiction's number; none without it
        #[arg(long, value_name = "NUMBER")]
        jurisdiction: Option<u8>,
    },
    /// Say of which jurisdiction a patient is for whom an organisation vouches, where that was settled wrongly. It waits for the time
    /// lock, and the patient hears of it
    Residence {
        /// The patient's account, in hexadecimal or SS58
        #[arg(value_parser = account)]
        patient: AccountId,
        /// The jurisdiction's number; none without it
        #[arg(long, value_name = "NUMBER")]
        jurisdiction: Option<u8>,
    },
    /// Propose other code for a contract, or put what was scheduled in force
    Upgrade(Upgrade),
    /// Cancel an upgrade that is scheduled
    CancelUpgrade {
        /// The contract
        #[arg(value_parser = contract)]
        contract: Which,
    },
    /// Show the committee and its limits
    Show,
}

/// Arguments of `aegle consortium upgrade`. What this program was built with is proposed by `aegle deploy`.
#[derive(Args)]
#[command(after_help = "Examples:
  aegle --as member consortium upgrade consent --bundle consent.contract --layout 2
  aegle --as anybody consortium upgrade consent")]
pub(crate) struct Upgrade {
    /// The contract
    #[arg(value_parser = contract)]
    contract: Which,
    /// The bundle of the new code, as cargo-contract writes it: it is uploaded and proposed, and waits for the time lock. Without
    /// it, the code that was scheduled is put in force, which anybody may do; where it does not fit, the old code goes on
    #[arg(long, value_name = "FILE", requires = "layout")]
    bundle: Option<PathBuf>,
    /// The layout that the new code says it has: other code is taken back when it is put in force
    #[arg(long, requires = "bundle")]
    layout: Option<u32>,
}

/// Arguments of `aegle consortium admit`.
#[derive(Args)]
pub(crate) struct Admit {
    /// The account of its first admin
    #[arg(long, value_parser = account)]
    admin: AccountId,
}

/// Arguments of `aegle consortium role`.
#[derive(Args)]
pub(crate) struct GiveRole {
    /// The account, in hexadecimal or SS58
    #[arg(long, value_parser = account)]
    account: AccountId,
    /// The role; may be given more than once
    #[arg(long = "role", value_parser = role(), required = true)]
    roles: Vec<Roles>,
    /// The organisation's number
    #[arg(long)]
    organisation: u32,
    /// The number of days that it lasts
    #[arg(long, value_parser = days, default_value_t = 365)]
    days: u64,
    /// The end of the role in milliseconds since 1970, instead of --days: members who run this command instead of `aegle vote`
    /// must all give the same one
    #[arg(long, conflicts_with = "days")]
    until: Option<u64>,
}

/// Arguments of `aegle consortium rotate`.
#[derive(Args)]
pub(crate) struct Rotate {
    /// A member; may be given more than once
    #[arg(long = "member", value_parser = account, required = true)]
    members: Vec<AccountId>,
    /// The number of members that must agree
    #[arg(long)]
    threshold: u8,
}

fn contract(text: &str) -> Result<Which, String> {
    match text {
        "consortium" => Ok(Which::Consortium),
        "consent" => Ok(Which::Consent),
        "ledger" => Ok(Which::Ledger),
        _ => Err("a contract is one of consortium, consent, ledger".into()),
    }
}

/// Reads a role by its name; the help lists them.
pub(crate) fn role() -> impl TypedValueParser<Value = Roles> {
    let names = Roles::NAMES.iter().map(|(name, _)| *name);
    PossibleValuesParser::new(names).map(|text| {
        let named = Roles::NAMES.iter().find(|(name, _)| *name == text);
        named.map_or(Roles::NONE, |(_, role)| *role)
    })
}

impl Consortium {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let organisation = OrganisationId;
        let action = match self {
            Self::Show => return show(context).await,
            Self::Pause => return pause(context).await,
            Self::Resume => Action::Resume,
            Self::Admit(Admit { admin }) => Action::Admit { admin },
            Self::Suspend { organisation: number } => Action::Suspend {
                organisation: organisation(number),
            },
            Self::Reinstate { organisation: number } => Action::Reinstate {
                organisation: organisation(number),
            },
            Self::Dismiss {
                account,
                organisation: None,
            } => Action::RevokeRole { account },
            Self::Dismiss {
                account,
                organisation: Some(number),
            } => Action::TakeRole {
                account,
                organisation: organisation(number),
            },
            Self::Rotate(Rotate { members, threshold }) => Action::Rotate { members, threshold },
            Self::Seats { organisations } => {
                let seat = |number: u32| (number != 0).then_some(organisation(number));
                Action::SetSeats {
                    organisations: organisations.into_iter().map(seat).collect(),
                }
            }
            Self::Succeed { organisation: of, by } => Action::Succeed {
                organisation: organisation(of),
                successor: organisation(by),
            },
            Self::Jurisdiction(given) => Action::SetJurisdiction { default: given.into() },
            Self::Place {
                organisation: number,
                jurisdiction,
            } => Action::Place {
                organisation: organisation(number),
                jurisdiction: jurisdiction.map(JurisdictionId),
            },
            Self::Residence { patient, jurisdiction } => Action::SetResidence {
                patient,
                jurisdiction: jurisdiction.map(JurisdictionId),
            },
            Self::Upgrade(upgrade) => return upgrade.run(context).await,
            Self::CancelUpgrade { contract } => Action::CancelUpgrade { contract },
            Self::Role(given) => Action::SetRole {
                account: given.account,
                role: Role {
                    roles: given.roles.into_iter().fold(Roles::NONE, Roles::union),
                    organisation: organisation(given.organisation),
                    until: given.until.unwrap_or_else(|| in_days(given.days)),
                },
            },
        };
        let connected = context.connect_to_chain().await?;
        enacted(context, &connected.aegle(), action, Vec::new()).await
    }
}

/// Has the committee act, as far as this account's vote goes, after what it did for that already.
async fn enacted(
    context: &Context,
    aegle: &OnChain<'_, impl Chain>,
    action: Action,
    mut receipts: Vec<Receipt>,
) -> Result<()> {
    let key = context.account()?;
    let member = Member::of(aegle, &key);
    let progress = member.act(action.clone(), &mut receipts).await?;
    let paid: Vec<Paid> = receipts.iter().map(Paid::from).collect();
    let admitted = match &progress {
        Progress::Done { admitted } => *admitted,
        Progress::Waiting { .. } | Progress::Agreed { .. } => None,
    };
    let value = json!({
        "organisation": admitted, "waiting": waiting(&progress, Some(&action)), "transactions": paid,
    });
    context
        .output
        .result(&value, || said(&progress, &words::action(&action)))?;
    Ok(())
}

impl Upgrade {
    async fn run(self, context: &Context) -> Result<()> {
        let contract = self.contract;
        let (Some(path), Some(layout)) = (self.bundle, self.layout) else {
            return in_force(context, contract).await;
        };
        let bundle = read_bundle(&path)?;
        let connected = context.connect_to_chain().await?;
        let aegle = connected.aegle();
        let uploaded = aegle.chain.upload(&context.account()?, &bundle).await?;
        let head = aegle.chain.finalized().await?;
        let limits = aegle
            .chain
            .read(head.hash, aegle.contracts.consortium, &messages::Limits {})
            .await?;
        let action = Action::ScheduleUpgrade {
            contract,
            code_hash: bundle.code_hash(),
            layout,
            not_before: upgrade_time(head.timestamp, limits.timelock_ms),
        };
        enacted(context, &aegle, action, uploaded.into_iter().collect()).await
    }
}

fn read_bundle(path: &Path) -> Result<ContractBundle> {
    let unreadable = || format!("{} cannot be read", path.display());
    let mut bytes = Vec::new();
    let file = fs::File::open(path).with_context(unreadable)?;
    // One byte more than it may have tells a longer file.
    file.take(MAX_BUNDLE_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(unreadable)?;
    ContractBundle::parse(&bytes).with_context(|| format!("{} is not taken", path.display()))
}

/// Puts code in force that was scheduled.
async fn in_force(context: &Context, contract: Which) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let aegle = connected.aegle();
    let upgrade = messages::Upgrade { contract };
    let called = aegle
        .chain
        .call(&context.account()?, aegle.contracts.consortium, &upgrade)
        .await;
    let (_, receipt) = called.map_err(CommitteeError::from)?;
    let value = json!({ "contract": words::contract_name(contract), "transactions": [Paid::from(&receipt)] });
    context.output.result(&value, || {
        format!(
            "the new code of the {} contract is in force",
            words::contract_name(contract)
        )
    })?;
    Ok(())
}

async fn pause(context: &Context) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let aegle = connected.aegle();
    let key = context.account()?;
    let member = Member::of(&aegle, &key);
    let (until, receipt) = member.pause().await?;
    let value = json!({ "paused_until": until, "transactions": [Paid::from(&receipt)] });
    context.output.result(&value, || match until {
        Some(until) => format!(
            "nothing is permitted until {}; `aegle consortium resume` ends it",
            day(until)
        ),
        None => {
            "you have called for a pause: it begins when a member of another organisation does so within a day".into()
        }
    })?;
    Ok(())
}

async fn show(context: &Context) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let aegle = connected.aegle();
    let consortium = aegle.contracts.consortium;
    let head = aegle.chain.finalized().await?;
    let committee = aegle.chain.read(head.hash, consortium, &messages::Committee {}).await?;
    let limits = aegle.chain.read(head.hash, consortium, &messages::Limits {}).await?;
    let paused = aegle
        .chain
        .read(head.hash, consortium, &messages::PausedUntil {})
        .await?;
    let paused = Some(paused).filter(|until| head.timestamp < *until);
    let value = json!({ "committee": committee, "limits": limits, "paused_until": paused });
    context.output.result(&value, || {
        let mut lines = vec![format!(
            "epoch {}: {} of these must agree",
            committee.epoch, committee.threshold
        )];
        lines.extend(committee.members.iter().map(|member| {
            let of = match committee.organisation_of(member) {
                Some(organisation) => format!(", of organisation {organisation}"),
                None => String::new(),
            };
            format!("  {}{of}", words::account(member))
        }));
        lines.push(words::limits(&limits));
        lines.extend(paused.map(|until| format!("PAUSED until {}: nothing is permitted", day(until))));
        lines.join("\n")
    })?;
    Ok(())
}
