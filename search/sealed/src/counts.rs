//! The count table of a batch: for each keyword of each scope, how many records have it.

use crate::limits::{MAX_COUNT_ENTRIES, MIN_COUNT_ENTRIES};
use scale::{Compact, Decode, Encode};

/// One entry: a keyword under a name that only its key knows, and its count under a pad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct CountEntry {
    /// First 10 bytes of keyed BLAKE3; random in a padding entry.
    pub fingerprint: [u8; 10],
    /// The count, exclusive-or its pad; random in a padding entry.
    pub masked: u32,
}

impl CountEntry {
    /// Before every entry, so that an absent keyword always has a lower neighbour.
    pub const FIRST: Self = Self {
        fingerprint: [0; 10],
        masked: 0,
    };
    /// After every entry, so that an absent keyword always has an upper neighbour.
    pub const LAST: Self = Self {
        fingerprint: [0xff; 10],
        masked: 0,
    };
}

/// A table in order: fingerprints strictly increasing, a sentinel at each end, as many entries as a power of two from
/// [`MIN_COUNT_ENTRIES`] to [`MAX_COUNT_ENTRIES`]. Decoding verifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountTable(Vec<CountEntry>);

/// Why a table is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CountTableError {
    /// Not padded to a power of two inside the limits.
    #[error("a count table of {entries} entries is not padded, or too long")]
    Size {
        /// How many entries.
        entries: usize,
    },
    /// A sentinel is missing, or is not what it must be.
    #[error("the count table has no sentinels")]
    Sentinels,
    /// An entry is not greater than the one before it.
    #[error("entry {index} of the count table is not greater than the one before it")]
    Order {
        /// The entry, counted from 0.
        index: usize,
    },
}

impl CountTable {
    /// Checks entries that are in order already, and makes a table of them.
    ///
    /// # Errors
    /// [`CountTableError`]: they are not padded to a power of two inside the limits, lack a sentinel, or are out of
    /// order.
    pub fn new(entries: Vec<CountEntry>) -> Result<Self, CountTableError> {
        let size = entries.len();
        if !size.is_power_of_two() || !(MIN_COUNT_ENTRIES..=MAX_COUNT_ENTRIES).contains(&size) {
            return Err(CountTableError::Size { entries: size });
        }
        if entries.first() != Some(&CountEntry::FIRST) || entries.last() != Some(&CountEntry::LAST) {
            return Err(CountTableError::Sentinels);
        }
        let unordered = entries
            .windows(2)
            .position(|pair| pair[0].fingerprint >= pair[1].fingerprint);
        match unordered {
            Some(before) => Err(CountTableError::Order { index: before + 1 }),
            None => Ok(Self(entries)),
        }
    }

    /// Returns every entry, sentinels and padding included, in order of the fingerprints.
    pub fn entries(&self) -> &[CountEntry] {
        &self.0
    }

    /// Finds the entry of a fingerprint; `None` when there is none. The sentinels are not found.
    pub fn find(&self, fingerprint: &[u8; 10]) -> Option<&CountEntry> {
        let inner = &self.0[1..self.0.len() - 1];
        let near = surroundings(inner, fingerprint);
        let at = near.binary_search_by(|entry| entry.fingerprint.cmp(fingerprint)).ok()?;
        Some(&near[at])
    }
}

/// The part of the entries, in order, in which `fingerprint` is if it is anywhere.
///
/// Fingerprints are random, so their number tells where to look, to within about the root of how many there are: a
/// table that is not in the cache costs few reads of memory. One that is made otherwise is searched as a whole.
fn surroundings<'a>(entries: &'a [CountEntry], fingerprint: &[u8; 10]) -> &'a [CountEntry] {
    let [a, b, c, d, ..] = *fingerprint;
    let share = u64::from(u32::from_be_bytes([a, b, c, d]));
    let guess = ((share * entries.len() as u64) >> u32::BITS) as usize;
    let reach = 1 << (entries.len().max(1).ilog2() / 2);
    let (low, high) = (guess.saturating_sub(reach), (guess + reach).min(entries.len()));
    let is_inside =
        low < high && entries[low].fingerprint <= *fingerprint && *fingerprint <= entries[high - 1].fingerprint;
    if is_inside { &entries[low..high] } else { entries }
}

impl Encode for CountTable {
    fn size_hint(&self) -> usize {
        self.0.size_hint()
    }

    fn encode_to<T: scale::Output + ?Sized>(&self, output: &mut T) {
        self.0.encode_to(output);
    }
}

impl Decode for CountTable {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        let entries = decode_bounded(input, MAX_COUNT_ENTRIES, "count table is too long")?;
        Self::new(entries).map_err(|_| "count table is not in order".into())
    }
}

/// Decodes a SCALE list after a look at its length, so that a false length cannot make us allocate.
///
/// # Errors
/// `refusal` if the list says that it has more than `limit` elements; otherwise what decoding the length or an element
/// gives.
pub fn decode_bounded<I: scale::Input, T: Decode>(
    input: &mut I,
    limit: usize,
    refusal: &'static str,
) -> Result<Vec<T>, scale::Error> {
    let length = Compact::<u32>::decode(input)?.0 as usize;
    if length > limit {
        return Err(refusal.into());
    }
    scale::decode_vec_with_len(input, length)
}
