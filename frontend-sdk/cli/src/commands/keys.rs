//! `aegle keys`.

mod backup;
pub(crate) mod phrase;

use super::{DAY_MS, Paid, account, lists::Source};
use crate::{context::Context, invitations};
use aegle_client::{
    account::AccountKey,
    address::ss58,
    chain::{Chain, Receipt},
    clinician::reader,
    deployment::OnChain,
    keys::DomainKey,
    keystore::{KeyStore, KeyStoreError, SecretKind},
    native::ChainClient,
    organisation::{Naming, Staff},
    recovery::control_of,
    rules::{
        AccountId, JurisdictionId, OrganisationId,
        consent::Call,
        consortium::{MAX_NAMED_MS, Named},
    },
    words,
};
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

/// `aegle keys`.
#[derive(Subcommand)]
pub(crate) enum Keys {
    /// Make keys and keep them in files that only you can read. A patient's follow from 24 words, which are shown once
    New(phrase::New),
    /// Bring back a patient's account, records and recovery from 24 words, or anybody's keys from a backup
    Restore(backup::Restore),
    /// Write your keys to a file that a passphrase opens
    Backup(backup::Backup),
    /// List the keys in the key store, with their public parts
    Show,
    /// Publish your public keys in the directory on chain; for patients, at the indexer too
    Set,
    /// Write the card that a patient hands to a custodian: their account, and their slots, sealed to it
    Card(Card),
    /// Say where a patient's 24 words are, which no device keeps, or whether a paper has them
    Phrase(phrase::Phrase),
    /// Register your account as a patient's, so that the organisation that you name can vouch for you
    #[command(after_help = "Examples:
  aegle --as ana keys register --organisation 1
  aegle --as ana keys register --organisation 1 --jurisdiction 2 --days 3
  aegle --as ana --relayed keys register --organisation 1 --invitation ana.invitation")]
    Register {
        /// The number of the organisation that alone may vouch for you; without it nobody may, until `aegle keys name`
        #[arg(long)]
        organisation: Option<u32>,
        #[command(flatten)]
        scope: Scope,
        #[command(flatten)]
        invited: Invited,
    },
    /// Name the organisation that alone may vouch for you, once. After one has vouched, the next one settles anew whose law counts
    /// for you where you have said nothing
    #[command(after_help = "Examples:
  aegle --as ana keys name 2
  aegle --as ana keys name 2 --jurisdiction 1 --days 3
  aegle --as ana keys name --nobody")]
    Name {
        /// The organisation's number
        #[arg(required_unless_present = "nobody")]
        organisation: Option<u32>,
        /// Let nobody vouch for you any more
        #[arg(long, conflicts_with = "organisation")]
        nobody: bool,
        #[command(flatten)]
        scope: Scope,
        #[command(flatten)]
        invited: Invited,
    },
    /// Show who may vouch for a patient, who does, and of which jurisdiction they are
    Registration {
        /// The account, in hexadecimal or SS58; yours without it
        #[arg(value_parser = account)]
        account: Option<AccountId>,
    },
    /// Send funds from this account to another one
    Fund(Fund),
    /// Show what an account has
    Balance {
        /// The account, in hexadecimal or SS58; yours without it
        #[arg(value_parser = account)]
        account: Option<AccountId>,
    },
}

/// For what an organisation is named.
#[derive(Args)]
pub(crate) struct Scope {
    /// The jurisdiction whose law you want to count for you, in which the organisation has to be (`aegle jurisdictions`); without
    /// it, the one in which the organisation is, which is shown
    #[arg(long, requires = "organisation")]
    jurisdiction: Option<u8>,
    /// The number of days for which it may vouch: 7 without it, 30 at most
    #[arg(long, requires = "organisation", value_parser = clap::value_parser!(u64).range(1..=MAX_NAMED_MS / DAY_MS))]
    days: Option<u64>,
}

/// Who pays before an organisation vouches.
#[derive(Args)]
pub(crate) struct Invited {
    /// With --relayed: what an admin of the organisation has written with `aegle staff invite`, as a file or as the line itself. It
    /// is kept beside your keys until an organisation vouches for you
    #[arg(long, value_name = "FILE|TEXT")]
    invitation: Option<String>,
}

/// Arguments of `aegle keys card`.
#[derive(Args)]
pub(crate) struct Card {
    /// The custodian's account, in hexadecimal or SS58; or that of a clinician who is to ask for classes by name
    #[arg(long, value_parser = account)]
    custodian: AccountId,
}

