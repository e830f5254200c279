//! Which acts are relayed: messages of the contracts, read as what is to be signed.

use super::RelayerError;
use crate::chain::{Chain, ChainError, Contracts};
use aegle_protocol::wire::{RelayedCall, blake2_256};
use aegle_rules::{
    AccountId, Hash, Timestamp,
    consent::{SignedAct, messages as consents},
    consortium::{self, messages as consortiums},
    message::Message,
    relay::{Relayed, call_hash, signed_bytes},
};
use scale::{Decode, DecodeAll};

/// An act that is relayed: what is to be signed, or was signed by a key of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// For the consent contract.
    Consent(Box<SignedAct>),
    /// For the consortium contract.
    Consortium(consortium::Call),
    /// Signed already, by a recovery key.
    Signed(RelayedCall),
}

impl Act {
    /// Reads the act that a message to a contract is.
    ///
    /// # Errors
    /// [`RelayerError::NotRelayed`].
    pub fn of<M: Message>(contracts: &Contracts, contract: AccountId, message: &M) -> Result<Self, RelayerError> {
        Self::of_call(contracts, contract, M::NAME, &message.call_data())
    }

    /// Reads the act that a message to a contract is, from its call data: selector and arguments.
    ///
    /// # Errors
    /// [`RelayerError::NotRelayed`], which says the name of the message.
    pub fn of_call(
        contracts: &Contracts,
        contract: AccountId,
        message: &'static str,
        data: &[u8],
    ) -> Result<Self, RelayerError> {
        let act = data
            .split_first_chunk()
            .and_then(|(selector, arguments)| match contract {
                to if to == contracts.consent => Self::of_consent(*selector, arguments),
                to if to == contracts.consortium => Self::of_consortium(*selector, arguments),
                _ => None,
            });
        act.ok_or(RelayerError::NotRelayed { message })
    }

    /// Returns the act of a call, as if it were not signed yet.
    pub(super) fn of_signed(call: &RelayedCall) -> Self {
        match call {
            RelayedCall::Consent(relayed) => Self::Consent(Box::new(relayed.call.clone())),
            RelayedCall::Consortium(relayed) => Self::Consortium(relayed.call.clone()),
        }
    }

    fn consent(act: SignedAct) -> Self {
        Self::Consent(Box::new(act))
    }

    fn of_consent(selector: [u8; 4], arguments: &[u8]) -> Option<Self> {
        Some(match selector {
            consents::Act::SELECTOR => {
                let consents::Act { patient, call } = read(arguments)?;
                Self::consent(SignedAct::Controller { patient, call })
            }
            consents::GuardianAct::SELECTOR => {
                let consents::GuardianAct { patient, call } = read(arguments)?;
                Self::consent(SignedAct::Guardian { patient, call })
            }
            consents::Recover::SELECTOR => {
                let consents::Recover { patient, act } = read(arguments)?;
                Self::consent(SignedAct::Recovery { patient, act })
            }
            consents::RelayedCall::SELECTOR => {
                let consents::RelayedCall { relayed } = read(arguments)?;
                Self::Signed(RelayedCall::Consent(Box::new(relayed)))
            }
            _ => return None,
        })
    }

    fn of_consortium(selector: [u8; 4], arguments: &[u8]) -> Option<Self> {
        Some(Self::Consortium(match selector {
            consortiums::SetKey::SELECTOR => {
                let consortiums::SetKey { account, key, bundle } = read(arguments)?;
                consortium::Call::SetKey { account, key, bundle }
            }
            consortiums::RegisterPatient::SELECTOR => {
                let consortiums::RegisterPatient { named } = read(arguments)?;
                consortium::Call::RegisterPatient { named }
            }
            consortiums::NameOrganisation::SELECTOR => {
                let consortiums::NameOrganisation { account, named } = read(arguments)?;
                consortium::Call::NameOrganisation { account, named }
            }
            _ => return None,
        }))
    }

