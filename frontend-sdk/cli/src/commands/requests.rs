//! `aegle request`, `aegle approve`, `aegle decline`.

use super::{
    Ceiling, Paid, account, class, days, in_days,
    lists::{Since, Source},
    purpose, shown, united,
};
use crate::context::Context;
use aegle_client::{
    clinician::requests::{self, AccessRequest, RequestNote},
    crypto::classes::Class,
    custodian::{EnrolledPatient, open_card},
    day::minute,
    history::{Direction, requests as open_requests},
    patient::{Approval, PatientCard},
    rules::{AccountId, Purposes, consent::Request as Asked},
    words,
};
use anyhow::{Context as _, Result, ensure};
use clap::{Args, Subcommand};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Largest note or card that is read, in bytes.
const MAX_FILE_BYTES: u64 = 64 << 10;

/// Arguments of `aegle request`.
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  aegle --as mia request --patient 5Grwva... --why 'a second opinion' --class laboratory --note note.json
  aegle --as ana request list
  aegle --as mia request withdraw --patient 5Grwva..."
)]
pub(crate) struct Request {
    #[command(subcommand)]
    command: Option<RequestCommand>,
    #[command(flatten)]
    ask: Option<Ask>,
}

/// What else there is to do about requests.
#[derive(Subcommand)]
enum RequestCommand {
    /// List the requests to you, as a patient, and by you, that were not answered
    List(Since),
    /// Take a request back
    Withdraw {
        /// The patient
        #[arg(long, value_parser = account)]
        patient: AccountId,
    },
}

/// What is asked for.
#[derive(Args)]
struct Ask {
    /// The patient whose records you ask for, in hexadecimal or SS58
    #[arg(long, value_parser = account)]
    patient: AccountId,
    /// Why you ask, in words. The chain gets a salted hash; the patient gets the words with the note
    #[arg(long)]
    why: String,
    /// A purpose of use; may be given more than once
    #[arg(long = "purpose", value_parser = purpose, default_value = "TREAT")]
    purposes: Vec<Purposes>,
    /// A data class; may be given more than once; all without it
    #[arg(long = "class", value_parser = class)]
    classes: Vec<Class>,
    /// The card that the patient made for you (`aegle keys card --custodian YOUR-ACCOUNT`): without it the chain is asked
    /// for everything, and the note says which classes you mean
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,
    /// Up to which confidentiality
    #[arg(long, value_enum, default_value_t = Ceiling::Normal)]
    confidentiality: Ceiling,
    /// The number of days that the access would last
    #[arg(long, value_parser = days, default_value_t = 90)]
    days: u64,
    /// Write the note for the patient to this file; without it, it stands in the answer
    #[arg(long, value_name = "FILE")]
    note: Option<PathBuf>,
}

/// Arguments of `aegle approve`.
#[derive(Args)]
#[command(after_help = "Examples:
  aegle --as ana approve 5FHneW...                                  # as it was asked, without specially protected classes
  aegle --as ana approve 5FHneW... --note note.json                 # the classes of the note, which must be the request's
  aegle --as ana approve 5FHneW... --class laboratory --days 7      # less than was asked")]
pub(crate) struct Approve {
    /// Who asked, in hexadecimal or SS58
    #[arg(value_parser = account)]
    requester: AccountId,
    /// Approve this data class; may be given more than once; all that were asked for but the specially protected ones
    /// without it
    #[arg(long = "class", value_parser = class)]
    classes: Vec<Class>,
    /// Approve this purpose; may be given more than once; all that were asked for without it
    #[arg(long = "purpose", value_parser = purpose)]
    purposes: Vec<Purposes>,
    /// Approve up to this confidentiality; as it was asked without it
    #[arg(long, value_enum)]
    confidentiality: Option<Ceiling>,
    /// Approve for so many days from now; as it was asked without it
    #[arg(long, value_parser = days)]
    days: Option<u64>,
    /// The note that the requester gave you: it is verified against the request, and its classes are approved
    #[arg(long, value_name = "FILE")]
    note: Option<PathBuf>,
    /// The FHIR Consent document behind the grant; the chain gets a salted commitment to it
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
}

/// Arguments of `aegle decline`.
#[derive(Args)]
#[command(after_help = "Example:
  aegle --as ana decline 5FHneW...")]
pub(crate) struct Decline {
    /// Who asked, in hexadecimal or SS58
    #[arg(value_parser = account)]
    requester: AccountId,
}

impl Request {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        match (self.command, self.ask) {
            (Some(RequestCommand::List(since)), _) => list(context, &since).await,
            (Some(RequestCommand::Withdraw { patient }), _) => withdraw(context, patient).await,
            (None, Some(ask)) => ask.run(context).await,
            (None, None) => anyhow::bail!("say whom you ask, with --patient, and why, with --why"),
        }
    }
}

impl Ask {
    async fn run(self, context: &Context) -> Result<()> {
        let enrolled = match &self.card {
            Some(file) => Some(self.map(context, file).await?),
            None => None,
        };
        let asked = AccessRequest {
            patient: self.patient,
            purposes: united(&self.purposes),
            classes: &self.classes,
            map: enrolled.as_ref().map(EnrolledPatient::classes),
            confidentiality: self.confidentiality.into(),
            until: in_days(self.days),
            why: &self.why,
        };
        let connected = context.connect_to_chain().await?;
        let requested = requests::request(&connected.aegle(), &context.account()?, &asked).await?;
        if let Some(file) = &self.note {
            let text = serde_json::to_string_pretty(&requested.note)?;
            fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
        }
        let value = json!({
            "patient": shown(&self.patient),
            "expires": requested.request.expires,
            "note": requested.note,
            "transaction": Paid::from(&requested.receipt),
        });
        context.output.result(&value, || {
            let note = match &self.note {
                Some(file) => format!("give the patient {}", file.display()),
                None => format!(
                    "give the patient this note:\n{}",
                    serde_json::to_string(&requested.note).unwrap_or_default()
                ),
            };
            format!(
                "asked {}; the patient has until {} to answer\n{note}",
                words::account(&self.patient),
                minute(requested.request.expires)
            )
        })?;
        Ok(())
    }

