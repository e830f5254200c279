//! Another layout of what the contract keeps, in which what the patient gave lies apart from what others passed on, and in a
//! cell of another number: what an upgrade to a really different layout is tested with, while grants stand.
//!
//! Nothing is moved by the upgrade itself but the root cell, which the first notice writes anew. Every other cell is read as it is
//! kept, in this layout or the one before, and written in this one; so `check` decides rightly at any time, for one more
//! read of the state at most for each cell. What nobody writes, anybody moves by `migrate`, a bounded number at once.

use crate::{chain, consent::Consent};
use aegle_rules::{
    consent::{ConsentError, Grantee, StoredGrant},
    consortium::OtherLayout,
    AccountId,
};
use ink::{
    prelude::vec::Vec,
    storage::{traits::ManualKey, Mapping},
};
use scale::{Decode, Encode};

/// The grants over a patient's records to a grantee, in this layout.
#[derive(Default, Encode, Decode)]
pub(crate) struct Shelf {
    given: Vec<StoredGrant>,
    passed_on: Vec<StoredGrant>,
}

/// Where they lie.
type Shelves = Mapping<(AccountId, Grantee), Shelf, ManualKey<21>>;

impl Consent {
    /// Returns the grants to one grantee, in whichever layout they are kept.
    pub(crate) fn shelved(&self, patient: &AccountId, grantee: &Grantee) -> Vec<StoredGrant> {
        let key = (patient, grantee);
        match chain::get(&Shelves::new(), &key) {
            Some(Shelf { mut given, passed_on }) => {
                given.extend(passed_on);
                given
            }
            None => chain::get(&self.grants, &key).unwrap_or_default(),
        }
    }

    /// Keeps the grants to one grantee in this layout, and nothing in the one before.
    pub(crate) fn shelve(&mut self, patient: &AccountId, grantee: &Grantee, standing: &[StoredGrant]) {
        let key = (patient, grantee);
        chain::clear(&mut self.grants, &key);
        let (given, passed_on): (Vec<_>, Vec<_>) = standing.iter().partition(|grant| grant.origin.is_none());
        if standing.is_empty() {
            chain::clear(&mut Shelves::new(), &key);
        } else {
            chain::put(&mut Shelves::new(), &key, &Shelf { given, passed_on });
        }
    }

    /// Moves cells of the layout before, and says how many there were.
    pub(crate) fn move_cells(&mut self, patient: &AccountId, grantees: &[Grantee]) -> Result<u32, ConsentError> {
        if grantees.is_empty() || grantees.len() > OtherLayout::MAX_MOVED {
            return Err(ConsentError::TooManyAtOnce);
        }
        let mut moved: u32 = 0;
        for grantee in grantees {
            let kept: Option<Vec<StoredGrant>> = chain::get(&self.grants, &(patient, grantee));
            if let Some(standing) = kept {
                self.shelve(patient, grantee, &standing);
                moved = moved.saturating_add(1);
            }
        }
        self.layout.moved = self.layout.moved.saturating_add(moved);
        chain::keep_root(self);
        Ok(moved)
    }
}
