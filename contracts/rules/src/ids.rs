//! Newtypes for everything that has 32 bytes or a number, so that two of them cannot be swapped.

use scale::{Decode, Encode, MaxEncodedLen};

/// Milliseconds since the Unix epoch, as pallet-timestamp counts them.
pub type Timestamp = u64;

macro_rules! bytes32 {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen)]
        #[cfg_attr(all(feature = "ink", feature = "std"), derive(ink::storage::traits::StorageLayout))]
        pub struct $name(pub [u8; 32]);

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("0x")?;
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl From<[u8; 32]> for $name {
            fn from(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <alloc::string::String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "serde")]
        impl core::str::FromStr for $name {
            type Err = hex::FromHexError;

            /// Reads 64 hexadecimal digits, with or without `0x` before them.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let mut bytes = [0; 32];
                hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes)?;
                Ok(Self(bytes))
            }
        }
    };
}

bytes32! {
    /// An account of the chain: an sr25519 or ed25519 public key.
    AccountId
}
bytes32! {
    /// A commitment: 32 bytes that hide what they commit to.
    Hash
}
bytes32! {
    /// An X25519 public key (RFC 9180), to which others seal.
    EncryptionKey
}
bytes32! {
    /// A public key of the partially oblivious PRF of a search domain (RFC 9497, ristretto255).
    OprfKey
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen)]
        #[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout))]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $name(pub $inner);

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

number! {
    /// An organisation of the consortium, numbered from 1.
    OrganisationId(u32)
}
number! {
    /// A search domain: what one custodian makes searchable. Numbered from 1.
    DomainId(u32)
}
number! {
    /// A batch of a domain, numbered from 0 by the ledger.
    BatchNumber(u32)
}
number! {
    /// A grant over one patient's records; never used twice. Those that the patient gave are numbered from 1; those
    /// that somebody passed on are numbered from 1 too, with the top bit set, so that the two never race for a number.
    GrantId(u32)
}
number! {
    /// A request for the erasure of records of a search domain, numbered from 1 in it; never used twice.
    ErasureId(u32)
}
number! {
    /// A jurisdiction, such as a state, as the committee numbers it, from 1.
    JurisdictionId(u8)
}
number! {
    /// A proposal to the committee of the consortium, numbered from 1; never used twice.
    ProposalId(u32)
}

impl GrantId {
    /// The bit that marks a grant which was passed on.
    pub const DELEGATED: u32 = 1 << 31;

    /// Returns whether the grant was passed on, and not given by the patient.
    pub const fn is_delegated(self) -> bool {
        self.0 & Self::DELEGATED != 0
    }

    /// Returns the grant's number among those of its kind, from 1.
    pub const fn number(self) -> u32 {
        self.0 & !Self::DELEGATED
    }
}

// Account ids and hashes appear in the metadata under the paths that dedot and polkadot.js know.
#[cfg(all(feature = "ink", feature = "std"))]
mod metadata {
    use super::{AccountId, EncryptionKey, Hash, OprfKey};
    use scale_info::{build::Fields, Path, Type, TypeInfo};

    macro_rules! known_as {
        ($name:ident, $path:literal, $module:literal) => {
            impl TypeInfo for $name {
                type Identity = Self;

                fn type_info() -> Type {
                    Type::builder()
                        .path(Path::new($path, $module))
                        .composite(Fields::unnamed().field(|f| f.ty::<[u8; 32]>().type_name("[u8; 32]")))
                }
            }
        };
    }
    known_as!(AccountId, "AccountId", "ink_primitives::types");
    known_as!(Hash, "Hash", "ink_primitives::types");
    known_as!(EncryptionKey, "EncryptionKey", "aegle_rules::ids");
    known_as!(OprfKey, "OprfKey", "aegle_rules::ids");
}

