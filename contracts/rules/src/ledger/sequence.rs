//! How many entries a sequence without gaps has, found by asking which of them are there.

/// Most entries that [`length`] asks about: 33 to leave the sequence behind, and 31 to close in.
pub const MAX_SEARCH_READS: u32 = 64;

/// Returns how many entries there are of a sequence that is numbered from 0 without a gap and never has the number
/// `u32::MAX`.
///
/// `exists` says whether an entry is there. It is asked about twice the binary logarithm of the answer (galloping
/// search, Bentley and Yao 1976), and never more than [`MAX_SEARCH_READS`] times.
pub fn length(mut exists: impl FnMut(u32) -> bool) -> u32 {
    let mut at_least = 0;
    let mut bound = 1_u32;
    // `bound` is never 0: `bound - 1` is the last entry of that many.
    while exists(bound.saturating_sub(1)) {
        at_least = bound;
        if bound == u32::MAX {
            return bound;
        }
        bound = bound.saturating_mul(2);
    }
    let mut at_most = bound.saturating_sub(1);
    while at_least < at_most {
        let middle = at_least.midpoint(at_most);
        if exists(middle) {
            at_least = middle.saturating_add(1);
        } else {
            at_most = middle;
        }
    }
    at_least
}

#[cfg(test)]
mod tests;
