//! Who had opened a record: what a custodian tells the patient and the authority when it was under the wrong patient.

use super::Custodian;
use crate::{
    chain::Chain,
    deployment::Aegle,
    remote::{RemoteError, Transport},
};
use aegle_protocol::{
    record::RecordId,
    wire::{Disclosure, DisclosureKind},
};
use aegle_rules::{AccountId, GrantId, Timestamp};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// An account to which something of a record went out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Opening {
    /// The account.
    pub account: AccountId,
    /// Whether its ciphertext, or the key to it, went out: the content is known there. Else the row alone did.
    pub content: bool,
    /// When something went out first, in milliseconds since the Unix epoch.
    pub first_at: Timestamp,
    /// When something went out last.
    pub last_at: Timestamp,
    /// The grants that permitted it; none where it was the patient's own request.
    pub grants: BTreeSet<GrantId>,
}

impl Custodian {
    /// Asks the indexer who had opened a record of this custodian's domain, an erased one too: one entry an account, in the
    /// order of their first time. The indexer is believed: it keeps the log.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn openings<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        record: &RecordId,
    ) -> Result<Vec<Opening>, RemoteError> {
        let log = aegle.indexer.record_disclosures(self.key(), record).await?;
        Ok(openings(log.entries.into_iter().map(|entry| entry.disclosure)))
    }
}

fn openings(disclosures: impl Iterator<Item = Disclosure>) -> Vec<Opening> {
    let mut known: BTreeMap<AccountId, Opening> = BTreeMap::new();
    for disclosure in disclosures {
        let opening = known.entry(disclosure.requester).or_insert_with(|| Opening {
            account: disclosure.requester,
            content: false,
            first_at: disclosure.at,
            last_at: disclosure.at,
            grants: BTreeSet::new(),
        });
        opening.content |= disclosure.kind != DisclosureKind::Row;
        opening.first_at = opening.first_at.min(disclosure.at);
        opening.last_at = opening.last_at.max(disclosure.at);
        opening.grants.extend(disclosure.grant);
    }
    let mut openings: Vec<Opening> = known.into_values().collect();
    openings.sort_by_key(|opening| opening.first_at);
    openings
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegle_protocol::BlockId;
    use aegle_rules::{Hash, Purposes};

    #[test]
    fn each_account_stands_once_with_all_that_went_out_to_it() {
        let disclosure = |requester: u8, kind, grant: Option<u32>, at| Disclosure {
            kind,
            patient: AccountId([9; 32]),
            record: RecordId([1; 16]),
            requester: AccountId([requester; 32]),
            purpose: Purposes::TREAT,
            grant: grant.map(GrantId),
            request: Hash([0; 32]),
            block: BlockId {
                number: 1,
                hash: Hash([0; 32]),
            },
            at,
        };
        use DisclosureKind::{Ciphertext, Row, Transform};
        let found = openings(
            [
                disclosure(2, Row, Some(7), 50),
                disclosure(1, Row, Some(3), 10),
                disclosure(1, Transform, Some(4), 30),
                disclosure(9, Ciphertext, None, 20),
                disclosure(1, Row, Some(3), 5),
            ]
            .into_iter(),
        );
        let opening = |account: u8, content, first_at, last_at, grants: &[u32]| Opening {
            account: AccountId([account; 32]),
            content,
            first_at,
            last_at,
            grants: grants.iter().copied().map(GrantId).collect(),
        };
        assert_eq!(
            found,
            [
                opening(1, true, 5, 30, &[3, 4]),
                opening(9, true, 20, 20, &[]),
                opening(2, false, 50, 50, &[7]),
            ]
        );
    }
}
