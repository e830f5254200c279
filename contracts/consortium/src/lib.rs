//! The consortium contract: a committee, its organisations, the roles of accounts, the directory of their keys, and
//! patients.
//!
//! It loads and stores; [`aegle_rules::consortium`] decides. No message takes a payment. Roles and what else the consent
//! and the ledger contract need are pushed to them, within the transaction that changes them; they are called without
//! the flag that would let them call back, so that nobody sees a state that is half changed.
#![cfg_attr(not(feature = "std"), no_std, no_main)]
#![deny(missing_docs)]

mod acts;
#[cfg(feature = "layout-2")]
mod moved;
mod telling;

#[cfg(not(feature = "layout-2"))]
pub(crate) use aegle_rules::consortium::KeptLayout as Root;
#[cfg(feature = "layout-2")]
pub(crate) use aegle_rules::consortium::OtherLayout as Root;
#[cfg(feature = "layout-2")]
pub(crate) use moved::{KeptState, Keys};
/// The committee and everything else of which there is one.
#[cfg(not(feature = "layout-2"))]
pub(crate) type KeptState = ink::storage::Lazy<aegle_rules::consortium::State, ink::storage::traits::ManualKey<6>>;
/// The key directory.
#[cfg(not(feature = "layout-2"))]
pub(crate) type Keys = ink::storage::Mapping<
    aegle_rules::AccountId,
    aegle_rules::consortium::KeyEntry,
    ink::storage::traits::ManualKey<3>,
>;

/// The contract.
#[ink::contract]
pub mod consortium {
    use crate::telling::{action_hash, ask, blake2, deliver, emit, tell, this};
    use aegle_rules::{
        self as rules,
        consent::{messages::ControlOf, Control},
        consortium::{
            current_roles, effective_roles, events, messages::Committee as AskCommittee, notices::Notice, AccountRoles,
            Action, AskLayout, Call, Committee, ConsortiumError, Contracts, Jurisdictions, KeyEntry, Layout, Limits,
            Named, Outcome, Proposal, ProxyOperators, Registration, Role, Standing, State, Upgrade, Which,
        },
        relay::Relayed,
        EncryptionKey, JurisdictionId, OrganisationId, ProposalId, Roles,
    };
    use ink::{
        env::CallFlags,
        prelude::vec::Vec,
        storage::{traits::ManualKey, Mapping},
    };

    /// What the contract keeps. Every mapping and the state lie under a key of their own, which must never be given to
    /// another one. The root cell, which every message loads, stays small: most messages are those of patients, who need
    /// nothing of the state.
    #[ink(storage)]
    pub struct Consortium {
        /// In which layout the contract keeps what it keeps. Later code reads this first.
        layout: crate::Root,
        /// Hash of the chain's first block. A signature for another chain is none for this one.
        genesis: rules::Hash,
        /// The committee and everything else of which there is one.
        pub(crate) state: crate::KeptState,
        /// The proposals that wait for votes.
        proposals: Mapping<ProposalId, Proposal, ManualKey<1>>,
        /// The roles of accounts.
        pub(crate) roles: Mapping<rules::AccountId, AccountRoles, ManualKey<2>>,
        /// The key directory.
        keys: crate::Keys,
        /// The patients.
        patients: Mapping<rules::AccountId, Registration, ManualKey<4>>,
        /// How many relayed calls each account made.
        nonces: Mapping<rules::AccountId, u64, ManualKey<5>>,
        /// The jurisdictions of organisations.
        pub(crate) places: Mapping<OrganisationId, JurisdictionId, ManualKey<7>>,
    }

    // Each message is a function of its own, not a part of one large function for all: the chain charges for compiling
    // every function that a call enters, by its size.
    impl Consortium {
        /// Founds a consortium whose committee these members are; `threshold` of them have to agree. `genesis` is the
        /// hash of the chain's first block, to which relayed calls are bound.
        ///
        /// - Who may call: whoever deploys the contract.
        /// - Errors: `InvalidCommittee`.
        /// - Storage: writes `state` and the root cell.
        #[ink(constructor, selector = 0x9bae9d5e)]
        pub fn new(
            members: Vec<rules::AccountId>,
            threshold: u8,
            genesis: rules::Hash,
        ) -> Result<Self, ConsortiumError> {
            let state = State::new(members, threshold)?;
            let mut founded = Self {
                layout: crate::Root::default(),
                genesis,
                state: Default::default(),
                proposals: Mapping::new(),
                roles: Mapping::new(),
                keys: Default::default(),
                patients: Mapping::new(),
                nonces: Mapping::new(),
                places: Mapping::new(),
            };
            founded.state.set(&state);
            Ok(founded)
        }

