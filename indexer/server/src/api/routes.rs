//! The routes of the indexer, each with what it takes and answers.
use super::{
    Api, Core, batches, counts, decisions, events,
    fhir_routes::fhir,
    keys,
    operation::{ACCOUNT, AFTER, RECORD, deposit, open, signed},
    pieces, records, relabellings, relay, runs, search,
    shared_routes::shared,
    status, transform, vault, waiting,
};
use aegle_http::{Content, Method, Operation, Parameter, Routes};
use aegle_protocol::{
    keys::KeyAnswer,
    wire::{
        CountAnswer, CountRequest, DECISIONS_PATH, DecisionAnswer, DecisionRequest, DisclosureLog,
        LARGE_CIPHERTEXTS_PATH, LabelRunsRequest, LargeCiphertext, MissingPieces, Notification, NotificationId,
        OpenAnswer, OpenRequest, RELAY_PATH, RelayAnswer, RelayRequest, SearchAnswer, SearchRequest, TransformAnswer,
        TransformRequest, Waiting,
    },
};
use aegle_sealed::schema::AccountId;
use axum::Router;
use schemars::SchemaGenerator;
use serde_json::Value;
use std::sync::Arc;

const READY: Operation = open(
    "/readyz",
    "Whether requests can be answered now; if not, the reason says what is waited for.",
    Content::Text,
);

/// As which patient a request is made, by whoever controls that account.
const AS_PATIENT: Parameter = Parameter {
    name: "patient",
    in_query: true,
    required: false,
    schema: SchemaGenerator::subschema_for::<AccountId>,
    description: "The patient whose account the caller controls; the caller without it",
};

/// Builds the routes, and their description.
pub(super) fn routes() -> (Router<Arc<Api>>, Value) {
    let routes = Routes::new(
        "Aegle indexer",
        "Mirrors the contracts, keeps sealed records and their labels, and answers searches over encrypted tokens. It holds no key that opens a record.",
    );
    fhir(notifications(questions(deposits(
        shared(routes).route(READY, status::ready),
    ))))
    .finish()
}

fn notifications(routes: Routes<Arc<Api>>) -> Routes<Arc<Api>> {
    routes
        .route(
            Operation {
                parameters: &[
                    Parameter {
                        name: "after",
                        schema: SchemaGenerator::subschema_for::<NotificationId>,
                        description: "The last notification that is known, `0-0` for none; what is told from now on without it. The header Last-Event-ID counts before it",
                        ..AS_PATIENT
                    },
                    AS_PATIENT,
                ],
                ..signed(
                    Method::Get,
                    "/v1/events",
                    "Notifies of requests, grants, broken glasses, guardians, proposals and erasures that concern the caller, as they are finalized; events named `head` say how far, and `end` why nothing more comes.",
                    Content::Nothing,
                    Content::events::<Notification>(),
                )
            },
            events::events,
        )
        .route(
            Operation {
                parameters: &[AS_PATIENT],
                ..signed(
                    Method::Get,
                    "/v1/waiting",
                    "Returns the requests, broken glasses, proposals and wards that wait for the caller.",
                    Content::Nothing,
                    Content::json::<Waiting>(),
                )
            },
            waiting::waiting,
        )
}

/// Builds the routes of a proxy by itself, and their description.
pub(super) fn proxy_routes() -> (Router<Arc<Core>>, Value) {
    let routes = Routes::new(
        "Aegle proxy",
        "Mirrors the contracts, and applies its shares of grants' keys where the contract permits. It keeps no record, and no key that opens one.",
    );
    shared(routes).route(READY, status::proxy_ready).finish()
}

