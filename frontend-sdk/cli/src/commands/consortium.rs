//! `aegle consortium`.

use super::{DAY_MS, Paid, now};
use crate::context::Context;
use aegle_client::{
    chain::{Chain, Receipt},
    rules::{
        AccountId, OrganisationId, Roles,
        consortium::{Action, Role, messages::Enact},
    },
};
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;

/// `aegle consortium`.
#[derive(Subcommand)]
pub(crate) enum Consortium {
    /// Admit an organisation
    Admit(Admit),
    /// Give an account a role in an organisation, replacing what it had
    Role(GiveRole),
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
}

/// Arguments of `aegle consortium admit`.
#[derive(Args)]
pub(crate) struct Admit {
    /// The account of its first admin
    #[arg(long)]
    admin: AccountId,
}

/// Arguments of `aegle consortium role`.
#[derive(Args)]
pub(crate) struct GiveRole {
    /// The account
    #[arg(long)]
    account: AccountId,
    /// The role; may be given more than once
    #[arg(long = "role", value_parser = role, required = true)]
    roles: Vec<Roles>,
    /// The organisation's number
    #[arg(long)]
    organisation: u32,
    /// For how many days
    #[arg(long, default_value_t = 365)]
    days: u64,
}

fn role(text: &str) -> Result<Roles, String> {
    Roles::NAMES
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, role)| *role)
        .ok_or_else(|| {
            let names: Vec<&str> = Roles::NAMES.iter().map(|(name, _)| *name).collect();
            format!("a role is one of {}", names.join(", "))
        })
}

impl Consortium {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let action = match self {
            Self::Admit(Admit { admin }) => Action::Admit { admin },
            Self::Suspend { organisation } => Action::Suspend {
                organisation: OrganisationId(organisation),
            },
            Self::Reinstate { organisation } => Action::Reinstate {
                organisation: OrganisationId(organisation),
            },
            Self::Role(GiveRole {
                account,
                roles,
                organisation,
                days,
            }) => {
                let roles = roles.into_iter().fold(Roles::NONE, Roles::union);
                let until = now().saturating_add(days.saturating_mul(DAY_MS));
                Action::SetRole {
                    account,
                    role: Role {
                        roles,
                        organisation: OrganisationId(organisation),
                        until,
                    },
                }
            }
        };
        let connected = context.connect().await?;
        let aegle = connected.aegle();
        let message = Enact { action };
        let (admitted, receipt): (Option<OrganisationId>, Receipt) = aegle
            .chain
            .call(&context.account()?, aegle.contracts.consortium, &message)
            .await?;
        let value = json!({ "organisation": admitted, "transaction": Paid::from(&receipt) });
        context.output.result(&value, || match admitted {
            Some(organisation) => format!("admitted as organisation {organisation}"),
            None => format!("done, in block {}", receipt.block),
        })?;
        Ok(())
    }
}
