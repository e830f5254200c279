//! What an event of our contracts says.
use super::{BlockNumber, Contracts, Emitted};
use aegle_rules::{consent, consortium, ledger};

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

/// An event has a topic that this release knows, and other data than the topic promises.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {index} of block {block} does not hold what its topic promises: {source}")]
pub struct DecodeError {
    /// The block.
    pub block: BlockNumber,
    /// The event's place in it.
    pub index: u32,
    /// What was wrong.
    pub source: scale::Error,
}

impl ContractEvent {
    /// Decodes by contract and signature topic; `None` if this release does not know the topic.
    ///
    /// # Errors
    /// [`DecodeError`] if the topic is known and the data is not its struct.
    pub fn decode(contracts: &Contracts, block: BlockNumber, emitted: &Emitted) -> Result<Option<Self>, DecodeError> {
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
        decoded.map_err(|source| DecodeError {
            block,
            index: emitted.index,
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegle_rules::{AccountId, OrganisationId, consortium::events::OrganisationSuspended};
    use scale::Encode;

    #[test]
    fn an_event_counts_only_from_its_own_contract() {
        let contracts = Contracts {
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
        for (contract, topic, data, expected) in [
            (contracts.consortium, topic, event.encode(), Ok(Some(known))),
            (contracts.consent, topic, event.encode(), Ok(None)),
            (AccountId([4; 32]), topic, event.encode(), Ok(None)),
            (contracts.consortium, Some([0; 32]), event.encode(), Ok(None)),
            (contracts.consortium, None, event.encode(), Ok(None)),
            (contracts.consortium, topic, vec![1], Err(())),
            (contracts.consortium, topic, [event.encode(), vec![0]].concat(), Err(())),
        ] {
            assert_eq!(
                ContractEvent::decode(&contracts, 1, &emitted(contract, topic, data)).map_err(drop),
                expected
            );
        }
    }
}
