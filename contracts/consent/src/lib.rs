//! The consent contract: grants, their revocation, and the decision that everything asks for.
//!
//! It loads and stores; [`aegle_rules::consent`] decides. No message takes a payment, and none calls another contract:
//! the consortium contract tells of roles, organisations, proxies and limits when they change, by `notify`.
#![cfg_attr(not(feature = "std"), no_std, no_main)]
#![deny(missing_docs)]
// Arguments come boxed where that takes less code.
#![allow(clippy::boxed_local)]

mod chain;

/// The contract.
#[ink::contract]
pub mod consent {
    use super::chain;
    use aegle_rules::{
        self as rules,
        consent::{
            events, glass, guardians, messages, requests, Acted, Answer, Ask, Breaker, Call, ConsentError, Decision,
            Declaration, Facts, Glass, Grantee, Guardians, Guardianship, Lineage, Lookup, Membership, Parent,
            PatientState, Request, SlotEpochs, StoredGrant, Terms, Verdict,
        },
        consortium::{
            notices::{Appointment, Notice},
            Layout, Limits, Organisations, ProxyOperators, Role, Which,
        },
        relay::{self, Relayed},
        GrantId, Purposes, Slots,
    };
    use ink::{
        env::hash::Blake2x256,
        prelude::{boxed::Box, vec::Vec},
        storage::{traits::ManualKey, Mapping},
    };

    /// Under what the grants are kept: the patient and the grantee.
    type GrantKey = (rules::AccountId, Grantee);
    /// Under what a request is kept: the patient and the requester.
    type RequestKey = (rules::AccountId, rules::AccountId);
    /// Under what a glass is kept: the patient and the clinician.
    type GlassKey = (rules::AccountId, rules::AccountId);

    /// What the contract keeps. Every mapping lies under a key of its own, which must never be given to another one;
    /// the rest is in the root cell, which every message loads anyway.
    #[ink(storage)]
    pub struct Consent {
        /// The consortium contract.
        consortium: rules::AccountId,
        /// The hash of the chain's genesis block.
        genesis: rules::Hash,
        /// The organisations, as the consortium contract told them.
        organisations: Organisations,
        /// First millisecond at which no pause is any more, as the consortium contract told it.
        paused_until: Timestamp,
        /// Who runs the proxies, as the consortium contract told it.
        proxies: ProxyOperators,
        /// The limits, as the consortium contract told them.
        limits: Limits,
        /// What is kept once a patient.
        patients: Mapping<rules::AccountId, PatientState, ManualKey<1>>,
        /// The grants over a patient's records to a grantee, oldest first: at most `MAX_GRANTS_PER_GRANTEE` of the
        /// patient and `MAX_DELEGATED_PER_GRANTEE` that were passed on, and never none.
        grants: Mapping<GrantKey, Vec<StoredGrant>, ManualKey<2>>,
        /// The roles of accounts, as the consortium contract told them.
        roles: Mapping<rules::AccountId, Role, ManualKey<3>>,
        /// The requests that were not answered.
        requests: Mapping<RequestKey, Request, ManualKey<4>>,
        /// The guardians of a patient, and what they have begun.
        guardianships: Mapping<rules::AccountId, Guardianship, ManualKey<5>>,
        /// The last glass that a clinician broke at a patient.
        glasses: Mapping<GlassKey, Glass, ManualKey<6>>,
        /// Of clinicians who broke glasses, what has to be reviewed, and the last day.
        breakers: Mapping<rules::AccountId, Breaker, ManualKey<7>>,
        /// The nonce of an account's next relayed call.
        nonces: Mapping<rules::AccountId, u64, ManualKey<8>>,
    }

    // Each message is a function of its own, not a part of one large function for all: the chain charges for compiling
    // every function that a call enters, by its size. For the same reason, arguments of 32 bytes and more come boxed:
    // ink! moves what it has decoded several times, and to move a pointer takes less code. In SCALE it is the same.
    impl Consent {
        /// Starts without any grant, and without any organisation until the consortium contract tells of them.
        ///
        /// - Who may call: whoever deploys the contract.
        /// - Storage: writes the root cell.
        #[ink(constructor, selector = 0x9bae9d5e)]
        pub fn new(consortium: rules::AccountId, genesis: rules::Hash) -> Self {
            Self {
                consortium,
                genesis,
                organisations: Organisations::default(),
                paused_until: 0,
                proxies: ProxyOperators::default(),
                limits: Limits::default(),
                patients: Mapping::new(),
                grants: Mapping::new(),
                roles: Mapping::new(),
                requests: Mapping::new(),
                guardianships: Mapping::new(),
                glasses: Mapping::new(),
                breakers: Mapping::new(),
                nonces: Mapping::new(),
            }
        }

        /// Notes what the consortium contract tells; it counts at once.
        ///
        /// - Who may call: the consortium contract.
        /// - Events: none; the consortium contract has told the world.
        /// - Errors, in this order: `NotConsortium`; `UnknownCode`.
        /// - Storage: writes `roles`, or the root cell; an upgrade changes the contract's code.
        #[ink(message, selector = 0xe6a77c8e)]
        #[inline(never)]
        pub fn notify(&mut self, notice: Box<Notice>) -> Result<(), ConsentError> {
            chain::finish(self.note(*notice))
        }

