//! The built indexes, sealed and plaintext, kept in a cache folder from run to run.

use crate::{
    DOMAIN,
    corpus::{BATCH_RECORDS, Corpus, UNIT_BATCHES},
    plaintext,
};
use aegle_index::{IndexOptions, LabelIndex, LabelSearcher, Payload};
use aegle_keys::{DomainKey, KeyCache, label_span};
use aegle_rules::BatchNumber;
use aegle_sealed::{BatchSpan, CountTable, LabelSet, Salt};
use scale::{Decode, Encode, IoReader};
use serde::{Deserialize, Serialize};
use std::{
    env, fs,
    io::{BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// Goes into the folder's name: one more whenever corpus, labels or index are written otherwise.
const FORMAT: u32 = 3;
/// Batches between two commits.
const COMMIT_BATCHES: usize = 10;
/// Threads that label while an index is built.
const LABEL_THREADS: usize = 2;

pub(crate) type AnyError = Box<dyn std::error::Error>;

/// What was counted while the indexes were built.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Built {
    pub(crate) labels: u64,
    pub(crate) sealed_bytes: u64,
    pub(crate) table_bytes: u64,
    pub(crate) plain_bytes: u64,
    pub(crate) sealed_seconds: f64,
    pub(crate) plain_seconds: f64,
}

/// Both indexes, opened, and the count tables in memory.
pub(crate) struct Store {
    pub(crate) searcher: LabelSearcher,
    pub(crate) plain: plaintext::Plaintext,
    pub(crate) tables: Vec<(Salt, CountTable)>,
    pub(crate) built: Built,
}

impl Store {
    /// Opens what is in the cache folder, and builds it first if it is not there.
    pub(crate) fn open(scale: &str, corpus: &Corpus, key: &DomainKey) -> Result<Self, AnyError> {
        let folder = cache()?.join(format!("search-bench-{scale}-{FORMAT}"));
        if !folder.join("built.json").exists() {
            // What an interrupted run left behind.
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder)?;
            let built = build(&folder, corpus, key)?;
            fs::write(folder.join("built.json"), serde_json::to_string(&built)?)?;
        }
        let built: Built = serde_json::from_slice(&fs::read(folder.join("built.json"))?)?;
        eprintln!(
            "opening {}: built at {:.0} records/s sealed, {:.0} records/s plaintext",
            folder.display(),
            corpus.records() as f64 / built.sealed_seconds,
            corpus.records() as f64 / built.plain_seconds
        );
        let mut tables: Vec<Option<(Salt, CountTable)>> = vec![None; corpus.batches()];
        let mut reader = IoReader(BufReader::new(fs::File::open(folder.join("tables"))?));
        for _ in 0..tables.len() {
            let (batch, salt, table) = <(u32, Salt, CountTable)>::decode(&mut reader)?;
            tables[batch as usize] = Some((salt, table));
        }
        Ok(Self {
            searcher: LabelIndex::open(&folder.join("sealed"), IndexOptions::default())?.searcher(),
            plain: plaintext::Plaintext::open(&folder.join("plain"))?,
            tables: tables
                .into_iter()
                .collect::<Option<_>>()
                .ok_or("a batch has no table")?,
            built,
        })
    }
}

/// Measures the records a second of writing both indexes durably, the labels of 100 batches at hand: sealed, then
/// plaintext.
pub(crate) fn ingest_rates(corpus: &Corpus, key: &DomainKey) -> Result<[f64; 2], AnyError> {
    let labels = label_unit(corpus, key, 0);
    let folder = tempfile::tempdir_in(cache()?)?;
    let (mut sealed, mut plain) = (Sealed::create(folder.path())?, Plain::create(folder.path())?);
    sealed.add(&labels)?;
    plain.add(corpus, 0)?;
    let rate = |elapsed: Duration| (UNIT_BATCHES * BATCH_RECORDS) as f64 / elapsed.as_secs_f64();
    Ok([rate(sealed.elapsed), rate(plain.elapsed)])
}

