//! The ledger contract: search domains, the batches anchored in them, and what became of both.
//!
//! It loads and stores; [`aegle_rules::ledger`] decides. No message takes a payment, and none calls another contract:
//! the consortium tells this one of every role and every organisation, so that both are read from its own state.
#![cfg_attr(not(feature = "std"), no_std, no_main)]
#![deny(missing_docs)]

mod fates;
#[cfg(feature = "layout-2")]
mod moved;

#[cfg(not(feature = "layout-2"))]
pub(crate) use aegle_rules::consortium::KeptLayout as Root;
#[cfg(feature = "layout-2")]
pub(crate) use aegle_rules::consortium::OtherLayout as Root;
#[cfg(feature = "layout-2")]
pub(crate) use moved::Batches;
/// The anchored batches.
#[cfg(not(feature = "layout-2"))]
pub(crate) type Batches = ink::storage::Mapping<
    (aegle_rules::DomainId, aegle_rules::BatchNumber),
    aegle_rules::ledger::Batch,
    ink::storage::traits::ManualKey<3>,
>;

/// The contract.
#[ink::contract]
pub mod ledger {
    use aegle_rules::{
        self as rules,
        consortium::{
            notices::{Appointment, Holder, Notice},
            Layout, Limits, Organisations, Role, Which,
        },
        ledger::{
            events, messages, Batch, Compaction, Correction, Disclosures, Domain, Erasure, ErasureBook, ErasureCell,
            ErasureReason, Fate, LedgerError, RecordPosition, Servers, Span, StoredCorrection, StoredDomain,
        },
        BatchNumber, DomainId, ErasureId, OprfKey, Roles,
    };
    use ink::{
        env::hash::Sha2x256,
        prelude::vec::Vec,
        storage::{traits::ManualKey, Lazy, Mapping},
    };

    /// What the contract keeps. Every mapping and number lies under a key of its own, which must never be given to
    /// another one; the address and the organisations are in the root cell, which every message loads anyway.
    #[ink(storage)]
    pub struct Ledger {
        /// In which layout the contract keeps what it keeps. Later code reads this first.
        layout: crate::Root,
        /// The consortium contract.
        consortium: rules::AccountId,
        /// The organisations, as the consortium last told.
        pub(crate) organisations: Organisations,
        /// How many domains were ever registered.
        registered: Lazy<u32, ManualKey<1>>,
        /// The search domains.
        pub(crate) domains: Mapping<DomainId, StoredDomain, ManualKey<2>>,
        /// The anchored batches.
        pub(crate) batches: crate::Batches,
        /// The roles of accounts, as the consortium last told.
        pub(crate) roles: Mapping<rules::AccountId, Vec<Role>, ManualKey<4>>,
        /// The keys that domains had in earlier epochs.
        keys: Mapping<(DomainId, u16), OprfKey, ManualKey<5>>,
        /// The labels of spans of batches.
        compactions: Mapping<(DomainId, Span), Compaction, ManualKey<6>>,
        /// The records that took the place of others.
        pub(crate) corrections: Mapping<(DomainId, RecordPosition), StoredCorrection, ManualKey<7>>,
        /// The accounts of disclosures, by whoever accounts for them.
        disclosures: Mapping<(DomainId, rules::AccountId, u32), Disclosures, ManualKey<8>>,
        /// Every key that a domain has or had, and whose it is.
        key_owners: Mapping<OprfKey, DomainId, ManualKey<9>>,
        /// The limits, as the consortium last told.
        pub(crate) limits: Lazy<Limits, ManualKey<10>>,
        /// The requests for erasure that were not called off.
        pub(crate) erasures: Mapping<(DomainId, ErasureId), Erasure, ManualKey<11>>,
        /// Which records of a batch those name.
        pub(crate) erasure_cells: Mapping<(DomainId, BatchNumber, u8), ErasureCell, ManualKey<12>>,
        /// How many requests for erasure there were.
        pub(crate) erasure_books: Mapping<DomainId, ErasureBook, ManualKey<13>>,
        /// The servers of domains.
        servers: Mapping<DomainId, Servers, ManualKey<14>>,
    }

