//! `aegle grant`, `aegle consent`, `aegle revoke`.

use super::{
    Ceiling, Paid, account, class, days, in_days,
    lists::{self, GrantList, Since},
    modifier, now, purpose, renewal, united,
};
use crate::context::Context;
use aegle_client::{
    chain::Chain,
    crypto::classes::Class,
    deployment::OnChain,
    history::grantee_of,
    patient::{GrantRequest, Granted},
    proxies::Quorum,
    refusal::role_problem,
    rules::{
        AccountId, GrantId, Purposes,
        consent::{DuoModifiers, DuoPermission, Extent, Grantee, Research, Terms, messages::Grants},
    },
    words,
};
use anyhow::{Context as _, Result, ensure};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Largest consent document that is read, in bytes.
const MAX_DOCUMENT_BYTES: u64 = 1 << 20;

/// Arguments of `aegle grant`.
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  aegle --as ana grant --to 5FHneW... --purpose TREAT --days 30
  aegle --as ana grant --to 5FHneW... --class genetics
  aegle --as ana grant --to 5FHneW... --proxies 3/5
  aegle --as ana grant list
  aegle --as mia grant list --patient 5Grwva..."
)]
pub(crate) struct Grant {
    #[command(subcommand)]
    command: Option<GrantCommand>,
    /// The account that may read, in hexadecimal or SS58
    #[arg(long, value_parser = account, required = true)]
    to: Option<AccountId>,
    /// A purpose of use; may be given more than once
    #[arg(long = "purpose", value_parser = purpose, default_value = "TREAT")]
    purposes: Vec<Purposes>,
    /// Let the account pass it on, in parts, to others
    #[arg(long)]
    delegable: bool,
    /// Among how many proxies the keys are split, each of another organisation, and how many of them must take part to open;
    /// 2/3 without it where proxies of three organisations are registered, else the indexer's alone
    #[arg(long, value_name = "NEEDED/ALL")]
    proxies: Option<Quorum>,
    #[command(flatten)]
    options: GrantOptions,
}

/// What else there is to do about grants.
#[derive(Subcommand)]
enum GrantCommand {
    /// List the grants that you gave; with --patient, those that let you see that patient's records
    List(GrantList),
    /// Split the keys of your grants again where slots have moved on, and publish new keys before the others run out
    Renew,
}

/// Arguments of `aegle consent`.
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  aegle --as ana consent --permission health --require IRB --days 365
  aegle --as ana consent list"
)]
pub(crate) struct Consent {
    #[command(subcommand)]
    command: Option<ConsentCommand>,
    /// The research that is permitted
    #[arg(long, value_enum, required = true)]
    permission: Option<Permission>,
    /// How far it may go: patients are counted, their records found too, or opened too
    #[arg(long, value_enum, default_value_t = Reach::Count)]
    extent: Reach,
    /// A condition that research must meet, by its DUO code such as IRB; may be given more than once
    #[arg(long = "require", value_parser = modifier)]
    required: Vec<DuoModifiers>,
    /// Consent once more where the same consent stands already
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    options: GrantOptions,
}

/// What else there is to do about consents.
#[derive(Subcommand)]
enum ConsentCommand {
    /// List the consents to research that you gave
    List(Since),
}

/// How far research may go.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Reach {
    /// You are counted among others (COUNT)
    Count,
    /// Which of your records match is shown (FIND)
    Find,
    /// Your records may be opened, by a grant that splits their keys (OPEN)
    Open,
}

impl From<Reach> for Extent {
    fn from(reach: Reach) -> Self {
        match reach {
            Reach::Count => Self::Count,
            Reach::Find => Self::Find,
            Reach::Open => Self::Open,
        }
    }
}

/// The permission of a consent to research (DUO).
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Permission {
    /// No restriction (NRES)
    Any,
    /// General research (GRU)
    General,
    /// Health, medical or biomedical research (HMB)
    Health,
    /// Research on the disease that the document names (DS)
    Disease,
    /// Research on population origins or ancestry (POA)
    Ancestry,
}

