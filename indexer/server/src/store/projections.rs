//! What the events say, taken together, is written as blocks are stored.
use super::{
    StoreError,
    columns::{Columns, StoredSpan, stored_time},
    epochs::EpochMove,
    execute, row, sql,
};
use aegle_chain::ContractEvent;
use aegle_protocol::BlockNumber;
use aegle_rules::{
    GrantId, Slots, Timestamp,
    consent::{self, Terms},
    consortium, ledger,
};
use aegle_sealed::BatchSpan;
use deadpool_postgres::Transaction;
use scale::Encode;

/// Changes the projections by one event.
pub(super) async fn apply(
    transaction: &Transaction<'_>,
    block: BlockNumber,
    timestamp: Timestamp,
    event: &ContractEvent,
) -> Result<(), StoreError> {
    match event {
        ContractEvent::Consortium(event) => apply_consortium(transaction, event).await,
        ContractEvent::Consent(event) => apply_consent(transaction, block, timestamp, event).await,
        ContractEvent::Ledger(event) => apply_ledger(transaction, block, timestamp, event).await,
    }
}

async fn apply_consortium(transaction: &Transaction<'_>, event: &consortium::events::Event) -> Result<(), StoreError> {
    use consortium::events::Event;
    match event {
        // Nothing that is served is made of these; they are in `events`.
        Event::ProposalOpened(_)
        | Event::Voted(_)
        | Event::ProposalClosed(_)
        | Event::CommitteeRotated(_)
        | Event::SeatAccepted(_)
        | Event::SeatsSet(_)
        | Event::ContractsRetired(_)
        | Event::ContractsConnected(_)
        | Event::ProxiesSet(_)
        | Event::LimitsSet(_)
        | Event::UpgradeScheduled(_)
        | Event::UpgradeCancelled(_)
        | Event::Upgraded(_)
        | Event::DeliveryRefused(_)
        | Event::PauseCalled(_)
        | Event::Paused(_)
        | Event::Resumed(_)
        | Event::PatientRegistered(_)
        | Event::OrganisationNamed(_)
        | Event::PatientActivated(_)
        // What is offered counts once it is accepted, which another event tells.
        | Event::RoleOffered(_)
        // What the law of a jurisdiction lets everybody see, the contract decides, question by question.
        | Event::JurisdictionSet(_)
        | Event::OrganisationPlaced(_)
        | Event::ResidenceSet(_) => 0,
        Event::OrganisationAdmitted(event) => {
            let id = i64::from(event.organisation.0);
            execute(transaction, sql!("organisation_admit"), &[&id, &event.admin.as_ref()]).await?
        }
        Event::OrganisationSuspended(event) => {
            execute(
                transaction,
                sql!("organisation_standing"),
                &[&i64::from(event.organisation.0), &true],
            )
            .await?
        }
        Event::OrganisationReinstated(event) => {
            execute(
                transaction,
                sql!("organisation_standing"),
                &[&i64::from(event.organisation.0), &false],
            )
            .await?
        }
        Event::OrganisationSucceeded(event) => {
            let (organisation, successor) = (i64::from(event.organisation.0), i64::from(event.successor.0));
            execute(transaction, sql!("domains_succeed"), &[&organisation, &successor]).await?
        }
        Event::RoleSet(event) => {
            let (roles, until) = (i32::from(event.role.roles.0), stored_time(event.role.until));
            let organisation = i64::from(event.role.organisation.0);
            execute(
                transaction,
                sql!("role_set"),
                &[&event.account.as_ref(), &roles, &organisation, &until],
            )
            .await?
        }
        Event::RoleRevoked(event) => {
            let organisation = event.organisation.map(|organisation| i64::from(organisation.0));
            execute(
                transaction,
                sql!("role_revoke"),
                &[&event.account.as_ref(), &organisation],
            )
            .await?
        }
        Event::KeySet(event) => {
            let entry = &event.entry;
            let (version, key, bundle) = (i64::from(entry.version), entry.key.as_ref(), entry.bundle.as_ref());
            execute(
                transaction,
                sql!("directory_set"),
                &[&event.account.as_ref(), &version, &key, &bundle],
            )
            .await?
        }
    };
    Ok(())
}

