//! What the events say, taken together, is read by every request.
use super::{
    Store, StoreError,
    columns::{Columns, StoredSpan, stored_time},
    row, rows, sql,
};
use aegle_protocol::wire::{AnchoredLabels, LabelCommitment};
use aegle_rules::{
    AccountId, BatchNumber, DomainId, EncryptionKey, GrantId, Hash, OprfKey, OrganisationId, Roles, Timestamp,
    consent::Terms, ledger,
};
use aegle_sealed::BatchSpan;

/// The roles of an account in one organisation, at the time that was asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The role bits.
    pub roles: Roles,
    /// The organisation, which is not suspended.
    pub organisation: OrganisationId,
}

/// A search domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DomainRow {
    /// The organisation that is its custodian.
    pub custodian: OrganisationId,
    /// The current epoch.
    pub epoch: u16,
    /// The domain's public key.
    pub key: OprfKey,
    /// The number of batches that are anchored.
    pub batches: u32,
}

/// An account's entry of the key directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// Its version.
    pub version: u32,
    /// The key that others seal to.
    pub key: EncryptionKey,
    /// Hash of the bundle of slot keys.
    pub bundle: Hash,
}

/// An anchored batch, as the ledger holds it.
pub type Anchor = ledger::Batch;

impl Store {
    /// Returns the roles of an account at a time, in each of its organisations; none without a role, after its end, or while
    /// its organisation is suspended.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn standings(&self, account: &AccountId, at: Timestamp) -> Result<Vec<Standing>, StoreError> {
        let client = self.client().await?;
        let found = rows(&client, sql!("role"), &[&account.as_ref(), &stored_time(at)]).await?;
        found
            .iter()
            .map(|row| {
                Ok(Standing {
                    roles: Roles(row.small("roles")?),
                    organisation: OrganisationId(row.number("organisation")?),
                })
            })
            .collect()
    }

    /// Returns an account's entry of the key directory.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn directory_entry(&self, account: &AccountId) -> Result<Option<DirectoryEntry>, StoreError> {
        let client = self.client().await?;
        let Some(row) = row(&client, sql!("directory"), &[&account.as_ref()]).await? else {
            return Ok(None);
        };
        let key = EncryptionKey(row.bytes("key")?);
        Ok(Some(DirectoryEntry {
            version: row.number("version")?,
            key,
            bundle: row.hash("bundle")?,
        }))
    }

    /// Returns the terms of a grant that was not revoked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn grant_terms(&self, patient: &AccountId, id: GrantId) -> Result<Option<Terms>, StoreError> {
        let client = self.client().await?;
        let found = row(&client, sql!("grant"), &[&patient.as_ref(), &i64::from(id.0)]).await?;
        found.map(|row| row.scale("terms")).transpose()
    }

    /// Returns a search domain.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn domain(&self, id: DomainId) -> Result<Option<DomainRow>, StoreError> {
        let client = self.client().await?;
        let Some(row) = row(&client, sql!("domain"), &[&i64::from(id.0)]).await? else {
            return Ok(None);
        };
        Ok(Some(DomainRow {
            custodian: OrganisationId(row.number("custodian")?),
            epoch: row.small("epoch")?,
            key: OprfKey(row.bytes("key")?),
            batches: row.number("next_batch")?,
        }))
    }

    /// Returns a batch as it was anchored, with its own labels.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn anchor(&self, domain: DomainId, batch: BatchNumber) -> Result<Option<Anchor>, StoreError> {
        let client = self.client().await?;
        let found = row(&client, sql!("anchor"), &[&i64::from(domain.0), &i64::from(batch.0)]).await?;
        let Some(row) = found else { return Ok(None) };
        Ok(Some(Anchor {
            custodian: OrganisationId(row.number("custodian")?),
            record_root: row.hash("record_root")?,
            index_commitment: row.hash("index_commitment")?,
            manifest: row.hash("manifest")?,
            records: row.number("records")?,
            anchored_at: row.time("anchored_at")?,
            version: row.small("version")?,
        }))
    }

    /// Returns what the chain has of the labels of a batch: its own, or those that it shares with the batches with
    /// which it was compacted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn anchored_labels(
        &self,
        domain: DomainId,
        batch: BatchNumber,
    ) -> Result<Option<AnchoredLabels>, StoreError> {
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[&i64::from(domain.0), &i64::from(batch.0)];
        let Some(row) = row(&client, sql!("anchor"), parameters).await? else {
            return Ok(None);
        };
        let span = row.log2("span_log2").map(|log2| BatchSpan::around(batch, log2))?;
        let span = span.ok_or(StoreError::Corrupt { column: "span_log2" })?;
        let commitment = match span.log2() {
            0 => LabelCommitment {
                version: row.small("version")?,
                index_commitment: row.hash("index_commitment")?,
            },
            _ => LabelCommitment {
                version: row.small("span_version")?,
                index_commitment: row.hash("span_commitment")?,
            },
        };
        let StoredSpan { domain, first, last } = StoredSpan::new(domain, &span);
        let records = rows(&client, sql!("anchors_records"), &[&domain, &first, &last]).await?;
        let records: Vec<u32> = records
            .iter()
            .map(|row| row.number("records"))
            .collect::<Result<_, _>>()?;
        let anchored = AnchoredLabels::of_span(span, records, commitment);
        anchored.map(Some).ok_or(StoreError::Corrupt { column: "records" })
    }
}
