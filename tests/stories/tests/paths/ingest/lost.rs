//! A journal that is lost is not made anew: nothing is deleted, and nothing is sealed twice without being told to.

use super::{Site, failure, line, result, write};
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_journal_is_missed() {
    let site = Site::start(1).await;
    let path = write(&site.file("one.ndjson"), &[line("a", 0, "", "final")]);
    assert!(site.ingest(&[&path]).status.success());
    let (journal, receipts) = (site.journal(), site.journal().join("receipts.jsonl"));
    let before = fs::read(&receipts).unwrap();
    fs::remove_file(journal.join("journal.redb")).unwrap();
    let refused = site.ingest(&[&path]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        failure(&refused).contains("journal.redb is missing"),
        "{}",
        failure(&refused)
    );
    assert_eq!(
        fs::read(&receipts).unwrap(),
        before,
        "receipts are the only copy of the salts"
    );

    // Where nothing of it is there any more, the chain tells.
    fs::rename(&journal, site.file("moved")).unwrap();
    for more in [&["--dry-run"][..], &[]] {
        let refused = site.ingest(&[more, &[&path]].concat());
        assert_eq!(refused.status.code(), Some(1));
        let said = failure(&refused);
        assert!(
            said.contains("batches 0 to 0") && said.contains("--other-journals"),
            "{said}"
        );
    }
    assert_eq!(site.anchored().await, 1);
    let told = site.ingest(&["--other-journals", &path]);
    assert!(told.status.success(), "{}", failure(&told));
    assert_eq!(result(&told)["new"], 1);
    assert!(site.ingest(&[&path]).status.success(), "the last batch is known again");
}
