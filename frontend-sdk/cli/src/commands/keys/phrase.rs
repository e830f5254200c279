//! Keys that are made, or brought back from a phrase.

use crate::{context::Context, secret_text};
use aegle_client::{
    account::AccountKey,
    address::ss58,
    chain::Chain,
    crypto::seed::Seed,
    deployment::OnChain,
    keystore::{Holder, KeyStore, KeyStoreError, SecretKind},
    native::KeyFiles,
    protocol::random::SystemRandom,
    recovery::RecoveryKey,
    rules::AccountId,
    words,
};
use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Most bytes of a file with a phrase: the longest word of the list has 8 letters.
const MAX_PHRASE_BYTES: u64 = 4_096;
/// The name of standard input among files.
const STANDARD_INPUT: &str = "-";

/// Arguments of `aegle keys new`.
#[derive(Args)]
pub(crate) struct New {
    /// The role of their holder
    #[arg(long, value_enum, default_value_t = Role::Reader)]
    role: Role,
}

/// The role of somebody who has keys.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Owns records: all keys follow from 24 words, which are shown once
    Patient,
    /// Reads others' records
    Reader,
    /// Ingests records for an organisation
    Custodian,
}

/// Arguments of `aegle keys phrase`.
#[derive(Args)]
pub(crate) struct Phrase {
    /// The file with the 24 words, or `-` for standard input
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

/// What is asked of a patient's keys on a machine that does not have them.
pub(super) struct Wanted {
    /// The account that the words are to bring back.
    pub(super) account: Option<AccountId>,
    /// Whether a fresh key is made for the account.
    pub(super) new_account: bool,
}

impl New {
    pub(super) fn run(self, context: &Context) -> Result<()> {
        let (store, holder) = (context.keys()?, context.holder());
        let kinds: &[SecretKind] = match self.role {
            Role::Patient => return new_patient(context, &store, holder),
            Role::Reader => &[SecretKind::Account, SecretKind::Encryption],
            Role::Custodian => &[SecretKind::Account, SecretKind::Encryption, SecretKind::Domain],
        };
        for kind in kinds {
            store.get_or_create(holder, *kind)?;
        }
        let value = public_part(&store, holder)?;
        context.output.result(&value, || told(holder, &value))?;
        Ok(())
    }
}

fn new_patient(context: &Context, store: &KeyFiles, holder: &Holder) -> Result<()> {
    let has = |kind| match store.get(holder, kind) {
        Ok(_) => Ok(true),
        Err(KeyStoreError::Missing { .. }) => Ok(false),
        Err(error) => Err(error),
    };
    if has(SecretKind::Account)? && has(SecretKind::Master)? {
        let value = public_part(store, holder)?;
        let known = || format!("{}, which has its keys already", told(holder, &value));
        context.output.result(&value, known)?;
        return Ok(());
    }
    store.assert_unused(holder).with_context(|| {
        format!("{holder} has keys here that are not a patient's: make the patient's under another name, with --as")
    })?;
    let seed = Seed::generate(&mut SystemRandom);
    let phrase = seed.to_phrase();
    let account = AccountKey::from_seed(&seed.account_key()).account();
    let mut value = facts(holder, account, Some(RecoveryKey::of(&seed).account()));
    value["phrase"] = json!(phrase.as_str());
    context.output.result(&value, || {
        format!(
            "{}\nwrite these 24 words down on paper, in this order, and keep them away from your devices. They are shown once, and \
             kept nowhere:\n\n  {}\n\nthey alone bring back the account and the records when this machine is lost \
             (`aegle keys restore`), and take back what a thief does with it; whoever reads them has all of that",
            told(holder, &value),
            phrase.as_str()
        )
    })?;
    // Only after they were shown: keys whose words nobody has seen could not be brought back.
    keep(store, holder, &seed, None)
}

/// Stores what a patient's device keeps of a seed: the account's key, the master secret, and the account of the recovery key; or
/// the master secret beside the key of a fresh account, which has no recovery key.
fn keep(store: &KeyFiles, holder: &Holder, seed: &Seed, fresh: Option<&AccountKey>) -> Result<()> {
    let (own, master) = (seed.account_key(), seed.master_secret());
    let account = fresh.map_or(&*own, |key| key.seed());
    let secrets = [
        (holder.clone(), SecretKind::Account, account),
        (holder.clone(), SecretKind::Master, master.expose_bytes()),
    ];
    let recovery = fresh.is_none().then(|| (holder, RecoveryKey::of(seed).account()));
    store.add_all(&secrets, recovery)?;
    Ok(())
}

/// Returns what may be known of somebody's keys.
pub(super) fn public_part(store: &KeyFiles, holder: &Holder) -> Result<Value> {
    let account = AccountKey::from_seed(&*store.get(holder, SecretKind::Account)?).account();
    Ok(facts(holder, account, store.recovery(holder)?))
}

fn facts(holder: &Holder, account: AccountId, recovery: Option<AccountId>) -> Value {
    json!({ "name": holder.as_str(), "account": account, "ss58": ss58(&account), "recovery_key": recovery })
}

pub(super) fn told(holder: &Holder, public: &Value) -> String {
    let of = |name: &str| public[name].as_str().unwrap_or_default().to_owned();
    format!("{holder}: account {} ({})", of("account"), of("ss58"))
}

/// Brings a patient's keys back from their words, under a name that has none.
pub(super) async fn restore(context: &Context, store: &KeyFiles, phrase: Option<&Path>, wanted: &Wanted) -> Result<()> {
    let holder = context.holder();
    // Whoever has no chain to ask types no words for nothing.
    let connected = match wanted.account {
        Some(_) => None,
        None => Some(context.connect_to_chain().await.context(
            "any 24 words of the list give some account: whether that one is known is asked of the chain, unless --account says \
             whose they are",
        )?),
    };
    let seed = read(phrase)?;
    let account = AccountKey::from_seed(&seed.account_key()).account();
    if let Some(expected) = wanted.account {
        ensure!(
            account == expected,
            "these words bring back {}, and not {}: look for another paper",
            words::account(&account),
            words::account(&expected)
        );
    }
    if let Some(connected) = connected {
        known(context, &connected.aegle(), account).await?;
    }
    let fresh = wanted.new_account.then(AccountKey::generate).transpose()?;
    keep(store, holder, &seed, fresh.as_ref())?;
    let value = public_part(store, holder)?;
    context.output.result(&value, || match wanted.new_account {
        false => format!("{}, and the keys to its records, are back", told(holder, &value)),
        true => format!(
            "{}, with the keys to the records of {}: let its guardians replace its key by this one (`aegle guardian act replace`), \
             and act with --for",
            told(holder, &value),
            words::account(&account)
        ),
    })?;
    Ok(())
}

/// Checks that the chain knows an account that words give, and says when its own key acts for it no longer.
async fn known(context: &Context, aegle: &OnChain<'_, impl Chain>, account: AccountId) -> Result<()> {
    let head = aegle.chain.finalized().await?;
    let control = aegle.control(&head, account).await?;
    let is_known = control.recovery.is_some()
        || control.controller.is_some()
        || aegle.registration(&head, account).await?.is_some()
        || aegle.directory(&head, account).await?.is_some();
    ensure!(
        is_known,
        "these words give {}, of which this chain knows nothing: it is not registered as a patient's, has no keys in the directory and \
         no recovery key. Look for another paper. To keep its keys all the same, say --account {account}",
        words::account(&account)
    );
    if let Some(controller) = control.controller.filter(|key| *key != account) {
        context.output.note(&format!(
            "note: guardians have let {} control this account: these words open its records, and no longer act for it",
            words::account(&controller)
        ));
    }
    Ok(())
}

impl Phrase {
    pub(super) fn run(self, context: &Context) -> Result<()> {
        let (store, holder) = (context.keys()?, context.holder());
        let master = store.get(holder, SecretKind::Master);
        let master = master.with_context(|| format!("only a patient has 24 words, and {holder} is none here"))?;
        let Some(recovery) = store.recovery(holder)? else {
            bail!(
                "the keys of {holder} were made without 24 words, so that none bring them back: `aegle keys backup FILE` keeps a copy \
                 of them that a passphrase opens"
            );
        };
        let Some(file) = self.check else {
            bail!(
                "no device keeps the 24 words of {holder}: they were shown when the keys were made. `aegle keys phrase --check -` says \
                 whether a paper has them; where it is lost, `aegle keys backup FILE` keeps a copy of the keys that a passphrase opens, \
                 and that copy has no recovery key"
            );
        };
        let seed = read(Some(&file))?;
        let account = AccountKey::from_seed(&*store.get(holder, SecretKind::Account)?).account();
        let are_its_words = AccountKey::from_seed(&seed.account_key()).account() == account
            && RecoveryKey::of(&seed).account() == recovery
            && *seed.master_secret().expose_bytes() == *master;
        ensure!(
            are_its_words,
            "these words bring back other keys than those of {holder}: look for another paper"
        );
        let value = public_part(&store, holder)?;
        context
            .output
            .result(&value, || format!("these words bring back {}", told(holder, &value)))?;
        Ok(())
    }
}

/// Reads 24 words from a file, or from standard input: never from an argument, which every program of the machine can see.
pub(crate) fn read(file: Option<&Path>) -> Result<Seed> {
    let file = file.filter(|file| *file != Path::new(STANDARD_INPUT));
    let text = secret_text::read(file, "the 24 words, which are not shown: ", MAX_PHRASE_BYTES)?;
    Ok(Seed::from_phrase(&text)?)
}
