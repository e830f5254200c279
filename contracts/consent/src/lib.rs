//! The consent contract: grants, their revocation, and the decision that everything asks for.
//!
//! It loads and stores; [`aegle_rules::consent`] decides. No message takes a payment, and none calls another contract:
//! the consortium contract tells of roles, organisations, proxies and limits when they change, by `notify`.
#![cfg_attr(not(feature = "std"), no_std, no_main)]
#![deny(missing_docs)]
// Arguments come boxed where that takes less code.
#![allow(clippy::boxed_local)]

mod acts;
mod chain;
mod glass;
mod grants;
mod guardians;
#[cfg(feature = "layout-2")]
mod moved;
mod notices;
mod requests;

#[cfg(not(feature = "layout-2"))]
pub(crate) use aegle_rules::consortium::KeptLayout as Root;
#[cfg(feature = "layout-2")]
pub(crate) use aegle_rules::consortium::OtherLayout as Root;

/// The contract.
#[ink::contract]
pub mod consent {
    use super::chain;
    use aegle_rules::{
        self as rules,
        consent::{
            messages, Acted, Answer, Ask, Breaker, Call, Change, ConsentError, Control, Decision, Declaration,
            Explained, Extent, Facts, Glass, GlassDay, Grantee, Guardians, Guardianship, HistoryHash, Lookup,
            Membership, Parent, PatientState, RecoveryAct, Request, SignedAct, SlotEpochs, StoredGrant, Terms, Verdict,
        },
        consortium::{notices::Notice, Jurisdictions, Layout, Limits, Organisations, ProxyOperators, Role, Which},
        relay::Relayed,
        GrantId, JurisdictionId, OrganisationId, Purposes, Slots,
    };
    use ink::{
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
        /// In which layout the contract keeps what it keeps. Later code reads this first.
        pub(crate) layout: crate::Root,
        /// The consortium contract.
        pub(crate) consortium: rules::AccountId,
        /// The hash of the chain's genesis block.
        pub(crate) genesis: rules::Hash,
        /// The organisations, as the consortium contract told them.
        pub(crate) organisations: Organisations,
        /// First millisecond at which no pause is any more, as the consortium contract told it.
        pub(crate) paused_until: Timestamp,
        /// Who runs the proxies, as the consortium contract told it.
        pub(crate) proxies: ProxyOperators,
        /// The limits, as the consortium contract told them.
        pub(crate) limits: Limits,
        /// What counts where a patient has said nothing, as the consortium contract told it.
        pub(crate) jurisdictions: Jurisdictions,
        /// What is kept once a patient.
        pub(crate) patients: Mapping<rules::AccountId, PatientState, ManualKey<1>>,
        /// The grants over a patient's records to a grantee, oldest first: at most `MAX_GRANTS_PER_GRANTEE` of the
        /// patient and `MAX_DELEGATED_PER_GRANTEE` that were passed on, and never none.
        pub(crate) grants: Mapping<GrantKey, Vec<StoredGrant>, ManualKey<2>>,
        /// The roles of accounts, as the consortium contract told them.
        pub(crate) roles: Mapping<rules::AccountId, Vec<Role>, ManualKey<3>>,
        /// The requests that were not answered.
        pub(crate) requests: Mapping<RequestKey, Request, ManualKey<4>>,
        /// The guardians of a patient, and what they have begun.
        pub(crate) guardianships: Mapping<rules::AccountId, Guardianship, ManualKey<5>>,
        /// The last glass that a clinician broke at a patient.
        pub(crate) glasses: Mapping<GlassKey, Glass, ManualKey<6>>,
        /// Of clinicians who broke glasses, what has to be reviewed, and the last day.
        pub(crate) breakers: Mapping<rules::AccountId, Breaker, ManualKey<7>>,
        /// The nonce of the next relayed act of a guardian or a recovery key; a controller's is in the patient's state.
        pub(crate) nonces: Mapping<rules::AccountId, u64, ManualKey<8>>,
        /// How many glasses the clinicians of an organisation have broken in a day.
        pub(crate) glass_days: Mapping<OrganisationId, GlassDay, ManualKey<9>>,
        /// The jurisdictions of patients, as the consortium contract told them.
        pub(crate) residences: Mapping<rules::AccountId, JurisdictionId, ManualKey<10>>,
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
                layout: crate::Root::default(),
                consortium,
                genesis,
                organisations: Organisations::default(),
                paused_until: 0,
                proxies: ProxyOperators::default(),
                limits: Limits::default(),
                jurisdictions: Jurisdictions::default(),
                patients: Mapping::new(),
                grants: Mapping::new(),
                roles: Mapping::new(),
                requests: Mapping::new(),
                guardianships: Mapping::new(),
                glasses: Mapping::new(),
                breakers: Mapping::new(),
                nonces: Mapping::new(),
                glass_days: Mapping::new(),
                residences: Mapping::new(),
            }
        }

        /// Notes what the consortium contract tells; it counts at once.
        ///
        /// - Who may call: the consortium contract.
        /// - Events: none; the consortium contract has told the world.
        /// - Errors, in this order: `NotConsortium`; `UnknownCode`.
        /// - Storage: writes `roles`, `residences` or the root cell; an upgrade changes the contract's code.
        #[ink(message, selector = 0xe6a77c8e)]
        #[inline(never)]
        pub fn notify(&mut self, notice: Box<Notice>) -> Result<(), ConsentError> {
            chain::finish(self.note(*notice))
        }

        /// Returns what this code says of itself: that it is the consent contract's, and the layout of what it keeps.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads the root cell, as every message does.
        #[ink(message, selector = 0x1f9430b8)]
        #[inline(never)]
        pub fn layout(&self) -> Layout {
            chain::answer(&Layout {
                contract: Which::Consent,
                version: crate::Root::VERSION,
            })
        }

        /// Moves cells that are kept in the layout before this one, at most 16 at once; returns how many there were.
        ///
        /// - Who may call: anybody.
        /// - Errors: `TooManyAtOnce`.
        /// - Storage: reads and writes `grants`, once a grantee, and the root cell.
        #[cfg(feature = "layout-2")]
        #[ink(message, selector = 0x060d3f50)]
        #[inline(never)]
        pub fn migrate(&mut self, patient: Box<rules::AccountId>, grantees: Vec<Grantee>) -> Result<u32, ConsentError> {
            match self.move_cells(&patient, &grantees) {
                Ok(moved) => chain::answer(&Ok::<_, ConsentError>(moved)),
                Err(error) => chain::finish(Err(error)),
            }
        }

        /// Returns the number that a patient's next grant gets; after the last number, that last one.
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
        /// - Who may call: anybody, as the patient, here and in every message that says so. The first errors of each are those
        ///   of who [acts](aegle_rules::consent::Control::authorise): `NotController`, `ExclusiveGuardians`,
        ///   `ReplacementPending`; and each reads `patients`, and writes it where an event is hashed.
        /// - Events: `Granted`.
        /// - Errors, in this order: `EmptyTerms`, `InvalidPeriod`, `TooDeep`, `GranteeIsPatient`, `NotDelegable`,
        ///   `WrongSplit`, `WrongProxies`, `WrongResearch`, `WrongNarrowing`, `RestrictedTogether`; `TooManyGrants` when
        ///   the numbers are used up, `GrantIdTaken`; `GranteeOrganisation`, `InsurerPurpose`, `ProxiesOfGrantee`;
        ///   `TooManyGrants`.
        /// - Storage: reads `roles` for a permit to an account; reads and writes `patients` and `grants`.
        #[ink(message, selector = 0x3d08287a)]
        #[inline(never)]
        pub fn grant(&mut self, id: GrantId, terms: Box<Terms>) -> Result<(), ConsentError> {
            chain::finish(self.own(&Call::Grant { id, terms: *terms }))
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
            chain::finish(self.own(&Call::GrantMany { grants }))
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
            chain::finish(self.own(&Call::Revoke { id, grantee: *grantee }))
        }

        /// Ends every grant, and whatever was passed on, in one step, however many there are. They stay in the state,
        /// void, until they are cleared or make room for others. What guardians have begun is void too, but for a replacement
        /// of the controller.
        ///
        /// - Who may call: anybody, as the patient.
        /// - Events: `AllRevoked`.
        /// - Storage: reads and writes `patients`; reads `guardianships`, and writes it where guardians had begun something.
        #[ink(message, selector = 0x5e4768c9)]
        #[inline(never)]
        pub fn revoke_all(&mut self) -> Result<(), ConsentError> {
            chain::finish(self.own(&Call::RevokeAll))
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
            chain::finish(self.own(&Call::Clear { grantee: *grantee }))
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
        /// - Errors: none of its own.
        /// - Storage: reads and writes `patients`.
        #[ink(message, selector = 0x55fee041)]
        #[inline(never)]
        pub fn set_restricted(&mut self, slots: Slots) -> Result<(), ConsentError> {
            chain::finish(self.own(&Call::SetRestricted { slots }))
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
            chain::finish(self.own(&Call::AdvanceEpochs { slots }))
        }

        /// Returns the slots that a patient has marked restricted.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `patients`.
        #[ink(message, selector = 0x1e36bbb7)]
        #[inline(never)]
        pub fn restricted(&self, patient: Box<rules::AccountId>) -> Slots {
            chain::answer(&self.state(&patient).restricted)
        }

        /// Returns the epochs of a patient's slots, under which records are sealed from now on.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `patients`.
        #[ink(message, selector = 0x46ba5d6a)]
        #[inline(never)]
        pub fn epochs(&self, patient: Box<rules::AccountId>) -> SlotEpochs {
            chain::answer(&self.state(&patient).slot_epochs())
        }

        /// Returns the grants over a patient's records to one grantee that were not revoked, oldest first, with those
        /// that were passed on; some may have ended, or were passed on from one that no longer stands.
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

        /// Decides whether a record may be shown to somebody, for exactly one purpose, at a time.
        ///
        /// - Who may call: anybody.
        /// - Errors: none; whatever is wrong is a denial, in this order: `Malformed`, `Past`, `NotController`,
        ///   `Paused`, `Role`, `GlassClosed`, `DeniedBy`, `NoGrant`.
        /// - Storage: reads `patients`, and nothing else for the patient's own records; `guardianships` for `PATRQT`; then
        ///   `roles`, `glasses` for `BTG`, and `grants` for the account, and only where
        ///   nothing to it matches, for each organisation that it works for, and then for anyone, and `residences`. What was passed on takes a read of `roles` and two of `grants` for each grantee above it, `MAX_HOLDERS` at most.
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
            extent: Extent,
            membership: Box<Option<Membership>>,
            at: Timestamp,
        ) -> Decision {
            let question = messages::Check {
                requester: *requester,
                patient: *patient,
                purpose,
                facts: *facts,
                research: *research,
                extent,
                membership: *membership,
                at,
            };
            chain::answer(&rules::consent::check(&question, self, chain::now()))
        }

        /// Returns what `check` answers, and through which of the requester's organisations they have the role that the
        /// answer rests on.
        ///
        /// - Who may call: anybody.
        /// - Errors: as `check`.
        /// - Storage: as `check`.
        #[ink(message, selector = 0x24651026)]
        #[inline(never)]
        #[allow(clippy::too_many_arguments)] // They are the fields of the question, in its order.
        pub fn explain(
            &self,
            requester: Box<rules::AccountId>,
            patient: Box<rules::AccountId>,
            purpose: Purposes,
            facts: Box<Facts>,
            research: Box<Declaration>,
            extent: Extent,
            membership: Box<Option<Membership>>,
            at: Timestamp,
        ) -> Explained {
            let question = messages::Check {
                requester: *requester,
                patient: *patient,
                purpose,
                facts: *facts,
                research: *research,
                extent,
                membership: *membership,
                at,
            };
            chain::answer(&rules::consent::explain(&question, self, chain::now()))
        }

        /// Returns a patient's jurisdiction, where it is known.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `residences`.
        #[ink(message, selector = 0xe7dbedf5)]
        #[inline(never)]
        pub fn residence(&self, patient: Box<rules::AccountId>) -> Option<JurisdictionId> {
            chain::answer(&Lookup::residence(self, &patient))
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
            chain::finish(self.own(&Call::Approve {
                requester: *requester,
                id,
                terms: *terms,
            }))
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
            chain::finish(self.own(&Call::Decline { requester: *requester }))
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
            chain::finish(self.close_request(&patient, &chain::caller(), Answer::Withdrawn))
        }

        /// Returns the request of somebody to a patient that was not answered yet; it may have expired.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `requests`.
        #[ink(message, selector = 0x468e6c52)]
        #[inline(never)]
        pub fn request(&self, patient: Box<rules::AccountId>, requester: Box<rules::AccountId>) -> Option<Request> {
            chain::answer(&self.request_of(&patient, &requester))
        }

        /// Names who may act for the patient. Who was named before is followed three days later, and what those had begun is
        /// void then; where nobody can act any more, at once, but for exclusive ones, who wait three days too.
        ///
        /// - Who may call: anybody, as the patient.
        /// - Events: `GuardiansSet`.
        /// - Errors, in this order: `TooManyGuardians`, `WrongGuardians`, `InvalidPeriod`, `WrongGuardians`.
        /// - Storage: reads and writes `patients` and `guardianships`, or frees the latter where nobody is named.
        #[ink(message, selector = 0x3ba78629)]
        #[inline(never)]
        pub fn set_guardians(&mut self, guardians: Box<Guardians>) -> Result<(), ConsentError> {
            chain::finish(self.own(&Call::SetGuardians { guardians: *guardians }))
        }

        /// Wants something done for a patient; does it once enough guardians want it. What the patient may do, the
        /// guardians may do, but for naming a recovery key, and for naming guardians unless they act alone; and they alone
        /// replace the controller of the patient's account.
        ///
        /// - Who may call: a guardian of the patient.
        /// - Events: `GuardianVoted`; where it is done, those of the call, after it.
        /// - Errors, in this order: `NotForGuardians`, `NotGuardian`, `GuardiansEnded`; where it is done, those of the
        ///   call, and then the vote does not count.
        /// - Storage: reads and writes `guardianships`; where it is done, that of the call.
        #[ink(message, selector = 0x522f0f2d)]
        #[inline(never)]
        pub fn guardian_act(&mut self, patient: Box<rules::AccountId>, call: Box<Call>) -> Result<Acted, ConsentError> {
            match self.count_guardian(&patient, &chain::caller(), &call) {
                Ok(outcome) => chain::answer(&Ok::<_, ConsentError>(outcome)),
                Err(error) => chain::finish(Err(error)),
            }
        }

        /// Returns who may act for a patient; they may have ended.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `guardianships`.
        #[ink(message, selector = 0x12d70020)]
        #[inline(never)]
        pub fn guardians(&self, patient: Box<rules::AccountId>) -> Guardians {
            chain::answer(self.guardianship_of(&patient).at(chain::now()))
        }

        /// Returns the guardians who are to follow those that a patient has.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `guardianships`.
        #[ink(message, selector = 0x65ac3ad1)]
        #[inline(never)]
        pub fn guardian_change(&self, patient: Box<rules::AccountId>) -> Option<Change> {
            let waits = |change: &Change| chain::now() < change.from;
            chain::answer(&self.guardianship_of(&patient).change.filter(waits))
        }

        /// Does something for a patient whose account another key controls than its own.
        ///
        /// - Who may call: the controller of the patient's account.
        /// - Events: those of the call.
        /// - Errors, in this order: `NotController`, `ExclusiveGuardians`, `OnlyGuardians`, `ReplacementPending`; those of the
        ///   call, of which `Veto` has `NothingToVeto` and `VetoUsed`, and `SetRecoveryKey` has `RecoveryKeyFixed`.
        /// - Storage: that of the call.
        #[ink(message, selector = 0xcdcebd21)]
        #[inline(never)]
        pub fn act(&mut self, patient: Box<rules::AccountId>, call: Box<Call>) -> Result<(), ConsentError> {
            chain::finish(self.controlled(&patient, &chain::caller(), &call))
        }

        /// Vetoes what is to become of a patient's controller and guardians, ends the time of exclusive guardians, or names the
        /// next recovery key.
        ///
        /// - Who may call: the patient's recovery key.
        /// - Events: `Vetoed`, `GuardiansSet`, or `RecoveryKeySet`.
        /// - Errors, in this order: `NotRecoveryKey`, `NothingToVeto`.
        /// - Storage: reads and writes `patients`; reads `guardianships`, and writes it where a change is vetoed, or frees it
        ///   where a time is ended.
        #[ink(message, selector = 0x12591ee4)]
        #[inline(never)]
        pub fn recover(&mut self, patient: Box<rules::AccountId>, act: Box<RecoveryAct>) -> Result<(), ConsentError> {
            chain::finish(self.recovered(&patient, &chain::caller(), *act))
        }

        /// Returns who acts for a patient.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `patients`.
        #[ink(message, selector = 0x02fc5e3e)]
        #[inline(never)]
        pub fn control(&self, patient: Box<rules::AccountId>) -> Control {
            chain::answer(&self.state(&patient).control)
        }

        /// Returns the running hash of what was told of a patient's consent, with which a collection of it is shown to
        /// be complete.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `patients`.
        #[ink(message, selector = 0xa1560f1b)]
        #[inline(never)]
        pub fn history(&self, patient: Box<rules::AccountId>) -> HistoryHash {
            chain::answer(&self.state(&patient).history)
        }

        /// Opens a patient's records to the caller in an emergency, for `glass_ms`, to be reviewed within `review_ms`.
        ///
        /// - Who may call: a clinician.
        /// - Events: `GlassBroken`.
        /// - Errors, in this order: `WrongRole`, `GlassOpen`, `GlassCooling`, `TooManyUnjustified`, `ReviewOverdue`,
        ///   `TooManyUnreviewed`, `TooManyGlasses`, `TooManyOfOrganisation`.
        /// - Storage: reads `roles`; reads and writes `glasses`, `breakers` and `glass_days`.
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
        /// - Who may call: an admin of the organisation that the clinician acted for, but the clinician; an auditor of another
        ///   one where it is suspended, the clinician is one of its admins, or the review is overdue.
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

        /// Closes a broken glass before its time; the clinician cannot break it again for a day. It has to be reviewed all the
        /// same.
        ///
        /// - Who may call: anybody, as the patient.
        /// - Events: `GlassClosed`.
        /// - Errors: `UnknownGlass`.
        /// - Storage: reads and writes `glasses`, or frees it where the glass has ended.
        #[ink(message, selector = 0x8031261f)]
        #[inline(never)]
        pub fn close_glass(&mut self, clinician: Box<rules::AccountId>) -> Result<(), ConsentError> {
            chain::finish(self.own(&Call::CloseGlass { clinician: *clinician }))
        }

        /// Returns the last glass of a clinician at a patient; it may have ended.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `glasses`.
        #[ink(message, selector = 0xfd8dbdb2)]
        #[inline(never)]
        pub fn glass(&self, patient: Box<rules::AccountId>, clinician: Box<rules::AccountId>) -> Option<Glass> {
            chain::answer(&Lookup::glass(self, &patient, &clinician))
        }

        /// Returns what is kept of a clinician who broke glasses: the reviews that are due, and the last day.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `breakers`.
        #[ink(message, selector = 0xba4f2618)]
        #[inline(never)]
        pub fn breaker(&self, clinician: Box<rules::AccountId>) -> Breaker {
            chain::answer(&self.breaker_of(&clinician))
        }

        /// Returns how many glasses the clinicians of an organisation have broken in its last day.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `glass_days`.
        #[ink(message, selector = 0xebe4abcd)]
        #[inline(never)]
        pub fn glass_day(&self, organisation: OrganisationId) -> GlassDay {
            chain::answer(&self.glass_day_of(organisation))
        }

        /// Does what the controller of a patient's account, a guardian or a recovery key has signed.
        ///
        /// - Who may call: anybody. The caller pays the deposit of what is stored, and gets that of what is freed.
        /// - Events: those of the call.
        /// - Errors, in this order: `Relay`; those of `act`, `guardian_act` or `recover`, and then the nonce is not used up.
        /// - Storage: that of the call, and `patients`, where a controller's nonce is; `nonces` for the others.
        #[ink(message, selector = 0x95fdd505)]
        #[inline(never)]
        pub fn relayed(&mut self, relayed: Box<Relayed<SignedAct>>) -> Result<(), ConsentError> {
            chain::finish(self.relay(&relayed))
        }

        /// Returns the nonce of the next relayed call of whoever controls a patient's account.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `patients`.
        #[ink(message, selector = 0x395119cf)]
        #[inline(never)]
        pub fn relay_nonce(&self, account: Box<rules::AccountId>) -> u64 {
            chain::answer(&self.state(&account).nonce)
        }

        /// Returns the nonce of the next relayed act of a guardian or a recovery key.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `nonces`.
        #[ink(message, selector = 0xebfb3610)]
        #[inline(never)]
        pub fn guardian_nonce(&self, account: Box<rules::AccountId>) -> u64 {
            chain::answer(&self.next_nonce(&account))
        }
    }
}
