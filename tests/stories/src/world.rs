//! A deployment with people: a hospital, a clinician, and patients with records.

use crate::{
    deployment::Deployment,
    examples::Chart,
    hospital::{Hospital, enact},
};
use aegle_client::{
    account::AccountKey,
    chain::Chain,
    clinician::reader::Reader,
    custodian::{EnrolledPatient, IngestError, Ingested, NewRecord, Step, TokenRefusal},
    fhir::Resource,
    patient::{GrantError, GrantRequest, Granted, Patient},
    remote::RemoteError,
    search::asking::Asking,
};
use aegle_crypto::{classes::Class, seed::Seed};
use aegle_protocol::{
    keys::EncryptionSecret,
    random::SystemRandom,
    record::RecordId,
    wire::{Hit, SearchRequest},
};
use aegle_rules::{
    AccountId, Confidentiality, Purposes, Roles, Timestamp,
    consortium::{Action, ProxyOperator, Role},
};
use aegle_sealed::{analyse, query};
use anyhow::{Context, Result};
use std::collections::BTreeSet;

/// A year in milliseconds: longer than any story.
const YEAR_MS: u64 = 365 * 24 * 3_600 * 1_000;
/// Sizes of the first batches of a world with charts: the smallest one, some of a usual size, the rest in one.
const FIRST_BATCHES: [usize; 5] = [1, 2, 40, 128, 256];

/// A patient, as themselves and as the hospital knows them, and their records in the order in which they came.
pub struct Person {
    /// The patient.
    pub patient: Patient,
    /// What their phrase encodes, which is on paper.
    pub seed: Seed,
    /// The keys and classes that the custodian seals to.
    pub enrolled: EnrolledPatient,
    /// The names of their records.
    pub records: Vec<RecordId>,
}

impl Person {
    /// Returns the pseudonym.
    pub fn account(&self) -> AccountId {
        self.patient.account()
    }
}