        /// Proposes something to the committee, which is the caller's vote for it; where one vote is enough and nothing has to
        /// be waited for, does it.
        ///
        /// - Who may call: a member of the committee.
        /// - Events: `ProposalOpened`; where one vote is enough those of `execute`, without `ProposalClosed`.
        /// - Errors, in this order: `NotCommittee`; what is wrong with the action itself: `InvalidRole`,
        ///   `RoleEndsInThePast`, `InvalidCommittee`, `InvalidContracts`, `InvalidProxies`, `InvalidLimits`, `InvalidJurisdiction`; then
        ///   `TooMany`, or where one vote is enough those of `execute` from `NotConnected` on.
        /// - Storage: reads `state`; writes `state` and `proposals`; where one vote is enough as `execute`.
        #[ink(message, selector = 0xcb14b5b5)]
        #[inline(never)]
        pub fn propose(&mut self, action: Action) -> Result<Outcome, ConsortiumError> {
            let proposer = self.caller();
            let mut state = self.state();
            state.committee.vote_of(&proposer)?;
            let waits = rules::consortium::waits(&action, &state);
            if state.committee.threshold == 1 && !waits {
                let done = Outcome::Done(self.enact(state, action)?);
                Self::answer(Ok::<_, ConsortiumError>(done));
            }
            let now = self.env().block_timestamp();
            rules::consortium::validate_action(&action, now)?;
            let hash = action_hash(&action);
            let (id, proposal) = rules::consortium::open_proposal(&state, proposer, hash, waits, now)?;
            state.proposals = id.0;
            self.state.set(&state);
            self.proposals.insert(id, &proposal);
            emit(events::Event::ProposalOpened(events::ProposalOpened {
                id,
                proposer,
                action,
                epoch: proposal.epoch,
                expires: proposal.expires,
            }));
            Self::answer(Ok::<_, ConsortiumError>(Outcome::Pending(id)))
        }

        /// Votes for a proposal; returns how many members have. Whoever voted already changes nothing.
        ///
        /// - Who may call: a member of the committee.
        /// - Events: `Voted`, for a member's first vote.
        /// - Errors, in this order: `NotCommittee`, `UnknownProposal`, `ChangedProposal`, `Expired`, `Superseded`.
        /// - Storage: reads `state` and `proposals`; writes `proposals` for a member's first vote.
        #[ink(message, selector = 0x083be260)]
        #[inline(never)]
        pub fn vote(&mut self, id: ProposalId, hash: rules::Hash) -> Result<u8, ConsortiumError> {
            let member = self.caller();
            let before = self.proposals.get(id);
            let now = self.env().block_timestamp();
            let after = rules::consortium::vote(&self.state().committee, before, member, hash, now)?;
            let votes = after.votes();
            if before != Some(after) {
                self.proposals.insert(id, &after);
                emit(events::Event::Voted(events::Voted { id, member, votes }));
            }
            Self::answer(Ok::<_, ConsortiumError>(votes))
        }

        /// Does what a proposal says that has enough votes now; returns the number of the organisation that it admitted.
        ///
        /// - Who may call: a member of the committee; executing is no vote.
        /// - Events: `ProposalClosed`, then one for the action: `OrganisationAdmitted` and `RoleSet`,
        ///   `OrganisationSuspended`, `OrganisationReinstated`, `RoleSet`, `RoleRevoked`, `CommitteeRotated`,
        ///   `SeatsSet`, `OrganisationSucceeded`, `ContractsConnected`, `ProxiesSet`, `LimitsSet`, `UpgradeScheduled`,
        ///   `UpgradeCancelled`, `JurisdictionSet`, `OrganisationPlaced`, `ResidenceSet` or `Resumed`; after a role that is set,
        ///   `RoleRevoked` for one that had ended and whose place it took; after a suspension and after taking a role, `DeliveryRefused` for each contract
        ///   that refuses it. Where contracts are replaced, `ContractsRetired`, and `DeliveryRefused` for each of them that
        ///   refuses to be told.
        /// - Errors, in this order: `NotCommittee`, `UnknownProposal`, `ChangedProposal`, `Expired`, `Superseded`,
        ///   `NotEnoughVotes`; `TooEarly` or `NotAccepted`, for what waits for the time lock; `InvalidRole`, `RoleEndsInThePast`, `InvalidCommittee`, `InvalidContracts`,
        ///   `InvalidProxies`, `InvalidLimits`; `NotConnected`; `UnknownOrganisation`, `InvalidJurisdiction`, `WrongStanding`,
        ///   `NoRole`, `InvalidSuccessor`, `UpgradePending`, `TooEarly`, `NothingScheduled`, `NotPaused`, `TooMany`;
        ///   `UnknownPatient`, `NotVouchedFor`; `NotDelivered`.
        /// - Storage: reads `state`; reads and frees `proposals`, whose deposit goes to the caller; reads `roles` to
        ///   set or revoke one; writes `roles`, `places`, `patients`, or `state`, or both of the first and the last. Then calls
        ///   the connected contracts.
        #[ink(message, selector = 0xd00ec894)]
        #[inline(never)]
        pub fn execute(&mut self, id: ProposalId, action: Action) -> Result<Option<OrganisationId>, ConsortiumError> {
            let hash = action_hash(&action);
            let (proposal, now) = (self.proposals.get(id), self.env().block_timestamp());
            let state = self.state();
            rules::consortium::may_execute(&state.committee, proposal, self.caller(), hash, now)?;
            rules::consortium::may_take_effect(&action, &state, proposal, now)?;
            self.close(id, true);
            let admitted = self.enact(state, action)?;
            Self::answer(Ok::<_, ConsortiumError>(admitted))
        }

