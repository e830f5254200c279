//! The tables of labels that are understood.

use aegle_crypto::classes::Class;
use aegle_rules::Confidentiality;

/// What a code system of labels is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    /// HL7 v3 Confidentiality.
    Confidentiality,
    /// HL7 v3 ActCode: sensitivities, and handling.
    ActCode,
    /// HL7 v2 table 0177.
    Version2,
    /// Codes that say how something came about or is handled, and do not restrict who sees it.
    Handling,
}

/// Every spelling of the systems: as in R4, in earlier versions of FHIR, and as object identifiers.
pub(super) const SYSTEMS: [(&str, System); 16] = [
    (
        "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
        System::Confidentiality,
    ),
    ("http://hl7.org/fhir/v3/Confidentiality", System::Confidentiality),
    ("http://hl7.org/fhir/v3/vs/Confidentiality", System::Confidentiality),
    ("urn:oid:2.16.840.1.113883.5.25", System::Confidentiality),
    ("2.16.840.1.113883.5.25", System::Confidentiality),
    ("http://terminology.hl7.org/CodeSystem/v3-ActCode", System::ActCode),
    ("http://hl7.org/fhir/v3/ActCode", System::ActCode),
    ("urn:oid:2.16.840.1.113883.5.4", System::ActCode),
    ("2.16.840.1.113883.5.4", System::ActCode),
    ("http://terminology.hl7.org/CodeSystem/v2-0177", System::Version2),
    ("http://hl7.org/fhir/v2/0177", System::Version2),
    ("urn:oid:2.16.840.1.113883.12.177", System::Version2),
    (
        "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
        System::Handling,
    ),
    ("http://hl7.org/fhir/v3/ObservationValue", System::Handling),
    ("http://terminology.hl7.org/CodeSystem/v3-ActReason", System::Handling),
    ("http://hl7.org/fhir/v3/ActReason", System::Handling),
];

/// The levels of HL7 v3 Confidentiality: unrestricted, low, moderate, normal, restricted, very restricted.
pub(super) const LEVELS: [(&str, Confidentiality); 6] = [
    ("U", Confidentiality::Normal),
    ("L", Confidentiality::Normal),
    ("M", Confidentiality::Normal),
    ("N", Confidentiality::Normal),
    ("R", Confidentiality::Restricted),
    ("V", Confidentiality::VeryRestricted),
];

/// What information is about, as HL7 v3 Confidentiality has it besides levels.
pub(super) const INFORMATION: [&str; 4] = ["ETH", "HIV", "PSY", "SDV"];

/// HL7 v2 table 0177: a level, or the sensitivity that it means.
pub(super) const V2_CODES: [(&str, Result<Confidentiality, &str>); 10] = [
    ("U", Ok(Confidentiality::Normal)),
    ("R", Ok(Confidentiality::Restricted)),
    ("V", Ok(Confidentiality::VeryRestricted)),
    ("AID", Err("HIV")),
    ("HIV", Err("HIV")),
    ("ETH", Err("ETH")),
    ("PSY", Err("PSY")),
    ("UWM", Err("SEX")),
    ("EMP", Err("EMP")),
    ("VIP", Err("VIP")),
];

/// The sensitivities of HL7 v3 ActCode and the privacy laws of DS4P, with the class that each stands for. Those without
/// a class are withheld by their level, which is at least restricted. A label decides before anything else: it is what
/// a person or a policy engine said about this very resource. The first match in this order counts.
pub(super) const SENSITIVITY: [(&str, Option<Class>); 50] = [
    ("PSYTHPN", Some(Class::PsychotherapyNotes)),
    ("HIPAAPsyNotes", Some(Class::PsychotherapyNotes)),
    ("SUD", Some(Class::SubstanceUse)),
    ("ETHUD", Some(Class::SubstanceUse)),
    ("OPIOIDUD", Some(Class::SubstanceUse)),
    ("ETH", Some(Class::SubstanceUse)),
    ("42CFRPart2", Some(Class::SubstanceUse)),
    ("Title38Section7332", Some(Class::SubstanceUse)),
    ("PSY", Some(Class::MentalHealth)),
    ("MH", Some(Class::MentalHealth)),
    ("BH", Some(Class::MentalHealth)),
    ("COGN", Some(Class::MentalHealth)),
    ("DVD", Some(Class::MentalHealth)),
    ("EMOTDIS", Some(Class::MentalHealth)),
    ("HIV", Some(Class::SexualHealth)),
    ("STD", Some(Class::SexualHealth)),
    ("SEX", Some(Class::ReproductiveHealth)),
    ("REPRODUCTIVE", Some(Class::ReproductiveHealth)),
    ("PREGNANT", Some(Class::ReproductiveHealth)),
    ("GDIS", Some(Class::Genetics)),
    ("SCA", Some(Class::Genetics)),
    ("SICKLE", Some(Class::Genetics)),
    ("SDV", Some(Class::Violence)),
    ("MST", Some(Class::Violence)),
    ("VIO", Some(Class::Violence)),
    ("SPI", None),
    ("TBOO", None),
    ("DEMO", None),
    ("DOB", None),
    ("GENDER", None),
    ("LIVARG", None),
    ("MARST", None),
    ("RACE", None),
    ("REL", None),
    ("PATLOC", None),
    ("IDS", None),
    ("B", None),
    ("EMPL", None),
    ("LOCIS", None),
    ("SSP", None),
    ("ADOL", None),
    ("CEL", None),
    ("VIP", None),
    ("DIA", None),
    ("DRGIS", None),
    ("EMP", None),
    ("PDS", None),
    ("PHY", None),
    ("PRS", None),
    ("HIPAASelfPay", None),
];

/// How something came about or was changed (HL7 v3 ObservationValue), that it is a test (ActReason), that labels stand
/// within (DS4P), and laws that ask no more than what every record has here.
pub(super) const HANDLING: [&str; 35] = [
    "ABSTRED",
    "AGGRED",
    "ANONYED",
    "MAPPED",
    "MASKED",
    "PSEUDED",
    "REDACTED",
    "SUBSETTED",
    "SYNTAC",
    "TRSLT",
    "VERSIONED",
    "CRYTOHASH",
    "DIGSIGN",
    "HRELIABLE",
    "RELIABLE",
    "UNCERTREL",
    "UNRELIABLE",
    "CLINRPT",
    "DEVRPT",
    "HCPRPT",
    "PACQRPT",
    "PATRPT",
    "PAYRPT",
    "PRACRPT",
    "SDMRPT",
    "CLINAST",
    "DEVAST",
    "HCPAST",
    "PACQAST",
    "PATAST",
    "PAYAST",
    "PRACAST",
    "SDMAST",
    "HTEST",
    "PROCESSINLINELABEL",
];