async fn apply_consent(
    transaction: &Transaction<'_>,
    block: BlockNumber,
    timestamp: Timestamp,
    event: &consent::events::Event,
) -> Result<(), StoreError> {
    use consent::events::{Delegated, Event, Granted};
    match event {
        Event::AllRevoked(event) => {
            let moved = EpochMove {
                patient: &event.patient,
                slots: Slots::ALL,
                version: Some(event.version),
                block,
                at: timestamp,
            };
            moved.apply(transaction).await?;
            // The numbers of grants that were passed on have a bit of their own.
            let (granted, delegated) = (
                i64::from(event.granted),
                i64::from(GrantId::DELEGATED | event.delegated),
            );
            let (patient, first) = (event.patient.as_ref(), i64::from(GrantId::DELEGATED));
            execute(
                transaction,
                sql!("grants_revoke"),
                &[
                    &patient,
                    &granted,
                    &first,
                    &delegated,
                    &i64::from(block),
                    &stored_time(timestamp),
                ],
            )
            .await?;
            execute(
                transaction,
                sql!("shares_delete"),
                &[&patient, &granted, &first, &delegated],
            )
            .await?
        }
        // Nothing that is served is made of these; they are in `events`.
        Event::Cleared(_)
        | Event::AccessRequested(_)
        | Event::RequestClosed(_)
        | Event::GuardianVoted(_)
        | Event::Vetoed(_)
        | Event::RecoveryKeySet(_)
        | Event::GlassBroken(_)
        | Event::GlassReviewed(_)
        | Event::GlassClosed(_) => 0,
        Event::Granted(Granted { patient, id, terms, .. }) | Event::Delegated(Delegated { patient, id, terms, .. }) => {
            let parameters: super::Parameters<'_> = &[
                &patient.as_ref(),
                &i64::from(id.0),
                &terms.encode(),
                &stored_time(timestamp),
            ];
            execute(transaction, sql!("grant_insert"), parameters).await?
        }
        Event::GuardiansSet(event) => {
            let accounts: Vec<&[u8]> = event.guardians.accounts.iter().map(AsRef::as_ref).collect();
            let parameters: super::Parameters<'_> = &[&accounts, &event.patient.as_ref(), &i64::from(block)];
            execute(transaction, sql!("named_insert"), parameters).await?
        }
        Event::ReplacementBegun(event) => {
            let accounts: Vec<&[u8]> = vec![event.controller.as_ref()];
            let parameters: super::Parameters<'_> = &[&accounts, &event.patient.as_ref(), &i64::from(block)];
            execute(transaction, sql!("named_insert"), parameters).await?
        }
        Event::EpochsAdvanced(event) => {
            let moved = EpochMove {
                patient: &event.patient,
                slots: event.slots,
                version: None,
                block,
                at: timestamp,
            };
            moved.apply(transaction).await?;
            0
        }
        Event::Revoked(event) => {
            let parameters: super::Parameters<'_> = &[&event.patient.as_ref(), &i64::from(event.id.0)];
            let ended = row(transaction, sql!("grant_ended"), parameters).await?;
            let terms: Option<Terms> = ended.map(|row| row.scale("terms")).transpose()?;
            if let Some(terms) = terms {
                let moved = EpochMove {
                    patient: &event.patient,
                    slots: terms.slots,
                    version: Some(event.version),
                    block,
                    at: timestamp,
                };
                moved.apply(transaction).await?;
            }
            let (patient, id) = (event.patient.as_ref(), i64::from(event.id.0));
            // The proxy's share goes in the same transaction: no moment has the one without the other. The grant goes
            // first, because that waits for a deposit that is being stored.
            let parameters: super::Parameters<'_> = &[&patient, &id, &i64::from(block), &stored_time(timestamp)];
            execute(transaction, sql!("grant_revoke"), parameters).await?;
            execute(transaction, sql!("share_delete"), &[&patient, &id]).await?
        }
        Event::RestrictedSet(event) => {
            execute(
                transaction,
                sql!("restricted_set"),
                &[&event.patient.as_ref(), &i64::from(event.slots.0)],
            )
            .await?
        }
    };
    Ok(())
}

