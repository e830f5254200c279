//! What the consortium contract tells, and what the rules look up.

use crate::{chain, consent::Consent};
use aegle_rules::{
    consent::{ConsentError, Glass, GrantCell, Grantee, Guardianship, Lookup, PatientState},
    consortium::{
        notices::{Appointment, Holder, Notice},
        Jurisdictions, Organisations, ProxyOperators, Role,
    },
    AccountId, Hash, JurisdictionId, Timestamp,
};
use ink::prelude::vec::Vec;

impl Consent {
    /// Notes what the consortium contract tells.
    pub(crate) fn note(&mut self, notice: Notice) -> Result<(), ConsentError> {
        if chain::caller() != self.consortium {
            return Err(ConsentError::NotConsortium);
        }
        match notice {
            Notice::Roles(Appointment { holders }) => {
                for Holder { account, roles } in holders {
                    if roles.is_empty() {
                        chain::clear(&mut self.roles, &account);
                    } else {
                        chain::put(&mut self.roles, &account, &roles);
                    }
                }
                return Ok(());
            }
            Notice::Resident { patient, jurisdiction } => {
                match jurisdiction {
                    Some(jurisdiction) => chain::put(&mut self.residences, &patient, &jurisdiction),
                    None => chain::clear(&mut self.residences, &patient),
                }
                return Ok(());
            }
            Notice::Jurisdictions(jurisdictions) => self.jurisdictions = jurisdictions,
            Notice::Upgrade { code_hash } => return chain::run_code(&code_hash),
            Notice::Organisations(organisations) => self.organisations = organisations,
            Notice::Proxies(proxies) => self.proxies = proxies,
            Notice::Paused { until } => self.paused_until = until,
            Notice::Limits(limits) => self.limits = limits,
        }
        chain::keep_root(self);
        Ok(())
    }
}

impl Lookup for Consent {
    fn organisations(&self) -> &Organisations {
        &self.organisations
    }

    fn paused_until(&self) -> Timestamp {
        self.paused_until
    }

    fn proxies(&self) -> &ProxyOperators {
        &self.proxies
    }

    #[inline(never)]
    fn roles(&self, account: &AccountId) -> Vec<Role> {
        chain::get(&self.roles, account).unwrap_or_default()
    }

    #[inline(never)]
    fn state(&self, patient: &AccountId) -> PatientState {
        chain::get(&self.patients, patient).unwrap_or_default()
    }

    #[inline(never)]
    fn grants(&self, patient: &AccountId, grantee: &Grantee) -> GrantCell {
        #[cfg(feature = "layout-2")]
        return GrantCell::of(&self.shelved(patient, grantee));
        #[cfg(not(feature = "layout-2"))]
        match chain::kept(&self.grants, &(patient, grantee)) {
            Some(bytes) => GrantCell::read(bytes).unwrap_or_else(|| chain::refuse()),
            None => GrantCell::default(),
        }
    }

    #[inline(never)]
    fn glass(&self, patient: &AccountId, clinician: &AccountId) -> Option<Glass> {
        chain::get(&self.glasses, &(patient, clinician))
    }

    fn guardianship(&self, patient: &AccountId) -> Guardianship {
        self.guardianship_of(patient)
    }

    fn jurisdictions(&self) -> &Jurisdictions {
        &self.jurisdictions
    }

    #[inline(never)]
    fn residence(&self, patient: &AccountId) -> Option<JurisdictionId> {
        chain::get(&self.residences, patient)
    }

    #[inline(never)]
    fn blake2(&self, bytes: &[u8]) -> Hash {
        chain::blake2(bytes)
    }
}
