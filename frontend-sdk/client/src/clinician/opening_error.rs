//! Why a record is not opened.

use crate::{
    chain::ChainError,
    coding::CodingError,
    proxies::{self, ProxyFailure, ProxyFault},
    remote::RemoteError,
};
use aegle_crypto::{delegation::CombineError, record::OpenError};
use aegle_protocol::{
    delegation::{ShareError, SplitError},
    wire::{OpenAnswerError, TransformAnswerError},
};
use aegle_rules::{BatchNumber, DomainId, GrantId, Hash, consent::Denial};

/// The reason why a record is not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpeningError {
    /// Only a broken glass or a base decision permits it, and no key was split for that.
    #[error("the record may be seen, but no key was split for who may see it")]
    NoKeys,
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The indexer refused.
    #[error(transparent)]
    Indexer(#[from] RemoteError),
    /// The batch that the indexer names was never anchored.
    #[error("batch {batch} of domain {domain} is not on the ledger: the indexer's answer is false")]
    NotAnchored {
        /// The domain.
        domain: DomainId,
        /// The batch.
        batch: BatchNumber,
    },
    /// Row, proof or capsule are not what was anchored.
    #[error("the indexer's answer is false: {0}")]
    Answer(#[from] OpenAnswerError),
    /// The contract does not permit it.
    #[error("the patient's consent does not permit it ({0:?})")]
    Denied(Denial),
    /// The grant that permits is not among the patient's grants.
    #[error("grant {0} is not on chain")]
    NoGrant(GrantId),
    /// The split of the grant's keys is not the one that the chain commits to.
    #[error("the grant's keys: {0}")]
    Split(#[from] SplitError),
    /// The grant was deposited without a part for the grantee.
    #[error("grant {0} has no part for the grantee")]
    NoPart(GrantId),
    /// The grant has no key for the record's slot and epoch.
    #[error(
        "grant {0} has no key for this record: its keys have moved on since, and the patient has not split the grant's again \
         (`aegle grant renew`)"
    )]
    NoSlot(GrantId),
    /// The grantee's part does not open.
    #[error("the grantee's part: {0}")]
    Share(#[from] ShareError),
    /// The proxy's part is false.
    #[error("the proxy's answer is false: {0}")]
    Transform(#[from] TransformAnswerError),
    /// The proxy names a block that is not finalized in this client's view.
    #[error("the proxy names block {0}, which is not finalized")]
    NotFinalized(Hash),
    /// Fewer proxies have done their part than must.
    #[error(
        "{threshold} of the proxies of grant {grant} must take part, and {found} did: try again later, or ask the patient to \
         split its keys again (`aegle grant renew`). {}",
        proxies::list(.faults)
    )]
    TooFewProxies {
        /// The grant.
        grant: GrantId,
        /// How many must take part.
        threshold: usize,
        /// How many did.
        found: usize,
        /// Those that did not, and why.
        faults: Vec<ProxyFault>,
    },
    /// The parts do not combine.
    #[error(transparent)]
    Combine(#[from] CombineError),
    /// Ciphertext and row do not belong together, or the content does not authenticate.
    #[error("the record is damaged: {0}")]
    Content(#[from] OpenError),
    /// The content authenticates, and its author coded it wrongly.
    #[error(transparent)]
    Coding(#[from] CodingError),
}

impl OpeningError {
    /// Returns whether what was received is not what was anchored: somebody or something changed it.
    pub fn is_tampering(&self) -> bool {
        if let Self::TooFewProxies { faults, .. } = self {
            return faults.iter().any(|fault| fault.failure.is_tampering());
        }
        matches!(
            self,
            Self::NotAnchored { .. }
                | Self::Answer(_)
                | Self::Split(_)
                | Self::Share(_)
                | Self::Transform(_)
                | Self::Content(_)
        )
    }

    /// Tells what is missing; where a grant has one proxy, what that one did.
    pub(super) fn too_few(grant: GrantId, threshold: usize, found: usize, mut faults: Vec<ProxyFault>) -> Self {
        let only = match (threshold, faults.len()) {
            (1, 1) => faults.pop(),
            _ => None,
        };
        match only.map(|fault| (fault.proxy, fault.failure)) {
            Some((_, ProxyFailure::Remote(error))) => OpeningError::Indexer(error),
            Some((_, ProxyFailure::False(error))) => OpeningError::Transform(error),
            Some((_, ProxyFailure::Chain(error))) => OpeningError::Chain(error),
            Some((_, ProxyFailure::NotFinalized(block))) => OpeningError::NotFinalized(block),
            other => {
                faults.extend(other.map(|(proxy, failure)| ProxyFault { proxy, failure }));
                OpeningError::TooFewProxies {
                    grant,
                    threshold,
                    found,
                    faults,
                }
            }
        }
    }
}