fn deposits(routes: Routes<Arc<Api>>) -> Routes<Arc<Api>> {
    routes
        .route(
            deposit(
                Method::Put,
                "/v1/keys",
                "Stores public keys, which the key directory names: those of the account that the caller controls (`?patient=`).",
                Content::Bytes("Published keys: AEGL, K, version 2, SCALE"),
            ),
            keys::deposit,
        )
        .route(
            deposit(
                Method::Post,
                "/v1/ciphertexts",
                "Stores ciphertexts, all or none: for custodians and admins of organisations.",
                Content::Bytes("An upload: AEGL, U, version 1, SCALE of names and ciphertexts"),
            ),
            vault::deposit,
        )
        .route(
            signed(
                Method::Post,
                LARGE_CIPHERTEXTS_PATH,
                "Announces a ciphertext that comes in pieces, and returns those that are missing; none once it is stored, whole: for custodians and admins of organisations.",
                Content::json::<LargeCiphertext>(),
                Content::json::<MissingPieces>(),
            ),
            pieces::announce,
        )
        .route(
            Operation {
                parameters: &[
                    RECORD,
                    Parameter {
                        name: "number",
                        schema: SchemaGenerator::subschema_for::<u32>,
                        description: "The number of the piece, from 0",
                        ..ACCOUNT
                    },
                ],
                successes: &[(201, "It is stored")],
                ..deposit(
                    Method::Put,
                    "/v1/ciphertexts/{record}/pieces/{number}",
                    "Stores a piece of a ciphertext that was announced: for custodians and admins of the organisation that announced it.",
                    Content::Bytes("The piece: 4,195,328 bytes, the last one what is left"),
                )
            },
            pieces::deposit,
        )
        .route(
            deposit(
                Method::Post,
                "/v1/batches",
                "Stores rows and labels of an anchored batch: for custodians and admins of the domain's organisation.",
                Content::Bytes("A bundle: AEGL, B, version 2, SCALE"),
            ),
            batches::deposit,
        )
        .route(
            deposit(
                Method::Post,
                "/v1/relabellings",
                "Stores new labels of anchored batches: for custodians and admins of the domain's organisation.",
                Content::Bytes("A relabelling: AEGL, R, version 1, SCALE"),
            ),
            relabellings::deposit,
        )
        .route(
            signed(
                Method::Post,
                RELAY_PATH,
                "Submits and pays for a call that a patient, a guardian or a recovery key has signed, where the indexer relays; the same call again is not paid twice.",
                Content::json::<RelayRequest>(),
                Content::json::<RelayAnswer>(),
            ),
            relay::relay,
        )
}

fn questions(routes: Routes<Arc<Api>>) -> Routes<Arc<Api>> {
    routes
        .route(
            Operation {
                parameters: &[
                    ACCOUNT,
                    Parameter {
                        name: "epochs",
                        in_query: true,
                        required: true,
                        schema: SchemaGenerator::subschema_for::<String>,
                        description: "The epoch of each slot on chain: 32 numbers, with commas between",
                    },
                ],
                ..signed(
                    Method::Get,
                    "/v1/keys/{account}",
                    "Returns an account's public keys of some epochs: for itself and for whoever has a role.",
                    Content::Nothing,
                    Content::json::<KeyAnswer>(),
                )
            },
            keys::fetch,
        )
        .route(
            signed(
                Method::Post,
                "/v1/search",
                "Finds records that the caller may see.",
                Content::json::<SearchRequest>(),
                Content::json::<SearchAnswer>(),
            ),
            search::search,
        )
        .route(
            signed(
                Method::Post,
                "/v1/label-runs",
                "Returns the labels of a patient's records, to search in elsewhere: for who may see every one of them.",
                Content::json::<LabelRunsRequest>(),
                Content::Bytes("Label runs: AEGL, N, version 1, SCALE"),
            ),
            runs::label_runs,
        )
        .route(
            signed(
                Method::Post,
                "/v1/counts",
                "Counts patients who consent, floored and noised.",
                Content::json::<CountRequest>(),
                Content::json::<CountAnswer>(),
            ),
            counts::count,
        )
        .route(
            signed(
                Method::Post,
                DECISIONS_PATH,
                "Decides, for custodians' own systems, who may see what: everything on a page, or of a whole search, at once.",
                Content::json::<DecisionRequest>(),
                Content::json::<DecisionAnswer>(),
            ),
            decisions::decide,
        )
        .route(
            signed(
                Method::Post,
                "/v1/open",
                "Returns a record's row, and the proof that it is in its batch.",
                Content::json::<OpenRequest>(),
                Content::json::<OpenAnswer>(),
            ),
            records::open,
        )
        .route(
            Operation {
                parameters: &[
                    RECORD,
                    Parameter {
                        name: "purpose",
                        in_query: true,
                        required: true,
                        schema: SchemaGenerator::subschema_for::<String>,
                        description: "For what: one purpose, by its name (TREAT) or its number",
                    },
                ],
                ..signed(
                    Method::Get,
                    "/v1/ciphertexts/{record}",
                    "Returns a record's ciphertext.",
                    Content::Nothing,
                    Content::Bytes("The ciphertext"),
                )
            },
            records::ciphertext,
        )
        .route(
            signed(
                Method::Post,
                "/v1/transform",
                "Applies the proxy's share to a record's capsule.",
                Content::json::<TransformRequest>(),
                Content::json::<TransformAnswer>(),
            ),
            transform::transform,
        )
        .route(
            Operation {
                parameters: &[
                    RECORD,
                    AFTER,
                ],
                ..signed(
                    Method::Get,
                    "/v1/records/{record}/disclosures",
                    "Returns what went out of a record: for custodians and admins of the organisation that keeps it.",
                    Content::Nothing,
                    Content::json::<DisclosureLog>(),
                )
            },
            transform::record_disclosures,
        )
}
