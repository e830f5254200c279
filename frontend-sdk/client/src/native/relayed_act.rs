//! Which acts are relayed: messages of the contracts, read as what is to be signed.

use crate::{chain::Contracts, relayer::RelayerError};
use aegle_protocol::wire::RelayedCall;
use aegle_rules::{
    AccountId,
    consent::{SignedAct, messages as consents},
    consortium::{self, messages as consortiums},
    message::Message,
};
use scale::{Decode, DecodeAll};

/// An act that is relayed: what is to be signed, or was signed by a key of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
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
    pub(crate) fn of<M: Message>(
        contracts: &Contracts,
        contract: AccountId,
        message: &M,
    ) -> Result<Self, RelayerError> {
        let data = message.encode();
        let act = match contract {
            to if to == contracts.consent => Self::of_consent::<M>(&data),
            to if to == contracts.consortium => Self::of_consortium::<M>(&data),
            _ => None,
        };
        act.ok_or(RelayerError::NotRelayed { message: M::NAME })
    }

    fn consent(act: SignedAct) -> Self {
        Self::Consent(Box::new(act))
    }

    fn of_consent<M: Message>(data: &[u8]) -> Option<Self> {
        if M::SELECTOR == consents::Act::SELECTOR {
            let consents::Act { patient, call } = read(data)?;
            return Some(Self::consent(SignedAct::Controller { patient, call }));
        }
        if M::SELECTOR == consents::GuardianAct::SELECTOR {
            let consents::GuardianAct { patient, call } = read(data)?;
            return Some(Self::consent(SignedAct::Guardian { patient, call }));
        }
        if M::SELECTOR == consents::Recover::SELECTOR {
            let consents::Recover { patient, act } = read(data)?;
            return Some(Self::consent(SignedAct::Recovery { patient, act }));
        }
        if M::SELECTOR == consents::RelayedCall::SELECTOR {
            let consents::RelayedCall { relayed } = read(data)?;
            return Some(Self::Signed(RelayedCall::Consent(Box::new(relayed))));
        }
        None
    }

    fn of_consortium<M: Message>(data: &[u8]) -> Option<Self> {
        let call = if M::SELECTOR == consortiums::SetKey::SELECTOR {
            let consortiums::SetKey { account, key, bundle } = read(data)?;
            consortium::Call::SetKey { account, key, bundle }
        } else if M::SELECTOR == consortiums::RegisterPatient::SELECTOR {
            let consortiums::RegisterPatient { named } = read(data)?;
            consortium::Call::RegisterPatient { named }
        } else if M::SELECTOR == consortiums::NameOrganisation::SELECTOR {
            let consortiums::NameOrganisation { account, named } = read(data)?;
            consortium::Call::NameOrganisation { account, named }
        } else {
            return None;
        };
        Some(Self::Consortium(call))
    }
}

fn read<M: Decode>(data: &[u8]) -> Option<M> {
    M::decode_all(&mut &*data).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegle_rules::{Hash, OrganisationId, consent::Call};

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