/// The reason why a search found nothing, if it did not.
#[derive(Debug, thiserror::Error)]
pub enum SearchFailure {
    /// The query is none.
    #[error(transparent)]
    Query(#[from] query::QueryError),
    /// The custodian gives no token.
    #[error(transparent)]
    Token(#[from] TokenRefusal),
    /// The indexer refuses.
    #[error(transparent)]
    Indexer(#[from] RemoteError),
}

/// A deployment with people.
pub struct World {
    /// The patients.
    pub people: Vec<Person>,
    clinician: Reader,
    hospital: Hospital,
    deployment: Deployment,
}

impl World {
    /// Starts a world of a hospital with a clinician, and no patient.
    ///
    /// # Errors
    /// A part does not start, or refuses.
    pub async fn start() -> Result<Self> {
        let deployment = Deployment::start().await?;
        let hospital = Hospital::found(&deployment).await?;
        trust(&deployment).await?;
        let clinician = reader(&deployment).await?;
        let world = Self {
            people: Vec::new(),
            clinician,
            hospital,
            deployment,
        };
        world.employ(&world.clinician).await?;
        Ok(world)
    }

    /// Starts a world whose patients have the records of `charts`, in several batches of different sizes.
    ///
    /// # Errors
    /// A part does not start, or refuses.
    pub async fn with_charts(charts: &[Chart]) -> Result<Self> {
        let mut world = Self::start().await?;
        for _ in charts {
            world.admit().await?;
        }
        // Round by round, so that the records of a patient are in many batches, among those of others.
        let longest = charts
            .iter()
            .map(|chart| chart.resources.len())
            .max()
            .unwrap_or_default();
        let mut records = Vec::new();
        for round in 0..longest {
            let having = charts
                .iter()
                .enumerate()
                .filter_map(|(at, chart)| Some((at, chart.resources.get(round)?)));
            records.extend(having);
        }
        let mut rest = records.as_slice();
        for size in FIRST_BATCHES.into_iter().chain([records.len()]) {
            let (batch, later) = rest.split_at(size.min(rest.len()));
            rest = later;
            if !batch.is_empty() {
                world.ingest(batch).await?;
            }
        }
        Ok(world)
    }

    /// Returns the deployment that everything runs on.
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// Returns the hospital.
    pub fn hospital(&self) -> &Hospital {
        &self.hospital
    }

    /// Returns the clinician of the hospital.
    pub fn clinician(&self) -> &Reader {
        &self.clinician
    }

    /// Admits a patient, who publishes their keys and shows their card to the custodian; returns their index in
    /// `people`.
    ///
    /// # Errors
    /// The chain or the indexer refuses.
    pub async fn admit(&mut self) -> Result<usize> {
        let aegle = self.deployment.aegle();
        let seed = Seed::generate(&mut SystemRandom);
        let key = AccountKey::from_seed(&seed.account_key());
        self.deployment.endow(key.account()).await?;
        let patient = Patient::new(key, seed.master_secret());
        patient.enrol(&aegle).await?;
        let card = patient.card(&aegle, self.hospital.admin().account()).await?;
        let enrolled = self.hospital.custodian().enrolled(&aegle, &card).await?;
        self.people.push(Person {
            patient,
            seed,
            enrolled,
            records: Vec::new(),
        });
        Ok(self.people.len() - 1)
    }

    /// Makes a reader a clinician of the hospital.
    ///
    /// # Errors
    /// The committee's transaction is refused.
    pub async fn employ(&self, reader: &Reader) -> Result<()> {
        self.appoint(reader.key().account(), Roles::CLINICIAN).await
    }

    /// Gives an account roles in the hospital, instead of what it had.
    ///
    /// # Errors
    /// The committee's transaction is refused.
    pub async fn appoint(&self, account: AccountId, roles: Roles) -> Result<()> {
        let until = self.deployment.chain().finalized().await?.timestamp + YEAR_MS;
        let role = Role {
            roles,
            organisation: self.hospital.organisation(),
            until,
        };
        enact(&self.deployment, Action::SetRole { account, role }).await?;
        Ok(())
    }

    /// Ingests one batch: each record for the person at that index in `people`, who remembers its name.
    ///
    /// # Errors
    /// See [`IngestError`].
    pub async fn ingest(&mut self, records: &[(usize, &Resource)]) -> Result<Ingested, IngestError> {
        self.ingest_watched(records, &mut |_| ()).await
    }

    /// Ingests as [`World::ingest`] does, and calls `progress` at each step.
    ///
    /// # Errors
    /// See [`IngestError`].
    pub async fn ingest_watched(
        &mut self,
        records: &[(usize, &Resource)],
        progress: &mut impl FnMut(Step),
    ) -> Result<Ingested, IngestError> {
        let new = records
            .iter()
            .map(|(person, resource)| NewRecord {
                patient: &self.people[*person].enrolled,
                resource,
            })
            .collect::<Vec<_>>();
        let custodian = self.hospital.custodian();
        let ingested = custodian
            .ingest(&self.deployment.aegle(), self.hospital.domain(), &new, progress)
            .await?;
        for ((person, _), name) in records.iter().zip(&ingested.records) {
            self.people[*person].records.push(*name);
        }
        Ok(ingested)
    }

    /// Grants `reader` treatment access to classes of a person's records, of every confidentiality, for a year.
    ///
    /// # Errors
    /// See [`GrantError`].
    pub async fn grant(&self, person: &Person, reader: &Reader, classes: &[Class]) -> Result<Granted, GrantError> {
        let from: Timestamp = self.deployment.chain().finalized().await?.timestamp;
        let request = GrantRequest {
            grantee: reader.key().account(),
            purposes: Purposes::TREAT,
            classes,
            confidentiality: Confidentiality::VeryRestricted,
            from,
            until: from + YEAR_MS,
            delegable: false,
            document: br#"{"resourceType":"Consent","status":"active"}"#,
        };
        person.patient.grant(&self.deployment.aegle(), &request).await
    }

    /// Grants `reader` every class that `resources` have: the restricted ones each by a grant of its own, the others
    /// together.
    ///
    /// # Errors
    /// See [`GrantError`].
    pub async fn grant_chart(
        &self,
        person: &Person,
        reader: &Reader,
        resources: &[Resource],
    ) -> Result<(), GrantError> {
        let classes: BTreeSet<Class> = resources.iter().map(Resource::class).collect();
        let (restricted, usual): (Vec<Class>, Vec<Class>) =
            classes.into_iter().partition(|class| class.is_restricted());
        if !usual.is_empty() {
            self.grant(person, reader, &usual).await?;
        }
        for class in restricted {
            self.grant(person, reader, &[class]).await?;
        }
        Ok(())
    }

    /// Searches as `reader` for treatment: tokens from the custodian, hits from the indexer.
    ///
    /// # Errors
    /// See [`SearchFailure`].
    pub async fn search(&self, reader: &Reader, person: &Person, text: &str) -> Result<Vec<Hit>, SearchFailure> {
        let request = self
            .search_request(reader.key().account(), person, text, Purposes::TREAT)
            .await?;
        Ok(reader.search(&self.deployment.aegle(), &request).await?.hits)
    }

    /// Searches as a patient in their own records.
    ///
    /// # Errors
    /// See [`SearchFailure`].
    pub async fn search_own(&self, person: &Person, text: &str) -> Result<Vec<Hit>, SearchFailure> {
        let request = self
            .search_request(person.account(), person, text, Purposes::PATRQT)
            .await?;
        let answer = self
            .deployment
            .aegle()
            .indexer
            .search(person.patient.key(), &request)
            .await?;
        Ok(answer.hits)
    }

    /// Grants, searches and opens the records of every patient, by the clinician and by the patients themselves, so
    /// that whatever the path leaves behind is there.
    ///
    /// # Errors
    /// Anything is refused.
    pub async fn use_everything(&self, charts: &[Chart]) -> Result<()> {
        let aegle = self.deployment.aegle();
        for (chart, person) in charts.iter().zip(&self.people) {
            self.grant_chart(person, &self.clinician, &chart.resources).await?;
            let (Some(resource), Some(record)) = (chart.resources.first(), person.records.first()) else {
                continue;
            };
            let words = analyse(resource.title());
            let text = words
                .first()
                .map_or_else(|| "NOT status:none".to_owned(), |word| format!("text:\"{word}\""));
            self.search(&self.clinician, person, &text).await?;
            self.search_own(person, &text).await?;
            self.clinician.open(&aegle, *record, Purposes::TREAT).await?;
            person.patient.open(&aegle, *record).await?;
        }
        Ok(())
    }

    /// Returns a search of `requester`, ready to be sent, with tokens from the custodian.
    ///
    /// # Errors
    /// See [`SearchFailure`].
    pub async fn search_request(
        &self,
        requester: AccountId,
        person: &Person,
        text: &str,
        purpose: Purposes,
    ) -> Result<SearchRequest, SearchFailure> {
        let query = query::parse(text)?;
        let asking = Asking::patient(requester, person.account(), purpose);
        let (custodian, domain) = (self.hospital.custodian(), self.hospital.domain());
        let terms = custodian
            .tokens(&self.deployment.aegle(), domain, &asking, &query.terms)
            .await?;
        Ok(asking.search(domain, terms, query.expression))
    }
}

/// Admits an organisation that runs the indexer's proxy: another one than the hospital, whose clinicians would else
/// hold both halves of a key.
async fn trust(deployment: &Deployment) -> Result<()> {
    let admin = AccountKey::generate()?.account();
    let admitted = enact(deployment, Action::Admit { admin }).await?;
    let organisation = admitted.context("an admission gives a number")?;
    let aegle = deployment.aegle();
    let account = aegle.indexer.account();
    let operators = vec![ProxyOperator { account, organisation }];
    enact(deployment, Action::SetProxies { operators }).await?;
    Ok(())
}

/// Creates a reader with a balance whose key is in the directory, and who has no role yet.
///
/// # Errors
/// The chain refuses.
pub async fn reader(deployment: &Deployment) -> Result<Reader> {
    let reader = Reader::new(
        deployment.account().await?,
        EncryptionSecret::generate(&mut SystemRandom),
    );
    reader.publish(&deployment.aegle()).await?;
    Ok(reader)
}