        /// Accepts the seat that a proposed rotation of the committee gives the caller. Whoever accepted already changes
        /// nothing.
        ///
        /// - Who may call: whom the rotation names.
        /// - Events: `SeatAccepted`, for the first time.
        /// - Errors, in this order: `UnknownProposal`, `ChangedProposal`, `Expired`, `Superseded`, `NotNamed`.
        /// - Storage: reads `state` and `proposals`; writes `proposals` for the first time.
        #[ink(message, selector = 0x841195f4)]
        #[inline(never)]
        pub fn accept(&mut self, id: ProposalId, action: Action) -> Result<(), ConsortiumError> {
            Self::finish(self.accepted(id, action))
        }

        /// Removes a proposal.
        ///
        /// - Who may call: its proposer at any time; a member of the committee once its time has passed or the committee was
        ///   rotated.
        /// - Events: `ProposalClosed`.
        /// - Errors, in this order: `UnknownProposal`, `NotProposer`.
        /// - Storage: reads `state`; reads and frees `proposals`, whose deposit goes to the caller.
        #[ink(message, selector = 0x410fcc9d)]
        #[inline(never)]
        pub fn withdraw(&mut self, id: ProposalId) -> Result<(), ConsortiumError> {
            Self::finish(self.withdrawn(id))
        }

        /// Tells the connected contracts the roles of an account once more, as they are kept here, or the organisations: for
        /// contracts that were connected after it was set, or refused it; and of which jurisdiction a patient is, as it was
        /// settled when an organisation vouched for them, wherever that organisation is now.
        ///
        /// - Who may call: anybody.
        /// - Events: none.
        /// - Errors, in this order: `NotConnected`, `NotDelivered`.
        /// - Storage: reads `state`, `roles` and `patients`. Calls the connected contracts.
        #[ink(message, selector = 0x5fc759c5)]
        #[inline(never)]
        pub fn publish(&mut self, account: Option<rules::AccountId>) -> Result<(), ConsortiumError> {
            Self::finish(self.published(account))
        }

        /// Lets a contract run the code that was scheduled for it. In the same transaction, the new code has to say that
        /// it is that contract's, in the layout that was scheduled; another contract's has to take a notice too, and the
        /// consortium contract's to know the committee. Where it does not, nothing is changed.
        ///
        /// - Who may call: anybody.
        /// - Events: `Upgraded`.
        /// - Errors, in this order: `NothingScheduled`, `TooEarly`, `Expired`; `UnknownCode` for the consortium contract
        ///   itself; `NotConnected`, `NotDelivered` for another one; `WrongLayout`; `NotDelivered`.
        /// - Storage: reads and writes `state`. Then calls the contract, or sets its own code and calls itself.
        #[ink(message, selector = 0x9852f7b0)]
        #[inline(never)]
        pub fn upgrade(&mut self, contract: Which) -> Result<(), ConsortiumError> {
            Self::finish(self.upgraded(contract))
        }

        /// Returns what this code says of itself: that it is the consortium contract's, and the layout of what it
        /// keeps.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads the root cell, as every message does.
        #[ink(message, selector = 0x1f9430b8)]
        #[inline(never)]
        pub fn layout(&self) -> Layout {
            Self::answer(Layout {
                contract: Which::Consortium,
                version: crate::Root::VERSION,
            })
        }

        /// Moves keys of the directory that are kept in the layout before this one, at most 16 at once; returns how many there were.
        ///
        /// - Who may call: anybody.
        /// - Errors: `TooMany`.
        /// - Storage: reads and writes `keys`, once an account, and the root cell.
        #[cfg(feature = "layout-2")]
        #[ink(message, selector = 0x060d3f52)]
        #[inline(never)]
        pub fn migrate(&mut self, accounts: Vec<rules::AccountId>) -> Result<u32, ConsortiumError> {
            let moved = self.keys.migrate(&accounts)?;
            self.layout.moved = self.layout.moved.saturating_add(moved);
            Ok(moved)
        }