        /// What this code says of itself: that it is the consent contract's, and the layout of what it keeps.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads the root cell, as every message does.
        #[ink(message, selector = 0x1f9430b8)]
        #[inline(never)]
        pub fn layout(&self) -> Layout {
            chain::answer(&Layout::of(Which::Consent))
        }

        /// The number that a patient's next grant gets; after the last number, that last one.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `patients`.
        #[ink(message, selector = 0x144588e1)]
        #[inline(never)]
        pub fn next_grant(&self, patient: Box<rules::AccountId>) -> GrantId {
            let state = self.state(&patient);
            chain::answer(&state.next_grant().unwrap_or(GrantId(state.granted)))
        }

        /// Gives a grant. What it says of the time before this block does not count, and is not in what is told.
        ///
        /// - Who may call: anybody, as the patient.
        /// - Events: `Granted`.
        /// - Errors, in this order: `EmptyTerms`, `InvalidPeriod`, `TooDeep`, `GranteeIsPatient`, `NotDelegable`,
        ///   `WrongSplit`, `WrongProxies`, `WrongResearch`, `WrongNarrowing`, `RestrictedTogether`; `TooManyGrants` when
        ///   the numbers are used up, `GrantIdTaken`; `GranteeOrganisation`, `InsurerPurpose`, `ProxiesOfGrantee`;
        ///   `TooManyGrants`.
        /// - Storage: reads `roles` for a permit to an account; reads and writes `patients` and `grants`.
        #[ink(message, selector = 0x3d08287a)]
        #[inline(never)]
        pub fn grant(&mut self, id: GrantId, terms: Box<Terms>) -> Result<(), ConsentError> {
            chain::finish(self.give_one(&self.caller(), id, &terms))
        }

        /// Gives several grants, all or none.
        ///
        /// - Who may call: anybody, as the patient.
        /// - Events: `Granted` for each.
        /// - Errors, in this order: `TooManyAtOnce`; then, for each in turn, those of `grant`.
        /// - Storage: as `grant`, with `patients` once and the rest for each.
        #[ink(message, selector = 0x4a2b5d1a)]
        #[inline(never)]
        pub fn grant_many(&mut self, grants: Vec<(GrantId, Terms)>) -> Result<(), ConsentError> {
            chain::finish(self.give_many(&self.caller(), &grants))
        }

        /// Ends a grant, or what somebody passed on; with it ends whatever was passed on from it. A permit takes the
        /// epochs of its slots with it.
        ///
        /// - Who may call: anybody, as the patient.
        /// - Events: `Revoked`.
        /// - Errors: `UnknownGrant`.
        /// - Storage: reads and writes `grants`; reads `patients`, and writes it for a permit. The deposit of what is
        ///   freed goes back to the caller.
        #[ink(message, selector = 0x0a538d12)]
        #[inline(never)]
        pub fn revoke(&mut self, id: GrantId, grantee: Box<Grantee>) -> Result<(), ConsentError> {
            chain::finish(self.end(&self.caller(), id, &grantee))
        }

        /// Ends every grant, and whatever was passed on, in one step, however many there are. They stay in the state,
        /// void, until they are cleared or make room for others. What guardians have begun is void too.
        ///
        /// - Who may call: anybody, as the patient.
        /// - Events: `AllRevoked`.
        /// - Storage: reads and writes `patients`; reads `guardianships`, and writes it where guardians had begun something.
        #[ink(message, selector = 0x5e4768c9)]
        #[inline(never)]
        pub fn revoke_all(&mut self) {
            self.end_all(&self.caller());
            chain::answer(&())
        }

        /// Removes the grants over a patient's records to one grantee that have ended or are void, and what was passed on
        /// from such.
        ///
        /// - Who may call: anybody, as the patient. Whoever passed something on takes it back with `undelegate`.
        /// - Events: `Cleared`.
        /// - Errors: `NothingToClear`.
        /// - Storage: reads `patients`; reads `grants` once for each grant above what was passed on, 24 at most; reads and
        ///   writes `grants`. The deposit of what is freed goes to the caller.
        #[ink(message, selector = 0x6b385365)]
        #[inline(never)]
        pub fn clear(&mut self, grantee: Box<Grantee>) -> Result<(), ConsentError> {
            chain::finish(self.clear_over(&self.caller(), &grantee))
        }

