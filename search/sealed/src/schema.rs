//! JSON schemas of the types of `aegle-rules` that travel: that crate is compiled by the contracts' toolchain, and derives
//! none of its own. Each is named as the type that it describes.

use crate::Field;
use aegle_rules::consent::{DuoModifiers, DuoUse};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// Returns the JSON schema of `bytes` bytes as hexadecimal digits, with `0x` before them or without.
pub fn hexadecimal(bytes: usize, description: &str) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": format!("^(0x)?[0-9a-fA-F]{{{}}}$", 2 * bytes),
        "description": description,
    })
}

macro_rules! schemas {
    ($($(#[doc = $doc:literal])* $name:ident = $schema:expr;)*) => {
        $(
            $(#[doc = $doc])*
            pub struct $name;

            impl JsonSchema for $name {
                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    let schema: fn(&str) -> Schema = $schema;
                    schema(concat!($($doc,)*).trim())
                }
            }
        )*
    };
}

fn number(maximum: u64, description: &str) -> Schema {
    json_schema!({ "type": "integer", "minimum": 0, "maximum": maximum, "description": description })
}

schemas! {
    /// An account of the chain: a public key of 32 bytes.
    AccountId = |description| hexadecimal(32, description);
    /// 32 bytes that commit to something, or name a block or a request.
    Hash = |description| hexadecimal(32, description);
    /// An X25519 public key (RFC 9180), to which others seal.
    EncryptionKey = |description| hexadecimal(32, description);
    /// A search domain, numbered from 1.
    DomainId = |description| number(u32::MAX.into(), description);
    /// A batch of a domain, numbered from 0.
    BatchNumber = |description| number(u32::MAX.into(), description);
    /// A grant of a patient.
    GrantId = |description| number(u32::MAX.into(), description);
    /// A slot of a patient.
    Slot = |description| number((aegle_rules::SLOTS - 1).into(), description);
    /// Purposes of use, one bit each: HL7 v3 PurposeOfUse.
    Purposes = |description| number(aegle_rules::Purposes::ALL.0.into(), description);
    /// How confidential a record is, HL7 v3: N, R or V.
    Confidentiality = |description| json_schema!({ "type": "string", "enum": ["N", "R", "V"], "description": description });
    /// What a researcher declares, in GA4GH DUO terms: what they do, and the conditions that they attest to meet, one bit each.
    Declaration = |description| json_schema!({
        "type": "object",
        "description": description,
        "properties": {
            "use_": { "type": "string", "enum": DUO_USES.map(|use_| format!("{use_:?}")) },
            "attested": { "type": "integer", "minimum": 0, "maximum": DuoModifiers::ALL.0 },
        },
        "required": ["use_", "attested"],
    });
}

/// Every declared use.
const DUO_USES: [DuoUse; 6] = [
    DuoUse::Undeclared,
    DuoUse::MethodDevelopment,
    DuoUse::PopulationOriginsAncestry,
    DuoUse::HealthMedicalBiomedical,
    DuoUse::Disease,
    DuoUse::Other,
];

impl JsonSchema for Field {
    fn schema_name() -> Cow<'static, str> {
        "Field".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "enum": Self::ALL.map(Self::name),
            "description": "What of a record a keyword speaks about.",
        })
    }
}
