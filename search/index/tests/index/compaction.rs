//! Batches that were compacted: one document, found as before, and nothing left of their own labels.
use crate::corpus::{EPOCH, PAYLOAD, domain_key, keyword, patient, record, small};
use aegle_index::{LabelIndex, LabelSearch, SearchError, SpanView};
use aegle_keys::{KeyCache, RecordKeywords, label_span};
use aegle_rules::{BatchNumber, DomainId};
use aegle_sealed::{BatchSpan, Expression, LabelSet, Salt, Scope, ScopeContext, VerifiedToken, Window};
use roaring::RoaringBitmap;

const DOMAIN: DomainId = DomainId(5);
const SCOPE: Scope = Scope::Patient(aegle_rules::AccountId([1; 32]));

fn span(first: u32, log2: u8) -> BatchSpan {
    BatchSpan::new(BatchNumber(first), log2).unwrap()
}

fn labelled(span: BatchSpan, records: &[RecordKeywords]) -> LabelSet {
    let (mut cache, salt) = (KeyCache::default(), Salt::generate().unwrap());
    label_span(&mut cache, &domain_key(DOMAIN), DOMAIN, EPOCH, span, records, salt).unwrap()
}

fn tokens(window: Window) -> Vec<VerifiedToken> {
    let context = ScopeContext {
        domain: DOMAIN,
        epoch: EPOCH,
        scope: SCOPE,
    };
    let tokens = domain_key(DOMAIN).token(&context, &keyword(0), window).unwrap();
    tokens.into_iter().map(|token| token.verify().unwrap()).collect()
}

/// Returns a record of the patient in each of the batches 0 to 7; those of even batches have the keyword.
fn records() -> Vec<RecordKeywords> {
    let own = |batch| if batch % 2 == 0 { vec![0, 1] } else { vec![1] };
    (0..8).map(|batch| record(1, &own(batch))).collect()
}

/// Searches for the keyword in label sets, each of the whole span.
fn search(
    index: &LabelIndex,
    sets: &[(BatchSpan, &LabelSet)],
    window: Window,
) -> Result<Vec<(u32, Vec<u32>)>, SearchError> {
    assert_eq!(patient(1), aegle_rules::AccountId([1; 32]));
    let universe: RoaringBitmap = (0..8).collect();
    let views: Vec<SpanView<'_>> = sets
        .iter()
        .map(|(span, labels)| SpanView {
            span: *span,
            epoch: EPOCH,
            salt: *labels.salt(),
            counts: labels.counts(),
            universe: &universe,
        })
        .collect();
    let query = Expression::Term(0).verify(1).unwrap();
    let found = index.search(&LabelSearch::new(DOMAIN, &query, &[tokens(window)], &views))?;
    Ok(found
        .into_iter()
        .map(|found| (found.span.first().0, found.hits.iter().collect()))
        .collect())
}

#[test]
fn batches_in_one_document_are_numbered_through() {
    let records = records();
    let single: Vec<LabelSet> = (0..8)
        .map(|batch| labelled(span(batch, 0), &records[batch as usize..][..1]))
        .collect();
    let mut index = LabelIndex::open_in_memory(small()).unwrap();
    for (batch, labels) in (0..).zip(&single) {
        index.add_batch(DOMAIN, BatchNumber(batch), labels).unwrap();
    }
    index.commit(PAYLOAD).unwrap();
    let whole = Window::new(0, 8).unwrap();
    let sets: Vec<_> = (0..).map(|batch| span(batch, 0)).zip(&single).collect();
    assert_eq!(
        search(&index, &sets, whole).unwrap(),
        [(6, vec![0]), (4, vec![0]), (2, vec![0]), (0, vec![0])]
    );

    // A narrow span and then one around it, whose labels are erased in part before the commit.
    let narrow = labelled(span(2, 1), &records[2..4]);
    index.add_span(DOMAIN, span(2, 1), &narrow).unwrap();
    index.delete_record(DOMAIN, BatchNumber(3), 0).unwrap();
    index.add_span(DOMAIN, span(2, 1), &narrow).unwrap();
    index.commit(PAYLOAD).unwrap();
    let sets = [
        (span(1, 0), &single[1]),
        (span(0, 0), &single[0]),
        (span(2, 1), &narrow),
        (span(4, 0), &single[4]),
    ];
    assert_eq!(
        search(&index, &sets, whole).unwrap(),
        [(4, vec![0]), (2, vec![0]), (0, vec![0])]
    );
    let wide = labelled(span(0, 2), &records[..4]);
    index.add_span(DOMAIN, span(0, 2), &wide).unwrap();
    index.delete_record(DOMAIN, BatchNumber(0), 2).unwrap();
    index.commit(PAYLOAD).unwrap();
    let sets = [(span(0, 2), &wide), (span(6, 0), &single[6])];
    assert_eq!(search(&index, &sets, whole).unwrap(), [(6, vec![0]), (0, vec![0])]);

    // Nothing is left of what was compacted, nor of what was erased.
    index.purge().unwrap();
    let gone = single[..4]
        .iter()
        .chain([&narrow])
        .flat_map(|labels| labels.records().iter().flatten());
    for label in gone.chain(&wide.records()[2]) {
        assert!(
            !index.searcher().holds_label(label).unwrap(),
            "a replaced or erased label is gone"
        );
    }
    for label in single[4..].iter().flat_map(|labels| labels.records().iter().flatten()) {
        assert!(
            index.searcher().holds_label(label).unwrap(),
            "a label of a batch outside the span stays"
        );
    }
}

#[test]
fn a_window_has_all_of_a_span_or_nothing() {
    let records = records();
    let (wide, later) = (
        labelled(span(0, 2), &records[..4]),
        labelled(span(4, 0), &records[4..5]),
    );
    let mut index = LabelIndex::open_in_memory(small()).unwrap();
    index.add_span(DOMAIN, span(0, 2), &wide).unwrap();
    index.add_span(DOMAIN, span(4, 0), &later).unwrap();
    index.commit(PAYLOAD).unwrap();
    let sets = [(span(0, 2), &wide), (span(4, 0), &later)];
    let found = |from, to| search(&index, &sets, Window::new(from, to).unwrap());
    assert_eq!(found(0, 5).unwrap(), [(4, vec![0]), (0, vec![0, 2])]);
    assert_eq!(found(0, 4).unwrap(), [(0, vec![0, 2])]);
    assert_eq!(found(4, 5).unwrap(), [(4, vec![0])]);
    for (from, to) in [(1, 5), (0, 3), (3, 4), (2, 1024)] {
        let refused = found(from, to);
        assert!(
            matches!(refused, Err(SearchError::SpanCut { span: cut }) if cut == span(0, 2)),
            "{from}..{to}: {refused:?}"
        );
    }
    // The same batch twice, alone and with others.
    let own = labelled(span(3, 0), &records[3..4]);
    let twice = search(
        &index,
        &[(span(0, 2), &wide), (span(3, 0), &own)],
        Window::new(0, 4).unwrap(),
    );
    assert!(matches!(
        twice,
        Err(SearchError::DuplicateBatch { batch: BatchNumber(3) })
    ));
}
