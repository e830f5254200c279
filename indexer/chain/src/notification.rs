//! Which events are notified, and what each is about.

use crate::ContractEvent;
use aegle_protocol::wire::NotificationKind;
use aegle_rules::{consent, consortium, ledger};

impl ContractEvent {
    /// Returns what a notification of the event is about; `None` if nobody is notified of it.
    pub fn notification_kind(&self) -> Option<NotificationKind> {
        match self {
            Self::Consent(event) => Some(of_consent(event)),
            Self::Consortium(event) => of_consortium(event),
            Self::Ledger(event) => of_ledger(event),
        }
    }
}

fn of_consent(event: &consent::events::Event) -> NotificationKind {
    use consent::events::Event;
    match event {
        Event::AccessRequested(_) | Event::RequestClosed(_) => NotificationKind::Request,
        Event::Granted(_)
        | Event::Delegated(_)
        | Event::Revoked(_)
        | Event::AllRevoked(_)
        | Event::Cleared(_)
        | Event::RestrictedSet(_)
        | Event::EpochsAdvanced(_) => NotificationKind::Grant,
        Event::GlassBroken(_) | Event::GlassReviewed(_) | Event::GlassClosed(_) => NotificationKind::BreakGlass,
        Event::GuardiansSet(_)
        | Event::GuardianVoted(_)
        | Event::ReplacementBegun(_)
        | Event::Vetoed(_)
        | Event::RecoveryKeySet(_) => NotificationKind::Guardianship,
    }
}

fn of_consortium(event: &consortium::events::Event) -> Option<NotificationKind> {
    use consortium::events::Event;
    match event {
        Event::ProposalOpened(_)
        | Event::Voted(_)
        | Event::ProposalClosed(_)
        | Event::CommitteeRotated(_)
        | Event::SeatAccepted(_)
        | Event::SeatsSet(_)
        | Event::UpgradeScheduled(_)
        | Event::UpgradeCancelled(_)
        | Event::Upgraded(_)
        | Event::DeliveryRefused(_)
        | Event::PauseCalled(_)
        | Event::Paused(_)
        | Event::Resumed(_) => Some(NotificationKind::Proposal),
        Event::RoleSet(_) | Event::RoleRevoked(_) | Event::RoleOffered(_) => Some(NotificationKind::Role),
        Event::PatientRegistered(_)
        | Event::OrganisationNamed(_)
        | Event::PatientActivated(_)
        | Event::ResidenceSet(_) => Some(NotificationKind::Registration),
        // What they say is read where it is needed; whoever brought it about knows, and the committee heard of the proposal.
        Event::OrganisationAdmitted(_)
        | Event::OrganisationSuspended(_)
        | Event::OrganisationReinstated(_)
        | Event::OrganisationSucceeded(_)
        | Event::KeySet(_)
        | Event::ContractsRetired(_)
        | Event::ContractsConnected(_)
        | Event::ProxiesSet(_)
        | Event::LimitsSet(_)
        | Event::JurisdictionSet(_)
        | Event::OrganisationPlaced(_) => None,
    }
}

fn of_ledger(event: &ledger::events::Event) -> Option<NotificationKind> {
    use ledger::events::Event;
    match event {
        Event::ErasureRequested(_) | Event::ErasureSeconded(_) | Event::ErasureCancelled(_) => {
            Some(NotificationKind::Erasure)
        }
        Event::DomainRegistered(_)
        | Event::DomainKeySet(_)
        | Event::Anchored(_)
        | Event::Relabelled(_)
        | Event::Compacted(_)
        | Event::Superseded(_)
        | Event::ServersSet(_)
        | Event::DisclosuresAnchored(_) => None,
    }
}
