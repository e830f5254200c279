//! The consortium contract: organisations, the roles of accounts and the directory of their keys.
//!
//! It loads and stores; [`aegle_rules::consortium`] decides. No message takes a payment.
#![cfg_attr(not(feature = "std"), no_std, no_main)]
#![deny(missing_docs)]

/// The contract.
#[ink::contract]
pub mod consortium {
    use aegle_rules::{
        self as rules,
        consortium::{events, Action, Change, ConsortiumError, KeyEntry, Organisations, Role, Standing},
        EncryptionKey, OrganisationId,
    };
    use ink::storage::{traits::ManualKey, Mapping};

    /// What the contract keeps. Every mapping lies under a key of its own, which must never be given to another one;
    /// the organisations are in the root cell, which every message loads anyway.
    #[ink(storage)]
    pub struct Consortium {
        /// The organisations.
        organisations: Organisations,
        /// The committee's members.
        committee: Mapping<rules::AccountId, (), ManualKey<1>>,
        /// The roles of accounts.
        roles: Mapping<rules::AccountId, Role, ManualKey<2>>,
        /// The key directory.
        keys: Mapping<rules::AccountId, KeyEntry, ManualKey<3>>,
    }

    // Each message is a function of its own, not a part of one large function for all: the chain charges for compiling
    // every function that a call enters, by its size.
    impl Consortium {
        /// Founds a consortium whose committee is `member` alone.
        ///
        /// - Who may call: whoever deploys the contract.
        /// - Storage: writes `committee` and the root cell.
        #[ink(constructor, selector = 0x9bae9d5e)]
        pub fn new(member: rules::AccountId) -> Self {
            let mut committee = Mapping::new();
            committee.insert(member, &());
            Self {
                organisations: Organisations::default(),
                committee,
                roles: Mapping::new(),
                keys: Mapping::new(),
            }
        }

        /// Lets the committee act; returns the number of the organisation that it admitted.
        ///
        /// - Who may call: a member of the committee.
        /// - Events: `OrganisationAdmitted` and `RoleSet`, `OrganisationSuspended`, `OrganisationReinstated`, `RoleSet`
        ///   or `RoleRevoked`.
        /// - Errors, in this order: `NotCommittee`; `InvalidRole`, `RoleEndsInThePast`; `UnknownOrganisation`,
        ///   `WrongStanding`, `NoRole`, `TooMany`.
        /// - Storage: reads `committee`; reads `roles` to revoke one; writes `roles`; writes the root cell.
        #[ink(message, selector = 0x7aa10660)]
        #[inline(never)]
        pub fn enact(&mut self, action: Action) -> Result<Option<OrganisationId>, ConsortiumError> {
            let by_committee = self.committee.contains(self.caller());
            let role = match action {
                Action::RevokeRole { account } => self.roles.get(account),
                _ => None,
            };
            let now = self.env().block_timestamp();
            let change = rules::consortium::decide(by_committee, &action, &self.organisations, role, now)?;
            Ok(self.apply(change))
        }

        /// What an account may do at a time: `None` when it has no role, the role has ended, or its organisation is
        /// suspended.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `roles`.
        #[ink(message, selector = 0x55ceac53)]
        #[inline(never)]
        pub fn role_of(&self, account: rules::AccountId, at: Timestamp) -> Option<Role> {
            let role = self.roles.get(account)?;
            rules::consortium::effective_role(Some(role), self.organisations.standing(role.organisation), at)
        }

        /// An organisation's standing; `None` when there is no such organisation.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads the root cell only.
        #[ink(message, selector = 0xdfb5a499)]
        #[inline(never)]
        pub fn organisation(&self, id: OrganisationId) -> Option<Standing> {
            self.organisations.standing(id)
        }

        /// Sets the caller's own entry of the key directory; returns its version.
        ///
        /// - Who may call: anybody, for themselves.
        /// - Events: `KeySet`.
        /// - Errors, in this order: `InvalidKey`, `TooMany`.
        /// - Storage: reads and writes `keys`.
        #[ink(message, selector = 0xacf3fa83)]
        #[inline(never)]
        pub fn set_key(&mut self, key: EncryptionKey, bundle: rules::Hash) -> Result<u32, ConsortiumError> {
            let account = self.caller();
            let entry = rules::consortium::next_key(self.keys.get(account), key, bundle)?;
            self.keys.insert(account, &entry);
            self.env().emit_event(events::KeySet { account, entry });
            Self::answer(Ok::<_, ConsortiumError>(entry.version))
        }

        /// An account's entry of the key directory.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `keys`.
        #[ink(message, selector = 0x9f4f5f13)]
        #[inline(never)]
        pub fn key_of(&self, account: rules::AccountId) -> Option<KeyEntry> {
            self.keys.get(account)
        }

        fn caller(&self) -> rules::AccountId {
            rules::AccountId(*self.env().caller().as_ref())
        }

        /// Stores a change and tells the world; returns the number of an organisation that was admitted.
        fn apply(&mut self, change: Change) -> Option<OrganisationId> {
            match change {
                Change::Admitted {
                    organisation,
                    admin,
                    role,
                } => {
                    self.organisations.admitted = organisation.0;
                    self.roles.insert(admin, &role);
                    self.env()
                        .emit_event(events::OrganisationAdmitted { organisation, admin });
                    self.env().emit_event(events::RoleSet { account: admin, role });
                    return Some(organisation);
                }
                Change::Standing { organisation, standing } => {
                    self.organisations.set_standing(organisation, standing);
                    match standing {
                        Standing::Member => self.env().emit_event(events::OrganisationReinstated { organisation }),
                        Standing::Suspended => self.env().emit_event(events::OrganisationSuspended { organisation }),
                    }
                }
                Change::Role {
                    account,
                    role: Some(role),
                } => {
                    self.roles.insert(account, &role);
                    self.env().emit_event(events::RoleSet { account, role });
                }
                Change::Role { account, role: None } => {
                    self.roles.remove(account);
                    self.env().emit_event(events::RoleRevoked { account });
                }
            }
            None
        }

        /// Ends a message that changed state, with the answer `value`.
        ///
        /// After returning from such a message, ink! would write the root cell back, which costs 0.17 ms of weight; this
        /// is for a message that changes nothing in it.
        fn answer<T: scale::Encode>(value: T) -> ! {
            ink::env::return_value(ink::env::ReturnFlags::empty(), &ink::MessageResult::Ok(value))
        }
    }
}
