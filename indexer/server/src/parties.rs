//! Whom an event concerns, as far as the event itself says it. Who belongs to an organisation, keeps a domain, or guards a
//! patient, is looked up when somebody asks.
use aegle_chain::ContractEvent;
use aegle_rules::{
    AccountId, DomainId, OrganisationId,
    consent::{self, Grantee},
    consortium::{self, Action, Named},
    ledger,
};
use scale::Encode;

/// Some of those whom events concern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode)]
pub(crate) enum Party {
    /// An account.
    Account(AccountId),
    /// Everybody with a role in an organisation.
    Organisation(OrganisationId),
    /// The admins of an organisation.
    Admins(OrganisationId),
    /// Custodians and admins of the organisation that keeps a search domain.
    Custodians(DomainId),
    /// The guardians of a patient.
    Guardians(AccountId),
    /// The committee.
    Committee,
}

impl Party {
    fn of_grantee(grantee: &Grantee) -> Option<Self> {
        match grantee {
            Grantee::Account(account) => Some(Self::Account(*account)),
            Grantee::Organisation(organisation) => Some(Self::Organisation(*organisation)),
            // It concerns nobody more than everybody else.
            Grantee::Anyone => None,
        }
    }

    /// Returns the parties of a list of terms: those to whom they were given.
    pub(crate) fn of_grantees<'a>(grantees: impl IntoIterator<Item = &'a Grantee>) -> Vec<Self> {
        grantees.into_iter().filter_map(Self::of_grantee).collect()
    }
}

/// Returns whom an event concerns, as far as it says.
pub(crate) fn concerned(event: &ContractEvent) -> Vec<Party> {
    if event.notification_kind().is_none() {
        return Vec::new();
    }
    match event {
        ContractEvent::Consent(event) => by_consent(event),
        ContractEvent::Consortium(event) => by_consortium(event),
        ContractEvent::Ledger(event) => by_ledger(event),
    }
}

fn by_consent(event: &consent::events::Event) -> Vec<Party> {
    use Party::{Account, Guardians};
    use consent::events::Event;
    match event {
        Event::AccessRequested(event) => vec![
            Account(event.patient),
            Account(event.requester),
            Guardians(event.patient),
        ],
        Event::RequestClosed(event) => vec![
            Account(event.patient),
            Account(event.requester),
            Guardians(event.patient),
        ],
        Event::Granted(event) => with_grantee(event.patient, &event.terms.grantee),
        Event::Delegated(event) => {
            let mut all = with_grantee(event.patient, &event.terms.grantee);
            all.push(Account(event.by));
            all
        }
        Event::Revoked(event) => with_grantee(event.patient, &event.grantee),
        Event::Cleared(event) => with_grantee(event.patient, &event.grantee),
        // To whom they were given, the projection of grants knows.
        Event::AllRevoked(event) => vec![Account(event.patient), Guardians(event.patient)],
        Event::RestrictedSet(event) => vec![Account(event.patient), Guardians(event.patient)],
        Event::EpochsAdvanced(event) => vec![Account(event.patient), Guardians(event.patient)],
        // Of which organisation the clinician is, the projection of roles knows.
        Event::GlassBroken(event) => vec![
            Account(event.patient),
            Account(event.clinician),
            Guardians(event.patient),
        ],
        Event::GlassReviewed(event) => vec![
            Account(event.patient),
            Account(event.clinician),
            Account(event.reviewer),
            Guardians(event.patient),
        ],
        Event::GlassClosed(event) => vec![
            Account(event.patient),
            Account(event.clinician),
            Guardians(event.patient),
        ],
        Event::GuardiansSet(event) => {
            let named = event.guardians.accounts.iter().copied().map(Account);
            [Account(event.patient), Guardians(event.patient)]
                .into_iter()
                .chain(named)
                .collect()
        }
        Event::GuardianVoted(event) => vec![
            Account(event.patient),
            Account(event.guardian),
            Guardians(event.patient),
        ],
        Event::ReplacementBegun(event) => vec![
            Account(event.patient),
            Account(event.controller),
            Guardians(event.patient),
        ],
        Event::Vetoed(event) => [Account(event.patient), Guardians(event.patient)]
            .into_iter()
            .chain(event.controller.map(Account))
            .collect(),
        Event::RecoveryKeySet(event) => vec![Account(event.patient), Guardians(event.patient)],
    }
}

fn with_grantee(patient: AccountId, grantee: &Grantee) -> Vec<Party> {
    [Party::Account(patient), Party::Guardians(patient)]
        .into_iter()
        .chain(Party::of_grantee(grantee))
        .collect()
}

fn by_consortium(event: &consortium::events::Event) -> Vec<Party> {
    use Party::{Account, Committee, Guardians};
    use consortium::events::Event;
    match event {
        Event::ProposalOpened(event) => {
            let mut all = vec![Committee];
            match &event.action {
                // Who is new must accept before it can be carried out.
                Action::Rotate { members, .. } => all.extend(members.iter().copied().map(Account)),
                // Whose law is to change hears of it while it waits for the time lock.
                Action::SetResidence { patient, .. } => all.extend([Account(*patient), Guardians(*patient)]),
                _ => {}
            }
            all
        }
        Event::CommitteeRotated(event) => {
            let members = event.committee.members.iter().copied().map(Account);
            [Committee].into_iter().chain(members).collect()
        }
        Event::SeatAccepted(event) => vec![Committee, Account(event.member)],
        Event::RoleSet(event) => vec![Account(event.account)],
        Event::RoleRevoked(event) => vec![Account(event.account)],
        Event::RoleOffered(event) => vec![Account(event.account)],
        // Those who may vouch hear that they were asked to.
        Event::PatientRegistered(event) => registration(event.patient, admins_of(event.named.as_ref())),
        Event::OrganisationNamed(event) => registration(event.patient, admins_of(event.named.as_ref())),
        Event::PatientActivated(event) => registration(event.patient, None),
        Event::ResidenceSet(event) => registration(event.patient, None),
        _ => vec![Committee],
    }
}

fn admins_of(named: Option<&Named>) -> Option<Party> {
    named.map(|named| Party::Admins(named.organisation))
}

fn registration(patient: AccountId, others: Option<Party>) -> Vec<Party> {
    [Party::Account(patient), Party::Guardians(patient)]
        .into_iter()
        .chain(others)
        .collect()
}

fn by_ledger(event: &ledger::events::Event) -> Vec<Party> {
    use Party::{Account, Custodians};
    use ledger::events::Event;
    // Whose records they are, the stored rows know.
    match event {
        Event::ErasureRequested(event) => vec![Custodians(event.domain), Account(event.by)],
        Event::ErasureSeconded(event) => vec![Custodians(event.domain), Account(event.by)],
        Event::ErasureCancelled(event) => vec![Custodians(event.domain), Account(event.by)],
        _ => Vec::new(),
    }
}
