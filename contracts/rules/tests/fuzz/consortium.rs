//! The consortium's.

use super::{arguments, types, Decoder};
use aegle_rules::{
    consortium::{
        self, AccountRoles, Action, KeyEntry, Named, Organisations, Proposal, Registration, Role, Standing, State,
        MAX_NAMED_MS, MAX_ORGANISATIONS_PER_ACCOUNT,
    },
    AccountId, EncryptionKey, Hash, JurisdictionId, Timestamp,
};

pub(super) const DECODERS: &[&[Decoder]] = &[
    types![
        consortium::messages::New,
        consortium::messages::Propose,
        consortium::messages::Vote,
        consortium::messages::Execute,
        consortium::messages::Accept,
        consortium::messages::Withdraw,
        consortium::messages::Publish,
        consortium::messages::Upgrade,
        consortium::messages::Appoint,
        consortium::messages::Dismiss,
        consortium::messages::Renounce,
        consortium::messages::Pause,
        consortium::messages::PausedUntil,
        consortium::messages::RegisterPatient,
        consortium::messages::NameOrganisation,
        consortium::messages::ActivatePatient,
        consortium::messages::Patient,
        consortium::messages::SetKey,
        consortium::messages::KeyOf,
        consortium::messages::Relayed,
        consortium::messages::RelayNonce,
        consortium::messages::RoleOf,
        consortium::messages::RolesOf,
        consortium::messages::EffectiveRoles,
        consortium::messages::AcceptRole,
        consortium::messages::JurisdictionOf,
        consortium::messages::Organisation,
        consortium::messages::Committee,
        consortium::messages::Proposal,
        consortium::messages::Proposals,
        consortium::messages::Limits,
        consortium::messages::Contracts,
        consortium::messages::Scheduled,
        consortium::messages::Proxies,
        consortium::notices::Notify,
        consortium::AskLayout,
        consortium::Call,
        consortium::events::OrganisationAdmitted,
        consortium::events::OrganisationSuspended,
        consortium::events::OrganisationReinstated,
        consortium::events::RoleSet,
        consortium::events::RoleRevoked,
        consortium::events::RoleOffered,
        consortium::events::JurisdictionSet,
        consortium::events::OrganisationPlaced,
        consortium::events::ResidenceSet,
        consortium::events::KeySet,
        consortium::events::ProposalOpened,
        consortium::events::Voted,
        consortium::events::ProposalClosed,
        consortium::events::CommitteeRotated,
        consortium::events::SeatAccepted,
        consortium::events::SeatsSet,
        consortium::events::OrganisationSucceeded,
        consortium::events::ContractsRetired,
        consortium::events::ContractsConnected,
        consortium::events::ProxiesSet,
        consortium::events::LimitsSet,
        consortium::events::UpgradeScheduled,
        consortium::events::DeliveryRefused,
        consortium::events::PauseCalled,
        consortium::events::Paused,
        consortium::events::Resumed,
        consortium::events::UpgradeCancelled,
        consortium::events::Upgraded,
        consortium::events::PatientRegistered,
        consortium::events::OrganisationNamed,
        consortium::events::PatientActivated,
    ],
    &[
        Decoder {
            name: "consortium::decide",
            takes: decide,
        },
        Decoder {
            name: "consortium::vote",
            takes: vote,
        },
        Decoder {
            name: "consortium::may_take_effect",
            takes: may_take_effect,
        },
        Decoder {
            name: "consortium::effective_roles",
            takes: effective_roles,
        },
        Decoder {
            name: "consortium::next_key",
            takes: next_key,
        },
        Decoder {
            name: "consortium::name_organisation",
            takes: name_organisation,
        },
    ],
];

fn decide(bytes: &[u8]) -> Option<usize> {
    type Arguments = (Action, State, AccountRoles, Timestamp);
    let ((action, mut state, roles, now), taken) = arguments::<Arguments>(bytes)?;
    if let Ok(change) = consortium::decide(action, &state, &roles, now) {
        state.apply(&change);
    }
    Some(taken)
}

