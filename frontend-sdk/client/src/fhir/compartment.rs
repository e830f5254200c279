//! Whose a resource is: the patient compartment of FHIR R4 (<http://hl7.org/fhir/CompartmentDefinition/patient>).
//!
//! The compartment has a resource for each of several elements. The one that says whom the resource is *about* decides;
//! the others, which name who asserted, performed or pays, decide only where the first names no patient. A resource
//! that then still names two is of neither.

use super::{
    json::Object,
    patient::{Reference, Target},
};

/// A resource type, the elements that say whom it is about, and the others by which it is in a patient's compartment.
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

/// `CompartmentDefinition/patient` of R4, each search parameter as the element that it reads.
const COMPARTMENT: [Row; 65] = [
    ("Account", &["subject"], &[]),
    ("AdverseEvent", &["subject"], &[]),
    ("AllergyIntolerance", &["patient"], &["recorder", "asserter"]),
    ("Appointment", &["participant.actor"], &[]),
    ("AppointmentResponse", &["actor"], &[]),
    ("AuditEvent", &["entity.what", "agent.who"], &[]),
    ("Basic", &["subject"], &["author"]),
    ("BodyStructure", &["patient"], &[]),
    ("CarePlan", &["subject"], &["activity.detail.performer"]),
    ("CareTeam", &["subject"], &["participant.member"]),
    ("ChargeItem", &["subject"], &[]),
    ("Claim", &["patient"], &["payee.party"]),
    ("ClaimResponse", &["patient"], &[]),
    ("ClinicalImpression", &["subject"], &[]),
    ("Communication", &["subject"], &["sender", "recipient"]),
    (
        "CommunicationRequest",
        &["subject"],
        &["sender", "recipient", "requester"],
    ),
    ("Composition", &["subject"], &["author", "attester.party"]),
    ("Condition", &["subject"], &["asserter"]),
    ("Consent", &["patient"], &[]),
    ("Coverage", &["beneficiary"], &["policyHolder", "subscriber", "payor"]),
    ("CoverageEligibilityRequest", &["patient"], &[]),
    ("CoverageEligibilityResponse", &["patient"], &[]),
    ("DetectedIssue", &["patient"], &[]),
    ("DeviceRequest", &["subject"], &["performer"]),
    ("DeviceUseStatement", &["subject"], &[]),
    ("DiagnosticReport", &["subject"], &[]),
    ("DocumentManifest", &["subject"], &["author", "recipient"]),
    ("DocumentReference", &["subject"], &["author"]),
    ("Encounter", &["subject"], &[]),
    ("EnrollmentRequest", &["candidate"], &[]),
    ("EpisodeOfCare", &["patient"], &[]),
    ("ExplanationOfBenefit", &["patient"], &["payee.party"]),
    ("FamilyMemberHistory", &["patient"], &[]),
    ("Flag", &["subject"], &[]),
    ("Goal", &["subject"], &[]),
    ("Group", &["member.entity"], &[]),
    ("ImagingStudy", &["subject"], &[]),
    ("Immunization", &["patient"], &[]),
    ("ImmunizationEvaluation", &["patient"], &[]),
    ("ImmunizationRecommendation", &["patient"], &[]),
    ("Invoice", &["subject"], &["recipient"]),
    ("List", &["subject"], &["source"]),
    ("MeasureReport", &["subject"], &[]),
    ("Media", &["subject"], &[]),
    ("MedicationAdministration", &["subject"], &["performer.actor"]),
    ("MedicationDispense", &["subject"], &["receiver"]),
    ("MedicationRequest", &["subject"], &[]),
    ("MedicationStatement", &["subject"], &[]),
    ("MolecularSequence", &["patient"], &[]),
    ("NutritionOrder", &["patient"], &[]),
    ("Observation", &["subject"], &["performer"]),
    ("Person", &["link.target"], &[]),
    ("Procedure", &["subject"], &["performer.actor"]),
    ("Provenance", &["target"], &[]),
    ("QuestionnaireResponse", &["subject"], &["author"]),
    ("RelatedPerson", &["patient"], &[]),
    ("RequestGroup", &["subject"], &["action.participant"]),
    ("ResearchSubject", &["individual"], &[]),
    ("RiskAssessment", &["subject"], &[]),
    ("Schedule", &["actor"], &[]),
    ("ServiceRequest", &["subject"], &["performer"]),
    ("Specimen", &["subject"], &[]),
    ("SupplyDelivery", &["patient"], &[]),
    ("SupplyRequest", &["deliverTo"], &[]),
    ("VisionPrescription", &["patient"], &[]),
];

/// Where the compartment names nobody, and for types of which it does not speak, as tasks, devices and types that R4
/// does not know: the elements that name a patient in other resources, the most binding first.
const ELSEWHERE: [&str; 6] = [
    "patient",
    "subject",
    "beneficiary",
    "individual",
    "for",
    "individualSubject",
];

/// The references by which a resource may be a patient's, the first that name one decide: those that say whom it is
/// about, the others of the compartment, and what names a patient elsewhere.
pub(super) fn references(resource_type: &str, fields: &Object) -> [Vec<Reference>; 3] {
    let row = COMPARTMENT.iter().find(|(name, ..)| *name == resource_type);
    let [about, others] = row.map_or([&[][..]; 2], |(_, about, others)| [*about, *others]);
    let named = ELSEWHERE.iter().map(|element| all(fields, &[*element]));
    let mut named = named.filter(|references| references.iter().any(may_be_patient));
    [
        all(fields, about),
        all(fields, others),
        named.next().unwrap_or_default(),
    ]
}

fn may_be_patient(reference: &Reference) -> bool {
    *reference.target() != Target::Other
}

fn all(fields: &Object, paths: &[&str]) -> Vec<Reference> {
    let elements = paths.iter().flat_map(|path| fields.at(path));
    elements.filter_map(Reference::of).collect()
}

#[cfg(test)]
mod tests {
    use super::COMPARTMENT;

    #[test]
    fn every_type_stands_once_and_in_order() {
        let names: Vec<&str> = COMPARTMENT.iter().map(|(name, ..)| *name).collect();
        assert!(names.is_sorted_by(|one, other| one < other), "{names:?}");
    }
}
