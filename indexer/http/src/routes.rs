//! Routes and their description: each route is added with what it takes and answers, so that the OpenAPI document names
//! exactly what the router has. The schemas are those of the wire types themselves.

use crate::Problem;
use aegle_protocol::{
    fhir::FHIR_JSON,
    request::{ACCOUNT_HEADER, BODY_HEADER, EXPIRES_HEADER, HEADERS, NONCE_HEADER, SIGNATURE_HEADER},
    wire,
};
use axum::{
    Router,
    handler::Handler,
    http::header,
    routing::{MethodRouter, get, post, put},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// Where the document is.
pub const OPENAPI_PATH: &str = "/openapi.json";
/// What is signed, for whoever writes a client.
const SIGNING: &str = "Requests are signed (sr25519, signing context `substrate`) by the account that makes them. What is signed is the text \
    `<Bytes>aegle/request/v2|{genesis}|{consent}|{server}|{METHOD} {path?query}|{SHA-256 of body}|{nonce}|{expires}</Bytes>`, with genesis hash, \
    consent contract, the server's account, body hash and nonce in lower-case hexadecimal without 0x. Take the server's account from its operator or your \
    address book, never from an answer of the server. A nonce counts once, and an expiry is at most 5 minutes ahead.";

/// How a route is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
}

/// A body.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    /// None.
    Nothing,
    /// JSON of a wire type: its schema.
    Json(fn(&mut SchemaGenerator) -> Schema),
    /// Bytes, and what they are.
    Bytes(&'static str),
    /// A line of text.
    Text,
    /// A FHIR resource in JSON: its type. Refusals are OperationOutcomes.
    Fhir(&'static str),
    /// Server-sent events, whose data are JSON of a wire type: its schema.
    Events(fn(&mut SchemaGenerator) -> Schema),
}

impl Content {
    /// Parses the JSON of a wire type.
    pub const fn json<T: JsonSchema>() -> Self {
        Self::Json(SchemaGenerator::subschema_for::<T>)
    }

    /// Streams server-sent events of a wire type.
    pub const fn events<T: JsonSchema>() -> Self {
        Self::Events(SchemaGenerator::subschema_for::<T>)
    }
}

/// A parameter of a path or a query: its name, whether it is of the query, whether it must be there, its schema, and what it
/// is.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Whether it is of the query, and not of the path.
    pub in_query: bool,
    /// Whether it must be there.
    pub required: bool,
    /// Its schema.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// What it is.
    pub description: &'static str,
}

/// What a route takes and answers.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// How it is asked.
    pub method: Method,
    /// Its path, with names of parameters in braces.
    pub path: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// Whether the request must be signed.
    pub signed: bool,
    /// Parameters of path and query.
    pub parameters: &'static [Parameter],
    /// The body that it takes.
    pub request: Content,
    /// The body that it answers.
    pub answer: Content,
    /// The statuses with which it answers what succeeded, and what each says.
    pub successes: &'static [(u16, &'static str)],
}

