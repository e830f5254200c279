//! What a patient has ever granted, revoked or not, for whoever shows it.
use super::{
    Store, StoreError,
    columns::{Columns, stored_time},
    row, rows, sql,
};
use aegle_rules::{
    AccountId, GrantId, OrganisationId, Timestamp,
    consent::{Grantee, Terms},
};
use std::collections::{BTreeSet, HashMap};
use tokio_postgres::Row;

/// A grant, with when it was given and revoked, by the clocks of those blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRow {
    /// Its number.
    pub id: GrantId,
    /// Its terms.
    pub terms: Terms,
    /// When it was given.
    pub given: Timestamp,
    /// When it was revoked, if it was.
    pub revoked: Option<Timestamp>,
}

impl Store {
    /// Returns a grant, a revoked one too.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn grant_row(&self, patient: &AccountId, id: GrantId) -> Result<Option<GrantRow>, StoreError> {
        let client = self.client().await?;
        let found = row(&client, sql!("grant_row"), &[&patient.as_ref(), &i64::from(id.0)]).await?;
        found.as_ref().map(grant).transpose()
    }

    /// Returns a patient's grants after a number, revoked ones too, in the order of their numbers and `limit` at most.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn grants_page(&self, patient: &AccountId, after: u64, limit: u32) -> Result<Vec<GrantRow>, StoreError> {
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[&patient.as_ref(), &stored_time(after), &i64::from(limit)];
        let found = rows(&client, sql!("grants_page"), parameters).await?;
        found.iter().map(grant).collect()
    }

    /// Counts a patient's grants, revoked ones too.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn grants_count(&self, patient: &AccountId) -> Result<u64, StoreError> {
        let client = self.client().await?;
        let found = row(&client, sql!("grants_count"), &[&patient.as_ref()]).await?;
        found.ok_or(StoreError::Corrupt { column: "total" })?.time("total")
    }

    /// Returns those of some grants, revoked ones too, that are given to organisations, each with its organisation.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn organisations_granted(
        &self,
        patient: &AccountId,
        grants: &[GrantId],
    ) -> Result<HashMap<GrantId, OrganisationId>, StoreError> {
        let ids: BTreeSet<i64> = grants.iter().map(|id| id.0.into()).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let client = self.client().await?;
        let found = rows(&client, sql!("grants_terms"), &[&patient.as_ref(), &ids]).await?;
        let mut organisations = HashMap::new();
        for row in &found {
            let terms: Terms = row.scale("terms")?;
            if let Grantee::Organisation(organisation) = terms.grantee {
                organisations.insert(GrantId(row.number("id")?), organisation);
            }
        }
        Ok(organisations)
    }
}

fn grant(row: &Row) -> Result<GrantRow, StoreError> {
    let revoked: Option<i64> = row.try_get("revoked_at")?;
    let revoked = revoked.map(Timestamp::try_from).transpose();
    Ok(GrantRow {
        id: GrantId(row.number("id")?),
        terms: row.scale("terms")?,
        given: row.time("given")?,
        revoked: revoked.map_err(|_| StoreError::Corrupt { column: "revoked_at" })?,
    })
}
