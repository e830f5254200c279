//! What accounts have taken of their budgets for counts.
use super::{Store, StoreError, columns::Columns, execute, row, sql};
use aegle_rules::{AccountId, DomainId};

impl Store {
    /// Takes `cost` from an account's budget of `limit` for a domain on a day, counted since the Unix epoch; gives what
    /// was taken so far. `None` when there is not as much left: then nothing is taken.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn charge_count(
        &self,
        account: &AccountId,
        domain: DomainId,
        day: u64,
        (cost, limit): (u32, u32),
    ) -> Result<Option<u32>, StoreError> {
        if cost > limit {
            return Ok(None);
        }
        let client = self.client().await?;
        let day = i64::try_from(day).map_err(|_| StoreError::Corrupt { column: "day" })?;
        let parameters: super::Parameters<'_> = &[
            &account.as_ref(),
            &i64::from(domain.0),
            &day,
            &i64::from(cost),
            &i64::from(limit),
        ];
        let charged = row(&client, sql!("count_charge"), parameters).await?;
        charged.map(|row| row.number("spent")).transpose()
    }

    /// Forgets the budgets of days before `day`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn prune_count_budgets(&self, day: u64) -> Result<u64, StoreError> {
        let client = self.client().await?;
        let day = i64::try_from(day).map_err(|_| StoreError::Corrupt { column: "day" })?;
        execute(&client, sql!("count_budgets_prune"), &[&day]).await
    }
}
