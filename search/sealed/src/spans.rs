//! Ranges over an inverted index: points on a line of integers, the spans that hold a point, and the fewest spans that
//! cover a range.
//!
//! A span of level `l` is `4^l` integers long and begins at a multiple of its length. A record has a keyword for each
//! span that holds its point, one a level; a query asks for the spans of a minimal cover. Four to a level rather than
//! two: half as many keywords in every record, for half as many again in the worst query.
//!
//! A record may say an interval instead of a point: a year, a stay, "below 0.01". It has a keyword for each span that it
//! *touches* down to the spans of its own minimal cover, and another one for each span of that cover, all of which it
//! *fills*. A query asks for what touches the spans of its cover, or fills a span around one of them: so it finds
//! exactly the intervals that have a point in common with the range.

use crate::limits::{DAY_SPAN_LEVELS, MAX_COVER_SPANS, MAX_RANGE_TERMS, NUMBER_SPAN_LEVELS};
use std::collections::BTreeSet;

/// A line of integers, and what lies beyond its ends.
pub(crate) struct Line {
    /// The first integer that is told from its neighbours.
    pub(crate) first: i32,
    /// The last one.
    pub(crate) last: i32,
    /// The greatest level: four spans of it are the whole line.
    pub(crate) top: u8,
}

/// Where a value lies. In rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Point {
    /// Before the first integer of the line.
    Below,
    /// On the line.
    On(i32),
    /// After the last one.
    Above,
}

/// A part of a line that has a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Span {
    /// Everything before the line.
    Below,
    /// `4^level` integers from `index * 4^level` on.
    On {
        /// 0 to the line's greatest.
        level: u8,
        /// The place inside the level; below 0 for what lies below 0.
        index: i32,
    },
    /// Everything after the line.
    Above,
}

impl Line {
    /// Where an integer lies.
    pub(crate) fn point(&self, integer: i32) -> Point {
        match integer {
            below if below < self.first => Point::Below,
            above if above > self.last => Point::Above,
            on => Point::On(on),
        }
    }

    /// The spans that an interval touches, down to those of its minimal cover; and those of its cover that are longer
    /// than an integer, which it fills.
    pub(crate) fn interval(&self, from: Option<i32>, to: Option<i32>) -> (BTreeSet<Span>, BTreeSet<Span>) {
        let cover = self.cover(from, to);
        let around = cover.iter().flat_map(|span| self.around(*span));
        let touched = cover.iter().copied().chain(around).collect();
        let long = |span: &Span| matches!(span, Span::On { level: 1.., .. });
        (touched, cover.into_iter().filter(long).collect())
    }

    /// The spans of a range, of which those that an interval touches are asked for; and the longer ones around them, of
    /// which those that it fills are. At most [`MAX_RANGE_TERMS`] together.
    pub(crate) fn range(&self, from: Option<i32>, to: Option<i32>) -> (Vec<Span>, BTreeSet<Span>) {
        let cover = self.cover(from, to);
        let around: BTreeSet<Span> = cover.iter().flat_map(|span| self.around(*span)).collect();
        debug_assert!(cover.len() + around.len() <= MAX_RANGE_TERMS);
        (cover, around)
    }

    /// The longer spans that hold a span.
    fn around(&self, span: Span) -> impl Iterator<Item = Span> {
        let (level, index) = match span {
            Span::On { level, index } => (level, index),
            Span::Below | Span::Above => (self.top, 0),
        };
        (level + 1..=self.top).map(move |longer| Span::On {
            level: longer,
            index: index >> (2 * (longer - level)),
        })
    }

    /// The spans that hold a point: one a level, from 0 up, or the one beyond the end.
    pub(crate) fn spans(&self, point: Point) -> Vec<Span> {
        match point {
            Point::Below => vec![Span::Below],
            Point::Above => vec![Span::Above],
            Point::On(integer) => (0..=self.top)
                .map(|level| Span::On {
                    level,
                    index: integer >> (2 * level),
                })
                .collect(),
        }
    }

