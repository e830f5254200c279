//! The log of what was disclosed: one hash chain a patient.
use super::{
    Store, StoreError, begin,
    columns::{Columns, stored_time},
    commit, execute, row, rows, sql,
};
use aegle_protocol::{
    record::RecordId,
    wire::{Disclosure, DisclosureEntry},
};
use aegle_rules::{AccountId, GrantId, Hash, OrganisationId, Timestamp};
use scale::Encode;
use std::ops::Range;
use tokio_postgres::Row;

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
        let after = stored_time(after);
        let found = rows(
            &client,
            sql!("disclosures"),
            &[&patient.as_ref(), &after, &i64::from(limit)],
        )
        .await?;
        found.iter().map(entry).collect()
    }

    /// Returns a part of a patient's log: the entries after a number that are of a time within `recorded`, `limit` at most.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn disclosures_page(
        &self,
        patient: &AccountId,
        recorded: &Range<Timestamp>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<DisclosureEntry>, StoreError> {
        let client = self.client().await?;
        let (first, last) = stored_range(recorded);
        let parameters: super::Parameters<'_> =
            &[&patient.as_ref(), &stored_time(after), &first, &last, &i64::from(limit)];
        let found = rows(&client, sql!("disclosures_page"), parameters).await?;
        found.iter().map(entry).collect()
    }

    /// Counts the entries of a patient's log that are of a time within `recorded`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn disclosures_count(&self, patient: &AccountId, recorded: &Range<Timestamp>) -> Result<u64, StoreError> {
        let client = self.client().await?;
        let (first, last) = stored_range(recorded);
        let found = row(&client, sql!("disclosures_count"), &[&patient.as_ref(), &first, &last]).await?;
        found.ok_or(StoreError::Corrupt { column: "total" })?.time("total")
    }

    /// Returns what went out of a record of an organisation's domains, an erased one too, after an entry's number, `limit`
    /// entries at most; `None` when the organisation keeps no such record.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record_disclosures(
        &self,
        record: &RecordId,
        organisation: OrganisationId,
        after: u64,
        limit: u32,
    ) -> Result<Option<Vec<DisclosureEntry>>, StoreError> {
        let client = self.client().await?;
        let (record, organisation) = (record.as_ref(), i64::from(organisation.0));
        let kept = row(&client, sql!("record_kept"), &[&record, &organisation]).await?;
        let kept = kept.ok_or(StoreError::Corrupt { column: "kept" })?;
        if !kept.try_get::<_, bool>("kept")? {
            return Ok(None);
        }
        let after = stored_time(after);
        let parameters: super::Parameters<'_> = &[&record, &organisation, &after, &i64::from(limit)];
        let found = rows(&client, sql!("record_disclosures"), parameters).await?;
        found.iter().map(entry).collect::<Result<_, _>>().map(Some)
    }
}

/// The first and the last time of a range; of an empty one, the last is before the first.
fn stored_range(range: &Range<Timestamp>) -> (i64, i64) {
    let last = match range.end {
        Timestamp::MAX => i64::MAX,
        end => stored_time(end).saturating_sub(1),
    };
    (stored_time(range.start), last)
}

fn entry(row: &Row) -> Result<DisclosureEntry, StoreError> {
    let (disclosure, previous) = (row.scale("entry")?, row.hash("previous")?);
    Ok(DisclosureEntry {
        number: row.time("number")?,
        disclosure,
        previous,
        hash: row.hash("hash")?,
    })
}