    // Each message is a function of its own, not a part of one large function for all: the chain charges for compiling
    // every function that a call enters, by its size. For the same reason the searches, which only refusals and reads
    // need, are functions of their own too.
    impl Ledger {
        /// Starts without any domain, and without any role or organisation until the consortium tells of them.
        ///
        /// - Who may call: whoever deploys the contract.
        /// - Storage: writes the root cell and `registered`.
        #[ink(constructor, selector = 0x9bae9d5e)]
        pub fn new(consortium: rules::AccountId) -> Self {
            let mut registered = Lazy::new();
            registered.set(&0);
            Self {
                layout: crate::Root::default(),
                consortium,
                organisations: Organisations::default(),
                registered,
                domains: Mapping::new(),
                batches: Default::default(),
                roles: Mapping::new(),
                keys: Mapping::new(),
                compactions: Mapping::new(),
                corrections: Mapping::new(),
                disclosures: Mapping::new(),
                key_owners: Mapping::new(),
                limits: Lazy::new(),
                erasures: Mapping::new(),
                erasure_cells: Mapping::new(),
                erasure_books: Mapping::new(),
                servers: Mapping::new(),
            }
        }

        /// Takes note of a change in the consortium, or the code of an upgrade. Proxies, pauses and jurisdictions are none of the
        /// ledger's business: notices of them change nothing.
        ///
        /// - Who may call: the consortium contract.
        /// - Events: none; the consortium's own say it.
        /// - Errors, in this order: `NotConsortium`; `UnknownCode` for an upgrade.
        /// - Storage: writes `roles`, `limits`, the root cell, or the contract's code hash.
        #[ink(message, selector = 0xe6a77c8e)]
        #[inline(never)]
        pub fn notify(&mut self, notice: Notice) -> Result<(), LedgerError> {
            if self.caller() != self.consortium {
                return Err(LedgerError::NotConsortium);
            }
            match notice {
                // This one changes the root cell, which ink! writes after the return.
                Notice::Organisations(organisations) => {
                    self.organisations = organisations;
                    return Ok(());
                }
                Notice::Roles(Appointment { holders }) => {
                    for Holder { account, roles } in holders {
                        if roles.is_empty() {
                            self.roles.remove(account);
                        } else {
                            self.roles.insert(account, &roles);
                        }
                    }
                }
                Notice::Upgrade { code_hash } => self
                    .env()
                    .set_code_hash(&code_hash.0.into())
                    .map_err(|_| LedgerError::UnknownCode)?,
                Notice::Limits(limits) => self.limits.set(&limits),
                Notice::Proxies(_) | Notice::Paused { .. } | Notice::Jurisdictions(_) | Notice::Resident { .. } => {}
            }
            Self::answer(Ok::<_, LedgerError>(()))
        }

        /// Returns what this code says of itself: that it is the ledger contract's, and the layout of what it keeps.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads the root cell, as every message does.
        #[ink(message, selector = 0x1f9430b8)]
        #[inline(never)]
        pub fn layout(&self) -> Layout {
            Self::answer(Layout {
                contract: Which::Ledger,
                version: crate::Root::VERSION,
            })
        }

        /// Moves batches that are kept in the layout before this one, at most 16 at once; returns how many there were.
        ///
        /// - Who may call: anybody.
        /// - Errors: `TooMany`.
        /// - Storage: reads and writes `batches`, once a number, and the root cell.
        #[cfg(feature = "layout-2")]
        #[ink(message, selector = 0x060d3f51)]
        #[inline(never)]
        pub fn migrate(&mut self, domain: DomainId, numbers: Vec<BatchNumber>) -> Result<u32, LedgerError> {
            let moved = self.batches.migrate(domain, &numbers)?;
            self.layout.moved = self.layout.moved.saturating_add(moved);
            Ok(moved)
        }

