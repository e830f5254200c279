use crate::{domain_key, keyword, patient_scope, token};
use aegle_rules::BatchNumber;
use aegle_sealed::{
    BatchSpan, TokenError, TokenNode, Window, WindowError,
    limits::{MAX_TOKEN_NODES, MAX_WINDOW_BATCHES, SEGMENT_BATCHES},
};
use proptest::prelude::*;
use scale::{Decode, Encode};
use std::collections::BTreeSet;

/// The nodes of a minimal cover by its definition: a subtree inside the window counts one, one that it crosses counts
/// what its halves count.
fn minimal_nodes(start: u32, length: u32, window: Window) -> usize {
    let end = start + length;
    if window.from <= start && end <= window.to {
        return 1;
    }
    if end <= window.from || window.to <= start {
        return 0;
    }
    minimal_nodes(start, length / 2, window) + minimal_nodes(start + length / 2, length / 2, window)
}

fn window_in_segment(segment: u32) -> impl Strategy<Value = Window> {
    (0..SEGMENT_BATCHES).prop_flat_map(move |from| {
        (from + 1..=SEGMENT_BATCHES).prop_map(move |to| Window {
            from: segment * SEGMENT_BATCHES + from,
            to: segment * SEGMENT_BATCHES + to,
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_token_opens_exactly_its_window(window in window_in_segment(2)) {
        let whole = domain_key().keyword_key(&patient_scope().in_segment(2), &keyword(0));
        let opened = token(window).verify().unwrap();
        let mut walk = opened.walk();
        let mut falling = opened.walk();
        let around = window.from.saturating_sub(40)..window.to + 40;
        for batch in around.clone().map(BatchNumber) {
            let expected = whole.leaf(batch).filter(|_| window.contains(batch)).map(|leaf| *leaf.to_bytes());
            prop_assert_eq!(opened.leaf(batch).map(|leaf| *leaf.to_bytes()), expected);
            prop_assert_eq!(walk.leaf(batch).map(|leaf| *leaf.to_bytes()), expected);
        }
        for batch in around.rev().map(BatchNumber) {
            let expected = opened.leaf(batch).map(|leaf| *leaf.to_bytes());
            prop_assert_eq!(falling.leaf(batch).map(|leaf| *leaf.to_bytes()), expected);
        }
    }

    #[test]
    fn a_token_opens_a_span_of_batches_as_a_whole_or_not_at_all(window in window_in_segment(1), log2 in 0..=10_u8) {
        let whole = domain_key().keyword_key(&patient_scope().in_segment(1), &keyword(0));
        let opened = token(window).verify().unwrap();
        let (mut rising, mut falling) = (opened.walk(), opened.walk());
        let spans: Vec<BatchSpan> = (0..1024 >> log2)
            .map(|place| BatchSpan::new(BatchNumber(1024 + (place << log2)), log2).unwrap())
            .collect();
        let expected = |span: &BatchSpan| {
            let inside = span.batches().all(|batch| window.contains(batch));
            inside.then(|| *whole.span(span).unwrap().to_bytes())
        };
        for span in &spans {
            prop_assert_eq!(opened.span(span).map(|key| *key.to_bytes()), expected(span), "{}", span);
            prop_assert_eq!(rising.span(span).map(|key| *key.to_bytes()), expected(span));
            // A walk that was at a batch inside comes up again.
            let deeper = rising.leaf(span.first()).map(|key| *key.to_bytes());
            prop_assert_eq!(deeper, opened.leaf(span.first()).map(|key| *key.to_bytes()));
        }
        for span in spans.iter().rev() {
            prop_assert_eq!(falling.span(span).map(|key| *key.to_bytes()), expected(span));
        }
    }

    #[test]
    fn a_token_is_the_minimal_cover(window in window_in_segment(0)) {
        let nodes = token(window).nodes;
        prop_assert_eq!(nodes.len(), minimal_nodes(0, SEGMENT_BATCHES, window));
        prop_assert!(nodes.len() <= MAX_TOKEN_NODES, "{} nodes", nodes.len());
    }
}

#[test]
fn batches_added_later_stay_closed() {
    let opened = token(Window { from: 0, to: 100 }).verify().unwrap();
    assert!(opened.leaf(BatchNumber(99)).is_some());
    for later in [100, 101, 127, 128, 1023, 1024, 1099, u32::MAX] {
        assert!(opened.leaf(BatchNumber(later)).is_none(), "batch {later}");
    }
}

#[test]
fn a_window_over_segments_gets_a_token_each() {
    let window = Window::new(SEGMENT_BATCHES - 2, 2 * SEGMENT_BATCHES + 1).unwrap();
    let tokens = domain_key().token(&patient_scope(), &keyword(0), window).unwrap();
    let windows: Vec<_> = tokens
        .iter()
        .map(|token| (token.segment, token.from, token.to))
        .collect();
    assert_eq!(windows, [(0, 1022, 1024), (1, 1024, 2048), (2, 2048, 2049)]);
    assert_eq!(
        tokens.iter().map(|token| token.nodes.len()).collect::<Vec<_>>(),
        [1, 1, 1]
    );
    assert!(tokens.into_iter().all(|token| token.verify().is_ok()));
}

#[test]
fn the_last_batch_of_all_can_be_opened() {
    let token = token(Window {
        from: u32::MAX - 1,
        to: u32::MAX,
    })
    .verify()
    .unwrap();
    assert!(token.leaf(BatchNumber(u32::MAX - 1)).is_some());
}

#[test]
fn windows_out_of_order_or_too_long_are_refused() {
    let cases = [
        (0, 0, Some(WindowError::Empty { from: 0, to: 0 })),
        (5, 4, Some(WindowError::Empty { from: 5, to: 4 })),
        (7, 7 + MAX_WINDOW_BATCHES - 1, None),
        (7, 7 + MAX_WINDOW_BATCHES, None),
        (
            7,
            7 + MAX_WINDOW_BATCHES + 1,
            Some(WindowError::TooLong {
                batches: MAX_WINDOW_BATCHES + 1,
            }),
        ),
        (0, u32::MAX, Some(WindowError::TooLong { batches: u32::MAX })),
    ];
    for (from, to, error) in cases {
        assert_eq!(Window::new(from, to).err(), error, "{from}..{to}");
    }
}

#[test]
fn the_newest_window_begins_with_a_segment() {
    for (end, from) in [
        (1, 0),
        (MAX_WINDOW_BATCHES, 0),
        (MAX_WINDOW_BATCHES + 1, SEGMENT_BATCHES),
        (MAX_WINDOW_BATCHES + SEGMENT_BATCHES, SEGMENT_BATCHES),
        (u32::MAX, u32::MAX - MAX_WINDOW_BATCHES + 1),
    ] {
        assert_eq!(Window::newest(end), Ok(Window { from, to: end }), "{end}");
    }
    assert_eq!(Window::newest(0), Err(WindowError::Empty { from: 0, to: 0 }));
}

#[test]
fn a_span_has_a_key_that_nothing_else_has() {
    let whole = domain_key().keyword_key(&patient_scope().in_segment(1), &keyword(0));
    let mut keys = BTreeSet::new();
    for log2 in 0..=10 {
        for batch in [1024, 1025, 1536, 2047] {
            let span = BatchSpan::around(BatchNumber(batch), log2).unwrap();
            keys.insert((*whole.span(&span).unwrap().to_bytes(), span));
        }
    }
    let distinct: BTreeSet<_> = keys.iter().map(|(key, _)| *key).collect();
    assert_eq!(distinct.len(), keys.len());
    // The nodes that a token shows are no keys of labels, but for those of single batches.
    for window in [Window { from: 1024, to: 1536 }, Window { from: 1026, to: 1028 }] {
        for node in token(window).nodes {
            assert!(!distinct.contains(&node.key), "{node:?}");
        }
    }
    assert!(
        whole.span(&BatchSpan::around(BatchNumber(0), 10).unwrap()).is_none(),
        "another segment"
    );
}

#[test]
fn a_span_is_aligned_and_inside_a_segment() {
    let span = |first, log2| BatchSpan::new(BatchNumber(first), log2);
    for (first, log2, last) in [
        (0, 0, 0),
        (7, 0, 7),
        (6, 1, 7),
        (1024, 10, 2047),
        (u32::MAX, 0, u32::MAX),
    ] {
        let span = span(first, log2).unwrap();
        assert_eq!((span.first().0, span.last().0, span.log2()), (first, last, log2));
        assert_eq!(span.batches().count(), 1 << log2);
        assert_eq!(BatchSpan::around(BatchNumber(last), log2), Some(span));
        assert_eq!(BatchSpan::decode(&mut span.encode().as_slice()).unwrap(), span);
    }
    for (first, log2) in [(1, 1), (6, 2), (512, 10), (0, 11), (2048, 11), (0, 255)] {
        assert_eq!(span(first, log2), None, "{first}, {log2}");
        assert!(
            BatchSpan::decode(&mut (first, log2).encode().as_slice()).is_err(),
            "{first}, {log2}"
        );
    }
    assert_eq!(BatchSpan::around(BatchNumber(5), 11), None);
}

#[test]
fn a_keyword_key_makes_no_token_outside_its_segment() {
    let key = domain_key().keyword_key(&patient_scope().in_segment(1), &keyword(0));
    for (from, to) in [(1023, 1025), (0, 1), (2047, 2049), (2048, 2049)] {
        let refused = key.token(Window { from, to }).err();
        assert_eq!(
            refused,
            Some(WindowError::OtherSegment { from, to, segment: 1 }),
            "{from}..{to}"
        );
    }
    assert!(key.leaf(BatchNumber(1023)).is_none() && key.leaf(BatchNumber(2048)).is_none());
    assert!(key.leaf(BatchNumber(1024)).is_some() && key.leaf(BatchNumber(2047)).is_some());
}

#[test]
fn tokens_that_are_not_the_cover_are_refused() {
    let good = || token(Window { from: 3, to: 9 });
    let not_the_cover = |nodes, from, to| TokenError::NotTheCover { nodes, from, to };

    let mut fewer = good();
    fewer.nodes.pop();
    assert_eq!(fewer.verify().err(), Some(not_the_cover(2, 3, 9)));

    let mut more = good();
    more.nodes.push(TokenNode {
        level: 10,
        index: 9,
        key: [0; 32],
    });
    assert_eq!(more.verify().err(), Some(not_the_cover(4, 3, 9)));

    let mut reordered = good();
    reordered.nodes.swap(0, 1);
    assert_eq!(reordered.verify().err(), Some(not_the_cover(3, 3, 9)));

    let mut root = good();
    root.nodes = vec![TokenNode {
        level: 0,
        index: 0,
        key: [0; 32],
    }];
    assert_eq!(root.verify().err(), Some(not_the_cover(1, 3, 9)));

    let mut wider = good();
    wider.to = 10;
    assert_eq!(wider.verify().err(), Some(not_the_cover(3, 3, 10)));

    let mut other_segment = good();
    other_segment.segment = 1;
    let error = WindowError::OtherSegment {
        from: 3,
        to: 9,
        segment: 1,
    };
    assert_eq!(other_segment.verify().err(), Some(TokenError::Window(error)));

    let mut backwards = good();
    (backwards.from, backwards.to) = (9, 3);
    assert_eq!(
        backwards.verify().err(),
        Some(TokenError::Window(WindowError::Empty { from: 9, to: 3 }))
    );
}

#[test]
fn what_is_printed_of_a_token_has_no_key() {
    let token = token(Window { from: 3, to: 9 });
    let printed = format!("{token:?}");
    assert!(printed.contains("TokenNode { level: 10, index: 3, .. }"), "{printed}");
    for node in &token.nodes {
        let first_bytes = format!("{}, {}, {}", node.key[0], node.key[1], node.key[2]);
        assert!(!printed.contains(&first_bytes) && !printed.contains(&hex::encode(node.key)));
    }
}

#[test]
fn a_token_survives_json() {
    let token = token(Window { from: 3, to: 9 });
    let json = serde_json::to_string(&token).unwrap();
    assert!(json.contains(&hex::encode(token.nodes[0].key)));
    let read: aegle_sealed::SearchToken = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
    let unknown = json.replacen("\"domain\"", "\"extra\":1,\"domain\"", 1);
    assert!(serde_json::from_str::<aegle_sealed::SearchToken>(&unknown).is_err());
}