        /// Gives accounts the same role in the caller's organisation, instead of what they had in it. One that works for another
        /// organisation, and has had none in this one, is offered it, and has it once it accepts.
        ///
        /// - Who may call: an admin of a member organisation.
        /// - Events: `RoleSet` or `RoleOffered` for each account.
        /// - Errors, in this order: `NotConnected`, `NotAdmin`, `TooMany`, `InvalidRole`, `RoleEndsInThePast`; `NotYours` or
        ///   `TooMany`, for the first account that has it; `NotDelivered`.
        /// - Storage: reads `state`; reads and writes `roles`, once an account. Then calls the connected contracts.
        #[ink(message, selector = 0x889868b0)]
        #[inline(never)]
        pub fn appoint(
            &mut self,
            accounts: Vec<rules::AccountId>,
            roles: Roles,
            until: Timestamp,
        ) -> Result<(), ConsortiumError> {
            Self::finish(self.appointed(accounts, roles, until))
        }

        /// Takes the roles of accounts in the caller's organisation, and what it offers them.
        ///
        /// - Who may call: an admin of a member organisation.
        /// - Events: `RoleRevoked` for each account.
        /// - Errors, in this order: `NotConnected`, `NotAdmin`, `TooMany`; `NoRole` or `NotYours`, for the first account
        ///   that has it; `NotDelivered`.
        /// - Storage: reads `state`; reads and frees `roles`, once an account. Then calls the connected contracts.
        #[ink(message, selector = 0xf12ea69a)]
        #[inline(never)]
        pub fn dismiss(&mut self, accounts: Vec<rules::AccountId>) -> Result<(), ConsortiumError> {
            Self::finish(self.dismissed(accounts))
        }

        /// Accepts the role that an organisation offers the caller, instead of what they had there.
        ///
        /// - Who may call: anybody who is offered one that has not ended.
        /// - Events: `RoleSet`.
        /// - Errors, in this order: `NotConnected`, `NoRole`; `NotDelivered`.
        /// - Storage: reads `state`; reads and writes `roles`. Then calls the connected contracts.
        #[ink(message, selector = 0x907a021a)]
        #[inline(never)]
        pub fn accept_role(&mut self, organisation: OrganisationId) -> Result<(), ConsortiumError> {
            Self::finish(self.take_offer(self.caller(), organisation))
        }

        /// Gives the caller's own role in an organisation back, or in every one, and declines what is offered.
        ///
        /// - Who may call: anybody who has, or is offered, a role there that has not ended.
        /// - Events: `RoleSet` or `RoleOffered`, with a role that has ended, for each.
        /// - Errors, in this order: `NotConnected`, `NoRole`; `NotDelivered`.
        /// - Storage: reads `state`; reads and writes `roles`. Then calls the connected contracts.
        #[ink(message, selector = 0xe7b3e5cc)]
        #[inline(never)]
        pub fn renounce(&mut self, organisation: Option<OrganisationId>) -> Result<(), ConsortiumError> {
            Self::finish(self.give_back(self.caller(), organisation))
        }

        /// Calls for a pause: nothing is permitted then, but for what a broken glass shows. Returns until when there is one,
        /// where enough members of different organisations have called within a day. Of which organisation a member is, the
        /// committee says, and where it has not, the role that they have, if they have just one.
        ///
        /// - Who may call: a member of the committee.
        /// - Events: `PauseCalled`; `Paused`, where there is a pause now.
        /// - Errors, in this order: `NotConnected`, `NotCommittee`, `AlreadyPaused`, `PauseSpent`; `NotDelivered`.
        /// - Storage: reads `roles`; reads and writes `state`. Then calls the consent contract, where there is a pause now.
        #[ink(message, selector = 0x81e0c604)]
        #[inline(never)]
        pub fn pause(&mut self) -> Result<Option<Timestamp>, ConsortiumError> {
            let (mut state, member) = (self.state(), self.caller());
            let contracts = state.contracts.ok_or(ConsortiumError::NotConnected)?;
            let now = self.env().block_timestamp();
            let seat = state.committee.organisation_of(&member);
            let organisation = seat.or_else(|| {
                let roles = self.roles_kept(member);
                let mut current = current_roles(&roles.held, now).map(|role| role.organisation);
                current.next().filter(|_| current.next().is_none())
            });
            let paused = state.pauses.call(&state.committee, member, organisation, now)?;
            self.state.set(&state);
            emit(events::Event::PauseCalled(events::PauseCalled { member }));
            if let Some(until) = paused {
                emit(events::Event::Paused(events::Paused { until }));
                deliver(contracts, &Notice::Paused { until })?;
            }
            Self::answer(Ok::<_, ConsortiumError>(paused))
        }

        /// Returns the first millisecond at which nothing is paused any more: 0 when nothing ever was, or the committee
        /// ended it.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `state`.
        #[ink(message, selector = 0x571fcca1)]
        #[inline(never)]
        pub fn paused_until(&self) -> Timestamp {
            self.state().pauses.until
        }