        /// Registers a search domain, whose custodian is the caller's organisation; returns its number.
        ///
        /// - Who may call: an organisation admin.
        /// - Events: `DomainRegistered`.
        /// - Errors, in this order: `InvalidKey`, `NotCustodian`, `TooMany`, `KeyTaken`.
        /// - Storage: reads `roles`; reads and writes `registered`; writes `key_owners` and `domains`.
        #[ink(message, selector = 0x391c40cf)]
        #[inline(never)]
        pub fn register_domain(&mut self, key: OprfKey) -> Result<DomainId, LedgerError> {
            // What was merged into another organisation has no domains any more, and gets none.
            let roles = self.callers_roles(self.env().block_timestamp());
            let role = rules::ledger::role_with(&roles, Roles::ORGANISATION_ADMIN);
            let role = role.filter(|role| self.organisations.current(role.organisation) == role.organisation);
            let (domain, state) = rules::ledger::register_domain(role, self.registered.get_or_default(), key)?;
            self.claim(key, domain)?;
            self.registered.set(&domain.0);
            self.domains.insert(domain, &state);
            self.env().emit_event(events::DomainRegistered {
                domain,
                custodian: state.custodian,
                key,
            });
            Self::answer(Ok::<_, LedgerError>(domain))
        }

        /// Gives a domain the key of a new epoch; returns the epoch. The keys of earlier epochs stay readable.
        ///
        /// - Who may call: an admin of the organisation that is the domain's custodian.
        /// - Events: `DomainKeySet`.
        /// - Errors, in this order: `InvalidKey`, `UnknownDomain`, `NotCustodian`, `TooMany`, `KeyTaken`.
        /// - Storage: reads `roles`; reads and writes `domains`; writes `key_owners` and `keys`.
        #[ink(message, selector = 0xc74728a9)]
        #[inline(never)]
        pub fn rotate_key(&mut self, domain: DomainId, key: OprfKey) -> Result<u16, LedgerError> {
            let before = self.domain_of(domain);
            let request = messages::RotateKey { domain, key };
            let role = self.callers_role(self.env().block_timestamp(), || before.map(|domain| domain.custodian));
            let (after, event) = rules::ledger::rotate_key(&request, before, role)?;
            self.claim(key, domain)?;
            if let Some(before) = before {
                self.keys.insert((domain, before.epoch), &before.key);
            }
            self.domains.insert(domain, &after);
            self.env().emit_event(event);
            Self::answer(Ok::<_, LedgerError>(after.epoch))
        }

        /// Returns a search domain.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `domains`; asks at most 64 times whether there is a value in `batches`, twice the binary
        ///   logarithm of how many the domain has.
        #[ink(message, selector = 0x384fc2d5)]
        #[inline(never)]
        pub fn domain(&self, id: DomainId) -> Option<Domain> {
            let domain = self.domain_of(id);
            Self::answer(domain.map(|domain| domain.with_next_batch(self.next_batch(id))))
        }

        /// Returns a domain's public key in an epoch; `None` where there is no such domain, or the epoch has not begun.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `domains`, and `keys` for an earlier epoch.
        #[ink(message, selector = 0x0cf5c6c7)]
        #[inline(never)]
        pub fn domain_key(&self, domain: DomainId, epoch: u16) -> Option<OprfKey> {
            let state = self.domains.get(domain);
            Self::answer(state.and_then(|state| {
                if epoch == state.epoch {
                    Some(state.key)
                } else {
                    self.keys.get((domain, epoch))
                }
            }))
        }

        /// Anchors a batch.
        ///
        /// - Who may call: a custodian of the organisation that is the domain's custodian, or an admin of it.
        /// - Events: `Anchored`.
        /// - Errors, in this order: `InvalidSize`, `UnknownDomain`, `NotCustodian`, `BatchTaken`, `TooMany`.
        /// - Storage: reads `roles` and, of `batches`, the one before, or for the first one `domains`; writes `batches`.
        ///   Only to say `BatchTaken` it searches `batches`, as `domain` does.
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
            let before = rules::ledger::before(
                expected,
                |number| self.batch_of(domain, number),
                || self.domain_of(domain),
            );
            let next = || self.next_batch(domain);
            let now = self.env().block_timestamp();
            let role = self.callers_role(now, || self.custodian_of(domain));
            let (batch, anchored) = rules::ledger::anchor(&request, before, role, now, next)?;
            // Writing tells whether the number was taken, which saves asking; the error takes the write back.
            if self.batches.insert((domain, expected), &batch).is_some() {
                let next = self.next_batch(domain);
                return Err(LedgerError::BatchTaken { next });
            }
            self.env().emit_event(anchored);
            Self::answer(Ok::<_, LedgerError>(()))
        }