        /// Passes on a part of a grant; returns the number of what was passed on.
        ///
        /// - Who may call: whoever the parent was given to, or an admin of the organisation that it was given to, with
        ///   a role that counts.
        /// - Events: `Delegated`.
        /// - Errors, in this order: `NotDelegator`, `UnknownGrant`, `NotDelegable`, `ChainTooLong`; those of `grant`
        ///   about the terms; `WiderThanParent`; `GranteeOrganisation`, `InsurerPurpose`, `ProxiesOfGrantee`;
        ///   `TooManyGrants`.
        /// - Storage: reads `roles`, and `grants` for the parent and for each above it, and, where no place is left, for what
        ///   is above those that have them; reads and writes `patients` and `grants`.
        #[ink(message, selector = 0xc59654fe)]
        #[inline(never)]
        pub fn delegate(
            &mut self,
            patient: Box<rules::AccountId>,
            parent: Box<Parent>,
            terms: Box<Terms>,
        ) -> Result<GrantId, ConsentError> {
            match self.pass_on(&patient, &parent, &terms) {
                Ok(id) => chain::answer(&Ok::<_, ConsentError>(id)),
                Err(error) => chain::finish(Err(error)),
            }
        }

        /// Takes back what was passed on. The epochs of its slots stay, because whoever passed it on still holds as
        /// much; they move on when the patient revokes.
        ///
        /// - Who may call: whoever the parent was given to, or an admin of the organisation that it was given to.
        /// - Events: `Revoked`.
        /// - Errors, in this order: `UnknownGrant`, `NotDelegator`.
        /// - Storage: reads `patients`, and `roles` for an admin; reads and writes `grants`. The deposit of what is freed
        ///   goes back to the caller.
        #[ink(message, selector = 0x2456de34)]
        #[inline(never)]
        pub fn undelegate(
            &mut self,
            patient: Box<rules::AccountId>,
            id: GrantId,
            grantee: Box<Grantee>,
        ) -> Result<(), ConsentError> {
            chain::finish(self.take_back(&patient, id, &grantee))
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
            self.restrict(&self.caller(), slots);
            chain::answer(&())
        }

        /// Moves the epochs of slots on, so that what is written from now on is sealed to keys of which nobody holds a
        /// share: for a permit that ended by itself, and for a key that somebody may have seen.
        ///
        /// - Who may call: anybody, as the patient.
        /// - Events: `EpochsAdvanced`.
        /// - Errors: `EmptyTerms`.
        /// - Storage: reads and writes `patients`.
        #[ink(message, selector = 0x41d932de)]
        #[inline(never)]
        pub fn advance_epochs(&mut self, slots: Slots) -> Result<(), ConsentError> {
            chain::finish(self.advance(&self.caller(), slots))
        }

        /// The slots that a patient has marked restricted.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `patients`.
        #[ink(message, selector = 0x1e36bbb7)]
        #[inline(never)]
        pub fn restricted(&self, patient: Box<rules::AccountId>) -> Slots {
            chain::answer(&self.state(&patient).restricted)
        }

        /// The epochs of a patient's slots, under which records are sealed from now on.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `patients`.
        #[ink(message, selector = 0x46ba5d6a)]
        #[inline(never)]
        pub fn epochs(&self, patient: Box<rules::AccountId>) -> SlotEpochs {
            chain::answer(&self.state(&patient).slot_epochs())
        }

        /// The grants over a patient's records to one grantee that were not revoked, oldest first, with those that were
        /// passed on; some may have ended, or were passed on from one that no longer stands.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `patients` and `grants`.
        #[ink(message, selector = 0x9f778329)]
        #[inline(never)]
        pub fn grants(&self, patient: Box<rules::AccountId>, grantee: Box<Grantee>) -> Vec<(GrantId, Terms)> {
            let (state, standing) = (self.state(&patient), self.standing(&patient, &grantee));
            let standing = standing.iter().filter(|grant| !state.is_void(grant.id));
            let grants: Vec<_> = standing.map(|grant| (grant.id, grant.terms_to(&grantee))).collect();
            chain::answer(&grants)
        }

        /// Whether a record may be shown to somebody, for exactly one purpose, at a time.
        ///
        /// - Who may call: anybody.
        /// - Errors: none; whatever is wrong is a denial, in this order: `Malformed`, `Past`, `Role`, `GlassClosed`,
        ///   `DeniedBy`, `NoGrant`.
        /// - Storage: nothing for the patient's own records; else reads `roles`, `glasses` for `BTG`, `patients`, and
        ///   `grants` for the account, and only where nothing to it matches, for the organisation, and then for anyone.
        ///   What was passed on takes a read of `roles` and two of `grants` for each grantee above it, `MAX_HOLDERS` at most.
        #[ink(message, selector = 0xaf0a4058)]
        #[inline(never)]
        #[allow(clippy::too_many_arguments)] // They are the fields of the question, in its order.
        pub fn check(
            &self,
            requester: Box<rules::AccountId>,
            patient: Box<rules::AccountId>,
            purpose: Purposes,
            facts: Box<Facts>,
            research: Box<Declaration>,
            membership: Box<Option<Membership>>,
            at: Timestamp,
        ) -> Decision {
            let question = messages::Check {
                requester: *requester,
                patient: *patient,
                purpose,
                facts: *facts,
                research: *research,
                membership: *membership,
                at,
            };
            chain::answer(&rules::consent::check(&question, self, self.env().block_timestamp()))
        }