        /// Registers the caller as a patient, for whom the organisation may vouch that they name, as long as they say, and no
        /// other one. Where they name none, nobody may, until `name_organisation`.
        ///
        /// - Who may call: anybody, for themselves; where an organisation is named, only while the account's own key controls it.
        /// - Events: `PatientRegistered`.
        /// - Errors, in this order: `AlreadyRegistered`; where an organisation is named, those of `name_organisation`.
        /// - Storage: reads and writes `patients`; where an organisation is named, that of `name_organisation`.
        #[ink(message, selector = 0x19cdf2d0)]
        #[inline(never)]
        pub fn register_patient(&mut self, named: Option<Named>) -> Result<(), ConsortiumError> {
            Self::finish(self.register(self.caller(), named))
        }

        /// Names the organisation that alone may vouch for a patient, once, instead of the one named before; `None` for nobody.
        /// The name says in which jurisdiction the organisation is, whose law the patient wants to count, and ends after
        /// `MAX_NAMED_MS` at the latest. After one has vouched, this lets another one, or the same one from where it is now,
        /// settle anew whose law counts.
        ///
        /// - Who may call: whoever controls the account, as the connected consent contract says; its own key until then.
        /// - Events: `OrganisationNamed`.
        /// - Errors, in this order: `UnknownPatient`, `UnknownOrganisation`, `OtherJurisdiction`, `InvalidEnd`; `NoAnswer`;
        ///   `NotController`, `ExclusiveGuardians`, `ReplacementPending`.
        /// - Storage: reads `state` and `places`; asks the consent contract; reads and writes `patients`.
        #[ink(message, selector = 0x60ea737d)]
        #[inline(never)]
        pub fn name_organisation(
            &mut self,
            account: rules::AccountId,
            named: Option<Named>,
        ) -> Result<(), ConsortiumError> {
            Self::finish(self.name(account, self.caller(), named))
        }

        /// Lets the caller's organisation vouch for a patient who named it, which uses the name up. The patient is of the
        /// jurisdiction that they named with it, in which it still has to be, whatever they were of before, and stays of it
        /// when the organisation moves. A name counts before its end, and while the key that gave it controls the account,
        /// with no guardians who act alone and no other key that is to.
        ///
        /// - Who may call: an admin of a member organisation.
        /// - Events: `PatientActivated`; `ResidenceSet`, where the patient is of another jurisdiction than before.
        /// - Errors, in this order: `NotAdmin`, `UnknownPatient`, `AlreadyActivated`, `NotChosen`, `NameEnded`,
        ///   `OtherJurisdiction`; `NoAnswer`; `ControllerReplaced`, `ExclusiveGuardians`, `ReplacementPending`; `NotDelivered`.
        /// - Storage: reads `state`, `roles` and `places`; asks the consent contract; reads and writes `patients`. Then calls
        ///   the consent contract, where the patient is of another jurisdiction than before.
        #[ink(message, selector = 0x45984c3e)]
        #[inline(never)]
        pub fn activate_patient(&mut self, patient: rules::AccountId) -> Result<(), ConsortiumError> {
            Self::finish(self.vouch(patient, self.caller()))
        }

        /// Returns a patient's registration; `None` when the account did not register.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `patients`.
        #[ink(message, selector = 0x846a7f0a)]
        #[inline(never)]
        pub fn patient(&self, account: rules::AccountId) -> Option<Registration> {
            Self::answer(self.registration(account))
        }

        /// Sets an account's entry of the key directory; returns its version.
        ///
        /// - Who may call: whoever controls the account, as the connected consent contract says; its own key until then.
        /// - Events: `KeySet`.
        /// - Errors, in this order: `NoAnswer`; `NotController`, `ExclusiveGuardians`, `ReplacementPending`; `InvalidKey`,
        ///   `TooMany`.
        /// - Storage: reads `state`; asks the consent contract; reads and writes `keys`.
        #[ink(message, selector = 0xacf3fa83)]
        #[inline(never)]
        pub fn set_key(
            &mut self,
            account: rules::AccountId,
            key: EncryptionKey,
            bundle: rules::Hash,
        ) -> Result<u32, ConsortiumError> {
            let version = self.store_key(account, self.caller(), key, bundle)?;
            Self::answer(Ok::<_, ConsortiumError>(version))
        }

        /// Returns an account's entry of the key directory.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `keys`.
        #[ink(message, selector = 0x9f4f5f13)]
        #[inline(never)]
        pub fn key_of(&self, account: rules::AccountId) -> Option<KeyEntry> {
            self.keys.get(account)
        }

        /// Carries out what an account signed, as if the account had called itself. The deposit of what is stored is
        /// paid by the caller, not by the account that signed.
        ///
        /// - Who may call: anybody who has the signature.
        /// - Events: `KeySet`, `PatientRegistered`, `OrganisationNamed`, `RoleSet` or `RoleOffered`.
        /// - Errors, in this order: `Relay` with `WrongNonce`, `Expired`, `TooFarAhead` or `BadSignature`; those of
        ///   `set_key`, `register_patient`, `name_organisation`, `renounce` or `accept_role`, and then the number is not used up.
        /// - Storage: reads and writes `nonces`; as `set_key`, `register_patient`, `name_organisation`, `renounce` or `accept_role`.
        #[ink(message, selector = 0x95fdd505)]
        #[inline(never)]
        pub fn relayed(&mut self, call: Relayed<Call>) -> Result<(), ConsortiumError> {
            Self::finish(self.carry_out(call))
        }

