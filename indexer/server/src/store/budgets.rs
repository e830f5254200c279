//! What accounts have taken of their budgets for counts.
use super::{Store, StoreError, columns::Columns, execute, row, sql};
use aegle_rules::{AccountId, DomainId};

/// A charge for a count. Amounts are thousandths of epsilon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountCharge {
    /// The account that pays.
    pub account: AccountId,
    /// The domain, which has a budget of its own.
    pub domain: DomainId,
    /// The day, counted since the Unix epoch.
    pub day: u64,
    /// The price.
    pub cost: u32,
    /// The budget of a day.
    pub limit: u32,
}

impl Store {
    /// Takes a charge from the account's budget, and returns what was taken of it so far, this included. `None` when less
    /// is left than it costs: then nothing is taken.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn charge_count(&self, charge: &CountCharge) -> Result<Option<u32>, StoreError> {
        if charge.cost > charge.limit {
            return Ok(None);
        }
        let client = self.client().await?;
        let day = i64::try_from(charge.day).map_err(|_| StoreError::Corrupt { column: "day" })?;
        let parameters: super::Parameters<'_> = &[
            &charge.account.as_ref(),
            &i64::from(charge.domain.0),
            &day,
            &i64::from(charge.cost),
            &i64::from(charge.limit),
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