    /// Reads the number of the next call that `signer` signs for the contract of the act, in the state after the block `at`.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn next_nonce<C: Chain>(
        &self,
        chain: &C,
        contracts: &Contracts,
        at: Hash,
        signer: AccountId,
    ) -> Result<u64, ChainError> {
        match self {
            Self::Signed(call) => Ok(call.nonce()),
            Self::Consent(act) => match &**act {
                SignedAct::Controller { patient, .. } => {
                    let message = consents::RelayNonce { account: *patient };
                    chain.read(at, contracts.consent, &message).await
                }
                SignedAct::Guardian { .. } | SignedAct::Recovery { .. } => {
                    let message = consents::GuardianNonce { account: signer };
                    chain.read(at, contracts.consent, &message).await
                }
            },
            Self::Consortium(_) => {
                let message = consortiums::RelayNonce { account: signer };
                chain.read(at, contracts.consortium, &message).await
            }
        }
    }

    /// Returns the bytes that whoever acts signs; `None` where the act is signed already. `expires` is the first millisecond at
    /// which the call is no longer taken.
    pub fn signed_bytes(&self, contracts: &Contracts, nonce: u64, expires: Timestamp) -> Option<Vec<u8>> {
        let (contract, hash) = match self {
            Self::Signed(_) => return None,
            Self::Consent(act) => (&contracts.consent, call_hash(act, blake2_256)),
            Self::Consortium(call) => (&contracts.consortium, call_hash(call, blake2_256)),
        };
        Some(signed_bytes(&contracts.genesis, contract, &hash, nonce, expires))
    }

    /// Returns the call of the act, with a signature of [`Self::signed_bytes`]. What is signed already stays as it is.
    pub fn signed(self, signer: AccountId, nonce: u64, expires: Timestamp, signature: [u8; 64]) -> RelayedCall {
        match self {
            Self::Signed(call) => call,
            Self::Consent(act) => RelayedCall::Consent(Box::new(Relayed {
                signer,
                call: *act,
                nonce,
                expires,
                signature,
            })),
            Self::Consortium(call) => RelayedCall::Consortium(Box::new(Relayed {
                signer,
                call,
                nonce,
                expires,
                signature,
            })),
        }
    }
}

fn read<M: Decode>(data: &[u8]) -> Option<M> {
    M::decode_all(&mut &*data).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegle_rules::{OrganisationId, consent::Call};

    const CONTRACTS: Contracts = Contracts {
        genesis: Hash([1; 32]),
        consortium: AccountId([2; 32]),
        consent: AccountId([3; 32]),
        ledger: AccountId([4; 32]),
    };

    #[test]
    fn what_a_patient_does_is_relayed_and_what_a_clinician_does_is_not() {
        let patient = AccountId([5; 32]);
        let call = Call::RevokeAll;
        let act = consents::Act {
            patient,
            call: call.clone(),
        };
        let relayed = Act::of(&CONTRACTS, CONTRACTS.consent, &act);
        assert_eq!(
            relayed.ok(),
            Some(Act::consent(SignedAct::Controller { patient, call }))
        );
        let elsewhere = Act::of(&CONTRACTS, CONTRACTS.consortium, &act);
        assert!(matches!(elsewhere, Err(RelayerError::NotRelayed { message: "act" })));
        let named = Some(consortium::Named {
            organisation: OrganisationId(1),
            jurisdiction: None,
            until: 1_000,
        });
        let register = consortiums::RegisterPatient { named };
        let relayed = Act::of(&CONTRACTS, CONTRACTS.consortium, &register);
        let expected = Act::Consortium(consortium::Call::RegisterPatient { named });
        assert_eq!(relayed.ok(), Some(expected));
        let accept = consortiums::AcceptRole {
            organisation: OrganisationId(1),
        };
        let refused = Act::of(&CONTRACTS, CONTRACTS.consortium, &accept);
        assert!(matches!(refused, Err(RelayerError::NotRelayed { .. })));
        let withdraw = consents::WithdrawRequest { patient };
        let refused = Act::of(&CONTRACTS, CONTRACTS.consent, &withdraw);
        assert!(matches!(refused, Err(RelayerError::NotRelayed { .. })));
    }
}