/// Arguments of `aegle keys fund`.
#[derive(Args)]
pub(crate) struct Fund {
    /// The account that receives them, in hexadecimal or SS58
    #[arg(value_parser = account)]
    to: AccountId,
    /// The amount in planck, the chain's smallest unit
    amount: u128,
}

impl Keys {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        match self {
            Self::New(new) => new.run(context),
            Self::Show => show(context),
            Self::Set => set(context).await,
            Self::Card(card) => card.run(context).await,
            Self::Restore(restore) => restore.run(context).await,
            Self::Backup(backup) => backup.run(context),
            Self::Phrase(phrase) => phrase.run(context),
            Self::Register {
                organisation,
                scope,
                invited,
            } => register(context, organisation, &scope, &invited).await,
            Self::Name {
                organisation,
                scope,
                invited,
                ..
            } => name(context, organisation, &scope, &invited).await,
            Self::Registration { account } => registration(context, account).await,
            Self::Fund(fund) => fund.run(context).await,
            Self::Balance { account } => balance(context, account).await,
        }
    }
}

/// What is named, and in a sentence what that means: who may vouch, until when, and what the law permits that counts then.
struct Chosen {
    named: Option<Named>,
    sentence: String,
}

impl Scope {
    /// Reads from the chain what a name of an organisation means now.
    async fn chosen(&self, aegle: &OnChain<'_, impl Chain>, key: &AccountKey, number: Option<u32>) -> Result<Chosen> {
        let Some(number) = number else {
            let sentence = words::may_vouch(None);
            return Ok(Chosen { named: None, sentence });
        };
        let head = aegle.chain.finalized().await?;
        let naming = Naming {
            organisation: OrganisationId(number),
            jurisdiction: self.jurisdiction.map(JurisdictionId),
            until: self.days.map(|days| head.timestamp.saturating_add(days * DAY_MS)),
        };
        let named = Staff::new(aegle, key).named(&naming).await?;
        let known = aegle.jurisdictions(&head).await?;
        let law = named.jurisdiction.and_then(|jurisdiction| known.of(jurisdiction));
        let sentences = [Some(words::may_vouch(Some(&named))), law.map(words::jurisdiction)];
        let sentence = sentences.into_iter().flatten().collect::<Vec<_>>().join("; ");
        let named = Some(named);
        Ok(Chosen { named, sentence })
    }
}

async fn register(context: &Context, organisation: Option<u32>, scope: &Scope, invited: &Invited) -> Result<()> {
    let whose = context.account()?.account();
    let connected = invitations::connect(context, whose, invited.invitation.as_deref()).await?;
    let aegle = connected.aegle();
    let key = context.account()?;
    let Chosen { named, sentence } = scope.chosen(&aegle, &key, organisation).await?;
    let receipt = Staff::new(&aegle, &key).register_patient(named).await?;
    let value = json!({ "named": named, "transaction": Paid::from(&receipt) });
    context.output.result(&value, || {
        let account = words::account(&key.account());
        format!("{account} is registered as a patient; {sentence}")
    })?;
    Ok(())
}

async fn name(context: &Context, organisation: Option<u32>, scope: &Scope, invited: &Invited) -> Result<()> {
    let whose = context.own_account()?;
    let connected = invitations::connect(context, whose, invited.invitation.as_deref()).await?;
    let aegle = connected.aegle();
    let key = context.account()?;
    let Chosen { named, sentence } = scope.chosen(&aegle, &key, organisation).await?;
    let receipt = Staff::new(&aegle, &key).name_organisation(whose, named).await?;
    let value = json!({ "named": named, "transaction": Paid::from(&receipt) });
    context
        .output
        .result(&value, || format!("{}: {sentence}", words::account(&whose)))?;
    Ok(())
}

async fn registration(context: &Context, account: Option<AccountId>) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let aegle = connected.aegle();
    let whose = match account {
        Some(account) => account,
        None => context.own_account()?,
    };
    let head = aegle.chain.finalized().await?;
    let registration = aegle.registration(&head, whose).await?;
    let source = Source::state(&head);
    let value = json!({ "account": whose, "registration": registration, "source": source });
    context.output.result(&value, || {
        let lines = registration.iter().map(words::registration).collect();
        source.after(
            lines,
            "the account is not registered as a patient: `aegle keys register` does it",
        )
    })?;
    Ok(())
}

