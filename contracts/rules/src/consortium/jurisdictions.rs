//! What counts where a patient has said nothing: the law of their jurisdiction, as the committee notes it down.
//!
//! Where the law asks patients first (opt-in), nothing is permitted until they permit it. Where it lets them object (opt-out), as
//! the European Health Data Space does for secondary use, a purpose is permitted until they have said something about it. That is
//! never more than being found: no keys were split for it.

use super::ConsortiumError;
use crate::{
    consent::{validate_research, Research},
    JurisdictionId, Purposes,
};
use alloc::vec::Vec;
use scale::{Compact, Decode, Encode, MaxEncodedLen};

/// Most jurisdictions that are known at the same time.
pub const MAX_JURISDICTIONS: usize = 16;

/// The purposes that a default may permit. An emergency has the glass; patients' own requests and payment are for nobody else to
/// permit.
pub const DEFAULT_PURPOSES: Purposes = Purposes::TREAT
    .union(Purposes::ETREAT)
    .union(Purposes::HOPERAT)
    .union(Purposes::HRESCH)
    .union(Purposes::PUBHLTH);

/// What counts in one jurisdiction where a patient has said nothing about a purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct JurisdictionDefault {
    /// The jurisdiction.
    pub jurisdiction: JurisdictionId,
    /// The purposes that are permitted until the patient says something about them (opt-out), of
    /// [those that may be](DEFAULT_PURPOSES); for every other one, nothing is (opt-in).
    pub permits: Purposes,
    /// What research it permits; [`Research::NONE`] without `HRESCH`.
    pub research: Research,
}

/// What counts in the jurisdictions that are known, in the order of their numbers: at most [`MAX_JURISDICTIONS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Jurisdictions {
    /// The defaults.
    pub defaults: Vec<JurisdictionDefault>,
}

impl MaxEncodedLen for Jurisdictions {
    fn max_encoded_len() -> usize {
        let defaults = JurisdictionDefault::max_encoded_len().saturating_mul(MAX_JURISDICTIONS);
        Compact::<u32>::max_encoded_len().saturating_add(defaults)
    }
}

impl JurisdictionDefault {
    /// Decides whether it says something that a default can say.
    ///
    /// # Errors
    /// [`InvalidJurisdiction`](ConsortiumError::InvalidJurisdiction).
    pub fn validate(&self) -> Result<(), ConsortiumError> {
        let valid = self.jurisdiction.0 != 0
            && DEFAULT_PURPOSES.contains(self.permits)
            && validate_research(&self.research, self.permits);
        valid.then_some(()).ok_or(ConsortiumError::InvalidJurisdiction)
    }
}

impl Jurisdictions {
    /// Returns what counts in a jurisdiction; `None` where that is not known.
    pub fn of(&self, jurisdiction: JurisdictionId) -> Option<&JurisdictionDefault> {
        self.defaults
            .iter()
            .find(|default| default.jurisdiction == jurisdiction)
    }

    /// Returns whether a purpose is permitted anywhere.
    pub fn permit_anywhere(&self, purpose: Purposes) -> bool {
        self.defaults.iter().any(|default| default.permits.contains(purpose))
    }

    /// Returns the defaults with this one, instead of what counted in that jurisdiction.
    ///
    /// # Errors
    /// [`TooMany`](ConsortiumError::TooMany).
    pub fn with(&self, default: JurisdictionDefault) -> Result<Self, ConsortiumError> {
        let mut defaults = self.defaults.clone();
        match defaults.binary_search_by_key(&default.jurisdiction, |default| default.jurisdiction) {
            Ok(place) => {
                if let Some(known) = defaults.get_mut(place) {
                    *known = default;
                }
            }
            Err(_) if defaults.len() >= MAX_JURISDICTIONS => return Err(ConsortiumError::TooMany),
            Err(place) => defaults.insert(place, default),
        }
        Ok(Self { defaults })
    }
}

#[cfg(test)]
mod tests;
