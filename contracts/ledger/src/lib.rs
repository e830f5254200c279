//! The ledger contract: search domains and the batches anchored in them.
//!
//! It loads and stores; [`aegle_rules::ledger`] decides. No message takes a payment. The consortium contract is asked
//! before anything is written, and without the flag that would let it call back.
#![cfg_attr(not(feature = "std"), no_std, no_main)]
#![deny(missing_docs)]

/// The contract.
#[ink::contract]
pub mod ledger {
    use aegle_rules::{
        self as rules,
        consortium::{messages::RoleOf, Role},
        ledger::{events, messages, Batch, Domain, LedgerError},
        message::Message,
        BatchNumber, DomainId, OprfKey,
    };
    use ink::{
        env::{
            call::{build_call, ExecutionInput, Selector},
            DefaultEnvironment,
        },
        storage::{traits::ManualKey, Lazy, Mapping},
    };

    /// What the contract keeps. Every mapping and number lies under a key of its own, which must never be given to
    /// another one; the address is in the root cell, which every message loads anyway.
    #[ink(storage)]
    pub struct Ledger {
        /// The consortium contract.
        consortium: rules::AccountId,
        /// How many domains were ever registered.
        registered: Lazy<u32, ManualKey<1>>,
        /// The search domains.
        domains: Mapping<DomainId, Domain, ManualKey<2>>,
        /// The anchored batches.
        batches: Mapping<(DomainId, BatchNumber), Batch, ManualKey<3>>,
    }

    // Each message is a function of its own, not a part of one large function for all: the chain charges for compiling
    // every function that a call enters, by its size.
    impl Ledger {
        /// Starts without any domain.
        ///
        /// - Who may call: whoever deploys the contract.
        /// - Storage: writes the root cell and `registered`.
        #[ink(constructor, selector = 0x9bae9d5e)]
        pub fn new(consortium: rules::AccountId) -> Self {
            let mut registered = Lazy::new();
            registered.set(&0);
            Self {
                consortium,
                registered,
                domains: Mapping::new(),
                batches: Mapping::new(),
            }
        }

        /// Registers a search domain, whose custodian is the caller's organisation; returns its number.
        ///
        /// - Who may call: an organisation admin.
        /// - Events: `DomainRegistered`.
        /// - Errors, in this order: `ConsortiumUnavailable`, `InvalidKey`, `NotCustodian`, `TooMany`.
        /// - Storage: reads and writes `registered`; writes `domains`.
        #[ink(message, selector = 0x391c40cf)]
        #[inline(never)]
        pub fn register_domain(&mut self, key: OprfKey) -> Result<DomainId, LedgerError> {
            let role = self.callers_role()?;
            let (domain, state) = rules::ledger::register_domain(role, self.registered.get_or_default(), key)?;
            self.registered.set(&domain.0);
            self.domains.insert(domain, &state);
            self.env().emit_event(events::DomainRegistered {
                domain,
                custodian: state.custodian,
                key,
            });
            Self::answer(Ok::<_, LedgerError>(domain))
        }

        /// A search domain.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `domains`.
        #[ink(message, selector = 0x384fc2d5)]
        #[inline(never)]
        pub fn domain(&self, id: DomainId) -> Option<Domain> {
            self.domains.get(id)
        }

        /// Anchors a batch.
        ///
        /// - Who may call: an admin of the organisation that is the domain's custodian.
        /// - Events: `Anchored`.
        /// - Errors, in this order: `InvalidSize`, `UnknownDomain`, `ConsortiumUnavailable`, `NotCustodian`,
        ///   `BatchTaken`, `TooMany`.
        /// - Storage: reads and writes `domains`; writes `batches`.
        #[ink(message, selector = 0xc0564c5e)]
        #[inline(never)]
        pub fn anchor(
            &mut self,
            domain: DomainId,
            expected: BatchNumber,
            record_root: rules::Hash,
            index_commitment: rules::Hash,
            records: u32,
            manifest: rules::Hash,
        ) -> Result<(), LedgerError> {
            let request = messages::Anchor {
                domain,
                expected,
                record_root,
                index_commitment,
                records,
                manifest,
            };
            let before = rules::ledger::check_anchor(&request, self.domains.get(domain))?;
            let role = self.callers_role()?;
            let (after, batch, anchored) =
                rules::ledger::anchor(&request, Some(before), role, self.env().block_timestamp())?;
            self.domains.insert(domain, &after);
            self.batches.insert((domain, expected), &batch);
            self.env().emit_event(anchored);
            Self::answer(Ok::<_, LedgerError>(()))
        }

        /// An anchored batch.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `batches`.
        #[ink(message, selector = 0xa838aaf7)]
        #[inline(never)]
        pub fn batch(&self, domain: DomainId, number: BatchNumber) -> Option<Batch> {
            self.batches.get((domain, number))
        }

        /// Asks the consortium contract for the caller's role now.
        fn callers_role(&self) -> Result<Option<Role>, LedgerError> {
            let account = rules::AccountId(*self.env().caller().as_ref());
            let message = RoleOf {
                account,
                at: self.env().block_timestamp(),
            };
            build_call::<DefaultEnvironment>()
                .call(self.consortium.0.into())
                .exec_input(ExecutionInput::new(Selector::new(RoleOf::SELECTOR)).push_arg(&message))
                .returns::<<RoleOf as Message>::Output>()
                .try_invoke()
                .ok()
                .and_then(Result::ok)
                .ok_or(LedgerError::ConsortiumUnavailable)
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