        /// Asks a patient for access.
        ///
        /// - Who may call: whoever has a role, now, that fits every purpose.
        /// - Events: `AccessRequested`.
        /// - Errors, in this order: `EmptyTerms`, `InvalidPeriod`, `GranteeIsPatient`, `WrongRole`, `RequestOpen`.
        /// - Storage: reads `roles` and `requests`; writes `requests`.
        #[ink(message, selector = 0xd90ee82b)]
        #[inline(never)]
        pub fn request_access(&mut self, patient: Box<rules::AccountId>, ask: Box<Ask>) -> Result<(), ConsentError> {
            chain::finish(self.ask(&patient, *ask))
        }

        /// Answers a request with a grant of what was asked for, or less.
        ///
        /// - Who may call: anybody, as the patient.
        /// - Events: `Granted`, `RequestClosed`.
        /// - Errors, in this order: `UnknownRequest`, `RequestExpired`, `WiderThanAsked`; those of `grant`.
        /// - Storage: reads and frees `requests`; that of `grant`.
        #[ink(message, selector = 0x681266a0)]
        #[inline(never)]
        pub fn approve(
            &mut self,
            requester: Box<rules::AccountId>,
            id: GrantId,
            terms: Box<Terms>,
        ) -> Result<(), ConsentError> {
            chain::finish(self.approve_request(&self.caller(), &requester, id, &terms))
        }

        /// Answers a request with no, whether or not it has expired.
        ///
        /// - Who may call: anybody, as the patient.
        /// - Events: `RequestClosed`.
        /// - Errors: `UnknownRequest`.
        /// - Storage: reads and frees `requests`.
        #[ink(message, selector = 0xc3190661)]
        #[inline(never)]
        pub fn decline(&mut self, requester: Box<rules::AccountId>) -> Result<(), ConsentError> {
            chain::finish(self.close_request(&self.caller(), &requester, Answer::Declined))
        }

        /// Takes a request back, whether or not it has expired.
        ///
        /// - Who may call: anybody, as the requester.
        /// - Events: `RequestClosed`.
        /// - Errors: `UnknownRequest`.
        /// - Storage: reads and frees `requests`.
        #[ink(message, selector = 0x1565d895)]
        #[inline(never)]
        pub fn withdraw_request(&mut self, patient: Box<rules::AccountId>) -> Result<(), ConsentError> {
            chain::finish(self.close_request(&patient, &self.caller(), Answer::Withdrawn))
        }

        /// The request of somebody to a patient that was not answered yet; it may have expired.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `requests`.
        #[ink(message, selector = 0x468e6c52)]
        #[inline(never)]
        pub fn request(&self, patient: Box<rules::AccountId>, requester: Box<rules::AccountId>) -> Option<Request> {
            chain::answer(&self.request_of(&patient, &requester))
        }

        /// Names who may act for the patient, replacing who was named; what those had begun is void.
        ///
        /// - Who may call: anybody, as the patient.
        /// - Events: `GuardiansSet`.
        /// - Errors, in this order: `TooManyGuardians`, `WrongGuardians`, `InvalidPeriod`.
        /// - Storage: writes `guardianships`, or frees it where nobody is named.
        #[ink(message, selector = 0x3ba78629)]
        #[inline(never)]
        pub fn set_guardians(&mut self, guardians: Box<Guardians>) -> Result<(), ConsentError> {
            chain::finish(self.name_guardians(&self.caller(), &guardians))
        }

        /// Wants something done for a patient; does it once enough guardians want it. What the patient may do, the
        /// guardians may do, but for naming guardians.
        ///
        /// - Who may call: a guardian of the patient.
        /// - Events: `GuardianVoted`; where it is done, those of the call, after it.
        /// - Errors, in this order: `NotForGuardians`, `NotGuardian`, `GuardiansEnded`; where it is done, those of the
        ///   call, and then the vote does not count.
        /// - Storage: reads and writes `guardianships`; where it is done, that of the call.
        #[ink(message, selector = 0x522f0f2d)]
        #[inline(never)]
        pub fn guardian_act(&mut self, patient: Box<rules::AccountId>, call: Box<Call>) -> Result<Acted, ConsentError> {
            match self.count_guardian(&patient, *call) {
                Ok(outcome) => chain::answer(&Ok::<_, ConsentError>(outcome)),
                Err(error) => chain::finish(Err(error)),
            }
        }

        /// Who may act for a patient; they may have ended.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `guardianships`.
        #[ink(message, selector = 0x12d70020)]
        #[inline(never)]
        pub fn guardians(&self, patient: Box<rules::AccountId>) -> Guardians {
            chain::answer(&self.guardianship(&patient).guardians)
        }

        /// Opens a patient's records to the caller in an emergency, for `glass_ms`, to be reviewed within `review_ms`.
        ///
        /// - Who may call: a clinician.
        /// - Events: `GlassBroken`.
        /// - Errors, in this order: `WrongRole`, `GlassOpen`, `ReviewOverdue`, `TooManyUnreviewed`, `TooManyGlasses`.
        /// - Storage: reads `roles`; reads and writes `glasses` and `breakers`.
        #[ink(message, selector = 0xf32c8dfe)]
        #[inline(never)]
        pub fn break_glass(
            &mut self,
            patient: Box<rules::AccountId>,
            reason: u8,
            note: Box<rules::Hash>,
        ) -> Result<(), ConsentError> {
            chain::finish(self.open_glass(&messages::BreakGlass {
                patient: *patient,
                reason,
                note: *note,
            }))
        }