/// A set of bits with names.
macro_rules! bits {
    ($(#[$doc:meta])* $name:ident($inner:ty) { $($(#[$bit_doc:meta])* $bit:ident = $shift:expr, $text:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Encode, Decode, MaxEncodedLen)]
        #[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout))]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $name(pub $inner);

        impl $name {
            $($(#[$bit_doc])* pub const $bit: Self = Self(1 << $shift);)*
            /// Nothing.
            pub const NONE: Self = Self(0);
            /// Every bit that has a meaning.
            pub const ALL: Self = Self(0 $(| (1 << $shift))*);
            /// The names of the bits, as a person writes them.
            pub const NAMES: &'static [(&'static str, Self)] = &[$(($text, Self::$bit)),*];

            /// Returns whether every bit of `other` is in `self`.
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Returns whether `self` and `other` share a bit.
            pub const fn intersects(self, other: Self) -> bool {
                self.0 & other.0 != 0
            }

            /// Returns both sets together.
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// Returns whether there is no bit.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// Returns whether there is exactly one bit, and it has a meaning.
            pub const fn is_single(self) -> bool {
                self.0.count_ones() == 1 && Self::ALL.contains(self)
            }
        }
    };
}
pub(crate) use bits;

bits! {
    /// What an account may do in the consortium.
    Roles(u16) {
        /// Treats patients.
        CLINICIAN = 0, "clinician";
        /// Does research under research consent.
        RESEARCHER = 1, "researcher";
        /// Checks integrity and disclosures.
        AUDITOR = 2, "auditor";
        /// Pays for care.
        INSURER = 3, "insurer";
        /// Acts for an organisation: appoints its people, registers domains, attests erasures; and what a custodian does.
        ORGANISATION_ADMIN = 4, "organisation-admin";
        /// Streams measurements.
        DEVICE = 5, "device";
        /// Runs a proxy.
        PROXY_OPERATOR = 6, "proxy-operator";
        /// Keeps an organisation's records: anchors, labels and corrects batches.
        CUSTODIAN = 7, "custodian";
    }
}

bits! {
    /// Purposes of use: the codes of HL7 v3 ActReason that grants know.
    Purposes(u16) {
        /// Treatment.
        TREAT = 0, "TREAT";
        /// Emergency treatment.
        ETREAT = 1, "ETREAT";
        /// Break the glass.
        BTG = 2, "BTG";
        /// Health care payment.
        HPAYMT = 3, "HPAYMT";
        /// Health care operations.
        HOPERAT = 4, "HOPERAT";
        /// Health care research.
        HRESCH = 5, "HRESCH";
        /// Patient requested.
        PATRQT = 6, "PATRQT";
        /// Public health.
        PUBHLTH = 7, "PUBHLTH";
    }
}

impl Purposes {
    /// Returns what a denial of these purposes denies: with treatment, emergency treatment too, which HL7 v3 ActReason has
    /// below it. Break-glass stands below it there as well, and is denied by its own name alone: a plain dissent must not
    /// close the door that is for the unconscious.
    pub const fn with_narrower(self) -> Self {
        if self.contains(Self::TREAT) {
            self.union(Self::ETREAT)
        } else {
            self
        }
    }
}

/// How many slots a patient has.
pub const SLOTS: u8 = 32;

/// A patient's secret name for a data class: 0 to 31.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Slot(pub u8);

impl core::fmt::Display for Slot {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(&self.0, f)
    }
}

/// A set of slots, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Slots(pub u32);

impl Slots {
    /// Every slot.
    pub const ALL: Self = Self(u32::MAX);

    /// Returns whether `slot` is in the set; a slot over 31 is in none.
    pub const fn contains(self, slot: Slot) -> bool {
        slot.0 < SLOTS && self.0 & (1 << slot.0) != 0
    }

    /// Returns whether there is no slot.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns whether there is exactly one slot.
    pub const fn is_single(self) -> bool {
        self.0.count_ones() == 1
    }

    /// Returns whether `self` and `other` share a slot.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Returns whether every slot of `self` is in `other`.
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Returns the set with `slot` added; a slot over 31 changes nothing.
    pub const fn with(self, slot: Slot) -> Self {
        if slot.0 < SLOTS {
            Self(self.0 | (1 << slot.0))
        } else {
            self
        }
    }
}

/// How confidential a record is: HL7 v3 Confidentiality N, R, V, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Confidentiality {
    /// N: normal.
    Normal,
    /// R: restricted.
    Restricted,
    /// V: very restricted.
    VeryRestricted,
}