fn build(folder: &Path, corpus: &Corpus, key: &DomainKey) -> Result<Built, AnyError> {
    let (mut sealed, mut plain) = (Sealed::create(folder)?, Plain::create(folder)?);
    let mut tables = BufWriter::new(fs::File::create(folder.join("tables"))?);
    let mut built = Built::default();
    let (next, begin) = (AtomicUsize::new(0), Instant::now());
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::scope(|scope| -> Result<(), AnyError> {
        for _ in 0..LABEL_THREADS {
            let (next, sender) = (&next, sender.clone());
            scope.spawn(move || {
                loop {
                    let unit = next.fetch_add(1, Ordering::Relaxed);
                    if unit >= corpus.units || sender.send((unit, label_unit(corpus, key, unit))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (done, (unit, labels)) in (1_usize..).zip(receiver) {
            sealed.add(&labels)?;
            for (batch, set) in &labels {
                (batch.0, set.salt(), set.counts()).encode_to(&mut tables);
                built.labels += set.records().iter().map(|labels| labels.len() as u64).sum::<u64>();
            }
            drop(labels);
            plain.add(corpus, unit)?;
            eprintln!("built {done} of {} parts after {:.0?}", corpus.units, begin.elapsed());
        }
        Ok(())
    })?;
    tables.flush()?;
    (built.sealed_seconds, built.plain_seconds) = (sealed.elapsed.as_secs_f64(), plain.elapsed.as_secs_f64());
    // Merges end, and files that nobody needs are gone: what is measured is the same on both sides.
    sealed.index.purge()?;
    plain.writer.finish()?;
    built.table_bytes = fs::metadata(folder.join("tables"))?.len();
    (built.sealed_bytes, built.plain_bytes) = (size(&folder.join("sealed"))?, size(&folder.join("plain"))?);
    Ok(built)
}

/// Labels the batches of one unit, whose patients are in no other.
fn label_unit(corpus: &Corpus, key: &DomainKey, unit: usize) -> Vec<(BatchNumber, LabelSet)> {
    let mut cache = KeyCache::default();
    let label = |batch: usize| {
        let (records, number) = (corpus.to_label(batch), BatchNumber(batch as u32));
        let mut salt = Salt([0; 16]);
        salt.0[..8].copy_from_slice(&(batch as u64).to_le_bytes());
        let labels = label_span(&mut cache, key, DOMAIN, 0, BatchSpan::one(number), &records, salt);
        (number, labels.expect("the corpus keeps to the limits"))
    };
    (unit * UNIT_BATCHES..(unit + 1) * UNIT_BATCHES).map(label).collect()
}

struct Sealed {
    index: LabelIndex,
    elapsed: Duration,
}

impl Sealed {
    fn create(folder: &Path) -> Result<Self, AnyError> {
        Ok(Self {
            index: LabelIndex::open(&folder.join("sealed"), IndexOptions::default())?,
            elapsed: Duration::ZERO,
        })
    }

    fn add(&mut self, labels: &[(BatchNumber, LabelSet)]) -> Result<(), AnyError> {
        let begin = Instant::now();
        for batches in labels.chunks(COMMIT_BATCHES) {
            for (batch, labels) in batches {
                self.index.add_batch(DOMAIN, *batch, labels)?;
            }
            self.index.commit(Payload {
                block: batches[0].0.0,
                hash: [0; 32],
            })?;
        }
        self.elapsed += begin.elapsed();
        Ok(())
    }
}

struct Plain {
    writer: plaintext::Writer,
    elapsed: Duration,
}

impl Plain {
    fn create(folder: &Path) -> Result<Self, AnyError> {
        Ok(Self {
            writer: plaintext::Writer::create(&folder.join("plain"))?,
            elapsed: Duration::ZERO,
        })
    }

    fn add(&mut self, corpus: &Corpus, unit: usize) -> Result<(), AnyError> {
        let begin = Instant::now();
        for batch in unit * UNIT_BATCHES..(unit + 1) * UNIT_BATCHES {
            self.writer.add_batch(corpus, batch)?;
            if (batch + 1) % COMMIT_BATCHES == 0 {
                self.writer.commit()?;
            }
        }
        self.elapsed += begin.elapsed();
        Ok(())
    }
}

fn cache() -> Result<PathBuf, AnyError> {
    let folder = match env::var_os("AEGLE_CACHE") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(&env::var_os("HOME").ok_or("neither AEGLE_CACHE nor HOME is set")?).join(".cache/aegle"),
    };
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn size(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}