        /// Returns an anchored batch.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `batches`.
        #[ink(message, selector = 0xa838aaf7)]
        #[inline(never)]
        pub fn batch(&self, domain: DomainId, number: BatchNumber) -> Option<Batch> {
            Self::answer(self.batch_of(domain, number))
        }

        /// Gives a batch other labels.
        ///
        /// - Who may call: a custodian of the organisation that is the domain's custodian, or an admin of it.
        /// - Events: `Relabelled`.
        /// - Errors, in this order: `UnknownBatch`, `NotCustodian`, `Superseded`, `TooMany`, `WrongVersion`.
        /// - Storage: reads `roles`; asks at most 10 times whether there is a value in `compactions`; reads and writes
        ///   `batches`.
        #[ink(message, selector = 0x0a2c23b7)]
        #[inline(never)]
        pub fn relabel(
            &mut self,
            domain: DomainId,
            batch: BatchNumber,
            version: u16,
            index_commitment: rules::Hash,
        ) -> Result<(), LedgerError> {
            let request = messages::Relabel {
                domain,
                batch,
                version,
                index_commitment,
            };
            let before = self.batch_of(domain, batch);
            let role = self.callers_role(self.env().block_timestamp(), || before.map(|batch| batch.custodian));
            let compacted = |span| self.compactions.contains((domain, span));
            let (after, event) = rules::ledger::relabel(&request, before, role, compacted)?;
            self.batches.insert((domain, batch), &after);
            self.env().emit_event(event);
            Self::answer(Ok::<_, LedgerError>(()))
        }

        /// Gives a span of batches labels in common, for good: its batches' own ones, and those of narrower spans in it, no
        /// longer count.
        ///
        /// - Who may call: a custodian of the organisation that is the domain's custodian, or an admin of it.
        /// - Events: `Compacted`.
        /// - Errors, in this order: `InvalidSpan`, `UnknownBatch`, `NotCustodian`, `Superseded`, `TooMany`,
        ///   `WrongVersion`.
        /// - Storage: reads `roles` and, of `batches`, the last one; asks at most 9 times whether there is a value in
        ///   `compactions`; reads and writes `compactions`.
        #[ink(message, selector = 0xddb3cd9d)]
        #[inline(never)]
        pub fn compact(
            &mut self,
            domain: DomainId,
            first: BatchNumber,
            span_log2: u8,
            version: u16,
            index_commitment: rules::Hash,
        ) -> Result<(), LedgerError> {
            let request = messages::Compact {
                domain,
                first,
                span_log2,
                version,
                index_commitment,
            };
            let now = self.env().block_timestamp();
            let (span, compaction, event) = rules::ledger::compact(
                &request,
                self.callers_role(now, || self.custodian_of(domain)),
                now,
                |number| self.batch_of(domain, number),
                |span| self.compactions.contains((domain, span)),
                |span| {
                    self.compactions
                        .get((domain, span))
                        .map(|compaction| compaction.version)
                },
            )?;
            self.compactions.insert((domain, span), &compaction);
            self.env().emit_event(event);
            Self::answer(Ok::<_, LedgerError>(()))
        }

        /// Returns the labels that a span of batches has in common; `None` without a compaction of exactly that span.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `compactions`.
        #[ink(message, selector = 0x8f300214)]
        #[inline(never)]
        pub fn compaction(&self, domain: DomainId, first: BatchNumber, span_log2: u8) -> Option<Compaction> {
            let span = Span::new(first, span_log2);
            Self::answer(span.and_then(|span| self.compactions.get((domain, span))))
        }