fn show(context: &Context) -> Result<()> {
    let store = context.keys()?;
    let mut shown = Vec::new();
    for holder in store.holders()? {
        let mut has = Vec::new();
        let mut public = json!({ "name": holder.as_str() });
        for kind in SecretKind::ALL {
            match store.get(&holder, kind) {
                Ok(secret) => {
                    has.push(kind.name());
                    match kind {
                        SecretKind::Account => {
                            let account = AccountKey::from_seed(&secret).account();
                            public["account"] = json!(account);
                            public["ss58"] = json!(ss58(&account));
                        }
                        SecretKind::Domain => public["domain_key"] = json!(DomainKey::from_seed(&secret).public_key()),
                        _ => {}
                    }
                }
                Err(KeyStoreError::Missing { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(recovery) = store.recovery(&holder)? {
            public["recovery_key"] = json!(recovery);
        }
        public["keys"] = json!(has);
        shown.push(public);
    }
    let text = |holder: &Value| {
        let of = |name: &str| holder[name].as_str().unwrap_or("-").to_owned();
        format!(
            "{:<20} {}  {}  {}",
            of("name"),
            of("account"),
            of("ss58"),
            holder["keys"]
        )
    };
    context.output.result(&shown, || match shown.is_empty() {
        true => "no keys here; `aegle keys new` makes some".into(),
        false => shown.iter().map(text).collect::<Vec<_>>().join("\n"),
    })?;
    Ok(())
}

async fn set(context: &Context) -> Result<()> {
    let is_patient = context.keys()?.get(context.holder(), SecretKind::Master).is_ok();
    let connected = match is_patient {
        true => context.connect().await?,
        false => context.connect_to_chain().await?,
    };
    let aegle = connected.aegle();
    let receipts = if is_patient {
        let patient = context.patient()?;
        let mut receipts = patient.enrol(&aegle).await?.to_vec();
        receipts.extend(name_recovery_key(context, &aegle).await?);
        receipts
    } else {
        vec![reader::publish(&aegle, &context.account()?, &context.encryption()?).await?]
    };
    if context.is_relayed() {
        // Who relays this has seen that an organisation vouches.
        invitations::forget(context)?;
    }
    let paid: Vec<Paid> = receipts.iter().map(Paid::from).collect();
    context.output.result(&json!({ "transactions": paid }), || {
        "your public keys are in the directory".into()
    })?;
    Ok(())
}

/// Names the recovery key of a patient's words on chain, where none is named: afterwards only the key itself names another one.
async fn name_recovery_key(context: &Context, aegle: &OnChain<'_, impl Chain>) -> Result<Option<Receipt>> {
    let kept = context.keys()?.recovery(context.holder())?;
    let Some(key) = kept.filter(|_| !context.acts_for_another()) else {
        return Ok(None);
    };
    let patient = context.patient()?;
    if let Some(named) = control_of(aegle, patient.account()).await?.recovery {
        if named != key {
            context.output.note(
                "note: the chain has another recovery key for this account than that of your 24 words: whoever has its words vetoes. \
                 Look whether you have named it (`aegle guardian show`)",
            );
        }
        return Ok(None);
    }
    let named = patient.act(aegle, Call::SetRecoveryKey { key }).await;
    Ok(Some(named.context(
        "your keys are published, and naming your recovery key did not end well",
    )?))
}

impl Card {
    async fn run(self, context: &Context) -> Result<()> {
        let connected = context.connect_to_chain().await?;
        let card = context.patient()?.card(&connected.aegle(), self.custodian).await?;
        let text = serde_json::to_string_pretty(&card)?;
        context.output.result(&card, || text)?;
        Ok(())
    }
}

impl Fund {
    async fn run(self, context: &Context) -> Result<()> {
        let chain = context.chain().await?;
        let receipt = chain
            .fund(&context.account()?, self.to, self.amount)
            .await
            .context("the funds were not sent")?;
        context
            .output
            .result(&Paid::from(&receipt), || format!("sent, in block {}", receipt.block))?;
        Ok(())
    }
}

async fn balance(context: &Context, account: Option<AccountId>) -> Result<()> {
    let account = match account {
        Some(account) => account,
        None => context.account()?.account(),
    };
    let balance = ChainClient::connect(context.chain_url())
        .await?
        .balance(account)
        .await?;
    let value = json!({ "account": account, "ss58": ss58(&account), "balance": balance.to_string() });
    context.output.result(&value, || {
        format!(
            "{} has {balance} of the chain's smallest unit",
            words::account(&account)
        )
    })?;
    Ok(())
}
