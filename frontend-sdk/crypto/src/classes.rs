//! Data classes, and the slots that stand for them.
//!
//! Naming a data class on chain would tell the world what a grant is about. So chain and servers know slots 0 to 31 only,
//! and which class has which slot is a secret permutation of each patient ([`ClassMap`]).

use aegle_protocol::{
    CryptoRng,
    digest::frame,
    seal::{EncryptionSecret, SealError, SealPurpose, Sealed, UnsealError, seal},
    tags,
};
use aegle_rules::{AccountId, EncryptionKey, Hash, SLOTS, Slot};
use scale::{Decode, Encode};
use serde::{Deserialize, Serialize};

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal, $restricted:literal;)*) => {
        /// A class of health data, by what FHIR resources and security labels tell. The numbers never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Class {
            $($(#[$doc])* #[codec(index = $number)] $name = $number,)*
        }

        impl Class {
            /// Every class, in order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns the name, as people write it and as JSON has it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// Returns whether the slot of the class needs a grant of its own.
            pub const fn is_restricted(self) -> bool {
                match self { $(Self::$name => $restricted),* }
            }
        }
    };
}

classes! {
    /// The patient's identity: Patient, RelatedPerson.
    Demographics = 0, "demographics", false;
    /// Encounter, EpisodeOfCare, Appointment.
    Encounters = 1, "encounters", false;
    /// Condition, ClinicalImpression.
    Conditions = 2, "conditions", false;
    /// MedicationRequest, MedicationStatement, MedicationAdministration, MedicationDispense.
    Medications = 3, "medications", false;
    /// AllergyIntolerance, AdverseEvent.
    Allergies = 4, "allergies", false;
    /// Immunization.
    Immunizations = 5, "immunizations", false;
    /// Observation of category laboratory, Specimen, DiagnosticReport.
    Laboratory = 6, "laboratory", false;
    /// Observation of category vital-signs, and what devices measure.
    VitalSigns = 7, "vital-signs", false;
    /// ImagingStudy, Media.
    Imaging = 8, "imaging", false;
    /// Procedure, ServiceRequest.
    Procedures = 9, "procedures", false;
    /// CarePlan, Goal, CareTeam, NutritionOrder.
    CarePlans = 10, "care-plans", false;
    /// Composition and DocumentReference: notes and letters.
    Documents = 11, "documents", false;
    /// FamilyMemberHistory.
    FamilyHistory = 12, "family-history", false;
    /// Observation of category social-history, QuestionnaireResponse.
    SocialHistory = 13, "social-history", false;
    /// Coverage, Claim, ExplanationOfBenefit.
    Financial = 14, "financial", false;
    /// Everything else.
    Other = 15, "other", false;
    /// Mental health (ActCode PSY).
    MentalHealth = 16, "mental-health", true;
    /// Psychotherapy notes (45 CFR 164.501; ActCode PSYTHPN).
    PsychotherapyNotes = 17, "psychotherapy-notes", true;
    /// Substance use disorder (42 CFR Part 2; ActCode SUD).
    SubstanceUse = 18, "substance-use", true;
    /// Counselling notes of substance use treatment (42 CFR 2.11), which need a consent of their own (2.31).
    SubstanceUseNotes = 19, "substance-use-notes", true;
    /// HIV and other sexually transmitted disease (ActCode HIV, STD).
    SexualHealth = 20, "sexual-health", true;
    /// Reproductive health (ActCode SEX, REPRODUCTIVE).
    ReproductiveHealth = 21, "reproductive-health", true;
    /// Genetic information (ActCode GDIS).
    Genetics = 22, "genetics", true;
    /// Violence and abuse (ActCode SDV, DVL).
    Violence = 23, "violence", true;
}

/// A patient's assignment of slots to classes: a permutation of the 32 slots, of which the classes have the first ones.
pub struct ClassMap(zeroize::Zeroizing<[u8; SLOTS as usize]>);

/// The reason why a sealed class map is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClassMapError {
    /// The seal does not open.
    #[error("the sealed class map: {0}")]
    Seal(#[from] UnsealError),
    /// The plaintext is no permutation of the slots.
    #[error("the class map is no permutation of the slots")]
    NoPermutation,
}

impl ClassMap {
    /// Derives the permutation of a patient: Fisher and Yates, driven by HKDF-SHA-512 of the master secret. Each step
    /// draws from 8 bytes modulo at most 32: its bias is below 2^-58.
    pub(crate) fn derive(master: &[u8; 32], genesis: &Hash) -> Self {
        let mut draws = zeroize::Zeroizing::new([0; 8 * SLOTS as usize]);
        hkdf::Hkdf::<sha2::Sha512>::new(None, master)
            .expand(&frame(tags::SLOT_PERMUTATION, &[&genesis.0]), draws.as_mut())
            .expect("256 bytes are far below the limit of HKDF");
        let mut slots = zeroize::Zeroizing::new([0; SLOTS as usize]);
        (0..SLOTS).for_each(|slot| slots[usize::from(slot)] = slot);
        for (last, draw) in (1..SLOTS).rev().zip(draws.chunks_exact(8)) {
            let draw = u64::from_le_bytes(draw.try_into().expect("chunks_exact gives chunks of 8"));
            let other = usize::try_from(draw % u64::from(last + 1)).expect("at most 31");
            slots.swap(usize::from(last), other);
        }
        Self(slots)
    }

    /// Returns the slot of a class.
    pub fn slot(&self, class: Class) -> Slot {
        Slot(self.0[class as usize])
    }

    /// Returns the class of a slot; `None` for a slot that stands for none.
    pub fn class(&self, slot: Slot) -> Option<Class> {
        Class::ALL.iter().copied().find(|class| self.slot(*class) == slot)
    }

    /// Returns the slots of the restricted classes, for `consent.set_restricted`.
    pub fn restricted(&self) -> aegle_rules::Slots {
        let restricted = Class::ALL.iter().filter(|class| class.is_restricted());
        restricted.fold(aegle_rules::Slots::default(), |slots, class| {
            slots.with(self.slot(*class))
        })
    }

    /// Seals the map of `patient` to a custodian, a delegatee or an escrow holder.
    ///
    /// # Errors
    /// The recipient's key is not valid.
    pub fn seal(
        &self,
        patient: &AccountId,
        to: &EncryptionKey,
        random: &mut impl CryptoRng,
    ) -> Result<Sealed, SealError> {
        seal(SealPurpose::ClassMap, &patient.0, to, self.0.as_ref(), random)
    }

    /// Opens the map of `patient`.
    ///
    /// # Errors
    /// The seal does not open, or holds no permutation.
    pub fn open(sealed: &Sealed, secret: &EncryptionSecret, patient: &AccountId) -> Result<Self, ClassMapError> {
        let plaintext = secret.open(SealPurpose::ClassMap, &patient.0, sealed)?;
        let bytes: [u8; SLOTS as usize] = plaintext
            .as_slice()
            .try_into()
            .map_err(|_| ClassMapError::NoPermutation)?;
        let slots = zeroize::Zeroizing::new(bytes);
        if (0..SLOTS).any(|slot| !slots.contains(&slot)) {
            return Err(ClassMapError::NoPermutation);
        }
        Ok(Self(slots))
    }
}
