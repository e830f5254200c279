//! What became of records: what the messages that erase and correct them load and store.

use crate::ledger::Ledger;
use aegle_rules::{
    consortium::{current_roles, Role},
    ledger::{
        self as rules, messages, Asker, Batch, Correction, ErasureCell, Fate, LedgerError, RecordPosition,
        RequestedErasure, StoredDomain,
    },
    AccountId, BatchNumber, DomainId, ErasureId, OrganisationId, Timestamp,
};
use ink::{env::DefaultEnvironment, prelude::vec::Vec};

/// The cell that was read last.
#[derive(Default)]
struct LastCell {
    place: Option<(BatchNumber, u8)>,
    cell: Option<ErasureCell>,
}

impl Ledger {
    /// Returns a search domain, with the custodian that it has now.
    pub(crate) fn domain_of(&self, id: DomainId) -> Option<StoredDomain> {
        let mut domain = self.domains.get(id)?;
        domain.custodian = self.organisations.current(domain.custodian);
        Some(domain)
    }

    /// Returns a batch, with the custodian that its domain has now.
    pub(crate) fn batch_of(&self, domain: DomainId, number: BatchNumber) -> Option<Batch> {
        let mut batch = self.batches.get((domain, number))?;
        batch.custodian = self.organisations.current(batch.custodian);
        Some(batch)
    }

    /// Returns what an account may do whether or not its organisation is suspended.
    fn asker(&self, account: AccountId, custodian: Option<OrganisationId>, now: Timestamp) -> Asker {
        let roles = self.roles.get(account).unwrap_or_default();
        let admitted = |role: &&Role| self.organisations.standing(role.organisation).is_some();
        let roles: Vec<_> = current_roles(&roles, now).filter(admitted).copied().collect();
        let role = rules::acting_role(&roles, || custodian);
        Asker { account, role }
    }

    /// Keeps a request for erasure.
    #[inline(never)]
    pub(crate) fn ask_erasure(
        &mut self,
        request: &messages::RequestErasure,
        caller: AccountId,
        now: Timestamp,
    ) -> Result<ErasureId, LedgerError> {
        let (domain, batch) = (request.domain, request.batch);
        let stored = self.batch_of(domain, batch);
        let custodian = stored.map(|batch| batch.custodian);
        let RequestedErasure {
            id,
            erasure,
            book,
            cells,
            event,
        } = rules::request_erasure(
            request,
            stored,
            self.asker(caller, custodian, now),
            self.erasure_books.get(domain).unwrap_or_default(),
            &self.limits.get_or_default(),
            now,
            |number| self.erasure_cells.get((domain, batch, number)),
        )?;
        self.erasure_books.insert(domain, &book);
        for (number, cell) in &cells {
            self.erasure_cells.insert((domain, batch, *number), cell);
        }
        self.erasures.insert((domain, id), &erasure);
        ink::env::emit_event::<DefaultEnvironment, _>(event);
        Ok(id)
    }

    /// Notes another voice for an erasure.
    #[inline(never)]
    pub(crate) fn support_erasure(
        &mut self,
        request: &messages::SecondErasure,
        caller: AccountId,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let custodian = self.custodian(request.domain)?;
        let key = (request.domain, request.erasure);
        let erasure = self.erasures.get(key);
        let asker = self.asker(caller, Some(custodian), now);
        let (erasure, event) = rules::second_erasure(request, custodian, erasure, asker, now)?;
        if let Some(erasure) = erasure {
            self.erasures.insert(key, &erasure);
        }
        ink::env::emit_event::<DefaultEnvironment, _>(event);
        Ok(())
    }

