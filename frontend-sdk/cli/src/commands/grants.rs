//! `aegle grant`, `aegle consent`, `aegle revoke`, `aegle disclosures`.

use super::{DAY_MS, Paid, class, modifier, now, purpose};
use crate::context::Context;
use aegle_client::{
    crypto::classes::Class,
    patient::{GrantRequest, Granted},
    rules::{
        AccountId, Confidentiality, GrantId, Purposes,
        consent::{DuoModifiers, DuoPermission, Grantee, Research},
    },
};
use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::{fs, path::PathBuf};

/// Arguments of `aegle grant`.
#[derive(Args)]
pub(crate) struct Grant {
    /// The account that may read
    #[arg(long)]
    to: AccountId,
    /// A purpose of use; may be given more than once
    #[arg(long = "purpose", value_parser = purpose, default_value = "TREAT")]
    purposes: Vec<Purposes>,
    #[command(flatten)]
    options: GrantOptions,
}

/// Arguments of `aegle consent`.
#[derive(Args)]
pub(crate) struct Consent {
    /// The research that is permitted
    #[arg(long, value_enum)]
    permission: Permission,
    /// A condition that research must meet, by its DUO code such as IRB; may be given more than once
    #[arg(long = "require", value_parser = modifier)]
    required: Vec<DuoModifiers>,
    #[command(flatten)]
    options: GrantOptions,
}

/// The permission of a consent to research (DUO).
#[derive(Clone, Copy, ValueEnum)]
enum Permission {
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
    #[arg(long, default_value_t = 90)]
    days: u64,
    /// The FHIR Consent document behind the grant; the chain gets a salted commitment to it
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
}

/// The highest confidentiality of a grant (HL7 Confidentiality).
#[derive(Clone, Copy, ValueEnum)]
enum Ceiling {
    /// Normal (N)
    Normal,
    /// Restricted (R)
    Restricted,
    /// Very restricted (V)
    VeryRestricted,
}

/// Arguments of `aegle revoke`.
#[derive(Args)]
pub(crate) struct Revoke {
    /// The grant's number
    grant: u32,
    /// The account that it was given to; without it, a grant to everybody, such as a consent to research
    #[arg(long)]
    to: Option<AccountId>,
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
        match &self.document {
            Some(path) => fs::read(path).with_context(|| format!("cannot read {}", path.display())),
            None => Ok(Vec::new()),
        }
    }

    fn request<'a>(
        &self,
        grantee: AccountId,
        purposes: Purposes,
        classes: &'a [Class],
        document: &'a [u8],
    ) -> GrantRequest<'a> {
        let from = now();
        GrantRequest {
            grantee,
            purposes,
            classes,
            confidentiality: match self.confidentiality {
                Ceiling::Normal => Confidentiality::Normal,
                Ceiling::Restricted => Confidentiality::Restricted,
                Ceiling::VeryRestricted => Confidentiality::VeryRestricted,
            },
            from,
            until: from.saturating_add(self.days.saturating_mul(DAY_MS)),
            document,
        }
    }

    fn tell(&self, context: &Context, granted: &Granted) -> Result<()> {
        let value = json!({
            "grant": granted.id,
            "document_salt": granted.document_salt,
            "transaction": Paid::from(&granted.receipt),
        });
        context
            .output
            .result(&value, || format!("grant {} stands for {} days", granted.id, self.days))?;
        Ok(())
    }
}

impl Grant {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let (classes, document) = (self.options.classes(), self.options.document()?);
        let purposes = self.purposes.iter().copied().fold(Purposes::NONE, Purposes::union);
        let request = self.options.request(self.to, purposes, &classes, &document);
        let connected = context.connect().await?;
        let granted = context.patient()?.grant(&connected.aegle(), &request).await?;
        self.options.tell(context, &granted)
    }
}

impl Consent {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let (classes, document) = (self.options.classes(), self.options.document()?);
        let patient = context.patient()?;
        // Whom it names does not count: it is for every researcher whose declaration fits.
        let request = self
            .options
            .request(patient.account(), Purposes::HRESCH, &classes, &document);
        let required = self.required.iter().copied();
        let research = Research {
            permission: match self.permission {
                Permission::Any => DuoPermission::NoRestriction,
                Permission::General => DuoPermission::GeneralResearch,
                Permission::Health => DuoPermission::HealthMedicalBiomedical,
                Permission::Disease => DuoPermission::DiseaseSpecific,
                Permission::Ancestry => DuoPermission::PopulationOriginsAncestry,
            },
            modifiers: required.fold(DuoModifiers::NONE, DuoModifiers::union),
        };
        let connected = context.connect_to_chain().await?;
        let granted = patient
            .consent_to_research(&connected.aegle(), research, &request)
            .await?;
        self.options.tell(context, &granted)
    }
}

impl Revoke {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let connected = context.connect_to_chain().await?;
        let grantee = self.to.map_or(Grantee::Anyone, Grantee::Account);
        let receipt = context
            .patient()?
            .revoke(&connected.aegle(), GrantId(self.grant), grantee)
            .await?;
        context.output.result(&Paid::from(&receipt), || {
            format!("grant {} ended in block {}", self.grant, receipt.block)
        })?;
        Ok(())
    }
}

/// Runs `aegle disclosures`.
pub(crate) async fn disclosures(context: &Context) -> Result<()> {
    let connected = context.connect().await?;
    let entries = context.patient()?.disclosures(&connected.aegle()).await?;
    context.output.result(&entries, || match entries.is_empty() {
        true => "nobody has seen anything".into(),
        false => {
            let line = |entry: &aegle_client::protocol::wire::DisclosureEntry| {
                let disclosure = &entry.disclosure;
                let purpose = Purposes::NAMES
                    .iter()
                    .find(|(_, purpose)| *purpose == disclosure.purpose);
                let purpose = purpose.map_or("?", |(name, _)| name);
                let grant = disclosure
                    .grant
                    .map_or_else(|| "own".into(), |grant| format!("grant {grant}"));
                let kind = format!("{:?}", disclosure.kind).to_lowercase();
                format!(
                    "{:>6}  {kind:<10}  {}  by {}  {purpose}  {grant}",
                    entry.number, disclosure.record, disclosure.requester
                )
            };
            entries.iter().map(line).collect::<Vec<_>>().join("\n")
        }
    })?;
    Ok(())
}