impl From<Permission> for DuoPermission {
    fn from(permission: Permission) -> Self {
        match permission {
            Permission::Any => Self::NoRestriction,
            Permission::General => Self::GeneralResearch,
            Permission::Health => Self::HealthMedicalBiomedical,
            Permission::Disease => Self::DiseaseSpecific,
            Permission::Ancestry => Self::PopulationOriginsAncestry,
        }
    }
}

/// Options of every grant: which records, for how long, and by which document.
#[derive(Args)]
struct GrantOptions {
    /// A data class; may be given more than once, a restricted one only by itself; without it, all but the restricted ones
    #[arg(long = "class", value_parser = class)]
    classes: Vec<Class>,
    /// The highest confidentiality that is granted
    #[arg(long, value_enum, default_value_t = Ceiling::Normal)]
    confidentiality: Ceiling,
    /// The number of days that it lasts
    #[arg(long, value_parser = days, default_value_t = 90)]
    days: u64,
    /// The FHIR Consent document behind the grant; the chain gets a salted commitment to it
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
}

/// Arguments of `aegle revoke`.
#[derive(Args)]
#[command(after_help = "Examples:
  aegle --as ana grant list
  aegle --as ana revoke 3
  aegle --as ana revoke --all")]
pub(crate) struct Revoke {
    /// The grant's number
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    grant: Option<u32>,
    /// The account that it was given to; looked up on chain without it
    #[arg(long, value_parser = account, conflicts_with = "all")]
    to: Option<AccountId>,
    /// Revoke every grant, and what was passed on from them
    #[arg(long)]
    all: bool,
}

impl GrantOptions {
    fn classes(&self) -> Vec<Class> {
        let all = || Class::ALL.iter().copied().filter(|class| !class.is_restricted());
        match self.classes.is_empty() {
            true => all().collect(),
            false => self.classes.clone(),
        }
    }

    fn document(&self) -> Result<Vec<u8>> {
        self.document.as_deref().map_or(Ok(Vec::new()), read_consent)
    }

    fn request<'a>(
        &self,
        grantee: AccountId,
        purposes: Purposes,
        classes: &'a [Class],
        document: &'a [u8],
    ) -> GrantRequest<'a> {
        GrantRequest {
            grantee,
            purposes,
            classes,
            confidentiality: self.confidentiality.into(),
            from: now(),
            until: in_days(self.days),
            delegable: false,
            document,
        }
    }

    /// Tells of a grant that stands, and what is to be said with it.
    fn tell(&self, context: &Context, granted: &Granted, notes: &[String]) -> Result<()> {
        let note = (!notes.is_empty()).then(|| notes.join("\n"));
        let value = json!({
            "grant": granted.id,
            "document_salt": granted.document_salt,
            "note": note,
            "transaction": Paid::from(&granted.receipt),
        });
        context.output.result(&value, || {
            let stands = format!("grant {} stands for {} days", granted.id, self.days);
            note.iter().fold(stands, |text, note| format!("{text}\n{note}"))
        })?;
        Ok(())
    }
}

/// Reads a FHIR Consent document.
pub(super) fn read_consent(path: &Path) -> Result<Vec<u8>> {
    let unreadable = || format!("cannot read {}", path.display());
    let length = fs::metadata(path).with_context(unreadable)?.len();
    ensure!(
        length <= MAX_DOCUMENT_BYTES,
        "{} is larger than {MAX_DOCUMENT_BYTES} bytes",
        path.display()
    );
    let document = fs::read(path).with_context(unreadable)?;
    let parsed: Option<Value> = serde_json::from_slice(&document).ok();
    let is_consent = parsed.is_some_and(|document| document["resourceType"] == "Consent");
    ensure!(is_consent, "{} is not a FHIR Consent in JSON", path.display());
    Ok(document)
}

/// Reads a patient's grants to everybody.
async fn to_everybody<C: Chain>(aegle: &OnChain<'_, C>, patient: AccountId) -> Result<Vec<(GrantId, Terms)>> {
    let head = aegle.chain.finalized().await?;
    let message = Grants {
        patient,
        grantee: Grantee::Anyone,
    };
    Ok(aegle.chain.read(head.hash, aegle.contracts.consent, &message).await?)
}