    /// Forgets a request for erasure, and which records it named.
    #[inline(never)]
    pub(crate) fn call_erasure_off(
        &mut self,
        request: &messages::CancelErasure,
        caller: AccountId,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let custodian = self.custodian(request.domain)?;
        let erasure = self.erasures.get((request.domain, request.erasure));
        let asker = self.asker(caller, Some(custodian), now);
        let (erasure, event) = rules::cancel_erasure(request, custodian, erasure, asker, now)?;
        let of_one_cell = |one: &u16, other: &u16| ErasureCell::number(*one) == ErasureCell::number(*other);
        for records in erasure.records.chunk_by(of_one_cell) {
            let number = records.first().copied().map_or(0, ErasureCell::number);
            let key = (request.domain, erasure.batch, number);
            let cell = self.erasure_cells.get(key);
            match cell.and_then(|cell| cell.without(request.erasure, records)) {
                Some(cell) => {
                    self.erasure_cells.insert(key, &cell);
                }
                None => self.erasure_cells.remove(key),
            }
        }
        self.erasures.remove((request.domain, request.erasure));
        ink::env::emit_event::<DefaultEnvironment, _>(event);
        Ok(())
    }

    /// Keeps corrections of the records of a batch, one after the other.
    #[inline(never)]
    pub(crate) fn correct(
        &mut self,
        request: &messages::Supersede,
        role: Option<Role>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let event = rules::supersede_many(request)?;
        let (domain, batch) = (request.domain, request.batch);
        let own = self.batch_of(domain, batch);
        // Neighbours have batches and cells in common: each is read once.
        let mut replacing = (batch, own);
        let (mut own_cell, mut replacing_cell) = (LastCell::default(), LastCell::default());
        for correction in &event.corrections {
            let Correction { index, by } = *correction;
            let record = RecordPosition { batch, index };
            if by.batch != replacing.0 {
                replacing = (by.batch, self.batch_of(domain, by.batch));
            }
            let erased = self.is_erased(&mut own_cell, domain, record, now);
            let replacing_erased = self.is_erased(&mut replacing_cell, domain, by, now);
            let stored = rules::supersede(
                batch,
                *correction,
                role,
                now,
                |number| if number == batch { own } else { replacing.1 },
                |asked| if asked == record { erased } else { replacing_erased },
                |asked| self.corrections.contains((domain, asked)),
            )?;
            self.corrections.insert((domain, record), &stored);
        }
        ink::env::emit_event::<DefaultEnvironment, _>(event);
        Ok(())
    }

    /// Returns what became of a record.
    #[inline(never)]
    pub(crate) fn fate_of(&self, domain: DomainId, record: RecordPosition, now: Timestamp) -> Option<Fate> {
        self.erasure_of(domain, record, now).or_else(|| {
            let correction = self.corrections.get((domain, record))?;
            Some(Fate::Superseded {
                by: correction.by,
                at: correction.at,
            })
        })
    }

    /// Returns whether a record is erased for good.
    fn is_erased(&self, last: &mut LastCell, domain: DomainId, record: RecordPosition, now: Timestamp) -> bool {
        let Ok(index) = u16::try_from(record.index) else {
            return false;
        };
        let place = (record.batch, ErasureCell::number(index));
        if last.place != Some(place) {
            last.cell = self.erasure_cells.get((domain, place.0, place.1));
            last.place = Some(place);
        }
        let cell = last.cell.as_ref();
        let fate = cell.and_then(|cell| cell.fate(index, now, |id| self.erasures.get((domain, id))));
        fate == Some(Fate::Erased)
    }

    /// Returns what becomes of a record by erasure.
    #[inline(never)]
    fn erasure_of(&self, domain: DomainId, record: RecordPosition, now: Timestamp) -> Option<Fate> {
        let index = u16::try_from(record.index).ok()?;
        let cell = self
            .erasure_cells
            .get((domain, record.batch, ErasureCell::number(index)))?;
        cell.fate(index, now, |id| self.erasures.get((domain, id)))
    }

    /// Returns the custodian of a domain.
    fn custodian(&self, domain: DomainId) -> Result<OrganisationId, LedgerError> {
        let domain = self.domain_of(domain).ok_or(LedgerError::UnknownDomain)?;
        Ok(domain.custodian)
    }
}
