//! Several proxies: among how many keys are split, and what is said of one that did not do its part.

use crate::{chain::ChainError, remote::RemoteError};
use aegle_protocol::wire::TransformAnswerError;
use aegle_rules::{AccountId, Hash};
use std::{fmt, str::FromStr};

/// The organisations whose proxies hold the keys of a grant where nothing else is said, and how many of them must take part.
const USUAL: (u8, u8) = (2, 3);

/// Among how many proxies the keys of a grant are split, each run by another organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quorum {
    /// 2 of 3 where proxies of three organisations are registered; the indexer's proxy alone where there are fewer.
    #[default]
    Usual,
    /// As many as is said.
    Of {
        /// How many of them must take part.
        threshold: u8,
        /// How many there are.
        proxies: u8,
    },
}

impl Quorum {
    /// Returns the threshold and the number of proxies where those of so many organisations are registered; `None` where the
    /// indexer's proxy alone is meant.
    pub(crate) fn among(self, organisations: usize) -> Option<(u8, u8)> {
        match self {
            Self::Usual if organisations >= usize::from(USUAL.1) => Some(USUAL),
            Self::Usual => None,
            Self::Of { threshold, proxies } => Some((threshold, proxies)),
        }
    }
}

/// The text is no quorum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write how many proxies must take part, `/`, and how many there are, such as 2/3")]
pub struct QuorumError;

impl FromStr for Quorum {
    type Err = QuorumError;

    fn from_str(text: &str) -> Result<Self, QuorumError> {
        let (threshold, proxies) = text.split_once('/').ok_or(QuorumError)?;
        let read = |text: &str| text.parse::<u8>().map_err(|_| QuorumError);
        let (threshold, proxies) = (read(threshold)?, read(proxies)?);
        match (1..=proxies).contains(&threshold) {
            true => Ok(Self::Of { threshold, proxies }),
            false => Err(QuorumError),
        }
    }
}

/// The reason why a proxy's part is missing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyFailure {
    /// Nobody knows where it is.
    #[error("no server of that account is known: ask its operator where it is, then run `aegle servers add`")]
    Unknown,
    /// It did not answer in time.
    #[error("it did not answer within {0} seconds")]
    Silent(u32),
    /// It refused, or cannot be reached.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// Its part is not the one of its share.
    #[error("its answer is false: {0}")]
    False(#[from] TransformAnswerError),
    /// It answered with the part of another proxy.
    #[error("its answer is false: it is the part of proxy {0}")]
    OtherProxy(u8),
    /// It decided at a block that is not finalized in this client's view.
    #[error("it names block {0}, which is not finalized")]
    NotFinalized(Hash),
    /// Whether its block is finalized cannot be said.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// Its key is not the one that the key directory has, or that its account follows from.
    #[error("it has another key than the key directory says of its account")]
    Key,
    /// It holds no share of the grant, or one of another split.
    #[error("it has not the grant's share as it is split now")]
    NoShare,
}

impl ProxyFailure {
    /// Returns whether what it sent is not what an honest proxy sends.
    pub fn is_tampering(&self) -> bool {
        matches!(self, Self::False(_) | Self::OtherProxy(_) | Self::Key)
    }
}

/// A proxy whose part is missing, and why.
#[derive(Debug)]
pub struct ProxyFault {
    /// The proxy.
    pub proxy: AccountId,
    /// Why its part is missing.
    pub failure: ProxyFailure,
}

impl fmt::Display for ProxyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "proxy {}: {}", self.proxy, self.failure)
    }
}

/// Writes faults one after the other.
pub(crate) fn list(faults: &[ProxyFault]) -> String {
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    faults.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quorum_is_two_numbers_of_which_the_first_can_be_reached() {
        let of = |threshold, proxies| Ok(Quorum::Of { threshold, proxies });
        for (text, expected) in [
            ("1/1", of(1, 1)),
            ("2/3", of(2, 3)),
            ("0/3", Err(QuorumError)),
            ("4/3", Err(QuorumError)),
            ("2", Err(QuorumError)),
            ("2/256", Err(QuorumError)),
            ("two/3", Err(QuorumError)),
        ] {
            assert_eq!(text.parse(), expected, "{text}");
        }
    }

    #[test]
    fn the_usual_quorum_needs_three_organisations() {
        for (organisations, expected) in [(0, None), (1, None), (2, None), (3, Some((2, 3))), (9, Some((2, 3)))] {
            assert_eq!(Quorum::Usual.among(organisations), expected, "{organisations}");
        }
    }
}
