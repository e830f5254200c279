//! Data classes, and the slots that stand for them.
//!
//! Naming a data class on chain would tell the world what a grant is about. So chain and servers know slots 0 to 31 only,
//! and which class has which slot is a secret permutation of each patient ([`ClassMap`]).

use aegle_protocol::{
    CryptoRng,
    digest::{frame, hash},
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

/// Bytes of a map as it is sealed: the salt of its commitment, and a slot for each place.
const MAP_BYTES: usize = SALT_BYTES + SLOTS as usize;
/// Bytes of the salt.
const SALT_BYTES: usize = 32;

/// A patient's assignment of slots to classes: a permutation of the 32 slots, of which the classes have the first ones.
///
/// The patient's key bundle has a salted [commitment](Self::commitment) to it, and the key directory the hash of that: so a
/// map that anybody else sealed, or that is of keys which the patient has replaced, is refused ([`ClassMap::open`]). The
/// salt hides the map; there are 32! of them, but far fewer that would be guessed.
pub struct ClassMap {
    slots: zeroize::Zeroizing<[u8; SLOTS as usize]>,
    salt: zeroize::Zeroizing<[u8; SALT_BYTES]>,
}

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
    /// The map is not the one that the patient's keys commit to.
    #[error(
        "the card does not belong to the keys that the patient has published: it was forged, or made before they published \
         new ones; ask them for a new card (`aegle keys card`)"
    )]
    NotCommitted,
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
        let mut salt = zeroize::Zeroizing::new([0; SALT_BYTES]);
        hkdf::Hkdf::<sha2::Sha512>::new(None, master)
            .expand(&frame(tags::CLASS_MAP_SALT, &[&genesis.0]), salt.as_mut())
            .expect("32 bytes are far below the limit of HKDF");
        Self { slots, salt }
    }

    /// Computes the commitment that the patient's key bundle has: 32 bytes, `H(tag, salt, account, map)`.
    pub fn commitment(&self, patient: &AccountId) -> Hash {
        hash(
            tags::CLASS_MAP_COMMITMENT,
            &[&*self.salt, &patient.0, self.slots.as_ref()],
        )
    }

    /// Returns the slot of a class.
    pub fn slot(&self, class: Class) -> Slot {
        Slot(self.slots[class as usize])
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
        let mut plaintext = zeroize::Zeroizing::new([0; MAP_BYTES]);
        plaintext[..SALT_BYTES].copy_from_slice(self.salt.as_ref());
        plaintext[SALT_BYTES..].copy_from_slice(self.slots.as_ref());
        seal(SealPurpose::ClassMap, &patient.0, to, plaintext.as_ref(), random)
    }

    /// Opens the map of `patient`, which must be the one that their key bundle commits to.
    ///
    /// # Errors
    /// The seal does not open, holds no permutation, or another one than the committed.
    pub fn open(
        sealed: &Sealed,
        secret: &EncryptionSecret,
        patient: &AccountId,
        committed: &Hash,
    ) -> Result<Self, ClassMapError> {
        let plaintext = secret.open(SealPurpose::ClassMap, &patient.0, sealed)?;
        let (salt, slots) = plaintext
            .split_first_chunk::<SALT_BYTES>()
            .ok_or(ClassMapError::NoPermutation)?;
        let slots: [u8; SLOTS as usize] = slots.try_into().map_err(|_| ClassMapError::NoPermutation)?;
        let map = Self {
            slots: zeroize::Zeroizing::new(slots),
            salt: zeroize::Zeroizing::new(*salt),
        };
        if (0..SLOTS).any(|slot| !map.slots.contains(&slot)) {
            return Err(ClassMapError::NoPermutation);
        }
        if map.commitment(patient) != *committed {
            return Err(ClassMapError::NotCommitted);
        }
        Ok(map)
    }
}
