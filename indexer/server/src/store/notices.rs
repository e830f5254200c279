//! What events make of what waits for somebody (requests, glasses, guardianships, proposals, erasures), and whom they concern:
//! written as blocks are stored, read by whoever is notified.
use super::{
    StoreError,
    columns::{Columns, stored_time},
    emission::Emission,
    execute, rows, sql,
};
use crate::parties::{Party, concerned};
use aegle_chain::ContractEvent;
use aegle_rules::{
    AccountId, GrantId, Timestamp,
    consent::{self, Grantee, Terms},
    consortium, ledger,
};
use deadpool_postgres::Transaction;
use scale::Encode;

/// Notes whom events concern, as far as they say: all of them in one statement.
pub(super) async fn note_all(transaction: &Transaction<'_>, emissions: &[Emission<'_>]) -> Result<(), StoreError> {
    let all = emissions.iter().flat_map(|emission| {
        let parties = concerned(emission.event);
        parties.into_iter().map(move |party| (emission, party))
    });
    insert(transaction, all).await
}

async fn note(transaction: &Transaction<'_>, emission: &Emission<'_>, parties: Vec<Party>) -> Result<(), StoreError> {
    insert(transaction, parties.into_iter().map(|party| (emission, party))).await
}

async fn insert<'a>(
    transaction: &Transaction<'_>,
    notes: impl Iterator<Item = (&'a Emission<'a>, Party)>,
) -> Result<(), StoreError> {
    let (mut names, mut blocks, mut indexes) = (Vec::new(), Vec::new(), Vec::new());
    for (emission, party) in notes {
        names.push(party.encode());
        blocks.push(i64::from(emission.block));
        indexes.push(place(emission)?);
    }
    if names.is_empty() {
        return Ok(());
    }
    execute(transaction, sql!("notifications_insert"), &[&names, &blocks, &indexes]).await?;
    Ok(())
}

fn place(emission: &Emission<'_>) -> Result<i32, StoreError> {
    i32::try_from(emission.index).map_err(|_| StoreError::Corrupt { column: "index" })
}

/// Changes what waits by one event, after the other projections were changed by it, and notes whom it concerns that it does
/// not name itself.
pub(super) async fn apply(transaction: &Transaction<'_>, emission: &Emission<'_>) -> Result<(), StoreError> {
    match emission.event {
        ContractEvent::Consent(event) => apply_consent(transaction, emission, event).await,
        ContractEvent::Consortium(event) => apply_consortium(transaction, event).await,
        ContractEvent::Ledger(event) => apply_ledger(transaction, emission, event).await,
    }
}

async fn apply_consent(
    transaction: &Transaction<'_>,
    emission: &Emission<'_>,
    event: &consent::events::Event,
) -> Result<(), StoreError> {
    use consent::events::Event;
    match event {
        Event::AccessRequested(event) => {
            let parameters: super::Parameters<'_> = &[
                &event.patient.as_ref(),
                &event.requester.as_ref(),
                &event.request.encode(),
                &stored_time(event.request.expires),
            ];
            execute(transaction, sql!("access_request_set"), parameters).await?;
        }
        Event::RequestClosed(event) => {
            let parameters: super::Parameters<'_> = &[&event.patient.as_ref(), &event.requester.as_ref()];
            execute(transaction, sql!("access_request_close"), parameters).await?;
        }
        Event::AllRevoked(event) => {
            let grantees = voided(transaction, emission, event).await?;
            note(transaction, emission, Party::of_grantees(&grantees)).await?;
        }
        Event::GuardiansSet(event) => set_guardians(transaction, emission.timestamp, event).await?,
        Event::ReplacementBegun(event) if event.keeps_guardians => {
            veto_guardians(transaction, emission.timestamp, &event.patient).await?;
        }
        Event::Vetoed(event) if event.guardians => {
            veto_guardians(transaction, emission.timestamp, &event.patient).await?;
        }
        Event::GlassBroken(event) => {
            let glass = &event.glass;
            let key = GlassKey::new(&event.patient, &event.clinician, glass.opened_at);
            let parameters: super::Parameters<'_> = &[
                &key.patient,
                &key.clinician,
                &key.opened_at,
                &stored_time(glass.until),
                &i16::from(glass.reason),
                &stored_time(event.review_by),
            ];
            execute(transaction, sql!("glass_break"), parameters).await?;
            note_reviewers(transaction, emission, &key).await?;
        }
        Event::GlassReviewed(event) => {
            let key = GlassKey::new(&event.patient, &event.clinician, event.opened_at);
            let closed_at = (event.verdict == consent::Verdict::Unjustified).then(|| stored_time(emission.timestamp));
            let parameters: super::Parameters<'_> = &[&key.patient, &key.clinician, &key.opened_at, &closed_at];
            execute(transaction, sql!("glass_review"), parameters).await?;
            note_reviewers(transaction, emission, &key).await?;
        }
        Event::GlassClosed(event) => {
            let key = GlassKey::new(&event.patient, &event.clinician, event.opened_at);
            let closed_at = stored_time(emission.timestamp);
            let parameters: super::Parameters<'_> = &[&key.patient, &key.clinician, &key.opened_at, &closed_at];
            execute(transaction, sql!("glass_close"), parameters).await?;
            note_reviewers(transaction, emission, &key).await?;
        }
        Event::Granted(_)
        | Event::Delegated(_)
        | Event::Revoked(_)
        | Event::Cleared(_)
        | Event::RestrictedSet(_)
        | Event::EpochsAdvanced(_)
        | Event::GuardianVoted(_)
        | Event::ReplacementBegun(_)
        | Event::Vetoed(_)
        | Event::RecoveryKeySet(_) => {}
    }
    Ok(())
}

