//! Consent to research, in the terms of the Data Use Ontology (DUO, GA4GH; Lawson et al., Cell Genomics 2021).
//!
//! A grant for `HRESCH` says with one *permission* what the research may be about, and with *modifiers* what else must
//! hold. Who asks for `HRESCH` *declares* the same: one use, and the conditions that they attest to meet. Which disease
//! a disease-specific permission means, and what `RS` restricts to, is written in the consent document and matched by
//! the custodian; the chain names no disease.
//!
//! How far it goes is its *extent*: patients may be counted, their records found too, or opened too. Each takes in those
//! before it, and a grant that says nothing lets the patient be counted.
//!
//! | permission \ use | methods | population or ancestry | health | disease | other research | not declared |
//! |---|---|---|---|---|---|---|
//! | NRES | yes | yes | yes | yes | yes | yes |
//! | GRU | yes | yes | yes | yes | yes | no |
//! | HMB | yes | no | yes | yes | no | no |
//! | DS | no | no | no | yes | no | no |
//! | POA | no | yes | no | no | no | no |

use crate::{ids::bits, message::decode_apart};
use scale::{Decode, Encode, MaxEncodedLen};

/// What research may be about: the DUO data use permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum DuoPermission {
    /// No research at all.
    #[default]
    None,
    /// NRES, DUO:0000004: no restriction.
    NoRestriction,
    /// GRU, DUO:0000042: general research use, for any research purpose.
    GeneralResearch,
    /// HMB, DUO:0000006: health, medical or biomedical purposes, but not the study of origins or ancestry.
    HealthMedicalBiomedical,
    /// DS, DUO:0000007: the disease that the consent document names.
    DiseaseSpecific,
    /// POA, DUO:0000011: the study of population origins or ancestry only.
    PopulationOriginsAncestry,
}

/// How far research on a patient's records goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Extent {
    /// COUNT: the patient is counted among others.
    #[default]
    Count,
    /// FIND: which of their records match is shown.
    Find,
    /// OPEN: records are opened.
    Open,
}

/// What a researcher wants to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum DuoUse {
    /// Nothing was declared.
    #[default]
    Undeclared,
    /// Development of methods, algorithms or software, DUO:0000031.
    MethodDevelopment,
    /// Population or ancestry research, DUO:0000032 and DUO:0000033.
    PopulationOriginsAncestry,
    /// Health, medical or biomedical research, DUO:0000037, with genetics (DUO:0000038) and drugs (DUO:0000039).
    HealthMedicalBiomedical,
    /// Research on diseases, DUO:0000040.
    Disease,
    /// Any other research.
    Other,
}

bits! {
    /// What else must hold for research: the DUO data use modifiers.
    DuoModifiers(u32) {
        /// DUO:0000012, research-specific restrictions: those of the consent document, matched by the custodian.
        RS = 0, "RS";
        /// DUO:0000015, no general methods research.
        NMDS = 1, "NMDS";
        /// DUO:0000016, genetic studies only.
        GSO = 2, "GSO";
        /// DUO:0000018, not for profit, non-commercial use only.
        NPUNCU = 3, "NPUNCU";
        /// DUO:0000019, publication required.
        PUB = 4, "PUB";
        /// DUO:0000020, collaboration with the custodian required.
        COL = 5, "COL";
        /// DUO:0000021, approval by an ethics board required.
        IRB = 6, "IRB";
        /// DUO:0000022, geographical restriction.
        GS = 7, "GS";
        /// DUO:0000024, publication moratorium.
        MOR = 8, "MOR";
        /// DUO:0000025, time limit on use.
        TS = 9, "TS";
        /// DUO:0000026, approved users only.
        US = 10, "US";
        /// DUO:0000027, approved project only.
        PS = 11, "PS";
        /// DUO:0000028, approved institution only.
        IS = 12, "IS";
        /// DUO:0000029, results return to the database.
        RTN = 13, "RTN";
        /// DUO:0000043, clinical care is allowed too. It restricts nothing; care itself is granted by `TREAT`.
        CC = 14, "CC";
        /// DUO:0000045, organisations that are not for profit only.
        NPU = 15, "NPU";
        /// DUO:0000046, non-commercial use only.
        NCU = 16, "NCU";
    }
}

/// What a grant allows of research; counts for `HRESCH` only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Research {
    /// What the research may be about.
    pub permission: DuoPermission,
    /// What else must hold.
    pub modifiers: DuoModifiers,
    /// How far it goes.
    pub extent: Extent,
}

/// What a researcher declares; the default for every purpose but `HRESCH`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Declaration {
    /// What they want to do.
    pub use_: DuoUse,
    /// The conditions that they attest to meet.
    pub attested: DuoModifiers,
}
decode_apart!(Declaration { use_, attested });

impl DuoPermission {
    /// Returns the uses that are allowed: bit i for the variant i of [`DuoUse`].
    const fn uses(self) -> u8 {
        match self {
            Self::None => 0b00_0000,
            Self::NoRestriction => 0b11_1111,
            Self::GeneralResearch => 0b11_1110,
            Self::HealthMedicalBiomedical => 0b01_1010,
            Self::DiseaseSpecific => 0b01_0000,
            Self::PopulationOriginsAncestry => 0b00_0100,
        }
    }

    /// Returns whether a use is allowed, as in the table of [this module](self).
    pub const fn allows(self, use_: DuoUse) -> bool {
        self.uses() & (1 << use_ as u8) != 0
    }
}

impl DuoModifiers {
    /// Returns what a researcher has to attest, of everything that `self` demands. `NMDS` is not attested but read off
    /// the use, and `CC` demands nothing.
    const fn to_attest(self) -> Self {
        Self(self.0 & !Self::NMDS.0 & !Self::CC.0)
    }

    /// Returns them with what follows: `NPUNCU` is `NPU` and `NCU` together.
    const fn with_implied(self) -> Self {
        let both = Self::NPU.union(Self::NCU);
        if self.contains(Self::NPUNCU) || self.contains(both) {
            self.union(Self::NPUNCU).union(both)
        } else {
            self
        }
    }

    /// Returns whether whoever meets `self` meets `other`, as far as it can be attested.
    const fn implies(self, other: Self) -> bool {
        self.with_implied().contains(other.to_attest())
    }
}

impl Research {
    /// No research.
    pub const NONE: Self = Self {
        permission: DuoPermission::None,
        modifiers: DuoModifiers::NONE,
        extent: Extent::Count,
    };

    /// Returns whether what is declared is allowed, to that extent.
    pub const fn allows(&self, declaration: Declaration, extent: Extent) -> bool {
        let methods = matches!(declaration.use_, DuoUse::MethodDevelopment);
        self.extent as u8 >= extent as u8
            && self.permission.allows(declaration.use_)
            && declaration.attested.implies(self.modifiers)
            && !(methods && self.modifiers.contains(DuoModifiers::NMDS))
    }

    /// Returns whether everything that `self` allows is allowed by `other` too. `NMDS` may only go where methods are
    /// not allowed anyway.
    pub const fn is_within(&self, other: &Self) -> bool {
        let methods = self.permission.allows(DuoUse::MethodDevelopment) && !self.modifiers.contains(DuoModifiers::NMDS);
        let nothing = matches!(self.permission, DuoPermission::None);
        nothing
            || self.extent as u8 <= other.extent as u8
                && self.permission.uses() & !other.permission.uses() == 0
                && self.modifiers.implies(other.modifiers)
                && !(methods && other.modifiers.contains(DuoModifiers::NMDS))
    }
}

#[cfg(test)]
mod tests;
