//! Whether what was passed on has anything above it that can still count.

use super::{delegation::MAX_DELEGATION, Lookup, Parent, PatientState, StoredGrant};
use crate::{AccountId, Timestamp};
use alloc::vec::Vec;

/// What is above the grants of one patient, looked up once each.
pub struct Lineage<'a, L> {
    patient: &'a AccountId,
    state: &'a PatientState,
    lookup: &'a L,
    now: Timestamp,
    // What was looked at, and whether it is over.
    known: Vec<(Parent, bool)>,
}

impl<'a, L: Lookup> Lineage<'a, L> {
    /// Makes the lineage of the grants of a patient who has this state now.
    pub fn new(patient: &'a AccountId, state: &'a PatientState, lookup: &'a L, now: Timestamp) -> Self {
        Self {
            patient,
            state,
            lookup,
            now,
            known: Vec::new(),
        }
    }

    /// Returns whether nothing can make a grant count again: it is over, or something above it is over or gone. What
    /// may come back, such as a role, does not matter.
    pub fn is_over(&mut self, grant: &StoredGrant) -> bool {
        grant.is_over(self.state, self.now) || grant.origin.is_some_and(|origin| self.has_fallen(origin.parent))
    }

    /// Returns whether a grant is over or gone, or one above it is.
    fn has_fallen(&mut self, parent: Parent) -> bool {
        let mut walked = Vec::new();
        let mut next = Some(parent);
        let fallen = loop {
            let Some(parent) = next else { break false };
            if let Some((_, fallen)) = self.known.iter().find(|(known, _)| *known == parent) {
                break *fallen;
            }
            // Nobody passes on more often than that.
            if walked.len() >= MAX_DELEGATION {
                break true;
            }
            walked.push(parent);
            let grants = self.lookup.grants(self.patient, &parent.grantee);
            match grants.find(parent.id) {
                Some(grant) if !grant.is_over(self.state, self.now) => {
                    next = grant.origin().map(|origin| origin.parent);
                }
                _ => break true,
            }
        };
        // What stands above the first one that is over was not walked, so that all of these are alike.
        self.known.extend(walked.into_iter().map(|parent| (parent, fallen)));
        fallen
    }
}
