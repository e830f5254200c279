use super::*;
use crate::{
    ledger::{
        testing::{admin, asker, batch, erase, role, CALLER, DOMAIN, HOSPITAL, NOW, OTHER, RECORDS},
        Fate,
    },
    Roles,
};
use alloc::{collections::BTreeMap, vec};
use proptest::prelude::*;

const SECOND: AccountId = AccountId([8; 32]);
const THIRD: AccountId = AccountId([9; 32]);
const PATIENT: AccountId = AccountId([10; 32]);
const LIMITS: Limits = Limits::DEFAULT;

/// A batch of as many records as there can be.
fn large() -> Option<Batch> {
    Some(Batch {
        records: 65_536,
        ..batch(0)
    })
}

/// A domain with one batch, in memory: it does with the rules what the contract does.
#[derive(Clone, Default)]
struct World {
    book: ErasureBook,
    erasures: BTreeMap<ErasureId, Erasure>,
    cells: BTreeMap<u8, ErasureCell>,
    now: Timestamp,
}

impl World {
    fn request(&mut self, by: AccountId, records: Vec<u16>) -> Result<ErasureId, LedgerError> {
        let asker = asker(by, admin());
        let cell = |number| self.cells.get(&number).cloned();
        let requested = request_erasure(&erase(records), large(), asker, self.book, &LIMITS, self.now, cell)?;
        self.book = requested.book;
        self.cells.extend(requested.cells);
        self.erasures.insert(requested.id, requested.erasure);
        Ok(requested.id)
    }

    fn second(&mut self, by: AccountId, role: Option<Role>, id: ErasureId) -> Result<bool, LedgerError> {
        let request = messages::SecondErasure {
            domain: DOMAIN,
            erasure: id,
        };
        let erasure = self.erasures.get(&id).cloned();
        let (erasure, event) = second_erasure(&request, HOSPITAL, erasure, asker(by, role), self.now)?;
        if let Some(erasure) = erasure {
            self.erasures.insert(id, erasure);
        }
        Ok(event.by_admin)
    }

    fn cancel(&mut self, by: AccountId, id: ErasureId) -> Result<(), LedgerError> {
        let request = messages::CancelErasure {
            domain: DOMAIN,
            erasure: id,
        };
        let erasure = self.erasures.get(&id).cloned();
        let (erasure, _) = cancel_erasure(&request, HOSPITAL, erasure, asker(by, admin()), self.now)?;
        for record in &erasure.records {
            let number = ErasureCell::number(*record);
            let cell = self.cells.remove(&number).expect("it is noted");
            if let Some(cell) = cell.without(id, &[*record]) {
                self.cells.insert(number, cell);
            }
        }
        self.erasures.remove(&id);
        Ok(())
    }

    fn fate(&self, record: u16) -> Option<Fate> {
        let cell = self.cells.get(&ErasureCell::number(record))?;
        cell.fate(record, self.now, |id| self.erasures.get(&id).cloned())
    }
}

#[test]
fn asking_refuses_in_the_documented_order() {
    let other = role(Roles::ORGANISATION_ADMIN, OTHER);
    let custodian = role(Roles::CUSTODIAN, HOSPITAL);
    let last = RECORDS as u16;
    let marked = || {
        let mut cell = ErasureCell::default();
        cell.mark(0);
        cell
    };
    let full = ErasureBook {
        requests: u32::MAX,
        ..ErasureBook::default()
    };
    let spent = ErasureBook {
        requests: 1,
        day: NOW / DAY_MS,
        records: LIMITS.erasures_per_day,
    };
    let fresh = ErasureBook::default();
    let left = 0;
    for (records, batch, role, book, expected) in [
        (vec![], None, None, full, LedgerError::UnknownBatch),
        (vec![], Some(batch(0)), None, full, LedgerError::NotCustodian),
        (vec![], Some(batch(0)), other, full, LedgerError::NotCustodian),
        (vec![], Some(batch(0)), custodian, full, LedgerError::NotCustodian),
        (vec![], Some(batch(0)), admin(), full, LedgerError::InvalidSize),
        (vec![1, 0], Some(batch(0)), admin(), full, LedgerError::InvalidSize),
        (vec![1, 1], Some(batch(0)), admin(), full, LedgerError::InvalidSize),
        (
            (0..1_025).collect(),
            Some(batch(0)),
            admin(),
            full,
            LedgerError::InvalidSize,
        ),
        (vec![0, last], Some(batch(0)), admin(), full, LedgerError::UnknownRecord),
        (vec![0], Some(batch(0)), admin(), full, LedgerError::TooMany),
        (
            vec![0],
            Some(batch(0)),
            admin(),
            spent,
            LedgerError::TooManyErasures { left },
        ),
        (vec![0], Some(batch(0)), admin(), fresh, LedgerError::AlreadyErased),
    ] {
        let asker = asker(CALLER, role);
        let answer = request_erasure(&erase(records.clone()), batch, asker, book, &LIMITS, NOW, |_| {
            Some(marked())
        });
        assert_eq!(answer.map(|_| ()), Err(expected), "{} {role:?}", records.len());
    }
}

