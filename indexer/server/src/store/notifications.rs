//! What is read for whoever is notified: events that concern them, and what waits for them.
use super::{
    Store, StoreError,
    chain::raw_event,
    columns::{Columns, stored_time},
    projected::Standing,
    rows, sql,
};
use crate::parties::Party;
use aegle_chain::{ChainError, ContractEvent};
use aegle_protocol::{
    Contracts,
    wire::{Notification, NotificationId, WaitingGlass, WaitingProposal, WaitingRequest, WaitingWard},
};
use aegle_rules::{AccountId, DomainId, Hash, ProposalId, Roles, Timestamp};
use scale::Encode;
use tokio_postgres::Row;

/// Patients whose guardian an account is, and search domains of an organisation, at most; what is beyond is said in the log.
const MAX_LINKED: i64 = 1_024;
/// Entries of one kind that one answer has at most.
const MAX_WAITING: i64 = 1_000;
/// The roles that hear what concerns the keeping of records.
const KEEPERS: Roles = Roles::ORGANISATION_ADMIN.union(Roles::CUSTODIAN);

/// As whom somebody is notified.
#[derive(Clone, Debug)]
pub(crate) struct Listener {
    /// The account.
    pub(crate) account: AccountId,
    /// What it may do in each of its organisations, where somebody is notified as themselves, and not as a patient whose
    /// account they control.
    pub(crate) standings: Vec<Standing>,
    /// Whether it is of the committee.
    pub(crate) is_member: bool,
    /// The time that counts.
    pub(crate) at: Timestamp,
}

/// A reason why notifications cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotificationsError {
    /// The database's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An event cannot be read.
    #[error(transparent)]
    Event(#[from] ChainError),
}

/// What comes next for somebody.
pub(crate) struct NotificationPage {
    pub(crate) notifications: Vec<Notification>,
    /// Of how many parties they are, each of which was looked up.
    pub(crate) parties: usize,
}