        /// Asks for the erasure of records of a batch; returns the number of the request. It is final once the limit
        /// `erasure_ms` has passed, unless it is called off before.
        ///
        /// - Who may call: an admin of the organisation that is the domain's custodian, suspended or not.
        /// - Events: `ErasureRequested`.
        /// - Errors, in this order: `UnknownBatch`, `NotCustodian`, `InvalidSize`, `UnknownRecord`, `TooMany`,
        ///   `TooManyErasures`; `AlreadyErased` or `TooManyPending`, for the first record that has it.
        /// - Storage: reads `batches`, `roles`, `limits`; reads and writes `erasure_books` and, for each 1,024 records in
        ///   a row of which one is named, `erasure_cells`; writes `erasures`.
        #[ink(message, selector = 0x83308981)]
        #[inline(never)]
        pub fn request_erasure(
            &mut self,
            domain: DomainId,
            batch: BatchNumber,
            records: Vec<u16>,
            reason: ErasureReason,
        ) -> Result<ErasureId, LedgerError> {
            let request = messages::RequestErasure {
                domain,
                batch,
                records,
                reason,
            };
            let now = self.env().block_timestamp();
            let id = self.ask_erasure(&request, self.caller(), now)?;
            Self::answer(Ok::<_, LedgerError>(id))
        }

        /// Asks, too, for an erasure that somebody else asked for. With the voice of a second admin, its records are shown to
        /// nobody; that of anybody else counts for records of their own, which is for those to tell who serve them.
        ///
        /// - Who may call: anybody but who asked for it.
        /// - Events: `ErasureSeconded`.
        /// - Errors, in this order: `UnknownDomain`, `UnknownErasure`, `ErasureFinal`, `NotAnother`.
        /// - Storage: reads `domains`, `roles` and `erasures`; writes `erasures` for the first other admin.
        #[ink(message, selector = 0x3a3b618e)]
        #[inline(never)]
        pub fn second_erasure(&mut self, domain: DomainId, erasure: ErasureId) -> Result<(), LedgerError> {
            let now = self.env().block_timestamp();
            self.support_erasure(&messages::SecondErasure { domain, erasure }, self.caller(), now)?;
            Self::answer(Ok::<_, LedgerError>(()))
        }

        /// Calls an erasure off that is not final.
        ///
        /// - Who may call: an admin of the organisation that is the domain's custodian, suspended or not; who asked for it
        ///   only until a second admin did too.
        /// - Events: `ErasureCancelled`.
        /// - Errors, in this order: `UnknownDomain`, `UnknownErasure`, `NotCustodian`, `ErasureFinal`, `NotAnother`.
        /// - Storage: reads `domains` and `roles`; reads and frees `erasures`, whose deposit goes to the caller; reads and
        ///   writes or frees `erasure_cells`, for each 1,024 records in a row of which one is named.
        #[ink(message, selector = 0x05708811)]
        #[inline(never)]
        pub fn cancel_erasure(&mut self, domain: DomainId, erasure: ErasureId) -> Result<(), LedgerError> {
            let now = self.env().block_timestamp();
            self.call_erasure_off(&messages::CancelErasure { domain, erasure }, self.caller(), now)?;
            Self::answer(Ok::<_, LedgerError>(()))
        }

        /// Returns a request for erasure; `None` when it was never made, or called off.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `erasures`.
        #[ink(message, selector = 0x9fc7e637)]
        #[inline(never)]
        pub fn erasure(&self, domain: DomainId, erasure: ErasureId) -> Option<Erasure> {
            Self::answer(self.erasures.get((domain, erasure)))
        }

        /// Returns how many requests for erasure there ever were in a domain, which is the number of the last one.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `erasure_books`.
        #[ink(message, selector = 0x9539b6ca)]
        #[inline(never)]
        pub fn erasures(&self, domain: DomainId) -> u32 {
            Self::answer(self.erasure_books.get(domain).unwrap_or_default().requests)
        }

