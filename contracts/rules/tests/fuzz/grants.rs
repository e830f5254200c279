//! The consent contract's rules about grants and questions.

use super::{arguments, blake2b_256, Decoder};
use aegle_rules::{
    consent::{
        self, delegation, membership::Membership, messages::Check, Decision, Denial, Effect, Glass, Grantee,
        Guardianship, Lineage, Lookup, Parent, PatientState, StoredGrant, Terms,
    },
    consortium::{Jurisdictions, Organisations, ProxyOperators, Role},
    AccountId, GrantId, Hash, JurisdictionId, Purposes, Timestamp,
};
use scale::Decode;

pub(super) const DECODERS: &[Decoder] = &[
    Decoder {
        name: "consent::check",
        takes: check,
    },
    Decoder {
        name: "consent::add_grant",
        takes: add_grant,
    },
    Decoder {
        name: "consent::revoke_grant",
        takes: revoke_grant,
    },
    Decoder {
        name: "consent::clear_grants",
        takes: clear_grants,
    },
    Decoder {
        name: "consent::delegation::delegate",
        takes: delegate,
    },
    Decoder {
        name: "consent::delegation::undelegate",
        takes: undelegate,
    },
    Decoder {
        name: "consent::membership::place",
        takes: place,
    },
];

/// What is looked up: the same for everybody, so that grants may well have been passed on in circles.
#[derive(Decode)]
struct World {
    organisations: Organisations,
    paused_until: Timestamp,
    proxies: ProxyOperators,
    roles: Vec<Role>,
    state: PatientState,
    grants: Vec<StoredGrant>,
    glass: Option<Glass>,
    guardianship: Guardianship,
    jurisdictions: Jurisdictions,
    residence: Option<JurisdictionId>,
}

impl Lookup for World {
    fn organisations(&self) -> &Organisations {
        &self.organisations
    }

    fn paused_until(&self) -> Timestamp {
        self.paused_until
    }

    fn proxies(&self) -> &ProxyOperators {
        &self.proxies
    }

    fn roles(&self, _: &AccountId) -> Vec<Role> {
        self.roles.clone()
    }

    fn state(&self, _: &AccountId) -> PatientState {
        self.state
    }

    fn grants(&self, _: &AccountId, _: &Grantee) -> Vec<StoredGrant> {
        self.grants.clone()
    }

    fn glass(&self, _: &AccountId, _: &AccountId) -> Option<Glass> {
        self.glass
    }

    fn guardianship(&self, _: &AccountId) -> Guardianship {
        self.guardianship.clone()
    }

    fn jurisdictions(&self) -> &Jurisdictions {
        &self.jurisdictions
    }

    fn residence(&self, _: &AccountId) -> Option<JurisdictionId> {
        self.residence
    }

    fn blake2(&self, bytes: &[u8]) -> Hash {
        blake2b_256(bytes)
    }
}

fn check(bytes: &[u8]) -> Option<usize> {
    let ((question, world, now), taken) = arguments::<(Check, World, Timestamp)>(bytes)?;
    let grant = |id| {
        world
            .grants
            .iter()
            .any(|grant| grant.id == id && !world.state.is_void(id))
    };
    let decision = consent::check(&question, &world, now);
    assert!(question.at >= now || matches!(decision, Decision::Denied(Denial::Past | Denial::Malformed)));
    match decision {
        Decision::Own => {
            let control = &world.state.control;
            assert_eq!(question.requester, control.controller(question.patient, question.at));
            assert!(!control.is_exclusive(question.at));
        }
        Decision::Representative => {
            assert_eq!(question.purpose, Purposes::PATRQT);
            assert!(world.guardianship.represents(&question.requester, question.at));
        }
        Decision::Permitted(id) => assert!(!world.roles.is_empty() && grant(id)),
        Decision::Jurisdiction(jurisdiction) => {
            assert!(world.residence == Some(jurisdiction) && !world.state.spoken.contains(question.purpose));
            let default = world.jurisdictions.of(jurisdiction).expect("it is known");
            assert!(default.permits.contains(question.purpose));
        }
        Decision::Glass => assert!(question.purpose == Purposes::BTG && world.glass.is_some()),
        Decision::Denied(Denial::DeniedBy(id)) => assert!(grant(id)),
        Decision::Denied(_) => {}
    }
    Some(taken)
}

