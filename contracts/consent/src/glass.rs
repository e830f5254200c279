//! Break-glass: broken, reviewed and closed.

use crate::{chain, consent::Consent};
use aegle_rules::{
    consent::{
        events,
        glass::{self, Left},
        messages, Breaker, ConsentError, Glass, GlassDay, Lookup,
    },
    AccountId, OrganisationId,
};

impl Consent {
    /// Breaks a glass.
    pub(crate) fn open_glass(&mut self, request: &messages::BreakGlass) -> Result<(), ConsentError> {
        let (clinician, now) = (chain::caller(), chain::now());
        let answers_for = glass::answers_for(&self.effective_roles(&clinician, now));
        let organisation = answers_for.ok_or(ConsentError::WrongRole)?;
        let last = Lookup::glass(self, &request.patient, &clinician);
        let mut breaker = self.breaker_of(&clinician);
        let mut day = self.glass_day_of(organisation);
        let event = glass::break_glass(
            request,
            clinician,
            answers_for,
            last,
            &mut breaker,
            &mut day,
            &self.limits,
            now,
        )?;
        chain::put(&mut self.breakers, &clinician, &breaker);
        chain::put(&mut self.glass_days, &organisation, &day);
        chain::put(&mut self.glasses, &(&request.patient, &clinician), &event.glass);
        chain::tell(&event);
        Ok(())
    }

    /// Takes the review of a glass.
    pub(crate) fn take_review(&mut self, review: &messages::Review) -> Result<(), ConsentError> {
        let (reviewer, now) = (chain::caller(), chain::now());
        let roles = self.effective_roles(&reviewer, now);
        let mut breaker = self.breaker_of(&review.clinician);
        let admins_cannot = |organisation| glass::admins_cannot(organisation, &review.clinician, self, now);
        let event = glass::review(review, reviewer, &roles, &mut breaker, admins_cannot, now)?;
        if breaker.is_empty() {
            chain::clear(&mut self.breakers, &review.clinician);
        } else {
            chain::put(&mut self.breakers, &review.clinician, &breaker);
        }
        let last = Lookup::glass(self, &review.patient, &review.clinician);
        match glass::left_by_review(last, review, now) {
            Left::AsItWas => {}
            Left::Closed(closed) => self.keep_glass(&review.patient, &review.clinician, Some(closed)),
            Left::Nothing => self.keep_glass(&review.patient, &review.clinician, None),
        }
        chain::tell(&event);
        Ok(())
    }

    /// Closes a broken glass.
    #[inline(never)]
    pub(crate) fn shut(&mut self, patient: &AccountId, clinician: &AccountId) -> Result<(), ConsentError> {
        let glass = Lookup::glass(self, patient, clinician).ok_or(ConsentError::UnknownGlass)?;
        self.keep_glass(patient, clinician, glass.close(chain::now())?);
        chain::tell(&events::GlassClosed {
            patient: *patient,
            clinician: *clinician,
            opened_at: glass.opened_at,
        });
        Ok(())
    }

    #[inline(never)]
    fn keep_glass(&mut self, patient: &AccountId, clinician: &AccountId, glass: Option<Glass>) {
        let key = (patient, clinician);
        match glass {
            Some(glass) => chain::put(&mut self.glasses, &key, &glass),
            None => chain::clear(&mut self.glasses, &key),
        }
    }

    #[inline(never)]
    pub(crate) fn breaker_of(&self, clinician: &AccountId) -> Breaker {
        chain::get(&self.breakers, clinician).unwrap_or_default()
    }

    #[inline(never)]
    pub(crate) fn glass_day_of(&self, organisation: OrganisationId) -> GlassDay {
        chain::get(&self.glass_days, &organisation).unwrap_or_default()
    }
}