#[test]
fn one_request_names_many_records_and_takes_a_cell_for_each_thousand() {
    let mut world = World {
        now: NOW,
        ..World::default()
    };
    let records: Vec<u16> = vec![0, 1, 1_023, 1_024, 40_000, 65_535];
    let id = world.request(CALLER, records.clone()).expect("the first one");
    assert_eq!(id, ErasureId(1));
    assert_eq!(world.cells.keys().copied().collect::<Vec<_>>(), [0, 1, 39, 63]);
    let erasing = Fate::Erasing {
        erasure: id,
        final_at: NOW + LIMITS.erasure_ms,
        denied: false,
    };
    for record in 0..=u16::MAX {
        let expected = records.contains(&record).then_some(erasing);
        assert_eq!(world.fate(record), expected, "{record}");
    }
    let all = (2_048..3_072).collect();
    assert_eq!(world.request(CALLER, all), Ok(ErasureId(2)), "a whole cell at once");
    for cell in world.cells.values() {
        assert!(cell.encoded_size() <= 160, "{}", cell.encoded_size());
    }
}

#[test]
fn it_is_final_when_its_time_has_come_and_not_before() {
    let mut world = World {
        now: NOW,
        ..World::default()
    };
    let id = world.request(CALLER, vec![3]).expect("a request");
    let final_at = NOW + LIMITS.erasure_ms;
    world.now = final_at - 1;
    assert!(matches!(world.fate(3), Some(Fate::Erasing { .. })));
    let mut called_off = world.clone();
    assert_eq!(called_off.cancel(SECOND, id), Ok(()));
    assert_eq!(
        (called_off.fate(3), called_off.cells.len()),
        (None, 0),
        "nothing of it is left"
    );
    assert_eq!(called_off.cancel(SECOND, id), Err(LedgerError::UnknownErasure));
    world.now = final_at;
    assert_eq!(world.fate(3), Some(Fate::Erased));
    assert_eq!(world.cancel(SECOND, id), Err(LedgerError::ErasureFinal));
    assert_eq!(world.second(SECOND, admin(), id), Err(LedgerError::ErasureFinal));
    assert_eq!(world.request(SECOND, vec![3]), Err(LedgerError::AlreadyErased));
}

#[test]
fn one_admin_hides_nothing_and_two_do_at_once() {
    let mut world = World {
        now: NOW,
        ..World::default()
    };
    let id = world.request(CALLER, vec![3]).expect("a request");
    let denied = |world: &World| matches!(world.fate(3), Some(Fate::Erasing { denied: true, .. }));
    assert_eq!(world.second(CALLER, admin(), id), Err(LedgerError::NotAnother));
    let elsewhere = role(Roles::ORGANISATION_ADMIN, OTHER);
    for (somebody, role) in [
        (PATIENT, None),
        (SECOND, elsewhere),
        (SECOND, role(Roles::CUSTODIAN, HOSPITAL)),
    ] {
        assert_eq!(world.second(somebody, role, id), Ok(false), "only told of");
        assert!(!denied(&world), "{role:?}");
    }
    assert_eq!(world.second(SECOND, admin(), id), Ok(true));
    assert!(denied(&world));
    assert_eq!(world.second(THIRD, admin(), id), Ok(true));
    let seconded_by = world.erasures[&id].seconded_by;
    assert_eq!(seconded_by, Some(SECOND), "the first one stays");
    let unknown = world.second(SECOND, admin(), ErasureId(9));
    assert_eq!(unknown, Err(LedgerError::UnknownErasure));
}

#[test]
fn who_asked_calls_it_off_until_somebody_else_asked_too() {
    let mut world = World {
        now: NOW,
        ..World::default()
    };
    let id = world.request(CALLER, vec![3]).expect("a request");
    let mut alone = world.clone();
    assert_eq!(alone.cancel(CALLER, id), Ok(()));
    assert_eq!(world.second(SECOND, admin(), id), Ok(true));
    assert_eq!(world.cancel(CALLER, id), Err(LedgerError::NotAnother));
    for other in [SECOND, THIRD] {
        let mut called_off = world.clone();
        assert_eq!(called_off.cancel(other, id), Ok(()), "{other}");
        assert_eq!(called_off.fate(3), None);
    }
}