        /// Says whether it was right to break a glass. Closes the glass where it was not.
        ///
        /// - Who may call: an admin of the organisation that the clinician acted for, but the clinician.
        /// - Events: `GlassReviewed`.
        /// - Errors, in this order: `UnknownGlass`, `NotReviewer`.
        /// - Storage: reads `roles` and `glasses`; reads and writes `breakers`; frees `glasses` where the glass has
        ///   ended, and `breakers` where nothing is left to be kept.
        #[ink(message, selector = 0x2c3c4d60)]
        #[inline(never)]
        pub fn review(
            &mut self,
            patient: Box<rules::AccountId>,
            clinician: Box<rules::AccountId>,
            opened_at: Timestamp,
            verdict: Verdict,
            note: Box<rules::Hash>,
        ) -> Result<(), ConsentError> {
            chain::finish(self.take_review(&messages::Review {
                patient: *patient,
                clinician: *clinician,
                opened_at,
                verdict,
                note: *note,
            }))
        }

        /// Closes a broken glass before its time. It has to be reviewed all the same.
        ///
        /// - Who may call: anybody, as the patient.
        /// - Events: `GlassClosed`.
        /// - Errors: `UnknownGlass`.
        /// - Storage: reads and frees `glasses`.
        #[ink(message, selector = 0x8031261f)]
        #[inline(never)]
        pub fn close_glass(&mut self, clinician: Box<rules::AccountId>) -> Result<(), ConsentError> {
            chain::finish(self.shut(&self.caller(), &clinician))
        }

        /// The last glass of a clinician at a patient; it may have ended.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `glasses`.
        #[ink(message, selector = 0xfd8dbdb2)]
        #[inline(never)]
        pub fn glass(&self, patient: Box<rules::AccountId>, clinician: Box<rules::AccountId>) -> Option<Glass> {
            chain::answer(&Lookup::glass(self, &patient, &clinician))
        }

        /// What is kept of a clinician who broke glasses: the reviews that are due, and the last day.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `breakers`.
        #[ink(message, selector = 0xba4f2618)]
        #[inline(never)]
        pub fn breaker(&self, clinician: Box<rules::AccountId>) -> Breaker {
            chain::answer(&self.breaker_of(&clinician))
        }

        /// Does what a patient has signed.
        ///
        /// - Who may call: anybody. The caller pays the deposit of what is stored, and gets that of what is freed.
        /// - Events: those of the call.
        /// - Errors, in this order: `Relay`; those of the call, and then the nonce is not used up.
        /// - Storage: reads and writes `nonces`; that of the call.
        #[ink(message, selector = 0x95fdd505)]
        #[inline(never)]
        pub fn relayed(&mut self, relayed: Box<Relayed<Call>>) -> Result<(), ConsentError> {
            chain::finish(self.relay(*relayed))
        }

        /// The nonce of an account's next relayed call.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `nonces`.
        #[ink(message, selector = 0x395119cf)]
        #[inline(never)]
        pub fn relay_nonce(&self, account: Box<rules::AccountId>) -> u64 {
            chain::answer(&self.next_nonce(&account))
        }

        /// Notes what the consortium contract tells.
        fn note(&mut self, notice: Notice) -> Result<(), ConsentError> {
            if self.caller() != self.consortium {
                return Err(ConsentError::NotConsortium);
            }
            match notice {
                Notice::Roles(Appointment { accounts, role }) => {
                    for account in accounts {
                        match &role {
                            Some(role) => chain::put(&mut self.roles, &account, role),
                            None => chain::clear(&mut self.roles, &account),
                        }
                    }
                    return Ok(());
                }
                Notice::Upgrade { code_hash } => {
                    let accepted = self.env().set_code_hash(&code_hash.0.into());
                    return accepted.map_err(|_| ConsentError::UnknownCode);
                }
                Notice::Organisations(organisations) => self.organisations = organisations,
                Notice::Proxies(proxies) => self.proxies = proxies,
                Notice::Paused { until } => self.paused_until = until,
                Notice::Limits(limits) => self.limits = limits,
            }
            chain::keep_root(self);
            Ok(())
        }

        /// Does what a patient may do: all of it, and nothing else. The caller has made sure of the patient.
        #[inline(never)]
        fn perform(&mut self, patient: &rules::AccountId, call: &Call) -> Result<(), ConsentError> {
            match call {
                Call::Grant { id, terms } => self.give_one(patient, *id, terms),
                Call::GrantMany { grants } => self.give_many(patient, grants),
                Call::Revoke { id, grantee } => self.end(patient, *id, grantee),
                Call::RevokeAll => {
                    self.end_all(patient);
                    Ok(())
                }
                Call::SetRestricted { slots } => {
                    self.restrict(patient, *slots);
                    Ok(())
                }
                Call::Approve { requester, id, terms } => self.approve_request(patient, requester, *id, terms),
                Call::Decline { requester } => self.close_request(patient, requester, Answer::Declined),
                Call::SetGuardians { guardians } => self.name_guardians(patient, guardians),
                Call::CloseGlass { clinician } => self.shut(patient, clinician),
                Call::Clear { grantee } => self.clear_over(patient, grantee),
                Call::AdvanceEpochs { slots } => self.advance(patient, *slots),
            }
        }

