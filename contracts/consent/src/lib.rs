//! The consent contract: grants, their revocation, and the decision that everything asks for.
//!
//! It loads and stores; [`aegle_rules::consent`] decides. No message takes a payment. The consortium contract is asked
//! before anything is written, and without the flag that would let it call back.
#![cfg_attr(not(feature = "std"), no_std, no_main)]
#![deny(missing_docs)]

/// The contract.
#[ink::contract]
pub mod consent {
    use aegle_rules::{
        self as rules,
        consent::{events, messages, ConsentError, Decision, Denial, Facts, Grantee, PatientState, StoredGrant, Terms},
        consortium::messages::{Organisation, RoleOf},
        message::Message,
        GrantId, Purposes, Slots,
    };
    use ink::{
        env::{
            call::{build_call, ExecutionInput, Selector},
            DefaultEnvironment,
        },
        prelude::vec::Vec,
        storage::{traits::ManualKey, Mapping},
    };

    /// Under what the grants are kept: the patient and the grantee.
    type GrantKey = (rules::AccountId, Grantee);

    /// What the contract keeps. Every mapping lies under a key of its own, which must never be given to another one;
    /// the address is in the root cell, which every message loads anyway.
    #[ink(storage)]
    pub struct Consent {
        /// The consortium contract.
        consortium: rules::AccountId,
        /// What is kept once a patient.
        patients: Mapping<rules::AccountId, PatientState, ManualKey<1>>,
        /// The grants of a patient to a grantee, oldest first: at most `MAX_GRANTS_PER_GRANTEE`, and never none.
        grants: Mapping<GrantKey, Vec<StoredGrant>, ManualKey<2>>,
    }

    // Each message is a function of its own, not a part of one large function for all: the chain charges for compiling
    // every function that a call enters, by its size.
    impl Consent {
        /// Starts without any grant.
        ///
        /// - Who may call: whoever deploys the contract.
        /// - Storage: writes the root cell.
        #[ink(constructor, selector = 0x9bae9d5e)]
        pub fn new(consortium: rules::AccountId) -> Self {
            Self {
                consortium,
                patients: Mapping::new(),
                grants: Mapping::new(),
            }
        }

        /// The number that a patient's next grant gets; after the last number, that last one.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `patients`.
        #[ink(message, selector = 0x144588e1)]
        #[inline(never)]
        pub fn next_grant(&self, patient: rules::AccountId) -> GrantId {
            self.patient(patient).next_grant().unwrap_or(GrantId(u32::MAX))
        }

        /// Gives a grant.
        ///
        /// - Who may call: anybody, as the patient.
        /// - Events: `Granted`.
        /// - Errors, in this order: `EmptyTerms`, `InvalidPeriod`, `GranteeIsPatient`, `WrongSplit`,
        ///   `RestrictedTogether`; `ConsortiumUnavailable` where the grantee is an organisation; `GrantIdTaken`,
        ///   `GranteeOrganisation`, `TooManyGrants`.
        /// - Storage: reads and writes `patients` and `grants`.
        #[ink(message, selector = 0x3d08287a)]
        #[inline(never)]
        pub fn grant(&mut self, id: GrantId, terms: Terms) -> Result<(), ConsentError> {
            let patient = self.caller();
            let now = self.env().block_timestamp();
            let state = self.patient(patient);
            rules::consent::validate_terms(patient, &terms, state.restricted, now)?;
            let organisation = match terms.grantee {
                Grantee::Account(_) => None,
                Grantee::Organisation(id) => self.ask(&Organisation { id })?,
            };
            let mut standing = self.grants.get((patient, terms.grantee)).unwrap_or_default();
            let granted = events::Granted { patient, id, terms };
            let state = rules::consent::add_grant(&granted, state, organisation, &mut standing, now)?;
            self.patients.insert(patient, &state);
            self.grants.insert((patient, terms.grantee), &standing);
            self.env().emit_event(granted);
            Self::answer(Ok::<_, ConsentError>(()))
        }

        /// Ends a grant.
        ///
        /// - Who may call: anybody, as the patient.
        /// - Events: `Revoked`.
        /// - Errors: `UnknownGrant`.
        /// - Storage: reads and writes `grants`; the deposit of what is freed goes back to the caller.
        #[ink(message, selector = 0x0a538d12)]
        #[inline(never)]
        pub fn revoke(&mut self, id: GrantId, grantee: Grantee) -> Result<(), ConsentError> {
            let patient = self.caller();
            let key = (patient, grantee);
            let mut standing = self.grants.get(key).ok_or(ConsentError::UnknownGrant)?;
            rules::consent::remove_grant(&mut standing, id)?;
            if standing.is_empty() {
                self.grants.remove(key);
            } else {
                self.grants.insert(key, &standing);
            }
            self.env().emit_event(events::Revoked { patient, id, grantee });
            Self::answer(Ok::<_, ConsentError>(()))
        }

