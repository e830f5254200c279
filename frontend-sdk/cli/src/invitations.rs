//! Invitations: what an organisation's admin gives a patient without tokens, kept beside their keys until one vouches.

use crate::context::{Connected, Context};
use aegle_client::{
    chain::Chain,
    protocol::wire::{MAX_INVITATION_BYTES, SignedInvitation},
    rules::AccountId,
};
use anyhow::{Context as _, Result, bail, ensure};
use std::{
    fs,
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
};

/// Most bytes of a file with an invitation: two digits a byte, `0x`, and an end of the line.
const MAX_FILE_BYTES: u64 = 2 * MAX_INVITATION_BYTES as u64 + 4;
/// What a line of hexadecimal digits begins with.
const HEXADECIMAL: &str = "0x";

/// Connects to the chain, for what the indexer may pay before an organisation vouches for `patient`: with the invitation that is
/// given, which is kept then, or else with the one that was kept, if that holds. A given one that does not is refused before
/// anything is sent; one of somebody for whom an organisation vouches is forgotten.
pub(crate) async fn connect(context: &Context, patient: AccountId, given: Option<&str>) -> Result<Connected> {
    if !context.is_relayed() {
        ensure!(
            given.is_none(),
            "an invitation is for what the indexer pays: give --relayed too, or leave --invitation out and pay yourself"
        );
        return context.connect_to_chain().await;
    }
    let given = given.map(read).transpose()?;
    let connected = context.connect_to_chain().await?;
    let aegle = connected.aegle();
    let head = aegle.chain.finalized().await?;
    let registration = aegle.registration(&head, patient).await?;
    if registration.is_some_and(|registration| registration.activated_by.is_some()) {
        forget(context)?;
        return Ok(connected);
    }
    let server = context.server(context.indexer_url())?.account;
    let contracts = context.contracts()?;
    let holds = |invitation: &SignedInvitation| invitation.verify(&contracts, &server, &patient, head.timestamp);
    if let Some(invitation) = given {
        holds(&invitation)?;
        keep(context, &invitation)?;
        return Ok(connected.invited(invitation));
    }
    let Some(invitation) = kept(context)? else {
        return Ok(connected);
    };
    // It may have been for another indexer, or have ended; this one may pay without.
    match holds(&invitation) {
        Ok(_) => Ok(connected.invited(invitation)),
        Err(error) => {
            let note = format!("the invitation that is kept is not sent: {error}");
            context.output.note(&note);
            Ok(connected)
        }
    }
}

/// Forgets the invitation that was kept, if one was: an organisation vouches.
pub(crate) fn forget(context: &Context) -> Result<()> {
    let path = path(context)?;
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be removed", path.display()))
        }
        _ => Ok(()),
    }
}

/// The file in which an invitation is kept. It says who is invited where, and is no secret.
fn path(context: &Context) -> Result<PathBuf> {
    let name = format!("{}.invitation", context.holder());
    Ok(context.home()?.join("keys").join(name))
}

fn keep(context: &Context, invitation: &SignedInvitation) -> Result<()> {
    // This makes the folder.
    context.keys()?;
    let path = path(context)?;
    fs::write(&path, format!("{invitation}\n")).with_context(|| format!("{} cannot be written", path.display()))
}

fn kept(context: &Context) -> Result<Option<SignedInvitation>> {
    let path = path(context)?;
    match path.try_exists() {
        Ok(false) => Ok(None),
        _ => read_file(&path).map(Some),
    }
}

/// Reads an invitation: a line of hexadecimal digits, or the name of a file that has one.
fn read(text: &str) -> Result<SignedInvitation> {
    match text.trim() {
        line if line.starts_with(HEXADECIMAL) => Ok(line.parse()?),
        name => read_file(Path::new(name)),
    }
}

fn read_file(path: &Path) -> Result<SignedInvitation> {
    let mut text = String::new();
    let file = fs::File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    file.take(MAX_FILE_BYTES + 1)
        .read_to_string(&mut text)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    if text.len() as u64 > MAX_FILE_BYTES {
        bail!("{} is larger than an invitation", path.display());
    }
    text.trim().parse().with_context(|| format!("{}", path.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aegle_client::{
        account::AccountKey,
        protocol::wire::Invitation,
        rules::{Hash, OrganisationId},
    };

    #[test]
    fn an_invitation_is_read_from_a_line_and_from_a_file() {
        let key = AccountKey::generate().unwrap();
        let invitation = Invitation {
            genesis: Hash([1; 32]),
            consortium: AccountId([2; 32]),
            server: AccountId([3; 32]),
            patient: AccountId([4; 32]),
            organisation: OrganisationId(5),
            expires: 6,
        };
        let signed = invitation.sign(key.account(), |message| key.sign(message));
        let line = signed.to_string();
        assert_eq!(read(&format!(" {line}\n")).unwrap(), signed);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ana.invitation");
        let name = path.to_str().unwrap();
        assert!(format!("{:#}", read(name).unwrap_err()).contains("cannot be read"));
        fs::write(&path, format!("{line}\n")).unwrap();
        assert_eq!(read(name).unwrap(), signed);
        fs::write(&path, "something else").unwrap();
        assert!(format!("{:#}", read(name).unwrap_err()).contains("all of the line"));
        fs::write(&path, "0".repeat(5_000)).unwrap();
        assert!(format!("{:#}", read(name).unwrap_err()).contains("larger than an invitation"));
    }
}
