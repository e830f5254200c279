//! The log of what was disclosed: one hash chain a patient.
use super::{Store, StoreError, begin, columns::Columns, commit, execute, row, rows, sql};
use aegle_protocol::wire::{Disclosure, DisclosureEntry};
use aegle_rules::{AccountId, GrantId, Hash};
use scale::Encode;

impl Store {
    /// Adds a disclosure to its patient's log, durably. With `share`, only while the proxy share of that grant is
    /// stored, so that a revocation that came in between wins; gives whether it was added.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing may be disclosed.
    pub async fn disclose(&self, disclosure: &Disclosure, share: Option<GrantId>) -> Result<bool, StoreError> {
        let mut client = self.client().await?;
        let transaction = begin(&mut client).await?;
        let patient = disclosure.patient.as_ref();
        // One writer a patient: numbers have no gap, and each hash goes over the one before it.
        rows(&transaction, sql!("disclosure_lock"), &[&patient]).await?;
        if let Some(grant) = share {
            let standing = row(&transaction, sql!("share_lock"), &[&patient, &i64::from(grant.0)]).await?;
            if standing.is_none() {
                return Ok(false);
            }
        }
        let (number, previous) = match row(&transaction, sql!("disclosure_last"), &[&patient]).await? {
            Some(last) => (last.time("number")? + 1, last.hash("hash")?),
            None => (1, Hash([0; 32])),
        };
        let hash = disclosure.hash(number, &previous);
        let stored_number = i64::try_from(number).map_err(|_| StoreError::Corrupt { column: "number" })?;
        let parameters: super::Parameters<'_> = &[
            &patient,
            &stored_number,
            &disclosure.encode(),
            &previous.as_ref(),
            &hash.as_ref(),
        ];
        execute(&transaction, sql!("disclosure_insert"), parameters).await?;
        commit(transaction).await?;
        Ok(true)
    }

    /// Returns a patient's log after an entry's number, `limit` entries at most.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn disclosures(
        &self,
        patient: &AccountId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<DisclosureEntry>, StoreError> {
        let client = self.client().await?;
        let after = super::columns::stored_time(after);
        let found = rows(
            &client,
            sql!("disclosures"),
            &[&patient.as_ref(), &after, &i64::from(limit)],
        )
        .await?;
        found
            .iter()
            .map(|row| {
                let (disclosure, previous) = (row.scale("entry")?, row.hash("previous")?);
                Ok(DisclosureEntry {
                    number: row.time("number")?,
                    disclosure,
                    previous,
                    hash: row.hash("hash")?,
                })
            })
            .collect()
    }
}
