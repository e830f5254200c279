//! What routes are made of: parameters that several take, and operations by who may ask.
use aegle_http::{Content, Method, Operation, Parameter};
use aegle_protocol::record::RecordId;
use aegle_sealed::schema::AccountId;
use schemars::SchemaGenerator;

const OK: &[(u16, &str)] = &[(200, "What was asked for")];
const STORED: &[(u16, &str)] = &[(201, "It is stored"), (204, "It was there already")];

pub(super) const ACCOUNT: Parameter = Parameter {
    name: "account",
    in_query: false,
    required: true,
    schema: SchemaGenerator::subschema_for::<AccountId>,
    description: "Whose keys",
};

pub(super) const RECORD: Parameter = Parameter {
    name: "record",
    schema: SchemaGenerator::subschema_for::<RecordId>,
    description: "The record",
    ..ACCOUNT
};

pub(super) const AFTER: Parameter = Parameter {
    name: "after",
    in_query: true,
    required: true,
    schema: SchemaGenerator::subschema_for::<u64>,
    description: "The number of the last entry that is known, 0 for none",
};

/// An operation that anybody may ask for, unsigned.
pub(super) const fn open(path: &'static str, summary: &'static str, answer: Content) -> Operation {
    Operation {
        method: Method::Get,
        path,
        summary,
        signed: false,
        parameters: &[],
        request: Content::Nothing,
        answer,
        successes: OK,
    }
}

/// An operation that an account signs.
pub(super) const fn signed(
    method: Method,
    path: &'static str,
    summary: &'static str,
    request: Content,
    answer: Content,
) -> Operation {
    Operation {
        method,
        path,
        summary,
        signed: true,
        parameters: &[],
        request,
        answer,
        successes: OK,
    }
}

/// A signed operation that stores something, once.
pub(super) const fn deposit(method: Method, path: &'static str, summary: &'static str, request: Content) -> Operation {
    Operation {
        successes: STORED,
        ..signed(method, path, summary, request, Content::Nothing)
    }
}
