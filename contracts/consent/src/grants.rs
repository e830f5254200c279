//! Grants: given, ended, cleared, passed on and taken back. What becomes of a patient's state is kept by whoever calls.

use crate::{chain, consent::Consent};
use aegle_rules::{
    consent::{
        self, delegation, events, guardians::void_acts, ConsentError, Grantee, Lineage, Lookup, Parent, PatientState,
        StoredGrant, Terms,
    },
    AccountId, GrantId,
};
use ink::prelude::vec::Vec;

impl Consent {
    /// Gives a grant.
    #[inline(never)]
    pub(crate) fn give(
        &mut self,
        patient: &AccountId,
        state: &mut PatientState,
        id: GrantId,
        terms: &Terms,
    ) -> Result<(), ConsentError> {
        let mut standing = self.standing(patient, &terms.grantee);
        let terms = consent::add_grant(patient, id, terms, state, &mut standing, self, chain::now())?;
        self.keep(patient, &terms.grantee, &standing);
        let granted = events::Granted {
            patient: *patient,
            id,
            version: state.version,
            terms,
        };
        chain::tell_hashed(&mut state.history, &granted);
        Ok(())
    }

    /// Ends a grant.
    #[inline(never)]
    pub(crate) fn end(
        &mut self,
        patient: &AccountId,
        state: &mut PatientState,
        id: GrantId,
        grantee: &Grantee,
    ) -> Result<(), ConsentError> {
        let mut standing = self.standing(patient, grantee);
        consent::revoke_grant(&mut standing, state, id)?;
        self.ended(patient, state, id, grantee, &standing);
        Ok(())
    }

    /// Keeps what is left after a grant has ended, and tells of it.
    #[inline(never)]
    fn ended(
        &mut self,
        patient: &AccountId,
        state: &mut PatientState,
        id: GrantId,
        grantee: &Grantee,
        standing: &Vec<StoredGrant>,
    ) {
        self.keep(patient, grantee, standing);
        let revoked = events::Revoked {
            patient: *patient,
            id,
            grantee: *grantee,
            version: state.version,
        };
        chain::tell_hashed(&mut state.history, &revoked);
    }

    /// Ends every grant.
    #[inline(never)]
    pub(crate) fn end_all(&mut self, patient: &AccountId, state: &mut PatientState) {
        state.revoke_all();
        let mut guardianship = self.guardianship_of(patient);
        if void_acts(&mut guardianship) {
            self.keep_guardianship(patient, &guardianship);
        }
        let revoked = events::AllRevoked {
            patient: *patient,
            granted: state.void_granted,
            delegated: state.void_delegated,
            version: state.version,
        };
        chain::tell_hashed(&mut state.history, &revoked);
    }

    /// Removes grants that are over.
    #[inline(never)]
    pub(crate) fn clear_over(
        &mut self,
        patient: &AccountId,
        state: &mut PatientState,
        grantee: &Grantee,
    ) -> Result<(), ConsentError> {
        let mut standing = self.standing(patient, grantee);
        let mut lineage = Lineage::new(patient, state, self, chain::now());
        consent::clear_grants(&mut standing, &mut lineage)?;
        self.keep(patient, grantee, &standing);
        let (patient, grantee) = (*patient, *grantee);
        chain::tell_hashed(&mut state.history, &events::Cleared { patient, grantee });
        Ok(())
    }

    /// Passes on a part of a grant.
    pub(crate) fn pass_on(
        &mut self,
        patient: &AccountId,
        parent: &Parent,
        terms: &Terms,
    ) -> Result<GrantId, ConsentError> {
        let (by, now) = (chain::caller(), chain::now());
        let mut state = self.state(patient);
        let mut standing = self.standing(patient, &terms.grantee);
        let (id, terms) = delegation::delegate(patient, &by, parent, terms, &mut state, &mut standing, self, now)?;
        self.keep(patient, &terms.grantee, &standing);
        let delegated = events::Delegated {
            patient: *patient,
            id,
            version: state.version,
            parent: *parent,
            by,
            terms,
        };
        chain::tell_hashed(&mut state.history, &delegated);
        self.keep_state(patient, &state);
        Ok(id)
    }

    /// Takes back what was passed on.
    pub(crate) fn take_back(
        &mut self,
        patient: &AccountId,
        id: GrantId,
        grantee: &Grantee,
    ) -> Result<(), ConsentError> {
        let mut standing = self.standing(patient, grantee);
        delegation::undelegate(&chain::caller(), id, &mut standing, self, chain::now())?;
        let mut state = self.state(patient);
        self.ended(patient, &mut state, id, grantee, &standing);
        self.keep_state(patient, &state);
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn standing(&self, patient: &AccountId, grantee: &Grantee) -> Vec<StoredGrant> {
        #[cfg(feature = "layout-2")]
        return self.shelved(patient, grantee);
        #[cfg(not(feature = "layout-2"))]
        chain::get(&self.grants, &(patient, grantee)).unwrap_or_default()
    }

    /// Keeps the grants to one grantee, and nothing where there is none.
    #[inline(never)]
    fn keep(&mut self, patient: &AccountId, grantee: &Grantee, standing: &Vec<StoredGrant>) {
        #[cfg(feature = "layout-2")]
        return self.shelve(patient, grantee, standing);
        #[cfg(not(feature = "layout-2"))]
        let key = (patient, grantee);
        #[cfg(not(feature = "layout-2"))]
        if standing.is_empty() {
            chain::clear(&mut self.grants, &key);
        } else {
            chain::put(&mut self.grants, &key, standing);
        }
    }
}