    /// The fewest spans that hold exactly the points from `from` to `to`, both of them in it, in rising order. An end
    /// that is `None` is open: everything beyond the line is in it. An end may lie one step off the line. At most
    /// [`MAX_COVER_SPANS`]; none when the ends are out of order.
    pub(crate) fn cover(&self, from: Option<i32>, to: Option<i32>) -> Vec<Span> {
        // Behind an open end there is no point on the line, so a cover that ends where the great spans end is smaller.
        let edge = 2_i64 << (2 * self.top);
        let mut low = from.map_or(-edge, i64::from);
        let high = to.map_or(edge - 1, i64::from);
        let mut cover = Vec::new();
        cover.extend(from.is_none().then_some(Span::Below));
        while low <= high {
            let fits = |level: &u8| low % (1 << (2 * level)) == 0 && low + (1 << (2 * level)) - 1 <= high;
            let level = (0..=self.top).rev().find(fits).unwrap_or(0);
            let index = (low >> (2 * level)) as i32;
            cover.push(Span::On { level, index });
            low += 1 << (2 * level);
        }
        cover.extend(to.is_none().then_some(Span::Above));
        debug_assert!(cover.len() <= MAX_COVER_SPANS);
        cover
    }
}

/// Three a level and side, and what is left of the four greatest between them.
const _: () = assert!(MAX_COVER_SPANS == 6 * NUMBER_SPAN_LEVELS as usize + 2);
const _: () = assert!(DAY_SPAN_LEVELS <= NUMBER_SPAN_LEVELS);

#[cfg(test)]
mod tests {
    use super::{Line, Point, Span};
    use crate::limits::MAX_COVER_SPANS;
    use std::collections::BTreeSet;

    const SMALL: Line = Line {
        first: -30,
        last: 30,
        top: 2,
    };

    #[test]
    fn every_cover_holds_its_points_and_no_other() {
        let ends = || (SMALL.first - 1..=SMALL.last + 1).map(Some).chain([None]);
        for from in ends() {
            for to in ends() {
                let cover = SMALL.cover(from, to);
                let distinct: BTreeSet<_> = cover.iter().collect();
                assert_eq!(distinct.len(), cover.len());
                for integer in SMALL.first - 5..=SMALL.last + 5 {
                    let point = SMALL.point(integer);
                    let held = SMALL.spans(point).iter().filter(|span| cover.contains(span)).count();
                    let on = from.is_none_or(|from| from <= integer) && to.is_none_or(|to| integer <= to);
                    let expected = match point {
                        Point::Below => from.is_none(),
                        Point::Above => to.is_none(),
                        Point::On(_) => on,
                    };
                    assert_eq!(held, usize::from(expected), "{integer} in {from:?}..={to:?}: {cover:?}");
                }
            }
        }
    }

    #[test]
    fn a_range_and_an_interval_meet_exactly_when_they_have_a_point_in_common() {
        const TINY: Line = Line {
            first: -10,
            last: 10,
            top: 2,
        };
        let ends = || (TINY.first..=TINY.last).map(Some).chain([None]);
        let pairs = || ends().flat_map(|from| ends().map(move |to| (from, to)));
        let ordered = |(from, to): &(Option<i32>, Option<i32>)| from.is_none() || to.is_none() || from <= to;
        for (from, to) in pairs().filter(ordered) {
            let (asked, around) = TINY.range(from, to);
            for (begin, end) in pairs().filter(ordered) {
                let (touched, filled) = TINY.interval(begin, end);
                let met = asked.iter().any(|span| touched.contains(span)) || !around.is_disjoint(&filled);
                let before = |end: Option<i32>, begin: Option<i32>| matches!((end, begin), (Some(end), Some(begin)) if end < begin);
                let common = !before(to, begin) && !before(end, from);
                assert_eq!(met, common, "{from:?}..={to:?} and {begin:?}..={end:?}");
            }
        }
    }

    #[test]
    fn covers_are_minimal() {
        // The fewest of all choices of disjoint spans, by dynamic programming.
        let best = |from: i32, to: i32| {
            let length = (to - from + 1) as usize;
            let mut fewest = vec![0; length + 1];
            for done in (0..length).rev() {
                let low = from + done as i32;
                let steps = [1, 4, 16].into_iter().filter(|step| low % step == 0);
                let fitting = steps.filter(|step| done + *step as usize <= length);
                fewest[done] = fitting.map(|step| 1 + fewest[done + step as usize]).min().unwrap_or(0);
            }
            fewest[0]
        };
        for from in SMALL.first..=SMALL.last {
            for to in from..=SMALL.last {
                assert_eq!(SMALL.cover(Some(from), Some(to)).len(), best(from, to), "{from}..={to}");
            }
        }
    }

    #[test]
    fn the_greatest_cover_has_as_many_spans_as_the_limit_says() {
        let line = crate::number::NUMBERS;
        let edge = 2 << (2 * line.top);
        let cover = line.cover(Some(1 - edge), Some(edge - 2));
        assert_eq!(cover.len(), MAX_COVER_SPANS);
        assert!(cover.iter().all(|span| matches!(span, Span::On { .. })));
    }
}