impl Store {
    /// Returns those of whom somebody is one.
    async fn parties(&self, listener: &Listener) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut parties = vec![Party::Account(listener.account)];
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[&listener.account.as_ref(), &stored_time(listener.at), &MAX_LINKED];
        let guarded = rows(&client, sql!("guarded"), parameters).await?;
        for row in &guarded {
            // Those who are to be guardians hear that they are named, and no more yet.
            if row.time("begins")? <= listener.at {
                parties.push(Party::Guardians(row.account("patient")?));
            }
        }
        let mut cut_off = guarded.len() as i64 == MAX_LINKED;
        for standing in &listener.standings {
            parties.push(Party::Organisation(standing.organisation));
            if standing.roles.contains(Roles::ORGANISATION_ADMIN) {
                parties.push(Party::Admins(standing.organisation));
            }
            if standing.roles.intersects(KEEPERS) {
                let organisation = i64::from(standing.organisation.0);
                let domains = rows(&client, sql!("domains_kept"), &[&organisation, &MAX_LINKED]).await?;
                for row in &domains {
                    parties.push(Party::Custodians(DomainId(row.number("id")?)));
                }
                cut_off |= domains.len() as i64 == MAX_LINKED;
            }
        }
        if listener.is_member {
            parties.push(Party::Committee);
        }
        if cut_off {
            tracing::warn!(
                limit = MAX_LINKED,
                "somebody is notified of this many patients or domains, and of no more"
            );
        }
        Ok(parties.iter().map(Encode::encode).collect())
    }

    /// Returns the first `limit` events after a place that concern somebody, in order.
    ///
    /// # Errors
    /// [`NotificationsError`].
    pub(crate) async fn notifications(
        &self,
        contracts: &Contracts,
        listener: &Listener,
        after: NotificationId,
        limit: u32,
    ) -> Result<NotificationPage, NotificationsError> {
        let parties = self.parties(listener).await?;
        let client = self.client().await?;
        let index = i32::try_from(after.index).map_err(|_| StoreError::Corrupt { column: "index" })?;
        let parameters: super::Parameters<'_> = &[
            &parties,
            &i64::from(after.block),
            &index,
            &listener.account.as_ref(),
            &i64::from(limit),
        ];
        let found = rows(&client, sql!("notifications_after"), parameters).await?;
        let notifications = found.iter().map(|row| notification(contracts, row));
        Ok(NotificationPage {
            notifications: notifications.collect::<Result<_, _>>()?,
            parties: parties.len(),
        })
    }

    /// Returns the committee's members since it was replaced for the first time; `None` before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn committee(&self) -> Result<Option<Vec<AccountId>>, StoreError> {
        let client = self.client().await?;
        let found = rows(&client, sql!("committee"), &[]).await?;
        let members: Vec<AccountId> = found
            .iter()
            .map(|row| row.account("account"))
            .collect::<Result<_, _>>()?;
        Ok((!members.is_empty()).then_some(members))
    }

    /// Returns the open requests to and by an account, those that expire first before others.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn open_requests(&self, listener: &Listener) -> Result<Vec<WaitingRequest>, StoreError> {
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[&listener.account.as_ref(), &stored_time(listener.at), &MAX_WAITING];
        let found = rows(&client, sql!("access_requests_open"), parameters).await?;
        let requests = found.iter().map(|row| {
            Ok(WaitingRequest {
                patient: row.account("patient")?,
                requester: row.account("requester")?,
                request: row.scale("request")?,
            })
        });
        requests.collect()
    }

    /// Returns the glasses that are open, or wait for their review, and concern somebody; those due first before others.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn open_glasses(&self, listener: &Listener) -> Result<Vec<WaitingGlass>, StoreError> {
        let client = self.client().await?;
        let standings = listener.standings.iter();
        let reviews = standings.filter(|standing| standing.roles.contains(Roles::ORGANISATION_ADMIN));
        let organisations: Vec<i64> = reviews.map(|standing| i64::from(standing.organisation.0)).collect();
        let parameters: super::Parameters<'_> = &[
            &listener.account.as_ref(),
            &organisations,
            &stored_time(listener.at),
            &MAX_WAITING,
        ];
        let found = rows(&client, sql!("glasses_open"), parameters).await?;
        let glasses = found.iter().map(|row| {
            let reason: i16 = row.try_get("reason")?;
            Ok(WaitingGlass {
                patient: row.account("patient")?,
                clinician: row.account("clinician")?,
                opened_at: row.time("opened_at")?,
                until: row.time("until")?,
                reason: u8::try_from(reason).map_err(|_| StoreError::Corrupt { column: "reason" })?,
                review_by: row.time("review_by")?,
                reviewed: row.try_get("reviewed")?,
            })
        });
        glasses.collect()
    }

    /// Returns the proposals that can be voted on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn open_proposals(&self, at: Timestamp) -> Result<Vec<WaitingProposal>, StoreError> {
        let client = self.client().await?;
        let found = rows(&client, sql!("proposals_open"), &[&stored_time(at), &MAX_WAITING]).await?;
        let proposals = found.iter().map(|row| {
            let votes: i16 = row.try_get("votes")?;
            Ok(WaitingProposal {
                id: ProposalId(row.number("id")?),
                proposer: row.account("proposer")?,
                action: row.scale("action")?,
                expires: row.time("expires")?,
                votes: u8::try_from(votes).map_err(|_| StoreError::Corrupt { column: "votes" })?,
            })
        });
        proposals.collect()
    }

    /// Returns the patients whose guardian an account is or will be.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn wards(&self, listener: &Listener) -> Result<Vec<WaitingWard>, StoreError> {
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[&listener.account.as_ref(), &stored_time(listener.at), &MAX_WAITING];
        let found = rows(&client, sql!("guarded"), parameters).await?;
        let wards = found.iter().map(|row| {
            Ok(WaitingWard {
                patient: row.account("patient")?,
                from: row.time("begins")?,
                until: row.time("ends")?,
            })
        });
        wards.collect()
    }
}

fn notification(contracts: &Contracts, row: &Row) -> Result<Notification, NotificationsError> {
    let raw = raw_event(row)?;
    let event = ContractEvent::decode(contracts, raw.block, &raw.emitted)?;
    let kind = event.and_then(|event| event.notification_kind());
    let unknown = || StoreError::Corrupt { column: "topic" };
    Ok(Notification {
        id: NotificationId {
            block: raw.block,
            index: raw.emitted.index,
        },
        kind: kind.ok_or_else(unknown)?,
        block: row.hash("hash")?,
        at: row.time("timestamp")?,
        contract: raw.emitted.contract,
        topic: Hash(raw.emitted.topic.ok_or_else(unknown)?),
        data: raw.emitted.data,
    })
}