async fn is_to_everybody<C: Chain>(aegle: &OnChain<'_, C>, patient: AccountId, id: GrantId) -> Result<bool> {
    Ok(to_everybody(aegle, patient)
        .await?
        .iter()
        .any(|(other, _)| *other == id))
}

impl Grant {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        match self.command {
            Some(GrantCommand::List(list)) => return list.run(context).await,
            Some(GrantCommand::Renew) => return renewal::renew(context).await,
            None => {}
        }
        let to = self.to.context("say to whom, with --to")?;
        let (classes, document) = (self.options.classes(), self.options.document()?);
        let request = GrantRequest {
            delegable: self.delegable,
            ..self.options.request(to, united(&self.purposes), &classes, &document)
        };
        let connected = context.connect().await?;
        let aegle = connected.aegle();
        let patient = context.patient()?;
        // What ended by itself moves its slots with the patient's next act; the new grant has the keys of after.
        let settled = patient.settle(&aegle).await;
        let quorum = self.proxies.unwrap_or_default();
        let granted = patient.grant_among(&aegle, &request, quorum).await?;
        let head = aegle.chain.finalized().await?;
        let problem = role_problem(&aegle, &head, to, granted.terms.purposes).await?;
        let notes = problem.map(|problem| format!("it shows nothing for now: {problem}"));
        let undelivered = granted
            .undelivered
            .iter()
            .map(|fault| format!("not every proxy has its share yet, and `aegle grant renew` brings it: {fault}"));
        let notes = notes.into_iter().chain(undelivered).chain(renewal::notes(&settled));
        let notes: Vec<String> = notes.collect();
        self.options.tell(context, &granted, &notes)
    }
}

impl Consent {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        if let Some(ConsentCommand::List(since)) = self.command {
            return lists::consents(context, &since).await;
        }
        let permission = self.permission.context("say which research, with --permission")?;
        let (classes, document) = (self.options.classes(), self.options.document()?);
        let patient = context.patient()?;
        // Whom it names does not count: it is for every researcher whose declaration fits.
        let request = self
            .options
            .request(patient.account(), Purposes::HRESCH, &classes, &document);
        let required = self.required.iter().copied();
        let research = Research {
            permission: permission.into(),
            modifiers: required.fold(DuoModifiers::NONE, DuoModifiers::union),
            extent: self.extent.into(),
        };
        ensure!(
            !matches!(permission, Permission::Disease) || !document.is_empty(),
            "the disease stands in the consent document: give it with --document"
        );
        let connected = context.connect_to_chain().await?;
        let aegle = connected.aegle();
        if !self.again {
            let standing = to_everybody(&aegle, patient.account()).await?;
            let same = standing
                .iter()
                .find(|(_, terms)| terms.research == research && terms.until > now() && document.is_empty());
            if let Some((id, terms)) = same {
                anyhow::bail!(
                    "the same consent stands already, as grant {id} until {}: revoke it first, or give --again",
                    aegle_client::day::day(terms.until)
                );
            }
        }
        let granted = patient.consent_to_research(&aegle, research, &request).await?;
        self.options.tell(context, &granted, &[])
    }
}

impl Revoke {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let connected = context.connect_to_chain().await?;
        let aegle = connected.aegle();
        let patient = context.patient()?;
        let Some(number) = self.grant else {
            let receipt = patient.revoke_all(&aegle).await?;
            let told = format!(
                "every grant ended in block {}: nobody but you sees your records",
                receipt.block
            );
            return renewal::tell_ended(context, &receipt, told).await;
        };
        let id = GrantId(number);
        let grantee = match self.to {
            Some(to) => Grantee::Account(to),
            None if is_to_everybody(&aegle, patient.account(), id).await? => Grantee::Anyone,
            None => {
                let (history, _) = context.history(&connected, None).await?;
                let found = grantee_of(&history, patient.account(), id);
                found.with_context(|| format!("you gave no grant {id}: `aegle grant list` shows those that stand"))?
            }
        };
        let receipt = patient.revoke(&aegle, id, grantee).await?;
        let told = format!(
            "grant {id} ended in block {}: it was to {}",
            receipt.block,
            words::grantee(&grantee)
        );
        renewal::tell_ended(context, &receipt, told).await
    }
}