        /// Returns the number that an account's next relayed call has to have.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `nonces`.
        #[ink(message, selector = 0x395119cf)]
        #[inline(never)]
        pub fn relay_nonce(&self, account: rules::AccountId) -> u64 {
            self.nonces.get(account).unwrap_or_default()
        }

        /// Returns what an account may do at a time, in the first of its organisations where it may do anything: `None`
        /// when it has no role, or each has ended or is in an organisation that is suspended.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `roles` and `state`.
        #[ink(message, selector = 0x55ceac53)]
        #[inline(never)]
        pub fn role_of(&self, account: rules::AccountId, at: Timestamp) -> Option<Role> {
            self.effective(account, at).first().copied()
        }

        /// Returns what an account may do at a time, in each of its organisations: no role that has ended, or is in an
        /// organisation that is suspended.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `roles` and `state`.
        #[ink(message, selector = 0x83785cc9)]
        #[inline(never)]
        pub fn effective_roles(&self, account: rules::AccountId, at: Timestamp) -> Vec<Role> {
            self.effective(account, at)
        }

        /// Returns every role that an account has or is offered, as it is kept, whether or not it counts.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `roles`.
        #[ink(message, selector = 0x81a428fe)]
        #[inline(never)]
        pub fn roles_of(&self, account: rules::AccountId) -> AccountRoles {
            self.roles_kept(account)
        }

        /// Returns an organisation's standing; `None` when there is no such organisation.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `state`.
        #[ink(message, selector = 0xdfb5a499)]
        #[inline(never)]
        pub fn organisation(&self, id: OrganisationId) -> Option<Standing> {
            self.state().organisations.standing(id)
        }

        /// Returns what counts where a patient has said nothing, in every jurisdiction that is known.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `state`.
        #[ink(message, selector = 0x0249883a)]
        #[inline(never)]
        pub fn jurisdictions(&self) -> Jurisdictions {
            self.state().jurisdictions
        }

        /// Returns in which jurisdiction an organisation is.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `places`.
        #[ink(message, selector = 0xe10edf02)]
        #[inline(never)]
        pub fn jurisdiction_of(&self, organisation: OrganisationId) -> Option<JurisdictionId> {
            self.place(organisation)
        }

        /// Returns the committee.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `state`.
        #[ink(message, selector = 0x91060c9d)]
        #[inline(never)]
        pub fn committee(&self) -> Committee {
            self.state().committee
        }

        /// Returns a proposal; `None` when it was never opened, or was executed or withdrawn.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `proposals`.
        #[ink(message, selector = 0x025aac7e)]
        #[inline(never)]
        pub fn proposal(&self, id: ProposalId) -> Option<Proposal> {
            self.proposals.get(id)
        }

        /// Returns how many proposals were ever opened, which is the number of the last one.
        ///
        /// - Who may call: anybody.
        /// - Storage: as `limits`.
        #[ink(message, selector = 0x26c56e6b)]
        #[inline(never)]
        pub fn proposals(&self) -> u32 {
            self.state().proposals
        }

        /// Returns the limits.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `state`.
        #[ink(message, selector = 0x9593f846)]
        #[inline(never)]
        pub fn limits(&self) -> Limits {
            self.state().limits
        }

        /// Returns where the other two contracts are; `None` until they are connected.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `state`.
        #[ink(message, selector = 0x171ba292)]
        #[inline(never)]
        pub fn contracts(&self) -> Option<Contracts> {
            self.state().contracts
        }

        /// Returns what is scheduled for a contract, whether or not its window has passed.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `state`.
        #[ink(message, selector = 0x1be5d908)]
        #[inline(never)]
        pub fn scheduled(&self, contract: Which) -> Option<Upgrade> {
            self.state().upgrades.of(contract)
        }

        /// Returns the proxies.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `state`.
        #[ink(message, selector = 0x144b0535)]
        #[inline(never)]
        pub fn proxies(&self) -> ProxyOperators {
            self.state().proxies
        }

        fn caller(&self) -> rules::AccountId {
            rules::AccountId(*self.env().caller().as_ref())
        }

        #[inline(never)]
        fn effective(&self, account: rules::AccountId, at: Timestamp) -> Vec<Role> {
            effective_roles(&self.roles_kept(account).held, &self.state().organisations, at)
        }

        /// Removes a proposal, so that it cannot be executed again.
        fn close(&mut self, id: ProposalId, executed: bool) {
            self.proposals.remove(id);
            emit(events::Event::ProposalClosed(events::ProposalClosed { id, executed }));
        }