        /// Gives grants, all or none: on an error, the chain undoes what was written.
        #[inline(never)]
        fn give_many(&mut self, patient: &rules::AccountId, grants: &[(GrantId, Terms)]) -> Result<(), ConsentError> {
            if grants.is_empty() || grants.len() > rules::consent::MAX_GRANTS_AT_ONCE {
                return Err(ConsentError::TooManyAtOnce);
            }
            let mut state = self.state(patient);
            for (id, terms) in grants {
                self.give(patient, &mut state, *id, terms)?;
            }
            self.keep_state(patient, &state);
            Ok(())
        }

        #[inline(never)]
        fn give_one(&mut self, patient: &rules::AccountId, id: GrantId, terms: &Terms) -> Result<(), ConsentError> {
            let mut state = self.state(patient);
            self.give(patient, &mut state, id, terms)?;
            self.keep_state(patient, &state);
            Ok(())
        }

        /// Gives a grant; what becomes of `state` is still to be kept.
        #[inline(never)]
        fn give(
            &mut self,
            patient: &rules::AccountId,
            state: &mut PatientState,
            id: GrantId,
            terms: &Terms,
        ) -> Result<(), ConsentError> {
            let now = self.env().block_timestamp();
            let mut standing = self.standing(patient, &terms.grantee);
            let terms = rules::consent::add_grant(patient, id, terms, state, &mut standing, self, now)?;
            self.keep(patient, &terms.grantee, &standing);
            chain::tell(&events::Granted {
                patient: *patient,
                id,
                version: state.version,
                terms,
            });
            Ok(())
        }

        /// Ends a grant.
        #[inline(never)]
        fn end(&mut self, patient: &rules::AccountId, id: GrantId, grantee: &Grantee) -> Result<(), ConsentError> {
            let mut standing = self.standing(patient, grantee);
            let mut state = self.state(patient);
            let version = state.version;
            rules::consent::revoke_grant(&mut standing, &mut state, id)?;
            if state.version != version {
                self.keep_state(patient, &state);
            }
            self.ended(patient, id, grantee, &standing, state.version);
            Ok(())
        }

        /// Keeps what is left after a grant has ended, and tells of it.
        #[inline(never)]
        fn ended(
            &mut self,
            patient: &rules::AccountId,
            id: GrantId,
            grantee: &Grantee,
            standing: &Vec<StoredGrant>,
            version: u32,
        ) {
            self.keep(patient, grantee, standing);
            chain::tell(&events::Revoked {
                patient: *patient,
                id,
                grantee: *grantee,
                version,
            });
        }

        /// Ends every grant.
        #[inline(never)]
        fn end_all(&mut self, patient: &rules::AccountId) {
            let mut state = self.state(patient);
            state.revoke_all();
            self.keep_state(patient, &state);
            let mut guardianship = self.guardianship(patient);
            if guardians::void_acts(&mut guardianship) {
                chain::put(&mut self.guardianships, patient, &guardianship);
            }
            chain::tell(&events::AllRevoked {
                patient: *patient,
                granted: state.void_granted,
                delegated: state.void_delegated,
                version: state.version,
            });
        }

        /// Removes grants that are over.
        #[inline(never)]
        fn clear_over(&mut self, patient: &rules::AccountId, grantee: &Grantee) -> Result<(), ConsentError> {
            let mut standing = self.standing(patient, grantee);
            let (state, now) = (self.state(patient), self.env().block_timestamp());
            let mut lineage = Lineage::new(patient, &state, self, now);
            rules::consent::clear_grants(&mut standing, &mut lineage)?;
            self.keep(patient, grantee, &standing);
            chain::tell(&events::Cleared {
                patient: *patient,
                grantee: *grantee,
            });
            Ok(())
        }

        /// Passes on a part of a grant.
        fn pass_on(
            &mut self,
            patient: &rules::AccountId,
            parent: &Parent,
            terms: &Terms,
        ) -> Result<GrantId, ConsentError> {
            let (by, now) = (self.caller(), self.env().block_timestamp());
            let mut state = self.state(patient);
            let mut standing = self.standing(patient, &terms.grantee);
            let (id, terms) = rules::consent::delegation::delegate(
                patient,
                &by,
                parent,
                terms,
                &mut state,
                &mut standing,
                self,
                now,
            )?;
            self.keep_state(patient, &state);
            self.keep(patient, &terms.grantee, &standing);
            chain::tell(&events::Delegated {
                patient: *patient,
                id,
                version: state.version,
                parent: *parent,
                by,
                terms,
            });
            Ok(id)
        }

