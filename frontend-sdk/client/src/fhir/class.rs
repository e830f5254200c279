//! Data classes and confidentiality of resources.

use super::{Resource, walk};
use aegle_crypto::classes::Class;
use aegle_rules::Confidentiality;
use serde_json::Value;

/// HL7 v3 ActCode sensitivity labels (`meta.security`) and the class that each one stands for. A label decides before
/// anything else: it is what a person or a policy engine said about this very resource. The first match in this order
/// counts.
const SENSITIVITY: [(&str, Class); 19] = [
    ("PSYTHPN", Class::PsychotherapyNotes),
    ("SUD", Class::SubstanceUse),
    ("ETHUD", Class::SubstanceUse),
    ("OPIOIDUD", Class::SubstanceUse),
    ("ETH", Class::SubstanceUse),
    ("PSY", Class::MentalHealth),
    ("MH", Class::MentalHealth),
    ("BH", Class::MentalHealth),
    ("COGN", Class::MentalHealth),
    ("DVD", Class::MentalHealth),
    ("EMOTDIS", Class::MentalHealth),
    ("HIV", Class::SexualHealth),
    ("STD", Class::SexualHealth),
    ("SEX", Class::ReproductiveHealth),
    ("REPRODUCTIVE", Class::ReproductiveHealth),
    ("GDIS", Class::Genetics),
    ("SDV", Class::Violence),
    ("MST", Class::Violence),
    ("VIO", Class::Violence),
];

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

/// Codes of HL7 v3 Confidentiality above N.
const CONFIDENTIALITIES: [(&str, Confidentiality); 2] = [
    ("R", Confidentiality::Restricted),
    ("V", Confidentiality::VeryRestricted),
];
const CONFIDENTIALITY_SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";

pub(super) fn of(resource: &Resource) -> Class {
    let labels: Vec<&str> = security(resource).map(|(_, code)| code).collect();
    let named = |class| {
        SENSITIVITY
            .iter()
            .any(|(code, other)| *other == class && labels.contains(code))
    };
    // HL7 has no label of its own for counselling notes of substance use treatment: they have both.
    if named(Class::SubstanceUse) && named(Class::PsychotherapyNotes) {
        return Class::SubstanceUseNotes;
    }
    let by_label = SENSITIVITY.iter().find(|(code, _)| labels.contains(code));
    let categories = resource.fields().get("category").map(walk::codings).unwrap_or_default();
    let has_categories = ["Observation", "DiagnosticReport"].contains(&resource.resource_type());
    let by_category = || {
        let found = |(code, _): &&(&str, Class)| categories.iter().any(|(_, category)| category == code);
        CATEGORIES.iter().filter(|_| has_categories).find(found)
    };
    let by_type = || TYPES.iter().find(|(name, _)| *name == resource.resource_type());
    by_label
        .or_else(by_category)
        .or_else(by_type)
        .map_or(Class::Other, |(_, class)| *class)
}

pub(super) fn confidentiality(resource: &Resource) -> Confidentiality {
    let named = security(resource).filter(|(system, _)| *system == CONFIDENTIALITY_SYSTEM);
    let levels = named.filter_map(|(_, code)| CONFIDENTIALITIES.iter().find(|(name, _)| *name == code));
    levels.map(|(_, level)| *level).max().unwrap_or(Confidentiality::Normal)
}

/// System and code of the labels in `meta.security`.
fn security(resource: &Resource) -> impl Iterator<Item = (&str, &str)> {
    let labels = resource
        .fields()
        .get("meta")
        .and_then(|meta| meta.get("security"))
        .and_then(Value::as_array);
    labels.into_iter().flatten().filter_map(|label| {
        let text = |name| label.get(name).and_then(Value::as_str);
        Some((text("system").unwrap_or_default(), text("code")?))
    })
}