#[test]
fn no_admin_of_another_organisation_calls_it_off() {
    let request = messages::CancelErasure {
        domain: DOMAIN,
        erasure: ErasureId(1),
    };
    let mut world = World {
        now: NOW,
        ..World::default()
    };
    let id = world.request(CALLER, vec![3]).expect("a request");
    for role in [
        None,
        role(Roles::ORGANISATION_ADMIN, OTHER),
        role(Roles::CUSTODIAN, HOSPITAL),
    ] {
        let erasure = world.erasures.get(&id).cloned();
        let answer = cancel_erasure(&request, HOSPITAL, erasure, asker(SECOND, role), NOW);
        assert_eq!(answer.map(|_| ()), Err(LedgerError::NotCustodian), "{role:?}");
    }
}

#[test]
fn a_day_has_its_limit_and_what_is_called_off_counts() {
    let mut world = World {
        now: DAY_MS * 7,
        ..World::default()
    };
    let each = MAX_ERASED_TOGETHER as u16;
    for number in 0..4 {
        let id = world.request(CALLER, (number * each..(number + 1) * each).collect());
        let id = id.expect("four times as many as one names");
        world.cancel(CALLER, id).expect("nothing of it is final");
    }
    let over = Err(LedgerError::TooManyErasures { left: 0 });
    assert_eq!(world.request(SECOND, vec![0]), over);
    world.now = DAY_MS * 8 - 1;
    assert_eq!(world.request(SECOND, vec![0]), over, "the same day");
    world.now = DAY_MS * 8;
    assert_eq!(world.request(SECOND, vec![0]), Ok(ErasureId(5)), "the next one");
    assert_eq!((world.book.day, world.book.records), (8, 1));
}

#[test]
fn a_cell_takes_so_many_requests_until_one_is_final() {
    let mut world = World {
        now: NOW,
        ..World::default()
    };
    for record in 0..MAX_PENDING_ERASURES as u16 {
        world.request(CALLER, vec![record]).expect("there is room");
    }
    assert_eq!(world.request(CALLER, vec![900]), Err(LedgerError::TooManyPending));
    assert!(world.request(CALLER, vec![1_024]).is_ok(), "another cell");
    world.now += LIMITS.erasure_ms;
    let id = world.request(CALLER, vec![900]).expect("all others are final");
    assert_eq!(world.cells[&0].pending.len(), 1);
    for record in 0..MAX_PENDING_ERASURES as u16 {
        assert_eq!(world.fate(record), Some(Fate::Erased), "{record}");
    }
    // What is called off takes none of those with it that became final before.
    world.cancel(SECOND, id).expect("it is not final");
    assert_eq!((world.fate(900), world.fate(0)), (None, Some(Fate::Erased)));
}

proptest! {
    /// Whatever is asked for and called off, in whichever order: a record is erased when, and only when, a request named it
    /// that was not called off and whose time has come; and it stays so.
    #[test]
    fn erased_is_what_was_asked_for_and_not_called_off(
        steps in prop::collection::vec((0..4_u8, 1..6_u32, 0..6_u16, 0..3_u8), 1..60)
    ) {
        let mut world = World { now: NOW, ..World::default() };
        let mut named: BTreeMap<u16, (ErasureId, Timestamp)> = BTreeMap::new();
        for (kind, id, record, who) in steps {
            // Records of two cells.
            let records = vec![record, record + 1_023, record + 1_030];
            let (by, id) = (AccountId([20 + who; 32]), ErasureId(id));
            match kind {
                0 => {
                    if let Ok(id) = world.request(by, records.clone()) {
                        for record in records {
                            prop_assert_eq!(named.insert(record, (id, world.now + LIMITS.erasure_ms)), None);
                        }
                    }
                }
                1 => {
                    if world.cancel(by, id).is_ok() {
                        named.retain(|_, (of, _)| *of != id);
                    }
                }
                2 => drop(world.second(by, admin(), id)),
                _ => world.now += LIMITS.erasure_ms / 3,
            }
            for record in 0..1_100 {
                let erased = named.get(&record).is_some_and(|(_, final_at)| world.now >= *final_at);
                prop_assert_eq!(world.fate(record) == Some(Fate::Erased), erased, "{}", record);
                prop_assert_eq!(world.fate(record).is_some(), named.contains_key(&record), "{}", record);
            }
        }
    }
}