        /// Returns the state, in a function of its own: all that reads it is in one place.
        #[inline(never)]
        pub(crate) fn state(&self) -> State {
            self.state.get_or_default()
        }

        fn withdrawn(&mut self, id: ProposalId) -> Result<(), ConsortiumError> {
            let (proposal, now) = (self.proposals.get(id), self.env().block_timestamp());
            rules::consortium::may_withdraw(&self.state().committee, proposal, self.caller(), now)?;
            self.close(id, false);
            Ok(())
        }

        fn accepted(&mut self, id: ProposalId, action: Action) -> Result<(), ConsortiumError> {
            let (hash, member) = (action_hash(&action), self.caller());
            let (before, now) = (self.proposals.get(id), self.env().block_timestamp());
            let after = rules::consortium::accept(&self.state().committee, before, member, &action, hash, now)?;
            if before != Some(after) {
                self.proposals.insert(id, &after);
                emit(events::Event::SeatAccepted(events::SeatAccepted { id, member }));
            }
            Ok(())
        }

        fn published(&mut self, account: Option<rules::AccountId>) -> Result<(), ConsortiumError> {
            let state = self.state();
            let contracts = state.contracts.ok_or(ConsortiumError::NotConnected)?;
            let notice = match account {
                Some(account) => Notice::roles(account, &self.roles_kept(account)),
                None => Notice::Organisations(state.organisations),
            };
            deliver(contracts, &notice)?;
            let registration = account.and_then(|account| Some((account, self.registration(account)?)));
            if let Some((patient, Registration { jurisdiction, .. })) = registration {
                tell(contracts.consent, &Notice::Resident { patient, jurisdiction }, 0, 0)?;
            }
            Ok(())
        }

        fn appointed(
            &mut self,
            accounts: Vec<rules::AccountId>,
            roles: Roles,
            until: Timestamp,
        ) -> Result<(), ConsortiumError> {
            let (state, admin) = (self.state(), self.roles_kept(self.caller()));
            let contracts = state.contracts.ok_or(ConsortiumError::NotConnected)?;
            let now = self.env().block_timestamp();
            let before = self.roles_before(&accounts);
            let (role, after) = rules::consortium::appoint(&admin, &state.organisations, &before, roles, until, now)?;
            for (account, after) in accounts.iter().zip(&after) {
                self.tell_role(*account, role, after);
            }
            self.set_roles(contracts, &accounts, &before, &after)?;
            Ok(())
        }

        fn dismissed(&mut self, accounts: Vec<rules::AccountId>) -> Result<(), ConsortiumError> {
            let (state, admin) = (self.state(), self.roles_kept(self.caller()));
            let contracts = state.contracts.ok_or(ConsortiumError::NotConnected)?;
            let now = self.env().block_timestamp();
            let before = self.roles_before(&accounts);
            let after = rules::consortium::dismiss(&admin, &state.organisations, &before, now)?;
            self.set_roles(contracts, &accounts, &before, &after)?;
            Ok(())
        }

        fn upgraded(&mut self, contract: Which) -> Result<(), ConsortiumError> {
            let mut state = self.state();
            let upgrade = state.upgrades.due(contract, self.env().block_timestamp())?;
            let code_hash = upgrade.code_hash;
            state.upgrades.set(contract, None);
            self.state.set(&state);
            emit(events::Event::Upgraded(events::Upgraded { contract, code_hash }));
            let version = upgrade.layout;
            let expected = Some(Layout { contract, version });
            if contract == Which::Consortium {
                let set = self.env().set_code_hash(&code_hash.0.into());
                set.map_err(|_| ConsortiumError::UnknownCode)?;
                let this = this();
                let flags = CallFlags::ALLOW_REENTRY;
                if ask(this, &AskLayout {}, flags) != expected
                    || ask(this, &AskCommittee {}, flags) != Some(state.committee)
                {
                    return Err(ConsortiumError::WrongLayout);
                }
            } else {
                let contracts = state.contracts.ok_or(ConsortiumError::NotConnected)?;
                let receiver = if contract == Which::Consent {
                    contracts.consent
                } else {
                    contracts.ledger
                };
                tell(receiver, &Notice::Upgrade { code_hash }, 0, 0)?;
                if ask(receiver, &AskLayout {}, CallFlags::empty()) != expected {
                    return Err(ConsortiumError::WrongLayout);
                }
                // It knows that already: what matters is that it reads what is kept, and listens.
                tell(receiver, &Notice::Organisations(state.organisations), 0, 0)?;
            }
            Ok(())
        }

        /// Does what an account signed.
        fn carry_out(&mut self, call: Relayed<Call>) -> Result<(), ConsortiumError> {
            self.authorise(&call)?;
            match call.call {
                Call::SetKey { account, key, bundle } => {
                    self.store_key(account, call.signer, key, bundle)?;
                }
                Call::RegisterPatient { named } => self.register(call.signer, named)?,
                Call::NameOrganisation { account, named } => self.name(account, call.signer, named)?,
                Call::Renounce { organisation } => self.give_back(call.signer, organisation)?,
                Call::AcceptRole { organisation } => self.take_offer(call.signer, organisation)?,
            }
            Ok(())
        }

