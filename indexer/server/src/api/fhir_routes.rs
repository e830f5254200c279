//! The routes of the FHIR facade, each with what it takes and answers.
use super::{
    Api, fhir,
    operation::{ACCOUNT, open, signed},
};
use aegle_http::{Content, Method, Operation, Parameter, Routes};
use aegle_sealed::schema::AccountId;
use schemars::SchemaGenerator;
use std::sync::Arc;

const PATIENT: Parameter = Parameter {
    name: "patient",
    in_query: true,
    required: false,
    schema: SchemaGenerator::subschema_for::<AccountId>,
    description: "The patient; must be given, so or by `patient:identifier`",
};
const PATIENT_IDENTIFIER: Parameter = Parameter {
    name: "patient:identifier",
    schema: SchemaGenerator::subschema_for::<String>,
    description: "The patient: the system of this chain's accounts, `|`, and the account",
    ..PATIENT
};
const DATE: Parameter = Parameter {
    name: "date",
    schema: SchemaGenerator::subschema_for::<String>,
    description: "When it was recorded: a FHIR date of any precision, with eq, ge, gt, sa, le, lt or eb before it; up to two of them. A day is one of UTC",
    ..PATIENT
};
const COUNT: Parameter = Parameter {
    name: "_count",
    schema: SchemaGenerator::subschema_for::<u16>,
    description: "The most resources of a page, up to 100; 50 without it, and 0 for the total alone",
    ..PATIENT
};
const ID: Parameter = Parameter {
    name: "id",
    schema: SchemaGenerator::subschema_for::<String>,
    description: "Its id",
    ..ACCOUNT
};

/// Adds the routes of the facade.
pub(super) fn fhir(routes: Routes<Arc<Api>>) -> Routes<Arc<Api>> {
    routes
        .route(
            open(
                "/fhir/metadata",
                "Says what is answered in FHIR R4.",
                Content::Fhir("CapabilityStatement"),
            ),
            fhir::metadata,
        )
        .route(
            Operation {
                parameters: &[PATIENT, PATIENT_IDENTIFIER, COUNT],
                ..search(
                    "/fhir/Consent",
                    "Returns the patient's grants as Consents, those that are over too.",
                )
            },
            fhir::consents,
        )
        .route(
            read(
                "/fhir/Consent/{id}",
                "Returns a grant as a Consent: for the patient, and while it is not revoked for the grantee.",
                "Consent",
            ),
            fhir::consent_of,
        )
        .route(
            Operation {
                parameters: &[PATIENT, PATIENT_IDENTIFIER, DATE, COUNT],
                ..search(
                    "/fhir/AuditEvent",
                    "Returns what went out of the patient's records as AuditEvents.",
                )
            },
            fhir::audit_events,
        )
        .route(
            read(
                "/fhir/AuditEvent/{id}",
                "Returns an entry of the patient's log of disclosures as an AuditEvent: for the patient.",
                "AuditEvent",
            ),
            fhir::audit_event_of,
        )
}

const fn search(path: &'static str, summary: &'static str) -> Operation {
    signed(Method::Get, path, summary, Content::Nothing, Content::Fhir("Bundle"))
}

const fn read(path: &'static str, summary: &'static str, resource_type: &'static str) -> Operation {
    let answer = Content::Fhir(resource_type);
    Operation {
        parameters: &[ID],
        ..signed(Method::Get, path, summary, Content::Nothing, answer)
    }
}