async fn apply_ledger(
    transaction: &Transaction<'_>,
    block: BlockNumber,
    timestamp: Timestamp,
    event: &ledger::events::Event,
) -> Result<(), StoreError> {
    use ledger::events::Event;
    if matches!(event, Event::Relabelled(_) | Event::Compacted(_)) {
        // What was final before: these labels say nothing of it.
        execute(transaction, sql!("erasures_final"), &[&stored_time(timestamp)]).await?;
    }
    match event {
        Event::DomainRegistered(event) => {
            let (id, custodian) = (i64::from(event.domain.0), i64::from(event.custodian.0));
            execute(
                transaction,
                sql!("domain_register"),
                &[&id, &custodian, &event.key.as_ref()],
            )
            .await?
        }
        Event::DomainKeySet(event) => {
            let (id, epoch) = (i64::from(event.domain.0), i32::from(event.epoch));
            execute(transaction, sql!("domain_key_set"), &[&id, &epoch, &event.key.as_ref()]).await?
        }
        Event::Relabelled(event) => {
            let (domain, batch) = (i64::from(event.domain.0), i64::from(event.batch.0));
            let (version, commitment) = (i32::from(event.version), event.index_commitment.as_ref());
            execute(
                transaction,
                sql!("anchor_relabel"),
                &[&domain, &batch, &version, &commitment],
            )
            .await?
        }
        Event::Compacted(event) => {
            let span =
                BatchSpan::new(event.first, event.span_log2).ok_or(StoreError::Corrupt { column: "span_log2" })?;
            let (version, commitment) = (i32::from(event.version), event.index_commitment.as_ref());
            let StoredSpan { domain, first, last } = StoredSpan::new(event.domain, &span);
            execute(
                transaction,
                sql!("anchors_compact"),
                &[&domain, &first, &last, &i16::from(span.log2()), &version, &commitment],
            )
            .await?
        }
        // They are shown as before until it is final. What is stored of them goes soon after: see `erasure.rs`.
        Event::ErasureRequested(event) => {
            let (domain, batch) = (i64::from(event.domain.0), i64::from(event.batch.0));
            let numbers: Vec<i64> = event.records.iter().copied().map(i64::from).collect();
            let (request, final_at) = (i64::from(event.erasure.0), stored_time(event.final_at));
            execute(
                transaction,
                sql!("erasure_insert"),
                &[&domain, &batch, &numbers, &request, &final_at],
            )
            .await?
        }
        // Of whose voice counts, the view of what is withheld tells.
        Event::ErasureSeconded(event) => {
            let (domain, request) = (i64::from(event.domain.0), i64::from(event.erasure.0));
            execute(
                transaction,
                sql!("erasure_voice"),
                &[&domain, &request, &event.by.as_ref(), &event.by_admin],
            )
            .await?
        }
        Event::ErasureCancelled(event) => {
            let (domain, request) = (i64::from(event.domain.0), i64::from(event.erasure.0));
            execute(transaction, sql!("erasure_cancel"), &[&domain, &request]).await?
        }
        // Nothing that is served is made of these; they are in `events`.
        Event::Superseded(_) | Event::ServersSet(_) | Event::DisclosuresAnchored(_) => 0,
        Event::Anchored(event) => {
            let (domain, batch) = (i64::from(event.domain.0), i64::from(event.batch.0));
            let (root, commitment, manifest) = (
                event.record_root.as_ref(),
                event.index_commitment.as_ref(),
                event.manifest.as_ref(),
            );
            let (records, anchored_at, block) = (i64::from(event.records), stored_time(timestamp), i64::from(block));
            execute(
                transaction,
                sql!("anchor_insert"),
                &[
                    &domain,
                    &batch,
                    &root,
                    &commitment,
                    &manifest,
                    &records,
                    &anchored_at,
                    &block,
                ],
            )
            .await?
        }
    };
    Ok(())
}
