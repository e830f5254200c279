//! What the chain told that concerns an account: a hint where to look, to be verified against the chain.

use crate::{BlockNumber, bytes::hexadecimal};
use aegle_rules::{AccountId, Hash, Timestamp};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize, de::Error as _};

/// The header by which a client says after which notification it goes on, as event sources do by themselves.
pub const LAST_EVENT_ID_HEADER: &str = "last-event-id";
/// The name of the server-sent event whose data is a [`BlockId`](crate::BlockId): everything up to that block was told.
pub const HEAD_EVENT: &str = "head";
/// The name of the server-sent event after which nothing more comes; its data is a [`Problem`](super::Problem) that says why.
pub const END_EVENT: &str = "end";
/// The longest that nothing comes over a stream, in milliseconds: then a head does.
pub const HEARTBEAT_MS: u64 = 15_000;

/// Names a notification: the event's block, and its place among all events of the block. Later ones are greater. As text it is
/// `BLOCK-PLACE`, such as `1045-3`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NotificationId {
    /// The block.
    pub block: BlockNumber,
    /// The place of the event.
    pub index: u32,
}

impl NotificationId {
    /// The largest place that an event has.
    pub const MAX_INDEX: u32 = i32::MAX as u32;

    /// Returns what comes after every notification of a block, and before those of later ones.
    pub const fn end_of(block: BlockNumber) -> Self {
        Self {
            block,
            index: Self::MAX_INDEX,
        }
    }
}

impl fmt::Display for NotificationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.block, self.index)
    }
}

/// The text names no notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a notification is named by its block, `-`, and its place there, such as 1045-3")]
pub struct NotificationIdError;

impl FromStr for NotificationId {
    type Err = NotificationIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (block, index) = text.split_once('-').ok_or(NotificationIdError)?;
        // `parse` takes a sign too.
        let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
            true => text.parse::<u32>().map_err(|_| NotificationIdError),
            false => Err(NotificationIdError),
        };
        let (block, index) = (number(block)?, number(index)?);
        match index <= Self::MAX_INDEX {
            true => Ok(Self { block, index }),
            false => Err(NotificationIdError),
        }
    }
}

impl Serialize for NotificationId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NotificationId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl schemars::JsonSchema for NotificationId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NotificationId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-9]+-[0-9]+$",
            "description": "Names a notification: the event's block, `-`, and its place among all events of the block",
        })
    }
}

/// What a notification is about; the name of the server-sent event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum NotificationKind {
    /// Somebody asked for access, or such a request is over.
    Request,
    /// A grant was given, passed on, ended or removed, or what grants reach was changed.
    Grant,
    /// A glass was broken, closed or reviewed.
    BreakGlass,
    /// Who acts for a patient changes, or a guardian wants it.
    Guardianship,
    /// Something of the committee: proposals, votes, seats, pauses, upgrades.
    Proposal,
    /// The erasure of records was asked for, seconded or called off.
    Erasure,
    /// An account was given or offered a role, or it was taken or given back.
    Role,
    /// Who may vouch for a patient, who does, or whose law counts for them.
    Registration,
}

impl NotificationKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Request,
        Self::Grant,
        Self::BreakGlass,
        Self::Guardianship,
        Self::Proposal,
        Self::Erasure,
        Self::Role,
        Self::Registration,
    ];

    /// Returns its name: that of the server-sent event.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Grant => "grant",
            Self::BreakGlass => "break-glass",
            Self::Guardianship => "guardianship",
            Self::Proposal => "proposal",
            Self::Erasure => "erasure",
            Self::Role => "role",
            Self::Registration => "registration",
        }
    }
}

/// An event of the contracts that concerns an account. The indexer is not believed: the reader finds the same bytes in that
/// block of its own chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Notification {
    /// Its name.
    pub id: NotificationId,
    /// What it is about.
    pub kind: NotificationKind,
    /// Hash of the block, which is finalized.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Hash"))]
    pub block: Hash,
    /// The chain's time in it, in milliseconds since the Unix epoch.
    pub at: Timestamp,
    /// The contract that told it.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub contract: AccountId,
    /// The event's signature topic.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Hash"))]
    pub topic: Hash,
    /// SCALE of the event.
    #[serde(with = "hexadecimal")]
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    pub data: Vec<u8>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_block_and_a_place_and_nothing_else() {
        let id = NotificationId { block: 1_045, index: 3 };
        assert_eq!((id.to_string().parse(), id.to_string().as_str()), (Ok(id), "1045-3"));
        assert!(NotificationId::end_of(1_044) < id && id < NotificationId::end_of(1_045));
        assert_eq!(
            NotificationId::end_of(7).to_string().parse(),
            Ok(NotificationId::end_of(7))
        );
        for text in [
            "",
            "-",
            "1045",
            "1045-",
            "-3",
            "1045-3-1",
            "+1-3",
            "1-+3",
            "1 - 3",
            "4294967296-0",
            "1-2147483648",
        ] {
            assert_eq!(text.parse::<NotificationId>(), Err(NotificationIdError), "{text}");
        }
    }

    #[test]
    fn a_kind_has_one_name() {
        for kind in NotificationKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
