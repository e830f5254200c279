//! Newtypes for fixed numbers of bytes, and their hexadecimal JSON.

use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

/// A public newtype over `[u8; N]`: SCALE as the bytes, JSON as `0x` and hexadecimal digits.
macro_rules! bytes {
    ($(#[$doc:meta])* $name:ident[$length:literal]) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, scale::Encode, scale::Decode)]
        pub struct $name(pub [u8; $length]);

        impl $name {
            /// The length in bytes.
            pub const BYTES: usize = $length;
        }

        #[cfg(feature = "openapi")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                aegle_sealed::schema::hexadecimal($length, concat!(stringify!($name), ": ", stringify!($length), " bytes"))
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("0x")?;
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl From<[u8; $length]> for $name {
            fn from(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = core::array::TryFromSliceError;

            fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
                bytes.try_into().map(Self)
            }
        }

        impl core::str::FromStr for $name {
            type Err = hex::FromHexError;

            /// Reads hexadecimal digits, with or without `0x` before them.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let mut bytes = [0; $length];
                hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes)?;
                Ok(Self(bytes))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use bytes;

/// Writes bytes as `0x` and hexadecimal digits.
pub(crate) fn to_hexadecimal(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// Reads hexadecimal digits, with or without `0x` before them.
pub(crate) fn from_hexadecimal(text: &str) -> Result<Vec<u8>, hex::FromHexError> {
    hex::decode(text.strip_prefix("0x").unwrap_or(text))
}

/// `0x` hexadecimal JSON of a `Vec<u8>`.
pub(crate) mod hexadecimal {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_hexadecimal(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        from_hexadecimal(&text).map_err(D::Error::custom)
    }
}

/// `0x` hexadecimal JSON of an `Option<Vec<u8>>`, which is left out where there is none.
pub(crate) mod hexadecimal_option {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => hexadecimal::serialize(bytes, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| from_hexadecimal(&text).map_err(D::Error::custom))
            .transpose()
    }
}

/// `0x` hexadecimal JSON of a `[u8; N]`.
pub(crate) mod hexadecimal_array {
    use super::*;

    pub(crate) fn serialize<S: Serializer, const N: usize>(bytes: &[u8; N], serializer: S) -> Result<S::Ok, S::Error> {
        hexadecimal::serialize(bytes, serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(deserializer: D) -> Result<[u8; N], D::Error> {
        let bytes = hexadecimal::deserialize(deserializer)?;
        <[u8; N]>::try_from(bytes).map_err(|_| D::Error::custom("the wrong number of bytes"))
    }
}

/// JSON of a confidentiality: the HL7 v3 code N, R or V.
pub(crate) mod confidentiality {
    use super::*;
    use aegle_rules::Confidentiality;

    pub(crate) fn serialize<S: Serializer>(value: &Confidentiality, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match value {
            Confidentiality::Normal => "N",
            Confidentiality::Restricted => "R",
            Confidentiality::VeryRestricted => "V",
        })
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Confidentiality, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "N" => Ok(Confidentiality::Normal),
            "R" => Ok(Confidentiality::Restricted),
            "V" => Ok(Confidentiality::VeryRestricted),
            _ => Err(D::Error::custom("a confidentiality is N, R or V")),
        }
    }
}
