//! Requests for access, and their answers.

use crate::{chain, consent::Consent};
use aegle_rules::{
    consent::{events, requests, Answer, Ask, ConsentError, Lookup, PatientState, Request, Terms},
    AccountId, GrantId,
};

impl Consent {
    /// Asks a patient for access.
    pub(crate) fn ask(&mut self, patient: &AccountId, ask: Ask) -> Result<(), ConsentError> {
        let (requester, now) = (chain::caller(), chain::now());
        let roles = self.effective_roles(&requester, now);
        let open = self.request_of(patient, &requester);
        let request = requests::request(*patient, requester, ask, &roles, open, self.limits.request_ms, now)?;
        chain::put(&mut self.requests, &(patient, &requester), &request);
        chain::tell(&events::AccessRequested {
            patient: *patient,
            requester,
            request,
        });
        Ok(())
    }

    /// Answers a request with a grant.
    #[inline(never)]
    pub(crate) fn approve_request(
        &mut self,
        patient: &AccountId,
        state: &mut PatientState,
        requester: &AccountId,
        id: GrantId,
        terms: &Terms,
    ) -> Result<(), ConsentError> {
        let request = self.request_of(patient, requester);
        requests::approve(request, *requester, terms, chain::now())?;
        self.give(patient, state, id, terms)?;
        self.end_request(patient, requester, Answer::Approved(id));
        Ok(())
    }

    /// Ends a request without a grant.
    #[inline(never)]
    pub(crate) fn close_request(
        &mut self,
        patient: &AccountId,
        requester: &AccountId,
        answer: Answer,
    ) -> Result<(), ConsentError> {
        self.request_of(patient, requester)
            .ok_or(ConsentError::UnknownRequest)?;
        self.end_request(patient, requester, answer);
        Ok(())
    }

    #[inline(never)]
    fn end_request(&mut self, patient: &AccountId, requester: &AccountId, answer: Answer) {
        chain::clear(&mut self.requests, &(patient, requester));
        chain::tell(&events::RequestClosed {
            patient: *patient,
            requester: *requester,
            answer,
        });
    }

    #[inline(never)]
    pub(crate) fn request_of(&self, patient: &AccountId, requester: &AccountId) -> Option<Request> {
        chain::get(&self.requests, &(patient, requester))
    }
}
