//! Backups of keys, and what is restored.

use super::{
    super::account,
    phrase::{self, Wanted, public_part, told},
};
use crate::{context::Context, secret_text};
use aegle_client::{
    native::{KeyBackup, MAX_BACKUP_BYTES},
    rules::AccountId,
};
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde_json::json;
use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Most bytes of a file with a passphrase.
const MAX_PASSPHRASE_BYTES: u64 = 1_024;

/// Arguments of `aegle keys backup`.
#[derive(Args)]
#[command(after_help = "Examples:
  aegle --as ana keys backup ana.backup
  aegle --as hospital keys backup hospital.backup --passphrase /run/secrets/passphrase")]
pub(crate) struct Backup {
    /// The file to write, which must not be there yet
    file: PathBuf,
    /// The file whose first line is the passphrase; it is asked for without it
    #[arg(long, value_name = "FILE")]
    passphrase: Option<PathBuf>,
}

/// Arguments of `aegle keys restore`.
#[derive(Args)]
#[command(after_help = "Examples:
  aegle --as ana keys restore
  aegle --as ana keys restore --phrase words.txt --account 5Grwva...
  aegle --as ana-new-phone keys restore --phrase words.txt --new-account
  aegle --as hospital keys restore --backup hospital.backup")]
pub(crate) struct Restore {
    /// The file with a patient's 24 words; they are read from standard input without it
    #[arg(long, value_name = "FILE", conflicts_with = "backup")]
    phrase: Option<PathBuf>,
    /// The account that the words are to bring back, in hexadecimal or SS58: other words are refused. Without it the chain is asked
    /// whether it knows the account that they give, and words of any other are refused
    #[arg(long, value_parser = account, conflicts_with = "backup")]
    account: Option<AccountId>,
    /// Bring back the keys to the records alone, beside a fresh account: for somebody whose guardians replace a stolen key by it
    #[arg(long, conflicts_with = "backup")]
    new_account: bool,
    /// The file that `aegle keys backup` wrote, instead of words
    #[arg(long, value_name = "FILE")]
    backup: Option<PathBuf>,
    /// The file whose first line is the passphrase of the backup; it is asked for without it
    #[arg(long, value_name = "FILE", requires = "backup")]
    passphrase: Option<PathBuf>,
}

impl Backup {
    pub(super) fn run(self, context: &Context) -> Result<()> {
        let holder = context.holder();
        let backup = KeyBackup::of(&context.keys()?, holder)?;
        let sealed = backup.seal(&passphrase(self.passphrase.as_deref(), true)?)?;
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let shown = self.file.display();
        let mut file = options
            .open(&self.file)
            .with_context(|| format!("{shown} cannot be written, or is there already"))?;
        file.write_all(sealed.as_bytes())?;
        file.sync_all()?;
        let value = json!({ "name": holder.as_str(), "file": shown.to_string() });
        context.output.result(&value, || {
            format!(
                "{shown} has the keys of {holder}: keep it on another machine, and its passphrase elsewhere. `aegle keys restore \
                 --backup` brings them back"
            )
        })?;
        Ok(())
    }
}

impl Restore {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let (store, holder) = (context.keys()?, context.holder());
        // Whoever has keys here types nothing for nothing.
        store.assert_unused(holder).context(
            "no key is ever replaced, nor are another's put beside it: restore them under another name, with --as",
        )?;
        let Some(path) = &self.backup else {
            let (account, new_account) = (self.account, self.new_account);
            return phrase::restore(
                context,
                &store,
                self.phrase.as_deref(),
                &Wanted { account, new_account },
            )
            .await;
        };
        let unreadable = || format!("{} cannot be read", path.display());
        let mut text = String::new();
        let file = fs::File::open(path).with_context(unreadable)?;
        file.take(MAX_BACKUP_BYTES)
            .read_to_string(&mut text)
            .with_context(unreadable)?;
        let backup = KeyBackup::open(&text, &passphrase(self.passphrase.as_deref(), false)?)?;
        backup.restore(&store, holder)?;
        let value = public_part(&store, holder)?;
        context
            .output
            .result(&value, || format!("{} is back, with its keys", told(holder, &value)))?;
        Ok(())
    }
}

/// Reads a passphrase: the first line of a file or of standard input, or what is typed, a new one twice.
fn passphrase(file: Option<&Path>, is_new: bool) -> Result<Zeroizing<String>> {
    let text = secret_text::read(file, "passphrase of the backup: ", MAX_PASSPHRASE_BYTES)?;
    if is_new && file.is_none() && secret_text::is_typed() {
        let again = secret_text::read(None, "the same once more: ", MAX_PASSPHRASE_BYTES)?;
        ensure!(text == again, "these are two passphrases: type the same one twice");
    }
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}
