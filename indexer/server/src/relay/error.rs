//! Why a call is not relayed.
use super::limits::CALLS_OF_ONE_BEFORE_ACTIVATION;
use crate::store::StoreError;
use aegle_chain::ChainError;
use aegle_http::Problem;
use aegle_protocol::wire::{InvitationError, RelayRequestError};
use aegle_rules::{OrganisationId, consent::ConsentError, consortium::ConsortiumError};

/// A reason why a call is not relayed. Nothing was paid, unless it says so.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RelayError {
    /// This server pays for nobody's calls.
    #[error("this indexer relays no calls: ask another one, or pay yourself")]
    Off,
    /// The call does not hold by itself.
    #[error(transparent)]
    Request(#[from] RelayRequestError),
    /// It is no act of a patient's, a guardian's or a recovery key's.
    #[error("roles are an organisation's business: whoever accepts or renounces one pays for it themselves")]
    Role,
    /// It registers somebody for whom nobody could vouch.
    #[error("a registration is relayed where it names the organisation that is to vouch: name it")]
    Unnamed,
    /// The account is not registered as a patient.
    #[error("the account is not registered as a patient: register it first, which is relayed too")]
    Unregistered,
    /// Nobody vouches for the patient.
    #[error(
        "no organisation vouches for the patient yet: have the one that they named vouch, then send the call again"
    )]
    NotActivated,
    /// Nobody has invited the patient.
    #[error(
        "until organisation {named} vouches for you, this indexer pays for nobody whom it has not invited: ask one of its admins \
         for an invitation to this indexer (`aegle staff invite`), and send it along (--invitation)"
    )]
    NotInvited {
        /// The organisation that is to vouch.
        named: OrganisationId,
    },
    /// Another organisation has invited the patient than the one that is to vouch.
    #[error(
        "organisation {by} has invited you, and you name organisation {named}: name the one that has invited you, or ask an \
         admin of the other one for an invitation (`aegle staff invite`)"
    )]
    InvitedElsewhere {
        /// The organisation that invites.
        by: OrganisationId,
        /// The organisation that is to vouch.
        named: OrganisationId,
    },
    /// Whoever has invited the patient is no admin of the organisation.
    #[error(
        "who has invited you is no admin of organisation {named} now, or the organisation is suspended: ask an admin of an \
         organisation that may vouch for an invitation (`aegle staff invite`)"
    )]
    NoAdmin {
        /// The organisation that is to vouch.
        named: OrganisationId,
    },
    /// The invitation does not hold by itself.
    #[error(transparent)]
    Invitation(#[from] InvitationError),
    /// It only frees deposits, which the relayer would get, whoever has paid them.
    #[error("to clear what is over only frees deposits, which the relayer would get: revoke it, or clear it yourself")]
    OthersDeposits,
    /// The key has signed as many calls today as are paid.
    #[error("this indexer relays {limit} calls of one key a day, which are spent: try again tomorrow, or pay yourself")]
    OneSpent {
        /// How many.
        limit: u32,
    },
    /// As many calls were signed for the patient in this capacity today as are paid.
    #[error(
        "this indexer relays {limit} calls a day that a patient's guardians sign together, and as many of whoever controls the \
         account and of recovery keys, which are spent: try again tomorrow, or pay yourself"
    )]
    CapacitySpent {
        /// How many.
        limit: u32,
    },
    /// It has registered as often today as is paid.
    #[error(
        "this indexer relays {CALLS_OF_ONE_BEFORE_ACTIVATION} calls of a key a day until an organisation vouches: have it vouch first"
    )]
    NewcomerSpent,
    /// Patients for whom nobody vouches have had as many calls today as are paid.
    #[error(
        "this indexer has relayed as many calls for new patients today as it pays: try again tomorrow, or pay yourself"
    )]
    NewcomersSpent,
    /// Patients for whom nobody vouches, and who name the organisation, have had as many calls today as are paid.
    #[error(
        "this indexer has relayed as many calls for new patients who name this organisation today as it pays: try again \
         tomorrow, or pay yourself"
    )]
    OrganisationSpent,
    /// Everybody together has had as many calls today as are paid.
    #[error("this indexer has relayed as many calls today as it pays: try again tomorrow, or pay yourself")]
    AllSpent,
    /// As much was paid today as is.
    #[error("this indexer has paid as much for calls today as it pays: try again tomorrow, or pay yourself")]
    MoneySpent,
    /// As much was paid for the patient today as is.
    #[error("this indexer has paid as much for this patient today as it pays: try again tomorrow, or pay yourself")]
    OneSpentMoney,
    /// The organisation that vouches for the patient is suspended.
    #[error(
        "organisation {organisation}, which vouches for the patient, is suspended: until that ends only what ends access is relayed; pay \
         yourself, or wait"
    )]
    Suspended {
        /// The organisation.
        organisation: OrganisationId,
    },
    /// The call costs more than is paid for one.
    #[error(
        "the call takes more computation or storage than this indexer pays for one: do it in parts, or pay yourself"
    )]
    TooDear,
    /// As much is on deposit for the patient as is paid.
    #[error("this indexer holds as large a deposit for the patient as it pays: revoke what is over, or pay yourself")]
    DepositSpent,
    /// The account that pays has too little.
    #[error("the account that pays for relayed calls has too little: tell the indexer's operator, or pay yourself")]
    Funds,
    /// Another call of the signer comes first.
    #[error("the signed call has the number {found}, and {next} is next: sign it with that")]
    Number {
        /// Its own.
        found: u64,
        /// The next one.
        next: u64,
    },
    /// The consent contract refuses.
    #[error("the consent contract refuses the call: {0:?}")]
    Consent(ConsentError),
    /// The consortium contract refuses.
    #[error("the consortium contract refuses the call: {0:?}")]
    Consortium(ConsortiumError),
    /// The contract refused when the call was carried out.
    #[error(
        "the contract refused the call when it was carried out, since its state had changed: look, and sign it anew"
    )]
    Failed,
    /// Too many calls are being relayed.
    #[error("too many calls are being relayed: send the same call again")]
    Busy,
    /// The node did not take the transaction.
    #[error("the chain's node did not take the transaction: send the same call again")]
    NotTaken,
    /// The chain has not taken the transaction in time, and never will.
    #[error("the chain has not taken the transaction in time, and nothing was paid: send the same call again")]
    Died,
    /// It is not known yet what became of the call.
    #[error(
        "the call, or another one of its signer's, was submitted and is not final yet: send the same call again, which is not \
         paid twice"
    )]
    Pending,
    /// The chain does not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<RelayError> for Problem {
    fn from(error: RelayError) -> Self {
        use RelayError as Error;
        let problem = match error {
            Error::Off => Problem::relayer_off(),
            Error::Request(RelayRequestError::Expired) => Problem::expired(),
            Error::Request(RelayRequestError::Signature) => Problem::wrong_signature(),
            Error::Request(_) => Problem::invalid_relayed_call(),
            Error::Role | Error::Unnamed | Error::OthersDeposits => Problem::not_relayed(),
            Error::Unregistered | Error::NotActivated | Error::Suspended { .. } => Problem::not_activated(),
            Error::NotInvited { .. }
            | Error::InvitedElsewhere { .. }
            | Error::NoAdmin { .. }
            | Error::Invitation(_) => Problem::not_invited(),
            Error::OneSpent { .. }
            | Error::CapacitySpent { .. }
            | Error::NewcomerSpent
            | Error::NewcomersSpent
            | Error::OrganisationSpent
            | Error::AllSpent
            | Error::MoneySpent
            | Error::OneSpentMoney => Problem::relay_quota_spent(),
            Error::TooDear | Error::DepositSpent => Problem::relay_too_dear(),
            Error::Funds => Problem::relayer_without_funds(),
            Error::Number { .. } | Error::Consent(_) | Error::Consortium(_) | Error::Failed => Problem::relay_refused(),
            Error::Busy | Error::NotTaken => Problem::busy(),
            Error::Died | Error::Pending => Problem::relay_pending(),
            Error::Chain(error) => {
                tracing::warn!(%error, "not relayed: the chain cannot be asked");
                return Problem::chain_unavailable();
            }
            Error::Store(error) => return error.into(),
        };
        problem.because(error)
    }
}
