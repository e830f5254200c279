//! Who does what: a patient's controller, by a transaction or by a signature that somebody else submits, and a recovery key.

use crate::{chain, consent::Consent};
use aegle_rules::{
    consent::{
        events, guardians::veto_change, Answer, Call, ConsentError, Lookup, PatientState, RecoveryAct, SignedAct,
        MAX_GRANTS_AT_ONCE,
    },
    relay::{self, Relayed},
    AccountId,
};

/// Who acts for a patient.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Actor {
    Controller,
    Guardians,
}

impl Consent {
    /// Does what the caller wants as the patient.
    #[inline(never)]
    pub(crate) fn own(&mut self, call: &Call) -> Result<(), ConsentError> {
        let caller = chain::caller();
        self.controlled(&caller, &caller, call)
    }

    /// Does what somebody wants as the controller of a patient's account.
    #[inline(never)]
    pub(crate) fn controlled(&mut self, patient: &AccountId, by: &AccountId, call: &Call) -> Result<(), ConsentError> {
        let state = self.state(patient);
        self.controlled_from(patient, by, state, state, call)
    }

    /// Does what somebody wants as the controller, given the patient's state as it is kept and as it is now.
    #[inline(never)]
    fn controlled_from(
        &mut self,
        patient: &AccountId,
        by: &AccountId,
        kept: PatientState,
        mut state: PatientState,
        call: &Call,
    ) -> Result<(), ConsentError> {
        state.control.authorise(*patient, *by, call, chain::now())?;
        self.perform(patient, &mut state, call, Actor::Controller)?;
        self.keep_change(patient, &kept, &state);
        Ok(())
    }

    /// Does what enough guardians of a patient want.
    #[inline(never)]
    pub(crate) fn guarded(&mut self, patient: &AccountId, call: &Call) -> Result<(), ConsentError> {
        let kept = self.state(patient);
        let mut state = kept;
        self.perform(patient, &mut state, call, Actor::Guardians)?;
        self.keep_change(patient, &kept, &state);
        Ok(())
    }

    /// Does what may be done for a patient: all of it, and nothing else. The caller has made sure of who acts, and keeps what
    /// becomes of the state.
    #[inline(never)]
    fn perform(
        &mut self,
        patient: &AccountId,
        state: &mut PatientState,
        call: &Call,
        actor: Actor,
    ) -> Result<(), ConsentError> {
        match call {
            Call::Grant { id, terms } => self.give(patient, state, *id, terms),
            Call::GrantMany { grants } => {
                if grants.is_empty() || grants.len() > MAX_GRANTS_AT_ONCE {
                    return Err(ConsentError::TooManyAtOnce);
                }
                grants
                    .iter()
                    .try_for_each(|(id, terms)| self.give(patient, state, *id, terms))
            }
            Call::Revoke { id, grantee } => self.end(patient, state, *id, grantee),
            Call::RevokeAll => {
                self.end_all(patient, state);
                Ok(())
            }
            Call::SetRestricted { slots } => {
                state.restricted = *slots;
                let (patient, slots) = (*patient, *slots);
                chain::tell_hashed(&mut state.history, &events::RestrictedSet { patient, slots });
                Ok(())
            }
            Call::Approve { requester, id, terms } => self.approve_request(patient, state, requester, *id, terms),
            Call::Decline { requester } => self.close_request(patient, requester, Answer::Declined),
            Call::SetGuardians { guardians } => self.name_guardians(patient, state, guardians),
            Call::CloseGlass { clinician } => self.shut(patient, clinician),
            Call::Clear { grantee } => self.clear_over(patient, state, grantee),
            Call::AdvanceEpochs { slots } => {
                state.advance_epochs(*slots)?;
                let (patient, slots) = (*patient, *slots);
                chain::tell_hashed(&mut state.history, &events::EpochsAdvanced { patient, slots });
                Ok(())
            }
            Call::ReplaceController { controller } => self.replace_controller(patient, state, controller),
            Call::Veto => self.veto(patient, state, actor),
            Call::SetRecoveryKey { key } => {
                let has_guardians = self.guardianship_of(patient).is_active(chain::now());
                state.control.set_recovery(*key, has_guardians)?;
                self.tell_recovery_key(patient, state, key);
                Ok(())
            }
        }
    }

