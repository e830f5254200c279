//! The journal of ingestion, without a chain: who may open it, what it keeps, and that a deletion is remembered.

use aegle_client::{
    chain::Contracts,
    fhir::{ContentHash, Restriction, Version},
    native::journal::{Action, Identity, Journal, JournalError, Judgement},
    rules::{
        AccountId, BatchNumber, DomainId, Hash,
        ledger::{ErasureReason, RecordPosition},
    },
};
use scale::Encode;
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

const DOMAIN: DomainId = DomainId(7);

fn contracts(ledger: u8) -> Contracts {
    Contracts {
        genesis: Hash([1; 32]),
        consortium: AccountId([2; 32]),
        consent: AccountId([3; 32]),
        ledger: AccountId([ledger; 32]),
    }
}

fn open(folder: &Path) -> Result<Journal, JournalError> {
    Journal::open(folder, &contracts(4), DOMAIN)
}

#[test]
fn a_journal_is_of_one_process_one_deployment_and_one_domain() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("ingest/domain-7");
    let journal = open(&folder).unwrap();
    assert!(matches!(open(&folder), Err(JournalError::InUse(_))));
    drop(journal);
    let others = [(contracts(5), DOMAIN), (contracts(4), DomainId(8))];
    for (contracts, domain) in others {
        let refused = Journal::open(&folder, &contracts, domain);
        assert!(matches!(refused, Err(JournalError::Other(_))));
    }
    assert!(open(&folder).is_ok());
}

#[test]
fn a_journal_is_its_owners_alone_and_keeps_no_file_that_it_does_not_name() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("domain-7");
    drop(open(&folder).unwrap());
    let rubbish = folder.join("unfinished").join("00ff.sealed");
    fs::write(&rubbish, "of a run that ended before it could say so").unwrap();
    let journal = open(&folder).unwrap();
    assert!(!rubbish.exists());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("journal.redb")), 0o600);
    assert!(journal.pending().unwrap().is_none());
    assert_eq!(journal.counts().unwrap(), Default::default());
}

#[test]
fn what_is_older_than_a_deletion_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity {
        source: String::new(),
        resource_type: "Observation".into(),
        id: "a".into(),
    };
    let at = |time| Version {
        time: Some(time),
        number: None,
    };
    let journal = open(folder.path()).unwrap();
    let ended = journal.end(&identity, &at(5), ErasureReason::RetentionEnded).unwrap();
    assert_eq!(ended, 0, "nothing of it is sealed");
    drop(journal);
    let journal = open(folder.path()).unwrap();
    let history = journal.history(&identity).unwrap();
    let judged = |time| history.judge(ContentHash([1; 32]), &at(time), &Restriction::default(), false);
    assert_eq!(judged(4), Judgement::Old);
    assert!(matches!(judged(6), Judgement::New { .. }));
    assert!(journal.actions(0).unwrap().is_empty());
}

#[test]
fn a_journal_that_is_no_journal_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("journal.redb"), [7; 10_000]).unwrap();
    assert!(matches!(open(folder.path()), Err(JournalError::Database(_))));
}

#[test]
fn a_journal_of_an_earlier_format_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let contracts = contracts(4);
    let meta = redb::TableDefinition::<&str, &[u8]>::new("meta");
    let database = redb::Database::create(folder.path().join("journal.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    let binding = (1_u32, contracts.genesis, contracts.ledger, DOMAIN).encode();
    let mut table = transaction.open_table(meta).unwrap();
    table.insert("binding", binding.as_slice()).unwrap();
    drop(table);
    transaction.commit().unwrap();
    drop(database);
    let refused = open(folder.path()).err().unwrap();
    assert!(matches!(refused, JournalError::Format { found: 1, .. }));
    let said = refused.to_string();
    assert!(said.contains("format 1") && said.contains("--journal"), "{said}");
}

#[test]
fn receipts_are_not_written_over_where_their_length_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let place = |index| RecordPosition {
        batch: BatchNumber(1),
        index,
    };
    let action = Action::Supersede {
        identity: Identity {
            source: String::new(),
            resource_type: "Observation".into(),
            id: "a".into(),
        },
        record: place(0),
        by: place(1),
    };
    let journal = open(folder.path()).unwrap();
    journal.done(0, &action, &[]).unwrap();
    let receipts = journal.receipts().to_owned();
    let written = fs::read_to_string(&receipts).unwrap();
    assert_eq!(written.lines().count(), 1);
    drop(journal);
    let meta = redb::TableDefinition::<&str, &[u8]>::new("meta");
    let database = redb::Database::create(folder.path().join("journal.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    let mut table = transaction.open_table(meta).unwrap();
    let length = table
        .insert("receipts", [1, 2, 3].as_slice())
        .unwrap()
        .unwrap()
        .value()
        .to_vec();
    assert_eq!(length, (written.len() as u64).encode());
    drop(table);
    transaction.commit().unwrap();
    drop(database);
    let journal = open(folder.path()).unwrap();
    let refused = journal.done(1, &action, &[]);
    assert!(matches!(
        refused,
        Err(JournalError::Damaged("the length of the receipts"))
    ));
    assert_eq!(fs::read_to_string(&receipts).unwrap(), written);
}

#[test]
fn a_journal_is_not_made_anew_where_one_was() {
    let home = tempfile::tempdir().unwrap();
    for (number, left) in ["receipts.jsonl", "unfinished/00ff.sealed"].into_iter().enumerate() {
        let folder = home.path().join(number.to_string());
        drop(open(&folder).unwrap());
        let left = folder.join(left);
        fs::write(&left, "the only copy").unwrap();
        for gone in [false, true] {
            // What a power cut leaves of a file that was made just then has no bytes.
            fs::write(folder.join("journal.redb"), "").unwrap();
            if gone {
                fs::remove_file(folder.join("journal.redb")).unwrap();
            }
            let refused = open(&folder).err().unwrap();
            assert!(matches!(refused, JournalError::Lost(_)), "{refused}");
            assert!(refused.to_string().contains("from a backup"), "{refused}");
            assert_eq!(fs::read_to_string(&left).unwrap(), "the only copy");
        }
    }
}
