//! What the consent contract keeps, in memory: the rules decide here as they do there. The unit tests of the rules and
//! the tests of their interface share it.

use aegle_rules::{
    consent::{
        self, add_grant, delegation, Check, ConsentError, Decision, Glass, Grantee, Guardianship, Lookup, Parent,
        PatientState, StoredGrant, Terms,
    },
    consortium::{Jurisdictions, Organisations, ProxyOperator, ProxyOperators, Role, Standing},
    AccountId, GrantId, Hash, JurisdictionId, OrganisationId, Roles, Timestamp,
};
use blake2::{digest::consts::U32, Blake2b, Digest};
use std::{cell::RefCell, vec::Vec};

/// What the chain computes for the contracts.
pub fn blake2b_256(bytes: &[u8]) -> Hash {
    Hash(Blake2b::<U32>::digest(bytes).into())
}

/// Everything that a decision may look up, and which grants it did.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub organisations: Organisations,
    pub paused_until: Timestamp,
    pub proxies: ProxyOperators,
    pub roles: Vec<(AccountId, Role)>,
    pub jurisdictions: Jurisdictions,
    pub residences: Vec<(AccountId, JurisdictionId)>,
    pub states: Vec<(AccountId, PatientState)>,
    pub grants: Vec<(AccountId, Grantee, Vec<StoredGrant>)>,
    pub glasses: Vec<(AccountId, AccountId, Glass)>,
    pub guardianships: Vec<(AccountId, Guardianship)>,
    /// The time of the block at which questions are asked.
    pub now: Timestamp,
    pub looked_up: RefCell<Vec<Grantee>>,
}

impl World {
    /// Organisations 1 to 5, of which each but the last runs the proxy of its number less one; nobody else.
    pub fn new() -> Self {
        let operator = |number: u8| ProxyOperator {
            account: AccountId([100 + number; 32]),
            organisation: OrganisationId(u32::from(number) + 1),
        };
        Self {
            organisations: Organisations {
                admitted: 5,
                ..Organisations::default()
            },
            proxies: ProxyOperators {
                operators: (0..4).map(operator).collect(),
            },
            ..Self::default()
        }
    }

    /// Suspends organisations, beside those that are.
    pub fn suspend(&mut self, organisations: &[OrganisationId]) {
        for id in organisations {
            self.organisations.set_standing(*id, Standing::Suspended);
        }
    }

    /// Gives an account a role without end, instead of what it had.
    pub fn set_role(&mut self, account: AccountId, roles: Roles, organisation: OrganisationId) {
        let role = Role {
            roles,
            organisation,
            until: Timestamp::MAX,
        };
        self.roles.retain(|(other, _)| *other != account);
        self.roles.push((account, role));
    }

    /// Gives an account a role until a time, beside what it has in other organisations.
    pub fn add_role(&mut self, account: AccountId, roles: Roles, organisation: OrganisationId, until: Timestamp) {
        let role = Role {
            roles,
            organisation,
            until,
        };
        self.roles.push((account, role));
    }

    /// The patient gives a grant, with the number that is next.
    pub fn give(&mut self, patient: AccountId, terms: &Terms, now: Timestamp) -> Result<GrantId, ConsentError> {
        let mut state = self.state(&patient);
        let id = state.next_grant().expect("few grants");
        let mut standing = self.standing(patient, terms.grantee);
        add_grant(&patient, id, terms, &mut state, &mut standing, self, now)?;
        self.keep(patient, terms.grantee, standing, state);
        Ok(id)
    }

    /// Somebody passes on a part of a grant.
    pub fn pass_on(
        &mut self,
        patient: AccountId,
        caller: AccountId,
        parent: Parent,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<GrantId, ConsentError> {
        let mut state = self.state(&patient);
        let mut standing = self.standing(patient, terms.grantee);
        let (id, _) = delegation::delegate(&patient, &caller, &parent, terms, &mut state, &mut standing, self, now)?;
        self.keep(patient, terms.grantee, standing, state);
        Ok(id)
    }

    /// The patient ends a grant, whoever gave it.
    pub fn revoke(&mut self, patient: AccountId, id: GrantId, grantee: Grantee) -> Result<(), ConsentError> {
        let mut standing = self.standing(patient, grantee);
        let mut state = self.state(&patient);
        consent::revoke_grant(&mut standing, &mut state, id)?;
        self.keep(patient, grantee, standing, state);
        Ok(())
    }

    /// The patient ends every grant.
    pub fn revoke_all(&mut self, patient: AccountId) {
        let mut state = self.state(&patient);
        state.revoke_all();
        self.set_state(patient, state);
    }

    /// Sets the patient's state.
    pub fn set_state(&mut self, patient: AccountId, state: PatientState) {
        self.states.retain(|(other, _)| *other != patient);
        self.states.push((patient, state));
    }

    /// Sets what was granted to one grantee, and the patient's state.
    pub fn keep(&mut self, patient: AccountId, grantee: Grantee, standing: Vec<StoredGrant>, state: PatientState) {
        self.set_grants(patient, grantee, standing);
        self.set_state(patient, state);
    }

    /// Sets what was granted to one grantee, by no rule.
    pub fn set_grants(&mut self, patient: AccountId, grantee: Grantee, standing: Vec<StoredGrant>) {
        self.grants.retain(|(of, to, _)| (*of, *to) != (patient, grantee));
        self.grants.push((patient, grantee, standing));
    }

    /// What was granted to one grantee.
    pub fn standing(&self, patient: AccountId, grantee: Grantee) -> Vec<StoredGrant> {
        let mut cells = self.grants.iter();
        cells
            .find(|(of, to, _)| (*of, *to) == (patient, grantee))
            .map(|(_, _, grants)| grants.clone())
            .unwrap_or_default()
    }

    /// What is decided, here.
    pub fn check(&self, question: &Check) -> Decision {
        self.looked_up.borrow_mut().clear();
        consent::check(question, self, self.now)
    }
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

    fn roles(&self, account: &AccountId) -> Vec<Role> {
        let roles = self.roles.iter().filter(|(other, _)| other == account);
        roles.map(|(_, role)| *role).collect()
    }

    fn state(&self, patient: &AccountId) -> PatientState {
        let mut states = self.states.iter();
        states
            .find(|(other, _)| other == patient)
            .map(|(_, state)| *state)
            .unwrap_or_default()
    }

    fn grants(&self, patient: &AccountId, grantee: &Grantee) -> Vec<StoredGrant> {
        self.looked_up.borrow_mut().push(*grantee);
        self.standing(*patient, *grantee)
    }

    fn glass(&self, patient: &AccountId, clinician: &AccountId) -> Option<Glass> {
        let mut glasses = self.glasses.iter();
        glasses
            .find(|(of, by, _)| (of, by) == (patient, clinician))
            .map(|(_, _, glass)| *glass)
    }

    fn guardianship(&self, patient: &AccountId) -> Guardianship {
        let mut guardianships = self.guardianships.iter();
        guardianships
            .find(|(of, _)| of == patient)
            .map(|(_, guardianship)| guardianship.clone())
            .unwrap_or_default()
    }

    fn jurisdictions(&self) -> &Jurisdictions {
        &self.jurisdictions
    }

    fn residence(&self, patient: &AccountId) -> Option<JurisdictionId> {
        let mut residences = self.residences.iter();
        residences
            .find(|(of, _)| of == patient)
            .map(|(_, jurisdiction)| *jurisdiction)
    }

    fn blake2(&self, bytes: &[u8]) -> Hash {
        blake2b_256(bytes)
    }
}