        /// Takes back what was passed on.
        fn take_back(
            &mut self,
            patient: &rules::AccountId,
            id: GrantId,
            grantee: &Grantee,
        ) -> Result<(), ConsentError> {
            let mut standing = self.standing(patient, grantee);
            let now = self.env().block_timestamp();
            rules::consent::delegation::undelegate(&self.caller(), id, &mut standing, self, now)?;
            let version = self.state(patient).version;
            self.ended(patient, id, grantee, &standing, version);
            Ok(())
        }

        /// Marks restricted slots.
        #[inline(never)]
        fn restrict(&mut self, patient: &rules::AccountId, slots: Slots) {
            let mut state = self.state(patient);
            state.restricted = slots;
            self.keep_state(patient, &state);
            chain::tell(&events::RestrictedSet {
                patient: *patient,
                slots,
            });
        }

        /// Moves the epochs of slots on.
        #[inline(never)]
        fn advance(&mut self, patient: &rules::AccountId, slots: Slots) -> Result<(), ConsentError> {
            let mut state = self.state(patient);
            state.advance_epochs(slots)?;
            self.keep_state(patient, &state);
            chain::tell(&events::EpochsAdvanced {
                patient: *patient,
                slots,
            });
            Ok(())
        }

        /// Asks a patient for access.
        fn ask(&mut self, patient: &rules::AccountId, ask: Ask) -> Result<(), ConsentError> {
            let (requester, now) = (self.caller(), self.env().block_timestamp());
            let role = self.effective_role(&requester, now);
            let key = (patient, &requester);
            let open = self.request_of(patient, &requester);
            let request = requests::request(*patient, requester, ask, role, open, self.limits.request_ms, now)?;
            chain::put(&mut self.requests, &key, &request);
            chain::tell(&events::AccessRequested {
                patient: *patient,
                requester,
                request,
            });
            Ok(())
        }

        /// Answers a request with a grant.
        #[inline(never)]
        fn approve_request(
            &mut self,
            patient: &rules::AccountId,
            requester: &rules::AccountId,
            id: GrantId,
            terms: &Terms,
        ) -> Result<(), ConsentError> {
            let now = self.env().block_timestamp();
            let request = self.request_of(patient, requester);
            requests::approve(request, *requester, terms, now)?;
            self.give_one(patient, id, terms)?;
            self.end_request(patient, requester, Answer::Approved(id));
            Ok(())
        }

        /// Ends a request without a grant.
        #[inline(never)]
        fn close_request(
            &mut self,
            patient: &rules::AccountId,
            requester: &rules::AccountId,
            answer: Answer,
        ) -> Result<(), ConsentError> {
            self.request_of(patient, requester)
                .ok_or(ConsentError::UnknownRequest)?;
            self.end_request(patient, requester, answer);
            Ok(())
        }

        #[inline(never)]
        fn end_request(&mut self, patient: &rules::AccountId, requester: &rules::AccountId, answer: Answer) {
            chain::clear(&mut self.requests, &(patient, requester));
            chain::tell(&events::RequestClosed {
                patient: *patient,
                requester: *requester,
                answer,
            });
        }

        /// Names the guardians of a patient.
        #[inline(never)]
        fn name_guardians(&mut self, patient: &rules::AccountId, guardians: &Guardians) -> Result<(), ConsentError> {
            guardians::validate_guardians(*patient, guardians, self.env().block_timestamp())?;
            if guardians.accounts.is_empty() {
                chain::clear(&mut self.guardianships, patient);
            } else {
                let guardianship = Guardianship {
                    guardians: guardians.clone(),
                    acts: Vec::new(),
                };
                chain::put(&mut self.guardianships, patient, &guardianship);
            }
            chain::tell(&events::GuardiansSet {
                patient: *patient,
                guardians: guardians.clone(),
            });
            Ok(())
        }

        /// Counts a guardian's vote, and does what enough of them want.
        fn count_guardian(&mut self, patient: &rules::AccountId, call: Call) -> Result<Acted, ConsentError> {
            let (guardian, now) = (self.caller(), self.env().block_timestamp());
            let mut guardianship = self.guardianship(patient);
            let hash = guardians::call_hash(&call, |bytes| self.blake2(bytes))?;
            let outcome = guardians::vote(&mut guardianship, guardian, hash, now)?;
            chain::put(&mut self.guardianships, patient, &guardianship);
            chain::tell(&events::GuardianVoted {
                patient: *patient,
                guardian,
                call: hash,
                outcome,
            });
            if outcome == Acted::Done {
                self.perform(patient, &call)?;
            }
            Ok(outcome)
        }

        /// Breaks a glass.
        fn open_glass(&mut self, request: &messages::BreakGlass) -> Result<(), ConsentError> {
            let (clinician, now) = (self.caller(), self.env().block_timestamp());
            let role = self.effective_role(&clinician, now);
            let last = Lookup::glass(self, &request.patient, &clinician);
            let mut breaker = self.breaker_of(&clinician);
            let event = glass::break_glass(request, clinician, role, last, &mut breaker, &self.limits, now)?;
            chain::put(&mut self.breakers, &clinician, &breaker);
            chain::put(&mut self.glasses, &(&request.patient, &clinician), &event.glass);
            chain::tell(&event);
            Ok(())
        }