/// Routes with their descriptions.
pub struct Routes<S> {
    router: Router<S>,
    paths: Map<String, Value>,
    generator: SchemaGenerator,
    title: &'static str,
    description: &'static str,
    /// Whether one of them answers FHIR resources.
    is_fhir: bool,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// Begins without routes, for an API with this title and description.
    pub fn new(title: &'static str, description: &'static str) -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self {
            router: Router::new(),
            paths: Map::new(),
            generator: settings.into_generator(),
            title,
            description,
            is_fhir: false,
        }
    }

    /// Adds a route.
    pub fn route<H, T>(mut self, operation: Operation, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.is_fhir |= matches!(operation.answer, Content::Fhir(_));
        let described = self.describe(&operation);
        let path = self.paths.entry(operation.path).or_insert_with(|| json!({}));
        let method = match operation.method {
            Method::Get => "get",
            Method::Post => "post",
            Method::Put => "put",
        };
        path[method] = described;
        let route: MethodRouter<S> = match operation.method {
            Method::Get => get(handler),
            Method::Post => post(handler),
            Method::Put => put(handler),
        };
        self.router = self.router.route(operation.path, route);
        self
    }

    /// Returns the router, which also answers with the document, and the document. What is no route is a problem
    /// document.
    pub fn finish(self) -> (Router<S>, Value) {
        let itself = Operation {
            method: Method::Get,
            path: OPENAPI_PATH,
            summary: "This document.",
            signed: false,
            parameters: &[],
            request: Content::Nothing,
            answer: Content::Json(|_| Schema::from(true)),
            successes: &[(200, "An OpenAPI document, version 3.1")],
        };
        // The handler needs the document, which names the route: it is described before it is added.
        let mut routes = self;
        let described = routes.describe(&itself);
        routes.paths.insert(OPENAPI_PATH.into(), json!({ "get": described }));
        let problem = routes.generator.subschema_for::<wire::Problem>();
        let mut responses = json!({
            "Problem": {
                "description": "Why the request was refused (RFC 9457). A denied, an erased and an absent record answer alike.",
                "content": { "application/problem+json": { "schema": problem } },
            },
        });
        if routes.is_fhir {
            responses["OperationOutcome"] = json!({
                "description": "Why the request was refused (FHIR R4). What may not be shown and what is absent answer alike.",
                "content": { FHIR_JSON: { "schema": resource("OperationOutcome") } },
            });
        }
        let document = json!({
            "openapi": "3.1.0",
            "info": {
                "title": routes.title,
                "version": env!("CARGO_PKG_VERSION"),
                "description": format!("{}\n\n{SIGNING}", routes.description),
                "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            },
            "paths": routes.paths,
            "components": {
                "schemas": routes.generator.take_definitions(true),
                "securitySchemes": security_schemes(),
                "responses": responses,
            },
        });
        let text = document.to_string();
        let answer = move || {
            let text = text.clone();
            async move { ([(header::CONTENT_TYPE, "application/json")], text) }
        };
        let router = routes
            .router
            .route(OPENAPI_PATH, get(answer))
            .fallback(async || Problem::no_such_path())
            .method_not_allowed_fallback(async || Problem::no_such_method());
        (router, document)
    }

    fn describe(&mut self, operation: &Operation) -> Value {
        let mut responses = Map::new();
        for (status, description) in operation.successes {
            let mut response = json!({ "description": description });
            if *status == 200
                && let Some(content) = self.content(&operation.answer)
            {
                response["content"] = content;
            }
            responses.insert(status.to_string(), response);
        }
        let refused = match operation.answer {
            Content::Fhir(_) => "#/components/responses/OperationOutcome",
            _ => "#/components/responses/Problem",
        };
        responses.insert("default".into(), json!({ "$ref": refused }));
        let parameters: Vec<Value> = operation
            .parameters
            .iter()
            .map(|parameter| {
                json!({
                    "name": parameter.name,
                    "in": if parameter.in_query { "query" } else { "path" },
                    "required": parameter.required,
                    "description": parameter.description,
                    "schema": (parameter.schema)(&mut self.generator),
                })
            })
            .collect();
        let mut described = json!({ "summary": operation.summary, "responses": responses });
        if !parameters.is_empty() {
            described["parameters"] = parameters.into();
        }
        if let Some(content) = self.content(&operation.request) {
            described["requestBody"] = json!({ "required": true, "content": content });
        }
        if operation.signed {
            let all: Map<String, Value> = HEADERS.iter().map(|header| ((*header).to_owned(), json!([]))).collect();
            described["security"] = json!([all]);
        }
        described
    }

    fn content(&mut self, content: &Content) -> Option<Value> {
        Some(match content {
            Content::Nothing => return None,
            Content::Json(schema) => json!({ "application/json": { "schema": schema(&mut self.generator) } }),
            Content::Bytes(description) => {
                json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary", "description": description } } })
            }
            Content::Fhir(resource_type) => json!({ FHIR_JSON: { "schema": resource(resource_type) } }),
            Content::Text => json!({ "text/plain": { "schema": { "type": "string" } } }),
            Content::Events(schema) => {
                // OpenAPI 3.1 has no form for a stream of events: the schema is that of their data.
                json!({ "text/event-stream": { "schema": schema(&mut self.generator) } })
            }
        })
    }
}

/// Describes a FHIR resource, whose schema is FHIR's own.
fn resource(resource_type: &str) -> Value {
    json!({
        "type": "object",
        "required": ["resourceType"],
        "properties": { "resourceType": { "type": "string", "const": resource_type } },
        "description": format!("A FHIR R4 {resource_type}: https://hl7.org/fhir/R4/{}.html", resource_type.to_lowercase()),
    })
}

/// Describes the headers of a signed request, all of which it takes.
fn security_schemes() -> Value {
    let header = |name: &str, description: &str| json!({ "type": "apiKey", "in": "header", "name": name, "description": description });
    let schemes = [
        (
            ACCOUNT_HEADER,
            "The account that signs: 64 hexadecimal digits, with 0x or without.",
        ),
        (
            BODY_HEADER,
            "SHA-256 of the body, of no bytes if there is none: 64 hexadecimal digits.",
        ),
        (
            NONCE_HEADER,
            "16 random bytes, never used before by the account: 32 hexadecimal digits.",
        ),
        (
            EXPIRES_HEADER,
            "First millisecond since the Unix epoch at which the request no longer counts.",
        ),
        (SIGNATURE_HEADER, "The sr25519 signature: 128 hexadecimal digits."),
    ];
    schemes
        .into_iter()
        .map(|(name, description)| (name.to_owned(), header(name, description)))
        .collect::<Map<_, _>>()
        .into()
}
