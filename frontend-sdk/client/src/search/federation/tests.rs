#![allow(clippy::unwrap_used)]

use super::*;
use aegle_protocol::record::RecordId;
use aegle_rules::{AccountId, Confidentiality, Slot};
use proptest::prelude::*;

fn hit(source: usize, batch: u32, number: u32, anchored_at: Timestamp) -> FederatedHit {
    let hit = Hit {
        record: RecordId([source as u8; 16]),
        batch: BatchNumber(batch),
        number,
        patient: AccountId([1; 32]),
        slot: Slot(0),
        confidentiality: Confidentiality::Normal,
        author: AccountId([2; 32]),
        authored_at: 0,
    };
    FederatedHit {
        source,
        anchored_at,
        hit,
    }
}

/// Answers as a source that is asked for what follows, `portion` hits at a time.
fn ask(place: &[FederatedHit], source: usize, progress: Progress, portion: usize) -> Option<Found> {
    let shown = match progress {
        Progress::Start => 0,
        Progress::After(last) => {
            1 + place
                .iter()
                .position(|hit| RecordPlace::from(&hit.hit) == last)
                .unwrap()
        }
        Progress::End => return None,
    };
    let hits: Vec<_> = place[shown..].iter().take(portion).cloned().collect();
    let rest = place.len() > shown + portion;
    Some(Found {
        source,
        next: hits.last().filter(|_| rest).map(|last| RecordPlace::from(&last.hit)),
        hits: hits.into_iter().peekable(),
    })
}

proptest! {
    #[test]
    fn pages_of_many_places_are_one_list_by_time(
        times in prop::collection::vec(prop::collection::vec(0_u64..20, 0..8), 0..5),
        limit in 1_usize..9,
        portions in prop::collection::vec(1_usize..5, 5),
    ) {
        let place = |(source, mut times): (usize, Vec<Timestamp>)| {
            times.sort_unstable_by(|a, b| b.cmp(a));
            let length = times.len() as u32;
            (0_u32..).zip(times).map(|(at, time)| hit(source, length - at, 0, time)).collect::<Vec<_>>()
        };
        let places: Vec<Vec<FederatedHit>> = times.into_iter().enumerate().map(place).collect();
        let mut expected: Vec<FederatedHit> = places.concat();
        expected.sort_by_key(|hit| (Reverse(hit.anchored_at), hit.source));
        let mut progress = vec![Progress::Start; places.len()];
        let (mut paged, mut rounds) = (Vec::new(), 0);
        while progress.iter().any(|progress| *progress != Progress::End) {
            let asked = places.iter().enumerate();
            let mut all: Vec<Found> = asked
                .filter_map(|(source, place)| ask(place, source, progress[source], portions[source].min(limit)))
                .collect();
            let page = merge(&mut all, &mut progress, limit);
            prop_assert!(page.len() <= limit);
            paged.extend(page);
            rounds += 1;
            prop_assert!(rounds < 200);
        }
        prop_assert_eq!(paged, expected);
    }
}
