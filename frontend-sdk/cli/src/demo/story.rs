//! The story, from the records to the index.

use super::{
    access,
    cast::{Cast, Enrolled, POCKET_MONEY},
    examples::{self, Chart},
    proof, research, revocation,
    stage::{DemoSession, IngestedRecords, PARALLEL_ACCOUNTS, Stage, YEAR_MS},
    teller::Teller,
    token_service::{DemoTokenService, Scene},
};
use crate::{
    bundles::{bundles, founded_book},
    output::{bytes, count},
};
use aegle_client::{
    chain::{Chain, Receipt},
    custodian::{NewRecord, Step},
    deployment::Aegle,
    native::{
        AddressBook, ChainClient, IndexerClient,
        founding::{Founding, Plan},
    },
    rules::{
        AccountId, DomainId, OrganisationId, Roles,
        consortium::{Action, ProxyOperator, Role, messages::Propose},
    },
};
use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::{
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

/// Records in one batch, and so in one transaction.
const BATCH_RECORDS: usize = 256;

/// Reads the records.
pub(crate) fn records(teller: &mut Teller, folder: Option<&Path>) -> Result<Vec<Chart>> {
    teller.step("The records");
    let folder = examples::folder(folder, teller.output())?;
    let charts = examples::read(&folder, teller.output())?;
    let records = charts.iter().map(|chart| chart.resources.len()).sum();
    teller.say(format!(
        "{} of {} from FHIR R4 files: observations, conditions, medications, reports and more. Everybody below is played by this program, on this machine.",
        count(records, "clinical record"),
        count(charts.len(), "patient"),
    ));
    teller.seen("only by the hospital that wrote them.");
    teller.done();
    Ok(charts)
}

/// A chain on which the contracts were just deployed.
pub(crate) struct DeployedContracts {
    /// The chain.
    pub(crate) chain: ChainClient,
    /// The addresses of the contracts.
    pub(crate) book: AddressBook,
}

/// Connects to the chain and deploys the contracts.
pub(crate) async fn contracts(teller: &mut Teller, url: &str, given: bool) -> Result<DeployedContracts> {
    teller.step("The rules go on a public chain");
    let progress = teller.output().progress("deploying three contracts", 0);
    let chain = ChainClient::connect(url).await?;
    let committee = aegle_client::account::AccountKey::development("Alice");
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let plan = Plan::alone(format!("demo-{now}"));
    let bundles = bundles()?;
    let founding = Founding::new(&chain, &committee, &bundles, &plan)?;
    let founded = founding.run(&mut |_| ()).await?;
    let book = founded_book(&plan.name, &founded);
    drop(progress);
    founded
        .receipts
        .iter()
        .for_each(|receipt| teller.paid("contracts deployed and connected", receipt));
    let which = if given {
        url
    } else {
        "a development chain in this machine's memory"
    };
    teller.say(format!(
        "Three contracts, for membership, consent and proofs, run on {which}."
    ));
    teller.seen("by everybody: the rules, and later accounts, numbers and hashes; never content, and no data class.");
    teller.done();
    Ok(DeployedContracts { chain, book })
}

/// Tells the story from the first accounts to its end.
pub(crate) async fn tell(teller: &mut Teller, stage: Stage) -> Result<()> {
    let indexer = IndexerClient::at(&stage.indexer, &stage.contracts)?;
    let proxy = |server| IndexerClient::proxy_at(server, &stage.contracts);
    let proxies = stage.proxies.iter().map(proxy).collect::<Result<Vec<_>, _>>()?;
    let aegle = Aegle::new(&stage.chain, &stage.contracts, &indexer).with_proxies(&proxies);
    indexer.status(&stage.contracts).await?;
    let cast = Cast::new(stage.charts.len())?;
    let mut ingested = IngestedRecords {
        domain: Some(register(teller, &aegle, &cast).await?),
        ..IngestedRecords::default()
    };
    let enrolled = enrol(teller, &aegle, &cast).await?;
    ingest(teller, &aegle, &cast, &enrolled, &stage.charts, &mut ingested).await?;
    let domain = ingested.domain.context("the domain was registered")?;
    let service = DemoTokenService::start(&aegle, &cast, domain, &stage.home).await?;
    let scene = Scene {
        aegle: &aegle,
        cast: &cast,
        service: &service,
    };
    let access = access::tell(teller, &scene, &enrolled, &stage.charts, &ingested).await?;
    proof::tell(teller, &scene, &ingested, &stage.charts[access.patient], &access).await?;
    research::tell(teller, &scene, &stage.charts).await?;
    revocation::tell(teller, &scene, &stage, &ingested, &access).await?;
    service.stop().await;
    Ok(())
}

/// Funds accounts, admits the hospital, and gives the clinicians their roles.
async fn register(teller: &mut Teller, aegle: &DemoSession<'_>, cast: &Cast) -> Result<DomainId> {
    teller.step("A hospital, its clinicians and its patients join");
    let Cast {
        committee,
        hospital,
        clinician,
        outsider,
        researcher,
        patients,
        trust: _,
    } = cast;
    let people = [hospital.key(), clinician.key(), outsider.key(), researcher.key()].map(|key| key.account());
    let accounts: Vec<AccountId> = people
        .into_iter()
        .chain(patients.iter().map(|patient| patient.account()))
        .collect();
    let mut progress = teller.output().progress("opening accounts", accounts.len() as u64);
    let funding = accounts
        .iter()
        .map(|account| aegle.chain.fund(committee, *account, POCKET_MONEY));
    let mut funding = stream::iter(funding).buffer_unordered(PARALLEL_ACCOUNTS);
    while let Some(receipt) = funding.try_next().await? {
        teller.paid("accounts opened", &receipt);
        progress.advance(1);
    }
    drop(progress);
    let mut progress = teller.output().progress("giving roles, publishing keys", 11);
    let admin = hospital.key().account();
    let admission = enact(aegle, cast, Action::Admit { admin }).await?;
    let organisation = admission
        .organisation
        .context("admitting an organisation gives its number")?;
    teller.paid("roles given", &admission.receipt);
    progress.advance(1);
    trust(teller, aegle, cast).await?;
    progress.advance(2);
    let until = aegle.chain.finalized().await?.timestamp + YEAR_MS;
    let roles = [
        (clinician, Roles::CLINICIAN),
        (outsider, Roles::CLINICIAN),
        (researcher, Roles::RESEARCHER),
    ];
    for (reader, roles) in roles {
        let role = Role {
            roles,
            organisation,
            until,
        };
        let account = reader.key().account();
        let enacted = enact(aegle, cast, Action::SetRole { account, role }).await?;
        teller.paid("roles given", &enacted.receipt);
        teller.paid("keys published", &reader.publish(aegle).await?);
        progress.advance(2);
    }
    let receipt = aegle_client::clinician::reader::publish(aegle, hospital.key(), hospital.encryption()).await?;
    teller.paid("keys published", &receipt);
    let (domain, receipt) = hospital.register_domain(aegle).await?;
    teller.paid("search domain registered", &receipt);
    drop(progress);
    teller.say(format!(
        "The committee, which governs the contracts, admits a hospital, a trust that runs the indexer and a proxy, and two organisations that run a proxy each. A proxy keeps one share of the keys of a grant. Two clinicians get the role to treat patients, a researcher the role to do research. {} get accounts.",
        count(patients.len(), "patient"),
    ));
    teller
        .seen("by everybody: account numbers and roles. Which person has which account is on no chain and no server.");
    teller.done();
    Ok(domain)
}

/// Admits the trust that runs the indexer, and two organisations more, whose proxies hold a share of each key that is shared: two
/// of three must take part, together with the clinician.
async fn trust(teller: &mut Teller, aegle: &DemoSession<'_>, cast: &Cast) -> Result<()> {
    let admin = cast.trust.account();
    let admission = enact(aegle, cast, Action::Admit { admin }).await?;
    teller.paid("roles given", &admission.receipt);
    let organisation = admission
        .organisation
        .context("admitting an organisation gives its number")?;
    let account = aegle.indexer.account();
    let mut operators = vec![ProxyOperator { account, organisation }];
    for proxy in aegle.proxies {
        let admin = aegle_client::account::AccountKey::generate()?.account();
        let admission = enact(aegle, cast, Action::Admit { admin }).await?;
        teller.paid("roles given", &admission.receipt);
        operators.push(ProxyOperator {
            account: proxy.account(),
            organisation: admission
                .organisation
                .context("admitting an organisation gives its number")?,
        });
    }
    let enacted = enact(aegle, cast, Action::SetProxies { operators }).await?;
    teller.paid("roles given", &enacted.receipt);
    Ok(())
}

/// The outcome of an action of the committee.
struct Enacted {
    /// The organisation that it admitted, if it did.
    organisation: Option<OrganisationId>,
    receipt: Receipt,
}

async fn enact(aegle: &DemoSession<'_>, cast: &Cast, action: Action) -> Result<Enacted> {
    let (outcome, receipt) = aegle
        .chain
        .call(&cast.committee, aegle.contracts.consortium, &Propose { action })
        .await?;
    Ok(Enacted {
        organisation: outcome.admitted(),
        receipt,
    })
}

/// Publishes every patient's keys, and hands the hospital their cards.
async fn enrol(teller: &mut Teller, aegle: &DemoSession<'_>, cast: &Cast) -> Result<Enrolled> {
    teller.step("Patients make their keys");
    let mut progress = teller.output().progress("publishing keys", cast.patients.len() as u64);
    let custodian = cast.hospital.key().account();
    let enrolments = cast.patients.iter().map(async |patient| {
        let receipts = patient.enrol(aegle).await?;
        let card = patient.card(aegle, custodian).await?;
        anyhow::Ok((receipts, cast.hospital.enrolled(aegle, &card).await?))
    });
    let mut enrolments = stream::iter(enrolments).buffered(PARALLEL_ACCOUNTS);
    let mut enrolled = Vec::new();
    while let Some((receipts, patient)) = enrolments.try_next().await? {
        receipts
            .iter()
            .for_each(|receipt| teller.paid("keys published", receipt));
        enrolled.push(patient);
        progress.advance(1);
    }
    drop(progress);
    teller.say("Each patient has one master secret. It never leaves them. From it come 32 key pairs, one for each kind of record (a slot). The hospital gets the public keys alone.");
    teller.seen(
        "by everybody: a hash for each patient. By the indexer: the public keys; which kind of record each is for is encrypted.",
    );
    teller.done();
    Ok(enrolled)
}

/// Seals, labels, anchors and uploads every record.
async fn ingest(
    teller: &mut Teller,
    aegle: &DemoSession<'_>,
    cast: &Cast,
    enrolled: &Enrolled,
    charts: &[Chart],
    ingested: &mut IngestedRecords,
) -> Result<()> {
    teller.step("The hospital seals the records");
    let domain = ingested.domain.context("the domain was registered")?;
    let records: Vec<NewRecord<'_>> = enrolled
        .iter()
        .zip(charts)
        .flat_map(|(patient, chart)| {
            chart
                .resources
                .iter()
                .map(move |resource| NewRecord { patient, resource })
        })
        .collect();
    let mut progress = teller
        .output()
        .progress("sealing, storing, labelling, anchoring", 2 * records.len() as u64);
    let mut names = Vec::new();
    for batch in records.chunks(BATCH_RECORDS) {
        let mut watch = |step| {
            if matches!(step, Step::Sealed | Step::Stored) {
                progress.advance(1)
            }
        };
        let batch_ingested = cast.hospital.ingest(aegle, domain, batch, &mut watch).await?;
        teller.paid("batches anchored", &batch_ingested.receipt);
        ingested.batches += 1;
        ingested.plain_bytes += batch
            .iter()
            .map(|record| record.resource.text().len() as u64)
            .sum::<u64>();
        ingested.ciphertext_bytes += batch_ingested.ciphertext_bytes;
        ingested.bundle_bytes += batch_ingested.bundle_bytes;
        ingested.keywords += batch_ingested.keywords as u64;
        ingested.labels += batch_ingested.labels as u64;
        ingested.findings += batch_ingested.report.iter().map(|(_, tally)| tally.count).sum::<u64>();
        names.extend(batch_ingested.records);
    }
    let took = progress.elapsed();
    drop(progress);
    let mut names = names.into_iter();
    ingested.names = charts
        .iter()
        .map(|chart| names.by_ref().take(chart.resources.len()).collect())
        .collect();
    ensure!(names.next().is_none(), "there are more names than records");
    let rate = records.len() as f64 / took.as_secs_f64();
    teller.say(format!(
        "{} ({}), each encrypted under a key of its own, which the keys of its patient open; {rate:.0} a second. The hospital keeps its originals.",
        count(records.len(), "record"),
        bytes(ingested.plain_bytes),
    ));
    teller.say(format!(
        "{} keywords (codes, words, dates) became {} random-looking labels, by which records are found. {} put hashes of all of it on the chain (anchored it): whoever changes, adds or leaves out a record is found out.",
        ingested.keywords,
        ingested.labels,
        count(ingested.batches as usize, "transaction"),
    ));
    teller.seen("by everybody: how many records, and 96 bytes of hashes a batch. By the indexer: sealed records and labels, whose they are (by pseudonym), and how long they are, roughly. Not one word, code, date or status.");
    teller.done();
    Ok(())
}