/// Returns to whom the grants were given that ended with the event.
async fn voided(
    transaction: &Transaction<'_>,
    emission: &Emission<'_>,
    event: &consent::events::AllRevoked,
) -> Result<Vec<Grantee>, StoreError> {
    let first = i64::from(GrantId::DELEGATED);
    let last = i64::from(GrantId::DELEGATED | event.delegated);
    let parameters: super::Parameters<'_> = &[
        &event.patient.as_ref(),
        &i64::from(emission.block),
        &i64::from(event.granted),
        &first,
        &last,
    ];
    let found = rows(transaction, sql!("notifications_void"), parameters).await?;
    let grantees = found.iter().map(|row| Ok(row.scale::<Terms>("terms")?.grantee));
    grantees.collect()
}

/// Names a glass, as it is stored.
struct GlassKey<'a> {
    patient: &'a [u8],
    clinician: &'a [u8],
    opened_at: i64,
}

impl<'a> GlassKey<'a> {
    fn new(patient: &'a AccountId, clinician: &'a AccountId, opened_at: Timestamp) -> Self {
        Self {
            patient: patient.as_ref(),
            clinician: clinician.as_ref(),
            opened_at: stored_time(opened_at),
        }
    }
}

/// Notes that an event about a glass concerns the admins of the organisations for which the clinician worked when it was broken.
async fn note_reviewers(
    transaction: &Transaction<'_>,
    emission: &Emission<'_>,
    key: &GlassKey<'_>,
) -> Result<(), StoreError> {
    let parameters: super::Parameters<'_> = &[&key.patient, &key.clinician, &key.opened_at];
    let found = rows(transaction, sql!("glass_organisations"), parameters).await?;
    let admins = found.iter().map(|row| {
        let organisation = aegle_rules::OrganisationId(row.number("organisation")?);
        Ok(Party::Admins(organisation))
    });
    let admins: Vec<Party> = admins.collect::<Result<_, StoreError>>()?;
    note(transaction, emission, admins).await
}

async fn set_guardians(
    transaction: &Transaction<'_>,
    at: Timestamp,
    event: &consent::events::GuardiansSet,
) -> Result<(), StoreError> {
    let patient = event.patient.as_ref();
    let (from, at) = (stored_time(event.from), stored_time(at));
    execute(transaction, sql!("guardians_replace"), &[&patient, &from, &at]).await?;
    let accounts: Vec<&[u8]> = event.guardians.accounts.iter().map(AsRef::as_ref).collect();
    let until = stored_time(event.guardians.until);
    execute(
        transaction,
        sql!("guardians_set"),
        &[&patient, &accounts, &from, &until],
    )
    .await?;
    Ok(())
}

async fn veto_guardians(transaction: &Transaction<'_>, at: Timestamp, patient: &AccountId) -> Result<(), StoreError> {
    execute(
        transaction,
        sql!("guardians_veto"),
        &[&patient.as_ref(), &stored_time(at)],
    )
    .await?;
    Ok(())
}

async fn apply_consortium(transaction: &Transaction<'_>, event: &consortium::events::Event) -> Result<(), StoreError> {
    use consortium::events::Event;
    match event {
        Event::ProposalOpened(event) => {
            let parameters: super::Parameters<'_> = &[
                &i64::from(event.id.0),
                &event.proposer.as_ref(),
                &event.action.encode(),
                &stored_time(event.expires),
            ];
            execute(transaction, sql!("proposal_open"), parameters).await?;
        }
        Event::Voted(event) => {
            let parameters: super::Parameters<'_> = &[&i64::from(event.id.0), &i16::from(event.votes)];
            execute(transaction, sql!("proposal_vote"), parameters).await?;
        }
        Event::ProposalClosed(event) => {
            execute(transaction, sql!("proposal_close"), &[&i64::from(event.id.0)]).await?;
        }
        Event::CommitteeRotated(event) => {
            // No open vote counts any more.
            execute(transaction, sql!("proposals_void"), &[]).await?;
            let members: Vec<&[u8]> = event.committee.members.iter().map(AsRef::as_ref).collect();
            execute(transaction, sql!("committee_set"), &[&members]).await?;
        }
        // Nothing waits because of these, or no longer.
        _ => {}
    }
    Ok(())
}

async fn apply_ledger(
    transaction: &Transaction<'_>,
    emission: &Emission<'_>,
    event: &ledger::events::Event,
) -> Result<(), StoreError> {
    use ledger::events::Event;
    let (domain, request) = match event {
        Event::ErasureRequested(event) => {
            let numbers: Vec<i64> = event.records.iter().copied().map(i64::from).collect();
            let (domain, request) = (i64::from(event.domain.0), i64::from(event.erasure.0));
            let parameters: super::Parameters<'_> = &[&domain, &request, &i64::from(event.batch.0), &numbers];
            execute(transaction, sql!("erasure_request_insert"), parameters).await?;
            (domain, request)
        }
        Event::ErasureSeconded(event) => (i64::from(event.domain.0), i64::from(event.erasure.0)),
        Event::ErasureCancelled(event) => (i64::from(event.domain.0), i64::from(event.erasure.0)),
        _ => return Ok(()),
    };
    let parameters: super::Parameters<'_> = &[&domain, &request, &i64::from(emission.block), &place(emission)?];
    execute(transaction, sql!("erasure_event_insert"), parameters).await?;
    Ok(())
}
