//! `Contracts.ContractEmitted`, from its raw bytes.
use aegle_rules::AccountId;
use scale::Decode;

/// An event that one of our contracts emitted, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emitted {
    /// Its place among all events of the block.
    pub index: u32,
    /// The contract.
    pub contract: AccountId,
    /// ink!'s signature topic; none for an anonymous event.
    pub topic: Option<[u8; 32]>,
    /// SCALE of the event's struct.
    pub data: Vec<u8>,
}

/// The bytes are not those of a `ContractEmitted` event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {index} is not a ContractEmitted as it should be: {source}")]
pub struct EmittedError {
    /// The event's place in the block.
    pub index: u32,
    /// What was wrong.
    pub source: scale::Error,
}

impl Emitted {
    /// Decodes the fields of the event: the contract's account, then the data with its compact length.
    ///
    /// # Errors
    /// [`EmittedError`] if there is less or more than these two fields.
    pub fn from_fields(index: u32, fields: &[u8], topic: Option<[u8; 32]>) -> Result<Self, EmittedError> {
        let input = &mut &*fields;
        let decoded = <(AccountId, Vec<u8>)>::decode(input);
        let (contract, data) = decoded.map_err(|source| EmittedError { index, source })?;
        if !input.is_empty() {
            return Err(EmittedError {
                index,
                source: "bytes after the data".into(),
            });
        }
        Ok(Self {
            index,
            contract,
            topic,
            data,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scale::Encode;

    #[test]
    fn fields_decode_exactly() {
        let contract = AccountId([7; 32]);
        let fields = (contract, b"data".to_vec()).encode();
        let expected = Emitted {
            index: 3,
            contract,
            topic: Some([1; 32]),
            data: b"data".to_vec(),
        };
        assert_eq!(Emitted::from_fields(3, &fields, Some([1; 32])), Ok(expected));
        for length in 0..fields.len() {
            assert!(
                Emitted::from_fields(0, &fields[..length], None).is_err(),
                "{length} bytes"
            );
        }
        assert!(Emitted::from_fields(0, &[fields, vec![0]].concat(), None).is_err());
    }
}