        /// Takes the review of a glass.
        fn take_review(&mut self, review: &messages::Review) -> Result<(), ConsentError> {
            let (reviewer, now) = (self.caller(), self.env().block_timestamp());
            let role = self.effective_role(&reviewer, now);
            let mut breaker = self.breaker_of(&review.clinician);
            let event = glass::review(review, reviewer, role, &mut breaker, now)?;
            if breaker.is_empty() {
                chain::clear(&mut self.breakers, &review.clinician);
            } else {
                chain::put(&mut self.breakers, &review.clinician, &breaker);
            }
            let last = Lookup::glass(self, &review.patient, &review.clinician);
            if glass::closed_by_review(last, review, now) {
                self.free_glass(&review.patient, &review.clinician);
            }
            chain::tell(&event);
            Ok(())
        }

        /// Closes a broken glass.
        #[inline(never)]
        fn shut(&mut self, patient: &rules::AccountId, clinician: &rules::AccountId) -> Result<(), ConsentError> {
            let glass = Lookup::glass(self, patient, clinician).ok_or(ConsentError::UnknownGlass)?;
            self.free_glass(patient, clinician);
            chain::tell(&events::GlassClosed {
                patient: *patient,
                clinician: *clinician,
                opened_at: glass.opened_at,
            });
            Ok(())
        }

        #[inline(never)]
        fn free_glass(&mut self, patient: &rules::AccountId, clinician: &rules::AccountId) {
            chain::clear(&mut self.glasses, &(patient, clinician));
        }

        /// Does what a patient has signed.
        fn relay(&mut self, relayed: Relayed<Call>) -> Result<(), ConsentError> {
            let signer = relayed.signer;
            let contract = rules::AccountId(*self.env().account_id().as_ref());
            let now = self.env().block_timestamp();
            let verify = |signature: &[u8; 64], message: &[u8], signer: &rules::AccountId| {
                self.env().sr25519_verify(signature, message, &signer.0).is_ok()
            };
            let blake2 = |bytes: &[u8]| self.blake2(bytes);
            let next = self.next_nonce(&signer);
            relay::authorise(&relayed, next, &self.genesis, &contract, now, blake2, verify)
                .map_err(ConsentError::Relay)?;
            chain::put(&mut self.nonces, &signer, &relayed.nonce.saturating_add(1));
            self.perform(&signer, &relayed.call)
        }

        #[inline(never)]
        fn caller(&self) -> rules::AccountId {
            rules::AccountId(*self.env().caller().as_ref())
        }

        #[inline(never)]
        fn standing(&self, patient: &rules::AccountId, grantee: &Grantee) -> Vec<StoredGrant> {
            chain::get(&self.grants, &(patient, grantee)).unwrap_or_default()
        }

        /// Keeps the grants to one grantee, and nothing where there is none.
        #[inline(never)]
        fn keep(&mut self, patient: &rules::AccountId, grantee: &Grantee, standing: &Vec<StoredGrant>) {
            let key = (patient, grantee);
            if standing.is_empty() {
                chain::clear(&mut self.grants, &key);
            } else {
                chain::put(&mut self.grants, &key, standing);
            }
        }

        #[inline(never)]
        fn keep_state(&mut self, patient: &rules::AccountId, state: &PatientState) {
            chain::put(&mut self.patients, patient, state);
        }

        #[inline(never)]
        fn request_of(&self, patient: &rules::AccountId, requester: &rules::AccountId) -> Option<Request> {
            chain::get(&self.requests, &(patient, requester))
        }

        #[inline(never)]
        fn guardianship(&self, patient: &rules::AccountId) -> Guardianship {
            chain::get(&self.guardianships, patient).unwrap_or_default()
        }

        #[inline(never)]
        fn breaker_of(&self, clinician: &rules::AccountId) -> Breaker {
            chain::get(&self.breakers, clinician).unwrap_or_default()
        }

        #[inline(never)]
        fn next_nonce(&self, account: &rules::AccountId) -> u64 {
            chain::get(&self.nonces, account).unwrap_or_default()
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
        fn role(&self, account: &rules::AccountId) -> Option<Role> {
            chain::get(&self.roles, account)
        }

        #[inline(never)]
        fn state(&self, patient: &rules::AccountId) -> PatientState {
            chain::get(&self.patients, patient).unwrap_or_default()
        }

        fn grants(&self, patient: &rules::AccountId, grantee: &Grantee) -> Vec<StoredGrant> {
            self.standing(patient, grantee)
        }

        #[inline(never)]
        fn glass(&self, patient: &rules::AccountId, clinician: &rules::AccountId) -> Option<Glass> {
            chain::get(&self.glasses, &(patient, clinician))
        }

        #[inline(never)]
        fn blake2(&self, bytes: &[u8]) -> rules::Hash {
            let mut hash = [0; 32];
            ink::env::hash_bytes::<Blake2x256>(bytes, &mut hash);
            rules::Hash(hash)
        }
    }
}