        /// Makes sure that a relayed call is its signer's, and uses its number up.
        fn authorise(&mut self, call: &Relayed<Call>) -> Result<(), ConsortiumError> {
            let contract = this();
            let nonce = self.relay_nonce(call.signer);
            let now = self.env().block_timestamp();
            let verify = |signature: &[u8; 64], message: &[u8], signer: &rules::AccountId| {
                self.env().sr25519_verify(signature, message, &signer.0).is_ok()
            };
            rules::relay::authorise(call, nonce, &self.genesis, &contract, now, blake2, verify)
                .map_err(ConsortiumError::Relay)?;
            let next = nonce.checked_add(1).ok_or(ConsortiumError::TooMany)?;
            self.nonces.insert(call.signer, &next);
            Ok(())
        }

        /// Sets the entry of an account, which `by` wants: whoever controls it, as the consent contract says.
        fn store_key(
            &mut self,
            account: rules::AccountId,
            by: rules::AccountId,
            key: EncryptionKey,
            bundle: rules::Hash,
        ) -> Result<u32, ConsortiumError> {
            self.may_act(&self.state(), account, by)?;
            let entry = rules::consortium::next_key(self.keys.get(account), key, bundle)?;
            self.keys.insert(account, &entry);
            self.env().emit_event(events::KeySet { account, entry });
            Ok(entry.version)
        }

        /// Makes sure that `by` controls an account, as the consent contract says, and no other key is to.
        #[inline(never)]
        pub(crate) fn may_act(
            &self,
            state: &State,
            account: rules::AccountId,
            by: rules::AccountId,
        ) -> Result<(), ConsortiumError> {
            let control = match state.contracts {
                Some(contracts) => ask(contracts.consent, &ControlOf { patient: account }, CallFlags::empty()),
                None => Some(Control::default()),
            };
            let control = control.ok_or(ConsortiumError::NoAnswer)?;
            rules::consortium::may_act(account, by, &control, self.env().block_timestamp())
        }

        fn register(&mut self, patient: rules::AccountId, named: Option<Named>) -> Result<(), ConsortiumError> {
            let now = self.env().block_timestamp();
            let mut registration = rules::consortium::register_patient(patient, self.registration(patient), now)?;
            if named.is_some() {
                registration = self.with_name(registration, patient, patient, named)?;
            }
            self.keep_registration(patient, &registration);
            emit(events::Event::PatientRegistered(events::PatientRegistered {
                patient,
                named,
            }));
            Ok(())
        }

        #[inline(never)]
        pub(crate) fn registration(&self, patient: rules::AccountId) -> Option<Registration> {
            self.patients.get(patient)
        }

        #[inline(never)]
        pub(crate) fn keep_registration(&mut self, patient: rules::AccountId, registration: &Registration) {
            self.patients.insert(patient, registration);
        }

        /// Names who may vouch for a patient, which `by` wants: whoever controls the account.
        fn name(
            &mut self,
            patient: rules::AccountId,
            by: rules::AccountId,
            named: Option<Named>,
        ) -> Result<(), ConsortiumError> {
            let registration = self.registration(patient).ok_or(ConsortiumError::UnknownPatient)?;
            let registration = self.with_name(registration, patient, by, named)?;
            self.keep_registration(patient, &registration);
            emit(events::Event::OrganisationNamed(events::OrganisationNamed {
                patient,
                named,
            }));
            Ok(())
        }

        #[inline(never)]
        fn with_name(
            &self,
            registration: Registration,
            patient: rules::AccountId,
            by: rules::AccountId,
            named: Option<Named>,
        ) -> Result<Registration, ConsortiumError> {
            let (state, now) = (self.state(), self.env().block_timestamp());
            let organisations = &state.organisations;
            let place = |organisation| self.place(organisation);
            let after = rules::consortium::name_organisation(registration, named, by, organisations, place, now)?;
            self.may_act(&state, patient, by)?;
            Ok(after)
        }

        /// Returns the jurisdiction in which an organisation is.
        #[inline(never)]
        pub(crate) fn place(&self, organisation: OrganisationId) -> Option<JurisdictionId> {
            self.places.get(organisation)
        }

        /// Ends a message that has nothing to say but how it went. On an error, the chain undoes what it did.
        #[inline(never)]
        fn finish(outcome: Result<(), ConsortiumError>) -> ! {
            let flags = match outcome {
                Ok(()) => ink::env::ReturnFlags::empty(),
                Err(_) => ink::env::ReturnFlags::REVERT,
            };
            ink::env::return_value(flags, &ink::MessageResult::Ok(outcome))
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