    /// Does what a patient's recovery key wants.
    #[inline(never)]
    pub(crate) fn recovered(
        &mut self,
        patient: &AccountId,
        by: &AccountId,
        act: RecoveryAct,
    ) -> Result<(), ConsentError> {
        let mut state = self.state(patient);
        state.control.authorise_recovery(*by)?;
        match act {
            RecoveryAct::Follow { key } => {
                state.control.recovery = Some(key);
                self.tell_recovery_key(patient, &mut state, &key);
            }
            RecoveryAct::EndExclusive => self.end_exclusive(patient, &mut state)?,
            RecoveryAct::Veto => {
                let now = chain::now();
                let controller = state.control.recall(now);
                let mut guardianship = self.guardianship_of(patient);
                let guardians = veto_change(&mut state.control, &mut guardianship, now);
                if controller.is_none() && !guardians {
                    return Err(ConsentError::NothingToVeto);
                }
                if guardians {
                    self.keep_guardianship(patient, &guardianship);
                }
                chain::tell_hashed(
                    &mut state.history,
                    &events::Vetoed {
                        patient: *patient,
                        controller,
                        guardians,
                    },
                );
            }
        }
        self.keep_state(patient, &state);
        Ok(())
    }

    #[inline(never)]
    fn tell_recovery_key(&self, patient: &AccountId, state: &mut PatientState, key: &AccountId) {
        let (patient, key) = (*patient, *key);
        chain::tell_hashed(&mut state.history, &events::RecoveryKeySet { patient, key });
    }

    /// Does what somebody has signed.
    pub(crate) fn relay(&mut self, relayed: &Relayed<SignedAct>) -> Result<(), ConsentError> {
        let signer = &relayed.signer;
        match &relayed.call {
            SignedAct::Controller { patient, call } => {
                let kept = self.state(patient);
                self.authenticate(relayed, kept.nonce)?;
                let state = PatientState {
                    nonce: kept.nonce.saturating_add(1),
                    ..kept
                };
                self.controlled_from(patient, signer, kept, state, call)
            }
            SignedAct::Guardian { patient, call } => {
                self.use_nonce(relayed)?;
                self.count_guardian(patient, signer, call).map(|_| ())
            }
            SignedAct::Recovery { patient, act } => {
                self.use_nonce(relayed)?;
                self.recovered(patient, signer, *act)
            }
        }
    }

    /// Makes sure of a signature by a guardian or a recovery key.
    #[inline(never)]
    fn use_nonce(&mut self, relayed: &Relayed<SignedAct>) -> Result<(), ConsentError> {
        self.authenticate(relayed, self.next_nonce(&relayed.signer))?;
        chain::put(&mut self.nonces, &relayed.signer, &relayed.nonce.saturating_add(1));
        Ok(())
    }

    #[inline(never)]
    fn authenticate(&self, relayed: &Relayed<SignedAct>, next: u64) -> Result<(), ConsentError> {
        let contract = chain::own_account();
        relay::authorise(
            relayed,
            next,
            &self.genesis,
            &contract,
            chain::now(),
            chain::blake2,
            chain::is_signed,
        )
        .map_err(ConsentError::Relay)
    }

    #[inline(never)]
    pub(crate) fn next_nonce(&self, account: &AccountId) -> u64 {
        chain::get(&self.nonces, account).unwrap_or_default()
    }

    #[inline(never)]
    pub(crate) fn keep_state(&mut self, patient: &AccountId, state: &PatientState) {
        chain::put(&mut self.patients, patient, state);
    }

    /// Keeps a patient's state where it is another one than before.
    #[inline(never)]
    fn keep_change(&mut self, patient: &AccountId, kept: &PatientState, state: &PatientState) {
        if kept != state {
            self.keep_state(patient, state);
        }
    }
}