        /// Names the records of the same domain that correct records of a batch, one after the other. A record may be given
        /// another correction later.
        ///
        /// - Who may call: a custodian of the organisation that is the domain's custodian, or an admin of it.
        /// - Events: `Superseded`.
        /// - Errors, in this order: `InvalidSize`; for the first record that has it, `UnknownBatch`, `UnknownRecord`,
        ///   `NotCustodian`, `SupersedesItself`, `UnknownReplacement`, `AlreadyErased`, `ReplacementGone`.
        /// - Storage: reads `roles`, and of `batches` and `erasure_cells` each value that a record or its correction has and
        ///   the one before it has not; `erasures` where an erasure waits; for each record reads and writes
        ///   `corrections`.
        #[ink(message, selector = 0xd77fa21a)]
        #[inline(never)]
        pub fn supersede(
            &mut self,
            domain: DomainId,
            batch: BatchNumber,
            corrections: Vec<Correction>,
        ) -> Result<(), LedgerError> {
            let request = messages::Supersede {
                domain,
                batch,
                corrections,
            };
            let now = self.env().block_timestamp();
            let role = self.callers_role(now, || self.custodian_of(domain));
            self.correct(&request, role, now)?;
            Self::answer(Ok::<_, LedgerError>(()))
        }

        /// Returns what became of a record; `None` when nothing did, or there is no such record.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `erasure_cells`; `erasures`, at most 32 times, where an erasure waits; else `corrections`.
        #[ink(message, selector = 0xfe4bd6b1)]
        #[inline(never)]
        pub fn fate(&self, domain: DomainId, batch: BatchNumber, index: u32) -> Option<Fate> {
            let record = RecordPosition { batch, index };
            Self::answer(self.fate_of(domain, record, self.env().block_timestamp()))
        }

        /// Names the servers of a domain, instead of those that were.
        ///
        /// - Who may call: an admin of the organisation that is the domain's custodian.
        /// - Events: `ServersSet`.
        /// - Errors, in this order: `UnknownDomain`, `NotCustodian`, `InvalidServers`.
        /// - Storage: reads `domains` and `roles`; writes `servers`.
        #[ink(message, selector = 0x9e8a4468)]
        #[inline(never)]
        pub fn set_servers(&mut self, domain: DomainId, servers: Servers) -> Result<(), LedgerError> {
            let state = self.domain_of(domain);
            let role = self.callers_role(self.env().block_timestamp(), || state.map(|domain| domain.custodian));
            let request = messages::SetServers { domain, servers };
            let event = rules::ledger::set_servers(&request, state, role)?;
            self.servers.insert(domain, &event.servers);
            self.env().emit_event(event);
            Self::answer(Ok::<_, LedgerError>(()))
        }

        /// Returns the servers of a domain; `None` while none were named.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `servers`.
        #[ink(message, selector = 0xa260cff3)]
        #[inline(never)]
        pub fn servers(&self, domain: DomainId) -> Option<Servers> {
            Self::answer(self.servers.get(domain))
        }

        /// Anchors an account of disclosures from a domain.
        ///
        /// - Who may call: an admin of the organisation that is the domain's custodian; a proxy operator.
        /// - Events: `DisclosuresAnchored`.
        /// - Errors, in this order: `InvalidSize`, `UnknownDomain`, `NotDiscloser`, `DisclosuresTaken`, `TooMany`.
        /// - Storage: reads `domains` and `roles`; reads and writes `disclosures`. Only to say `DisclosuresTaken` it
        ///   searches `disclosures`, as `domain` does `batches`.
        #[ink(message, selector = 0x890d94c3)]
        #[inline(never)]
        pub fn anchor_disclosures(
            &mut self,
            domain: DomainId,
            expected: u32,
            root: rules::Hash,
            count: u32,
        ) -> Result<(), LedgerError> {
            let request = messages::AnchorDisclosures {
                domain,
                expected,
                root,
                count,
            };
            let (by, now) = (self.caller(), self.env().block_timestamp());
            let (state, roles) = (self.domain_of(domain), self.callers_roles(now));
            let operator = roles.iter().find(|role| role.roles.contains(Roles::PROXY_OPERATOR));
            let custodian = || state.map(|domain| domain.custodian);
            let role = operator
                .copied()
                .or_else(|| rules::ledger::acting_role(&roles, custodian));
            let (disclosures, event) = rules::ledger::anchor_disclosures(
                &request,
                (by, role),
                now,
                state,
                |number| self.disclosures.contains((domain, by, number)),
                || self.next_disclosures(domain, by),
            )?;
            if self.disclosures.insert((domain, by, expected), &disclosures).is_some() {
                let next = self.next_disclosures(domain, by);
                return Err(LedgerError::DisclosuresTaken { next });
            }
            self.env().emit_event(event);
            Self::answer(Ok::<_, LedgerError>(()))
        }