fn vote(bytes: &[u8]) -> Option<usize> {
    type Arguments = (State, Option<Proposal>, AccountId, Hash, Timestamp);
    let ((state, proposal, member, hash, now), taken) = arguments::<Arguments>(bytes)?;
    if let Ok(after) = consortium::vote(&state.committee, proposal, member, hash, now) {
        let before = proposal.map_or(0, |proposal| proposal.votes());
        assert!(after.votes() >= before && after.hash == hash);
    }
    Some(taken)
}

fn may_take_effect(bytes: &[u8]) -> Option<usize> {
    type Arguments = (State, Option<Proposal>, AccountId, Action, Timestamp);
    let ((state, proposal, account, action, now), taken) = arguments::<Arguments>(bytes)?;
    let waits = consortium::waits(&action, &state);
    if consortium::may_take_effect(&action, &state, proposal, now).is_ok() && waits {
        let agreed_at = proposal.and_then(|proposal| proposal.agreed_at);
        assert!(agreed_at.is_some_and(|agreed_at| agreed_at <= now));
    }
    let hash = consortium::action_hash(&action, super::blake2b_256);
    if let Ok(after) = consortium::accept(&state.committee, proposal, account, &action, hash, now) {
        let before = proposal.map_or(0, |proposal| proposal.accepted);
        assert_eq!(after.accepted & before, before, "nobody's acceptance is lost");
    }
    Some(taken)
}

fn effective_roles(bytes: &[u8]) -> Option<usize> {
    type Arguments = (AccountRoles, Organisations, Role, Timestamp);
    let ((roles, organisations, role, at), taken) = arguments::<Arguments>(bytes)?;
    for effective in consortium::effective_roles(&roles.held, &organisations, at) {
        assert!(at < effective.until && roles.held.contains(&effective));
        assert_eq!(organisations.standing(effective.organisation), Some(Standing::Member));
    }
    let count = |roles: &AccountRoles| roles.held.len() + roles.offered.len();
    for after in [roles.with(role, at), roles.with_offer(role, at)].into_iter().flatten() {
        assert!(count(&after) <= count(&roles).max(MAX_ORGANISATIONS_PER_ACCOUNT));
    }
    if let Ok((after, accepted)) = roles.accepted(role.organisation, at) {
        assert!(roles.offered.contains(&accepted) && after.held.contains(&accepted));
    }
    Some(taken)
}

fn next_key(bytes: &[u8]) -> Option<usize> {
    let ((previous, key, bundle), taken) = arguments::<(Option<KeyEntry>, EncryptionKey, Hash)>(bytes)?;
    if let (Ok(next), Some(previous)) = (consortium::next_key(previous, key, bundle), previous) {
        assert!(next.version > previous.version);
    }
    Some(taken)
}

fn name_organisation(bytes: &[u8]) -> Option<usize> {
    type Arguments = (
        Registration,
        Option<Named>,
        AccountRoles,
        Organisations,
        Option<JurisdictionId>,
        Timestamp,
    );
    let ((before, named, admin, organisations, place, now), taken) = arguments::<Arguments>(bytes)?;
    let by = before.named_by;
    if let Ok(after) = consortium::name_organisation(before, named, by, &organisations, |_| place, now) {
        assert_eq!(
            (after.activated_by, after.jurisdiction),
            (before.activated_by, before.jurisdiction)
        );
        if let Some(named) = after.named {
            assert!(now < named.until && named.until - now <= MAX_NAMED_MS && named.jurisdiction == place);
        }
    }
    let vouched = consortium::activate_patient(&admin, &organisations, Some(before), |_| place, now);
    if let Ok((after, organisation)) = vouched {
        let named = before.named.expect("nobody vouches who was not named");
        assert!(now < named.until && named.organisation == organisation && named.jurisdiction == place);
        assert_eq!((after.named, after.jurisdiction), (None, named.jurisdiction));
    }
    Some(taken)
}
