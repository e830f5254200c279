//! Whatever ends a run, at whatever moment: run again, and every record is there, once.

use super::{Site, line, result, write};
use aegle_stories::wire::Wire;
use std::{
    collections::BTreeSet,
    process::Child,
    time::{Duration, Instant},
};

/// What the moments follow from, unless `AEGLE_SEED` says otherwise.
const SEED: u64 = 20_261_130;
/// How often a run is ended, unless `AEGLE_KILLS` says otherwise.
const KILLS: usize = 8;
/// Records of each input.
const RECORDS: usize = 120;
/// Most records of a batch.
const BATCH: &str = "25";
/// How long a wire stays cut.
const CUT: Duration = Duration::from_millis(300);
/// How long a run may go on after a wire was cut.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(5);

/// SplitMix64: the moments of a seed are the same each time.
struct Moments(u64);

impl Moments {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

fn variable<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    let given = std::env::var(name).ok();
    given.map_or(otherwise, |text| {
        text.parse().unwrap_or_else(|_| panic!("{name} is a number"))
    })
}

/// Waits until a run ends by itself, at most so long.
fn ended(child: &mut Child, limit: Duration) -> bool {
    let began = Instant::now();
    while began.elapsed() < limit {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        std::thread::sleep(PAUSE);
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_is_there_once_whatever_ends_a_run() {
    let (seed, kills) = (variable("AEGLE_SEED", SEED), variable("AEGLE_KILLS", KILLS));
    println!("AEGLE_SEED={seed} AEGLE_KILLS={kills}");
    let mut moments = Moments(seed);
    let site = Site::start(2).await;
    let (indexer, chain) = (
        Wire::to(&site.world.deployment().server().url),
        Wire::to(site.world.deployment().chain_url()),
    );
    site.write_book(&indexer.url());
    let input = |round: usize| {
        let lines: Vec<String> = (0..RECORDS)
            .map(|number| line(&format!("r{round}-{number}"), number % 2, "", "final"))
            .collect();
        write(&site.file(&format!("input-{round}.ndjson")), &lines)
    };
    // How long an undisturbed run takes.
    let mut paths = vec![input(0)];
    let arguments = |paths: &[String]| {
        let options = ["--batch-records", BATCH].map(str::to_owned);
        options.into_iter().chain(paths.iter().cloned()).collect::<Vec<_>>()
    };
    let begin = |paths: &[String]| {
        let arguments = arguments(paths);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        site.begin(&indexer.url(), &chain.url(), &arguments)
    };
    let began = Instant::now();
    assert!(begin(&paths).wait().unwrap().success(), "an undisturbed run");
    let usual = u64::try_from(began.elapsed().as_millis()).unwrap();

    let (mut disturbed, mut finished, mut moment_was_late) = (0, 0, 0);
    paths.push(input(1));
    while disturbed < kills {
        let mut child = begin(&paths);
        let moment = Duration::from_millis(moments.below(usual + 1));
        let way = moments.below(4);
        if ended(&mut child, moment) {
            // It was faster than the moment. What ended it, if it failed, was named; there is more for the next run.
            assert!(child.wait().unwrap().success(), "nothing disturbed it");
            finished += 1;
            moment_was_late += 1;
            paths.push(input(paths.len()));
            continue;
        }
        match way {
            0 => indexer.cut(CUT),
            1 => chain.cut(CUT),
            _ => child.kill().unwrap(),
        }
        if !ended(&mut child, PATIENCE) {
            child.kill().unwrap();
        }
        if child.wait().unwrap().success() {
            // It was done with what was cut.
            finished += 1;
            paths.push(input(paths.len()));
        }
        disturbed += 1;
    }
    println!("{disturbed} runs disturbed, {finished} finished, {moment_was_late} before their moment");
    assert!(begin(&paths).wait().unwrap().success(), "the last run is not disturbed");
    site.write_book(&site.world.deployment().server().url);
    let arguments = arguments(&paths);
    let again = site.ingest(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let (again, records) = (result(&again), RECORDS * paths.len());
    assert_eq!(
        (&again["new"], &again["known"]),
        (&0.into(), &records.into()),
        "{again}"
    );

    let receipts = site.receipts();
    let ids: BTreeSet<String> = (0..paths.len())
        .flat_map(|round| (0..RECORDS).map(move |number| format!("r{round}-{number}")))
        .collect();
    assert_eq!(
        receipts.keys().cloned().collect::<BTreeSet<_>>(),
        ids,
        "each has a receipt"
    );
    assert_eq!(site.anchored().await, records as u64, "no record is on chain twice");
    for person in 0..2 {
        let own = receipts.iter().filter(|(id, _)| {
            let number: usize = id.rsplit_once('-').unwrap().1.parse().unwrap();
            number % 2 == person
        });
        let own: BTreeSet<_> = own.map(|(_, receipt)| receipt.record).collect();
        assert_eq!(site.proved(person).await, own, "patient {person}");
    }
    let unfinished = std::fs::read_dir(site.journal().join("unfinished")).unwrap().count();
    assert_eq!(unfinished, 0, "nothing is left of batches that are done");
    let (id, receipt) = receipts.iter().next().unwrap();
    let aegle = site.world.deployment().aegle();
    let opened = site.world.people[0].patient.open(&aegle, receipt.record).await.unwrap();
    assert_eq!(opened.batch.0, receipt.batch);
    assert_eq!(opened.content.bytes, line(id, 0, "", "final").into_bytes());
}