        /// Returns an anchored account of disclosures.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `disclosures`.
        #[ink(message, selector = 0xf2c16532)]
        #[inline(never)]
        pub fn disclosures(&self, domain: DomainId, by: rules::AccountId, sequence: u32) -> Option<Disclosures> {
            Self::answer(self.disclosures.get((domain, by, sequence)))
        }

        /// Returns whether a record is in an anchored batch: its leaf, and the sibling hashes from the leaf upwards.
        /// False where there is no such batch.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads `batches`.
        #[ink(message, selector = 0xd4065440)]
        #[inline(never)]
        pub fn verify_record(
            &self,
            domain: DomainId,
            batch: BatchNumber,
            index: u32,
            leaf: rules::Hash,
            path: Vec<rules::Hash>,
        ) -> bool {
            self.batch_of(domain, batch)
                .is_some_and(|batch| self.verify(batch.record_root, batch.records, index, leaf, path))
        }

        /// Returns whether a record is number `index` of the `count` under a record root, anchored or not.
        ///
        /// - Who may call: anybody.
        /// - Storage: reads the root cell only, and nothing of it matters.
        #[ink(message, selector = 0x1860ff3b)]
        #[inline(never)]
        pub fn verify(
            &self,
            root: rules::Hash,
            count: u32,
            index: u32,
            leaf: rules::Hash,
            path: Vec<rules::Hash>,
        ) -> bool {
            rules::ledger::verify(&root, count, index, &leaf.0, &path, |bytes| {
                rules::Hash(self.env().hash_bytes::<Sha2x256>(bytes))
            })
        }

        /// Notes whose key it is. Writing tells whether it was somebody's, which saves asking; the error takes the write
        /// back.
        #[inline(never)]
        fn claim(&mut self, key: OprfKey, domain: DomainId) -> Result<(), LedgerError> {
            match self.key_owners.insert(key, &domain) {
                Some(_) => Err(LedgerError::KeyTaken),
                None => Ok(()),
            }
        }

        fn caller(&self) -> rules::AccountId {
            rules::AccountId(*self.env().caller().as_ref())
        }

        /// Returns the roles of the caller that count now.
        fn callers_roles(&self, now: Timestamp) -> Vec<Role> {
            let roles = self.roles.get(self.caller()).unwrap_or_default();
            rules::consortium::effective_roles(&roles, &self.organisations, now)
        }

        /// Returns the role as which the caller acts where that is the custodian.
        fn callers_role(
            &self,
            now: Timestamp,
            custodian: impl FnOnce() -> Option<rules::OrganisationId>,
        ) -> Option<Role> {
            rules::ledger::acting_role(&self.callers_roles(now), custodian)
        }

        /// Returns the custodian that a domain has now.
        #[inline(never)]
        fn custodian_of(&self, domain: DomainId) -> Option<rules::OrganisationId> {
            self.domain_of(domain).map(|domain| domain.custodian)
        }

        /// Searches for the number that the next batch of a domain gets.
        #[inline(never)]
        fn next_batch(&self, domain: DomainId) -> u32 {
            rules::ledger::length(|number| self.batches.contains((domain, BatchNumber(number))))
        }

        /// Searches for the number that somebody's next account of disclosures of a domain gets.
        #[inline(never)]
        fn next_disclosures(&self, domain: DomainId, by: rules::AccountId) -> u32 {
            rules::ledger::length(|number| self.disclosures.contains((domain, by, number)))
        }

        /// Ends a message with the answer `value`.
        ///
        /// After returning from one that changes state, ink! would write the root cell back, which costs 0.17 ms of weight;
        /// this is for a message that changes nothing in it. From one that only reads, it keeps the encoding of the answer
        /// out of the function that all messages enter through.
        fn answer<T: scale::Encode>(value: T) -> ! {
            ink::env::return_value(ink::env::ReturnFlags::empty(), &ink::MessageResult::Ok(value))
        }
    }
}
