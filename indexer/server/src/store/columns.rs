//! Columns and the types that they stand for. Postgres has no unsigned integers: a u32 is a bigint, and a timestamp
//! over the largest bigint (292 million years) is that one.
use super::StoreError;
use aegle_rules::{AccountId, BatchNumber, DomainId, Hash, Timestamp};
use aegle_sealed::BatchSpan;
use tokio_postgres::Row;

/// Converts a timestamp to what is stored.
pub(super) fn stored_time(time: Timestamp) -> i64 {
    i64::try_from(time).unwrap_or(i64::MAX)
}

/// A domain, and the first and the last batch of a span, as they are stored.
pub(super) struct StoredSpan {
    pub(super) domain: i64,
    pub(super) first: i64,
    pub(super) last: i64,
}

impl StoredSpan {
    /// Converts a span of batches of a domain.
    pub(super) fn new(domain: DomainId, span: &BatchSpan) -> Self {
        Self {
            domain: domain.0.into(),
            first: span.first().0.into(),
            last: span.last().0.into(),
        }
    }
}

/// Reads columns of a row, where a value that does not fit is an error and never a panic.
pub(super) trait Columns {
    /// Reads exactly `N` bytes.
    fn bytes<const N: usize>(&self, column: &'static str) -> Result<[u8; N], StoreError>;
    /// Reads a number of 32 bits.
    fn number(&self, column: &'static str) -> Result<u32, StoreError>;
    /// Reads a number of 16 bits.
    fn small(&self, column: &'static str) -> Result<u16, StoreError>;
    /// Reads a timestamp, or another number of 63 bits.
    fn time(&self, column: &'static str) -> Result<Timestamp, StoreError>;
    /// Reads a binary logarithm.
    fn log2(&self, column: &'static str) -> Result<u8, StoreError>;
    /// Reads numbers of 32 bits.
    fn numbers(&self, column: &'static str) -> Result<Vec<u32>, StoreError>;
    /// Decodes SCALE, to the last byte.
    fn scale<T: scale::Decode>(&self, column: &'static str) -> Result<T, StoreError>;

    /// Reads the span of batches that begins with the batch in `first`.
    fn span(&self) -> Result<BatchSpan, StoreError> {
        let first = BatchNumber(self.number("first")?);
        BatchSpan::new(first, self.log2("span_log2")?).ok_or(StoreError::Corrupt { column: "span_log2" })
    }

    /// Reads an account.
    fn account(&self, column: &'static str) -> Result<AccountId, StoreError> {
        Ok(AccountId(self.bytes(column)?))
    }

    /// Reads a hash.
    fn hash(&self, column: &'static str) -> Result<Hash, StoreError> {
        Ok(Hash(self.bytes(column)?))
    }
}

impl Columns for Row {
    fn bytes<const N: usize>(&self, column: &'static str) -> Result<[u8; N], StoreError> {
        self.try_get::<_, &[u8]>(column)?
            .try_into()
            .map_err(|_| StoreError::Corrupt { column })
    }

    fn number(&self, column: &'static str) -> Result<u32, StoreError> {
        self.try_get::<_, i64>(column)?
            .try_into()
            .map_err(|_| StoreError::Corrupt { column })
    }

    fn small(&self, column: &'static str) -> Result<u16, StoreError> {
        self.try_get::<_, i32>(column)?
            .try_into()
            .map_err(|_| StoreError::Corrupt { column })
    }

    fn log2(&self, column: &'static str) -> Result<u8, StoreError> {
        self.try_get::<_, i16>(column)?
            .try_into()
            .map_err(|_| StoreError::Corrupt { column })
    }

    fn numbers(&self, column: &'static str) -> Result<Vec<u32>, StoreError> {
        let numbers: Vec<i64> = self.try_get(column)?;
        let numbers: Result<_, _> = numbers.into_iter().map(u32::try_from).collect();
        numbers.map_err(|_| StoreError::Corrupt { column })
    }

    fn time(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        self.try_get::<_, i64>(column)?
            .try_into()
            .map_err(|_| StoreError::Corrupt { column })
    }

    fn scale<T: scale::Decode>(&self, column: &'static str) -> Result<T, StoreError> {
        let input = &mut self.try_get::<_, &[u8]>(column)?;
        let value = T::decode(input).map_err(|_| StoreError::Corrupt { column })?;
        if input.is_empty() {
            Ok(value)
        } else {
            Err(StoreError::Corrupt { column })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_time_is_stored_as_the_largest_number() {
        assert_eq!(stored_time(0), 0);
        assert_eq!(stored_time(i64::MAX as u64), i64::MAX);
        assert_eq!(stored_time(u64::MAX), i64::MAX);
    }
}