fn add_grant(bytes: &[u8]) -> Option<usize> {
    type Arguments = (AccountId, GrantId, Terms, World, Timestamp);
    let ((patient, id, terms, world, now), taken) = arguments::<Arguments>(bytes)?;
    let (mut state, mut standing) = (world.state, world.grants.clone());
    if let Ok(given) = consent::add_grant(&patient, id, &terms, &mut state, &mut standing, &world, now) {
        assert!(world.state.next_grant() == Some(id) && state.granted == id.0);
        assert_eq!(standing.last().map(|grant| grant.terms_to(&terms.grantee)), Some(given));
        assert!(given.from >= now && given.from >= terms.from);
    }
    Some(taken)
}

fn revoke_grant(bytes: &[u8]) -> Option<usize> {
    type Arguments = (Vec<StoredGrant>, PatientState, GrantId);
    let ((mut standing, mut state, id), taken) = arguments::<Arguments>(bytes)?;
    let (before, version) = (standing.clone(), state.version);
    if consent::revoke_grant(&mut standing, &mut state, id).is_ok() {
        let revoked = before.iter().find(|grant| grant.id == id);
        let moved = revoked.is_some_and(|grant| grant.terms.effect == Effect::Permit);
        assert_eq!(state.version, version.saturating_add(u32::from(moved)));
        assert_eq!(standing.len() + 1, before.len());
    }
    state.revoke_all();
    let given = |grant: &StoredGrant| !grant.id.is_delegated() && grant.id.number() <= state.granted;
    assert!(standing.iter().all(|grant| !given(grant) || state.is_void(grant.id)));
    Some(taken)
}

fn clear_grants(bytes: &[u8]) -> Option<usize> {
    type Arguments = (AccountId, World, Timestamp);
    let ((patient, world, now), taken) = arguments::<Arguments>(bytes)?;
    let mut standing = world.grants.clone();
    let mut lineage = Lineage::new(&patient, &world.state, &world, now);
    let any = standing.iter().any(|grant| lineage.is_over(grant));
    assert_eq!(consent::clear_grants(&mut standing, &mut lineage).is_ok(), any);
    assert!(!standing.iter().any(|grant| lineage.is_over(grant)));
    Some(taken)
}

fn delegate(bytes: &[u8]) -> Option<usize> {
    type Arguments = (AccountId, AccountId, Parent, Terms, World, Timestamp);
    let ((patient, caller, parent, terms, world, now), taken) = arguments::<Arguments>(bytes)?;
    let (mut state, mut standing) = (world.state, world.grants.clone());
    let outcome = delegation::delegate(
        &patient,
        &caller,
        &parent,
        &terms,
        &mut state,
        &mut standing,
        &world,
        now,
    );
    if let Ok((id, given)) = outcome {
        assert!(given.from >= now);
        assert!(
            id.is_delegated()
                && world
                    .grants
                    .iter()
                    .any(|grant| grant.id == parent.id && grant.terms.delegable)
        );
    }
    Some(taken)
}

fn undelegate(bytes: &[u8]) -> Option<usize> {
    let ((caller, id, world, now), taken) = arguments::<(AccountId, GrantId, World, Timestamp)>(bytes)?;
    let mut standing = world.grants.clone();
    if delegation::undelegate(&caller, id, &mut standing, &world, now).is_ok() {
        assert_eq!(standing.len() + 1, world.grants.len());
    }
    Some(taken)
}

fn place(bytes: &[u8]) -> Option<usize> {
    let ((membership, root), taken) = arguments::<(Membership, Hash)>(bytes)?;
    assert_eq!(
        membership.place(&root, &blake2b_256),
        None,
        "nobody finds a root by chance"
    );
    Some(taken)
}
