//! The routes that an indexer and a proxy by itself have in common, each with what it takes and answers.
use super::{
    Core, grants,
    operation::{ACCOUNT, AFTER, deposit, open, signed},
    status, transform,
};
use aegle_http::{Content, Method, Operation, Parameter, Routes};
use aegle_protocol::wire::{
    DisclosureLog, GrantSplit, HeldGrant, PresentedTransform, ShareDeposit, Status, TransformAnswer,
};
use aegle_sealed::schema::GrantId;
use schemars::SchemaGenerator;
use std::sync::Arc;

/// Adds the routes that every server has.
pub(super) fn shared<A: AsRef<Core> + Send + Sync + 'static>(routes: Routes<Arc<A>>) -> Routes<Arc<A>> {
    routes
        .route(
            open("/livez", "Whether the process runs.", Content::Text),
            status::alive,
        )
        .route(
            open(
                "/v1/status",
                "Which deployment this is, which proxy, and how far it has come.",
                Content::json::<Status>(),
            ),
            status::status::<A>,
        )
        .route(
            deposit(
                Method::Post,
                "/v1/shares",
                "Stores the sealed parts of a grant's split: for the patient.",
                Content::json::<ShareDeposit>(),
            ),
            grants::deposit::<A>,
        )
        .route(
            signed(
                Method::Get,
                "/v1/grants",
                "Returns the caller's permits with keys that were not revoked.",
                Content::Nothing,
                Content::json::<Vec<HeldGrant>>(),
            ),
            grants::held::<A>,
        )
        .route(
            Operation {
                parameters: &[
                    Parameter {
                        name: "patient",
                        description: "Whose grant",
                        ..ACCOUNT
                    },
                    Parameter {
                        name: "grant",
                        schema: SchemaGenerator::subschema_for::<GrantId>,
                        description: "Its number",
                        ..ACCOUNT
                    },
                ],
                ..signed(
                    Method::Get,
                    "/v1/grants/{patient}/{grant}",
                    "Returns how a grant's keys are split: for the patient and the grantee.",
                    Content::Nothing,
                    Content::json::<GrantSplit>(),
                )
            },
            grants::fetch::<A>,
        )
        .route(
            signed(
                Method::Post,
                "/v1/partials",
                "Applies the proxy's share to the capsule of a record that the caller shows, with the proof that it is in its batch.",
                Content::json::<PresentedTransform>(),
                Content::json::<TransformAnswer>(),
            ),
            transform::present::<A>,
        )
        .route(
            Operation {
                parameters: &[AFTER],
                ..signed(
                    Method::Get,
                    "/v1/disclosures",
                    "Returns what went out of the caller's own records.",
                    Content::Nothing,
                    Content::json::<DisclosureLog>(),
                )
            },
            transform::disclosures::<A>,
        )
}
