//! Data classes of resources.

use super::{json::Object, labels::Labels, walk};
use aegle_crypto::classes::Class;

/// The class of each resource type that has one by itself.
const TYPES: [(&str, Class); 56] = [
    ("Account", Class::Financial),
    ("AdverseEvent", Class::Allergies),
    ("AllergyIntolerance", Class::Allergies),
    ("Appointment", Class::Encounters),
    ("AppointmentResponse", Class::Encounters),
    ("BodyStructure", Class::Conditions),
    ("CarePlan", Class::CarePlans),
    ("CareTeam", Class::CarePlans),
    ("ChargeItem", Class::Financial),
    ("Claim", Class::Financial),
    ("ClaimResponse", Class::Financial),
    ("ClinicalImpression", Class::Conditions),
    ("Communication", Class::Documents),
    ("CommunicationRequest", Class::Documents),
    ("Composition", Class::Documents),
    ("Condition", Class::Conditions),
    ("Coverage", Class::Financial),
    ("CoverageEligibilityRequest", Class::Financial),
    ("CoverageEligibilityResponse", Class::Financial),
    ("DetectedIssue", Class::Conditions),
    ("DeviceRequest", Class::Procedures),
    ("DeviceUseStatement", Class::Procedures),
    ("DiagnosticReport", Class::Laboratory),
    ("DocumentManifest", Class::Documents),
    ("DocumentReference", Class::Documents),
    ("Encounter", Class::Encounters),
    ("EpisodeOfCare", Class::Encounters),
    ("ExplanationOfBenefit", Class::Financial),
    ("FamilyMemberHistory", Class::FamilyHistory),
    ("Flag", Class::Conditions),
    ("Goal", Class::CarePlans),
    ("ImagingStudy", Class::Imaging),
    ("Immunization", Class::Immunizations),
    ("ImmunizationEvaluation", Class::Immunizations),
    ("ImmunizationRecommendation", Class::Immunizations),
    ("Media", Class::Imaging),
    ("Medication", Class::Medications),
    ("MedicationAdministration", Class::Medications),
    ("MedicationDispense", Class::Medications),
    ("MedicationRequest", Class::Medications),
    ("MedicationStatement", Class::Medications),
    ("MolecularSequence", Class::Genetics),
    ("NutritionOrder", Class::CarePlans),
    ("Observation", Class::Laboratory),
    ("Patient", Class::Demographics),
    ("Person", Class::Demographics),
    ("Procedure", Class::Procedures),
    ("QuestionnaireResponse", Class::SocialHistory),
    ("RelatedPerson", Class::Demographics),
    ("RequestGroup", Class::CarePlans),
    ("RiskAssessment", Class::Conditions),
    ("ServiceRequest", Class::Procedures),
    ("Specimen", Class::Laboratory),
    ("SupplyDelivery", Class::Procedures),
    ("SupplyRequest", Class::Procedures),
    ("VisionPrescription", Class::Procedures),
];

/// Codes of `category` that decide over the resource type: HL7's observation-category and diagnostic service sections
/// (v2-0074).
const CATEGORIES: [(&str, Class); 16] = [
    ("vital-signs", Class::VitalSigns),
    ("social-history", Class::SocialHistory),
    ("survey", Class::SocialHistory),
    ("imaging", Class::Imaging),
    ("procedure", Class::Procedures),
    ("therapy", Class::Procedures),
    ("laboratory", Class::Laboratory),
    ("LAB", Class::Laboratory),
    ("GE", Class::Genetics),
    ("RAD", Class::Imaging),
    ("CT", Class::Imaging),
    ("NMR", Class::Imaging),
    ("NMS", Class::Imaging),
    ("RUS", Class::Imaging),
    ("CUS", Class::Imaging),
    ("VUS", Class::Imaging),
];

/// The class of a resource: what its labels say, else its category, else its type.
pub(super) fn of(resource_type: &str, fields: &Object, labels: &Labels) -> Class {
    let has_categories = ["Observation", "DiagnosticReport"].contains(&resource_type);
    let by_category = || {
        let categories = fields.get("category").map(walk::codings).unwrap_or_default();
        let found = |(code, _): &&(&str, Class)| categories.iter().any(|(_, category)| category == code);
        CATEGORIES.iter().filter(|_| has_categories).find(found)
    };
    let by_type = || TYPES.iter().find(|(name, _)| *name == resource_type);
    labels
        .class()
        .or_else(|| by_category().or_else(by_type).map(|(_, class)| *class))
        .unwrap_or(Class::Other)
}
