//! What contracts emit: `Contracts.ContractEmitted` from its raw bytes, and what our contracts say by it.

use crate::ChainError;
use aegle_protocol::{BlockNumber, Contracts};
use aegle_rules::{AccountId, consent, consortium, ledger};
use scale::DecodeAll;

/// An event that a contract emitted, as it came.
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

impl Emitted {
    /// Decodes the fields of the pallet's event: the contract's account, then the data with its compact length.
    ///
    /// # Errors
    /// When there is less or more than these two fields.
    pub fn from_fields(index: u32, fields: &[u8], topic: Option<[u8; 32]>) -> Result<Self, scale::Error> {
        let (contract, data) = <(AccountId, Vec<u8>)>::decode_all(&mut &*fields)?;
        Ok(Self {
            index,
            contract,
            topic,
            data,
        })
    }
}

/// An event of one of the three contracts. It is decoded, stored and dropped, one after the other.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContractEvent {
    /// Of the consortium contract.
    Consortium(consortium::events::Event),
    /// Of the consent contract.
    Consent(consent::events::Event),
    /// Of the ledger contract.
    Ledger(ledger::events::Event),
}

impl ContractEvent {
    /// Decodes by contract and signature topic; `None` if this release does not know the topic.
    ///
    /// # Errors
    /// [`ChainError::Event`] if the topic is known and the data is not its struct.
    pub fn decode(contracts: &Contracts, block: BlockNumber, emitted: &Emitted) -> Result<Option<Self>, ChainError> {
        let Some(topic) = &emitted.topic else { return Ok(None) };
        let data = &emitted.data;
        let decoded = if emitted.contract == contracts.consortium {
            consortium::events::Event::decode(topic, data).map(|event| event.map(Self::Consortium))
        } else if emitted.contract == contracts.consent {
            consent::events::Event::decode(topic, data).map(|event| event.map(Self::Consent))
        } else if emitted.contract == contracts.ledger {
            ledger::events::Event::decode(topic, data).map(|event| event.map(Self::Ledger))
        } else {
            Ok(None)
        };
        decoded.map_err(|source| ChainError::Event {
            block,
            index: emitted.index,
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegle_rules::{Hash, OrganisationId, consortium::events::OrganisationSuspended};
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

    #[test]
    fn an_event_counts_only_from_its_own_contract() {
        let contracts = Contracts {
            genesis: Hash([0; 32]),
            consortium: AccountId([1; 32]),
            consent: AccountId([2; 32]),
            ledger: AccountId([3; 32]),
        };
        let event = OrganisationSuspended {
            organisation: OrganisationId(5),
        };
        let emitted = |contract, topic, data| Emitted {
            index: 0,
            contract,
            topic,
            data,
        };
        let topic = Some(OrganisationSuspended::SIGNATURE_TOPIC);
        let known = ContractEvent::Consortium(consortium::events::Event::OrganisationSuspended(event.clone()));
        let mut cases = vec![
            (contracts.consortium, topic, event.encode(), Ok(Some(known))),
            (contracts.consent, topic, event.encode(), Ok(None)),
            (AccountId([4; 32]), topic, event.encode(), Ok(None)),
            (contracts.consortium, Some([0; 32]), event.encode(), Ok(None)),
            (contracts.consortium, None, event.encode(), Ok(None)),
            (contracts.consortium, topic, [event.encode(), vec![0]].concat(), Err(())),
        ];
        for length in 0..event.encode().len() {
            cases.push((contracts.consortium, topic, event.encode()[..length].to_vec(), Err(())));
        }
        for (contract, topic, data, expected) in cases {
            assert_eq!(
                ContractEvent::decode(&contracts, 1, &emitted(contract, topic, data)).map_err(drop),
                expected
            );
        }
    }
}
