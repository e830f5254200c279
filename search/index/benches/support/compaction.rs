//! What a custodian wins who compacts: one search through many small batches, and through the same ones compacted.

use crate::{DOMAIN, context, figures::Report, store::AnyError};
use aegle_index::{IndexOptions, LabelIndex, LabelSearch, Payload, SpanView};
use aegle_keys::{DomainKey, KeyCache, RecordKeywords, label_span};
use aegle_rules::{AccountId, BatchNumber};
use aegle_sealed::{BatchSpan, Expression, Keyword, LabelSet, Salt, Scope, VerifiedToken, Window};
use roaring::RoaringBitmap;
use std::time::{Duration, Instant};

const NAME: &str = "search/compacted_p50_ms";
/// Batches of one segment, and the records of each.
const BATCHES: u32 = 1_024;
const RECORDS: u32 = 10;
/// Keywords of each record, and of how many records one has the keyword asked for.
const KEYWORDS: u32 = 30;
const RARE: u32 = 100;
const ROUNDS: usize = 101;

/// Returns the record with a number among all of them.
fn record(number: u32) -> RecordKeywords {
    let word = |at: u32| Keyword::text(&format!("word{}", number * KEYWORDS + at)).expect("a word");
    let mut keywords: Vec<Keyword> = (1..KEYWORDS).map(word).collect();
    if number.checked_rem(RARE) == Some(0) {
        keywords.push(rare());
    }
    RecordKeywords {
        patient: AccountId([1; 32]),
        keywords,
        cohort: false,
    }
}

fn rare() -> Keyword {
    Keyword::status("rare").expect("a name")
}

pub(crate) fn compaction(report: &mut Report, key: &DomainKey) -> Result<(), AnyError> {
    if !report.wants(&[NAME]) {
        return Ok(());
    }
    report.records = (BATCHES * RECORDS) as usize;
    let mut index = LabelIndex::open_in_memory(IndexOptions::default())?;
    let label = |span: BatchSpan| -> Result<LabelSet, AnyError> {
        let numbers = span.first().0 * RECORDS..(span.last().0 + 1) * RECORDS;
        let records: Vec<RecordKeywords> = numbers.map(record).collect();
        let mut cache = KeyCache::default();
        Ok(label_span(
            &mut cache,
            key,
            DOMAIN,
            0,
            span,
            &records,
            Salt::generate()?,
        )?)
    };
    let payload = Payload {
        block: 1,
        hash: [1; 32],
    };
    let mut single = Vec::new();
    for batch in (0..BATCHES).map(BatchNumber) {
        let labels = label(BatchSpan::one(batch))?;
        index.add_batch(DOMAIN, batch, &labels)?;
        single.push((BatchSpan::one(batch), labels));
    }
    index.commit(payload)?;
    let before = median(&index, key, &single)?;
    let span = BatchSpan::new(BatchNumber(0), 10).ok_or("a segment is a span")?;
    let together = [(span, label(span)?)];
    index.add_span(DOMAIN, span, &together[0].1)?;
    index.commit(payload)?;
    let after = median(&index, key, &together)?;
    let expected = u64::from((BATCHES * RECORDS).div_ceil(RARE));
    assert_eq!((before.hits, after.hits), (expected, expected), "hits before and after");
    let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
    report.print_beside(
        NAME,
        "ms",
        milliseconds(after.median),
        Some((
            "the same 1,024 batches, not compacted",
            Some(milliseconds(before.median)),
        )),
    );
    Ok(())
}

/// A measured search.
struct Measured {
    median: Duration,
    hits: u64,
}

/// Returns the median time of a search with tokens that are verified anew each time, and how many records it finds.
fn median(index: &LabelIndex, key: &DomainKey, sets: &[(BatchSpan, LabelSet)]) -> Result<Measured, AnyError> {
    let universe: RoaringBitmap = (0..BATCHES * RECORDS).collect();
    let views: Vec<SpanView<'_>> = sets
        .iter()
        .map(|(span, labels)| SpanView {
            span: *span,
            epoch: 0,
            salt: *labels.salt(),
            counts: labels.counts(),
            universe: &universe,
        })
        .collect();
    let query = Expression::Term(0).verify(1)?;
    let scope = context(Scope::Patient(AccountId([1; 32])));
    let tokens = key.token(&scope, &rare(), Window::new(0, BATCHES)?)?;
    let (mut times, mut hits) = (Vec::new(), 0);
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let verified: Vec<VerifiedToken> = tokens
            .iter()
            .map(|token| token.clone().verify())
            .collect::<Result<_, _>>()?;
        let found = index.search(&LabelSearch::new(DOMAIN, &query, &[verified], &views))?;
        times.push(begin.elapsed());
        hits = found.iter().map(|found| found.hits.len()).sum();
    }
    times.sort_unstable();
    Ok(Measured {
        median: times[ROUNDS / 2],
        hits,
    })
}