    /// Opens the patient's map of classes in a card that is sealed to this account, and is of the keys that the patient has
    /// published.
    async fn map(&self, context: &Context, file: &Path) -> Result<EnrolledPatient> {
        let card: PatientCard = read_json(file)?;
        ensure!(
            card.account == self.patient,
            "{} is the card of another patient, {}",
            file.display(),
            words::account(&card.account)
        );
        let connected = context.connect().await?;
        let opened = open_card(&connected.aegle(), &context.account()?, &context.encryption()?, &card).await;
        opened.with_context(|| format!("{} is not taken", file.display()))
    }
}

async fn withdraw(context: &Context, patient: AccountId) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let receipt = requests::withdraw(&connected.aegle(), &context.account()?, patient).await?;
    context.output.result(&Paid::from(&receipt), || {
        format!("the request to {} is withdrawn", words::account(&patient))
    })?;
    Ok(())
}

async fn list(context: &Context, since: &Since) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let (history, head) = context.history(&connected, since.from_block).await?;
    let own = context.own_account()?;
    let map = context
        .patient()
        .ok()
        .map(|patient| patient.classes(connected.aegle().contracts));
    let (mut values, mut lines) = (Vec::new(), Vec::new());
    for (direction, word) in [(Direction::To, "to you"), (Direction::By, "by you")] {
        for open in open_requests(&connected.aegle(), &head, &history, own, direction).await? {
            let Asked { ask, expires } = open.request;
            let other = match direction {
                Direction::To => open.requester,
                Direction::By => open.patient,
            };
            let has_expired = expires <= head.timestamp;
            // Only the patient's own map says what their slots stand for.
            let map = map.as_ref().filter(|_| direction == Direction::To);
            values.push(json!({
                "patient": shown(&open.patient), "requester": shown(&open.requester), "purposes": words::purposes(ask.purposes),
                "slots": ask.slots.0, "what": words::slots(ask.slots, map), "until": ask.until, "expires": expires,
                "expired": has_expired,
            }));
            lines.push(format!(
                "{word:<7} {}  {} for {}  {} {}",
                words::account(&other),
                words::slots(ask.slots, map),
                words::purposes(ask.purposes),
                if has_expired { "expired" } else { "answer until" },
                minute(expires)
            ));
        }
    }
    let source = Source::events(&history);
    let value = json!({ "requests": values, "source": source });
    context
        .output
        .result(&value, || source.after(lines, "no request is open"))?;
    Ok(())
}

impl Approve {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let connected = context.connect().await?;
        let aegle = connected.aegle();
        let patient = context.patient()?;
        let mut classes = self.classes.clone();
        if let Some(file) = &self.note {
            let note: RequestNote = read_json(file)?;
            let request = patient.request_of(&aegle, self.requester).await?;
            let request =
                request.with_context(|| format!("{} has no request open", words::account(&self.requester)))?;
            ensure!(
                note.is_of(&request) && note.requester == self.requester && note.patient == patient.account(),
                "{} is not the note of this request: approve nothing, and ask the requester",
                file.display()
            );
            context.output.line(&format!("they say: {}", note.why));
            if classes.is_empty() {
                classes = note.classes;
            }
        }
        let document = match &self.document {
            Some(file) => super::grants::read_consent(file)?,
            None => Vec::new(),
        };
        let approval = Approval {
            requester: self.requester,
            purposes: Some(united(&self.purposes)).filter(|purposes| !purposes.is_empty()),
            classes: Some(&classes[..]).filter(|classes| !classes.is_empty()),
            confidentiality: self.confidentiality.map(Into::into),
            until: self.days.map(in_days),
            document: &document,
        };
        let granted = patient.approve(&aegle, &approval).await?;
        for fault in &granted.undelivered {
            let note = format!("not every proxy has its share yet, and `aegle grant renew` brings it: {fault}");
            context.output.note(&note);
        }
        let map = patient.classes(aegle.contracts);
        let value = json!({
            "grant": granted.id,
            "requester": shown(&self.requester),
            "document_salt": granted.document_salt,
            "transaction": Paid::from(&granted.receipt),
        });
        context.output.result(&value, || {
            format!(
                "approved: grant {} {}",
                granted.id,
                words::terms(&granted.terms, Some(&map))
            )
        })?;
        Ok(())
    }
}

impl Decline {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let connected = context.connect_to_chain().await?;
        let receipt = context.patient()?.decline(&connected.aegle(), self.requester).await?;
        context.output.result(&Paid::from(&receipt), || {
            format!("declined the request of {}", words::account(&self.requester))
        })?;
        Ok(())
    }
}

/// Reads a small file of JSON.
fn read_json<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T> {
    let unreadable = || format!("cannot read {}", file.display());
    let length = fs::metadata(file).with_context(unreadable)?.len();
    ensure!(
        length <= MAX_FILE_BYTES,
        "{} is larger than {MAX_FILE_BYTES} bytes",
        file.display()
    );
    let text = fs::read(file).with_context(unreadable)?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not the file that is expected here", file.display()))
}
