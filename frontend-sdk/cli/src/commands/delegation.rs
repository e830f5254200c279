//! `aegle delegate`, `aegle undelegate`.

use super::{Paid, account, days, in_days, purpose, shown, united};
use crate::context::Context;
use aegle_client::{
    clinician::delegation::{self, Delegation},
    rules::{AccountId, GrantId, Purposes, SLOTS, Slot, Slots},
    words,
};
use anyhow::Result;
use clap::Args;
use serde_json::json;

/// What is said of everything that is passed on.
const WITHOUT_KEYS: &str = "it finds records and opens none: the patient alone splits keys, so whoever should open records asks \
                            the patient (`aegle request`)";

/// Arguments of `aegle delegate`. What is passed on finds records and opens none: the keys of a grant are split by the
/// patient alone. Whoever should open records asks the patient, with `aegle request`.
#[derive(Args)]
#[command(after_help = "Examples:
  aegle --as mia grant list --patient 5Grwva...
  aegle --as mia delegate --patient 5Grwva... --grant 3 --to 5DAAnr... --days 7
  aegle --as mia delegate --patient 5Grwva... --grant 3 --to 5DAAnr... --slot 4 --delegable")]
pub(crate) struct Delegate {
    /// The patient, in hexadecimal or SS58
    #[arg(long, value_parser = account)]
    patient: AccountId,
    /// The number of the grant of which a part is passed on
    #[arg(long)]
    grant: u32,
    /// The account that it is passed on to
    #[arg(long, value_parser = account)]
    to: AccountId,
    /// Pass on this purpose only; may be given more than once; all of the grant's without it
    #[arg(long = "purpose", value_parser = purpose)]
    purposes: Vec<Purposes>,
    /// Pass on this slot only; may be given more than once; all of the grant's without it
    #[arg(long = "slot", value_parser = clap::value_parser!(u8).range(..i64::from(SLOTS)))]
    slots: Vec<u8>,
    /// Pass it on for so many days, and never for longer than the grant
    #[arg(long, value_parser = days)]
    days: Option<u64>,
    /// Let it be passed on again
    #[arg(long)]
    delegable: bool,
}

/// Arguments of `aegle undelegate`.
#[derive(Args)]
#[command(after_help = "Example:
  aegle --as mia undelegate 2147483649 --patient 5Grwva... --to 5DAAnr...")]
pub(crate) struct Undelegate {
    /// The number of what was passed on, as `aegle delegate` has printed it
    grant: u32,
    /// The patient, in hexadecimal or SS58
    #[arg(long, value_parser = account)]
    patient: AccountId,
    /// The account that it was passed on to
    #[arg(long, value_parser = account)]
    to: AccountId,
}

impl Delegate {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let slots = self.slots.iter();
        let slots = slots.fold(Slots::default(), |slots, slot| slots.with(Slot(*slot)));
        let delegation = Delegation {
            patient: self.patient,
            grant: GrantId(self.grant),
            to: self.to,
            purposes: Some(united(&self.purposes)).filter(|purposes| !purposes.is_empty()),
            slots: Some(slots).filter(|slots| !slots.is_empty()),
            until: self.days.map(in_days),
            delegable: self.delegable,
        };
        let connected = context.connect_to_chain().await?;
        let delegated = delegation::delegate(&connected.aegle(), &context.account()?, &delegation).await?;
        let value = json!({
            "grant": delegated.id,
            "to": shown(&self.to),
            "opens_records": false,
            "note": WITHOUT_KEYS,
            "transaction": Paid::from(&delegated.receipt),
        });
        context.output.result(&value, || {
            format!(
                "passed on as grant {}, which {}\n{WITHOUT_KEYS}",
                delegated.id,
                words::terms(&delegated.terms, None)
            )
        })?;
        Ok(())
    }
}

impl Undelegate {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let connected = context.connect_to_chain().await?;
        let (key, id) = (context.account()?, GrantId(self.grant));
        let receipt = delegation::undelegate(&connected.aegle(), &key, self.patient, id, self.to).await?;
        context.output.result(&Paid::from(&receipt), || {
            format!(
                "took grant {id} back from {}, in block {}",
                words::account(&self.to),
                receipt.block
            )
        })?;
        Ok(())
    }
}