        /// Marks the slots that need a grant of their own, replacing what was marked. Grants that stand and cover such
        /// a slot among others no longer count for it.
        ///
        /// - Who may call: anybody, as the patient.
        /// - Events: `RestrictedSet`.
        /// - Storage: reads and writes `patients`.
        #[ink(message, selector = 0x55fee041)]
        #[inline(never)]
        pub fn set_restricted(&mut self, slots: Slots) {
            let patient = self.caller();
            let state = PatientState {
                restricted: slots,
                ..self.patient(patient)
            };
            self.patients.insert(patient, &state);
            self.env().emit_event(events::RestrictedSet { patient, slots });
            Self::answer(())
        }

        /// The slots that a patient has marked restricted.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `patients`.
        #[ink(message, selector = 0x1e36bbb7)]
        #[inline(never)]
        pub fn restricted(&self, patient: rules::AccountId) -> Slots {
            self.patient(patient).restricted
        }

        /// The grants of a patient to one grantee that were not revoked, oldest first; some may have ended.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `grants`.
        #[ink(message, selector = 0x9f778329)]
        #[inline(never)]
        pub fn grants(&self, patient: rules::AccountId, grantee: Grantee) -> Vec<(GrantId, Terms)> {
            let standing = self.grants.get((patient, grantee)).unwrap_or_default();
            standing.iter().map(|grant| (grant.id, grant.terms(grantee))).collect()
        }

        /// Whether a record may be shown to somebody, for exactly one purpose, at a time.
        ///
        /// - Who may call: anybody.
        /// - Errors: none; whatever is wrong is a denial, in this order: `Malformed`, `ConsortiumUnavailable`, `Role`,
        ///   `DeniedBy`, `NoGrant`.
        /// - Storage: reads `patients` and `grants`; nothing for the patient's own records.
        #[ink(message, selector = 0xaf0a4058)]
        #[inline(never)]
        pub fn check(
            &self,
            requester: rules::AccountId,
            patient: rules::AccountId,
            purpose: Purposes,
            facts: Facts,
            at: Timestamp,
        ) -> Decision {
            let question = messages::Check {
                requester,
                patient,
                purpose,
                facts,
                at,
            };
            if let Some(decision) = rules::consent::before_grants(&question) {
                return decision;
            }
            let role = match self.ask(&RoleOf { account: requester, at }) {
                Ok(Some(role)) => role,
                Ok(None) => return Decision::Denied(Denial::Role),
                Err(_) => return Decision::Denied(Denial::ConsortiumUnavailable),
            };
            let restricted = self.patient(patient).restricted;
            let to_account = self.standing(patient, Grantee::Account(requester));
            rules::consent::check(&question, Some(role), restricted, &to_account, || {
                self.standing(patient, Grantee::Organisation(role.organisation))
            })
        }

        fn caller(&self) -> rules::AccountId {
            rules::AccountId(*self.env().caller().as_ref())
        }

        fn patient(&self, patient: rules::AccountId) -> PatientState {
            self.patients.get(patient).unwrap_or_default()
        }

        fn standing(&self, patient: rules::AccountId, grantee: Grantee) -> Vec<StoredGrant> {
            self.grants.get((patient, grantee)).unwrap_or_default()
        }

        /// Asks the consortium contract.
        fn ask<M: Message>(&self, message: &M) -> Result<M::Output, ConsentError> {
            build_call::<DefaultEnvironment>()
                .call(self.consortium.0.into())
                .exec_input(ExecutionInput::new(Selector::new(M::SELECTOR)).push_arg(message))
                .returns::<M::Output>()
                .try_invoke()
                .ok()
                .and_then(Result::ok)
                .ok_or(ConsentError::ConsortiumUnavailable)
        }

        /// Ends a message that changed state, with the answer `value`.
        ///
        /// After returning from such a message, ink! would write the root cell back, which costs 0.17 ms of weight; no
        /// message changes what is in it.
        fn answer<T: scale::Encode>(value: T) -> ! {
            ink::env::return_value(ink::env::ReturnFlags::empty(), &ink::MessageResult::Ok(value))
        }
    }
}
