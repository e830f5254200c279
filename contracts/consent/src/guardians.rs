//! Guardians: named, voting, and replacing who controls a patient's account.

use crate::{acts::Actor, chain, consent::Consent};
use aegle_rules::{
    consent::{
        events,
        guardians::{self, veto_change},
        Acted, Call, ConsentError, Guardians, Guardianship, PatientState,
    },
    AccountId,
};

impl Consent {
    /// Names the guardians of a patient.
    #[inline(never)]
    pub(crate) fn name_guardians(
        &mut self,
        patient: &AccountId,
        state: &mut PatientState,
        guardians: &Guardians,
    ) -> Result<(), ConsentError> {
        let mut guardianship = self.guardianship_of(patient);
        let from = guardians::name_guardians(*patient, &mut state.control, &mut guardianship, guardians, chain::now())?;
        self.keep_guardianship(patient, &guardianship);
        let named = events::GuardiansSet {
            patient: *patient,
            guardians: guardians.clone(),
            from,
        };
        chain::tell_hashed(&mut state.history, &named);
        Ok(())
    }

    /// Counts a guardian's vote, and does what enough of them want.
    #[inline(never)]
    pub(crate) fn count_guardian(
        &mut self,
        patient: &AccountId,
        guardian: &AccountId,
        call: &Call,
    ) -> Result<Acted, ConsentError> {
        let now = chain::now();
        let mut guardianship = self.guardianship_of(patient);
        let hash = guardians::call_hash(call, guardianship.at(now).authority, chain::blake2)?;
        let replaces = matches!(call, Call::ReplaceController { .. });
        let outcome = guardians::vote(&mut guardianship, *guardian, hash, replaces, now)?;
        self.keep_guardianship(patient, &guardianship);
        chain::tell(&events::GuardianVoted {
            patient: *patient,
            guardian: *guardian,
            call: hash,
            replaces,
            outcome,
        });
        if outcome == Acted::Done {
            self.guarded(patient, call)?;
        }
        Ok(outcome)
    }

    /// Begins to replace the controller of a patient's account. Guardians who want that want to stay, whatever the controller
    /// has wanted.
    #[inline(never)]
    pub(crate) fn replace_controller(
        &mut self,
        patient: &AccountId,
        state: &mut PatientState,
        controller: &AccountId,
    ) -> Result<(), ConsentError> {
        let now = chain::now();
        let replacement = state.control.replace(*patient, *controller, now)?;
        let keeps_guardians = self.keep_guardians(patient, state);
        let begun = events::ReplacementBegun {
            patient: *patient,
            controller: replacement.controller,
            from: replacement.from,
            keeps_guardians,
        };
        chain::tell_hashed(&mut state.history, &begun);
        Ok(())
    }

    /// Takes back what does not count yet.
    #[inline(never)]
    pub(crate) fn veto(
        &mut self,
        patient: &AccountId,
        state: &mut PatientState,
        actor: Actor,
    ) -> Result<(), ConsentError> {
        let (controller, guardians) = match actor {
            Actor::Controller => (Some(state.control.veto(chain::now())?), false),
            Actor::Guardians if self.keep_guardians(patient, state) => (None, true),
            Actor::Guardians => return Err(ConsentError::NothingToVeto),
        };
        let vetoed = events::Vetoed {
            patient: *patient,
            controller,
            guardians,
        };
        chain::tell_hashed(&mut state.history, &vetoed);
        Ok(())
    }

    /// Ends the time of exclusive guardians, who are none any more, and takes back what they wanted of the controller.
    #[inline(never)]
    pub(crate) fn end_exclusive(&mut self, patient: &AccountId, state: &mut PatientState) -> Result<(), ConsentError> {
        let now = chain::now();
        let controller = state.control.end_exclusive(now)?;
        self.keep_guardianship(patient, &Guardianship::default());
        if controller.is_some() {
            let vetoed = events::Vetoed {
                patient: *patient,
                controller,
                guardians: false,
            };
            chain::tell_hashed(&mut state.history, &vetoed);
        }
        let ended = events::GuardiansSet {
            patient: *patient,
            guardians: Guardians::default(),
            from: now,
        };
        chain::tell_hashed(&mut state.history, &ended);
        Ok(())
    }

    /// Takes back a change of guardians; returns whether one waited.
    #[inline(never)]
    fn keep_guardians(&mut self, patient: &AccountId, state: &mut PatientState) -> bool {
        let mut guardianship = self.guardianship_of(patient);
        let waited = veto_change(&mut state.control, &mut guardianship, chain::now());
        if waited {
            self.keep_guardianship(patient, &guardianship);
        }
        waited
    }

    #[inline(never)]
    pub(crate) fn guardianship_of(&self, patient: &AccountId) -> Guardianship {
        chain::get(&self.guardianships, patient).unwrap_or_default()
    }

    #[inline(never)]
    pub(crate) fn keep_guardianship(&mut self, patient: &AccountId, guardianship: &Guardianship) {
        if guardianship.is_empty() {
            chain::clear(&mut self.guardianships, patient);
        } else {
            chain::put(&mut self.guardianships, patient, guardianship);
        }
    }
}
