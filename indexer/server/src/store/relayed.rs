//! Relayed calls that were submitted, what was spent on them, and what is on deposit for whom.
use super::{Store, StoreError, columns::Columns, execute, row, rows, sql};
use aegle_protocol::{BlockId, BlockNumber, wire::TransactionPlace};
use aegle_rules::{AccountId, Hash};

/// Calls whose end is looked for at once after a start.
const MAX_UNSETTLED: i64 = 1_000;

/// A relayed call that is about to be submitted.
#[derive(Clone, Debug)]
pub struct NewRelayed {
    /// The hash by which it is known again.
    pub digest: Hash,
    /// Who signed it.
    pub signer: AccountId,
    /// The patient whom it is about.
    pub patient: AccountId,
    /// The day, counted since the Unix epoch.
    pub day: u64,
    /// Whether nobody vouches for the patient yet.
    pub before_activation: bool,
    /// The signed transaction.
    pub transaction: Vec<u8>,
    /// Its nonce.
    pub nonce: u64,
    /// The finalized head before it is sent.
    pub since: BlockNumber,
    /// What it may put on deposit, in the chain's smallest unit.
    pub reserved: u64,
}

/// A transaction that was sent, or may have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentTransaction {
    /// As it was sent.
    pub encoded: Vec<u8>,
    /// Its nonce.
    pub nonce: u64,
    /// The finalized head before it was sent.
    pub since: BlockNumber,
}

/// What became of a relayed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelayedState {
    /// Its transaction will never come.
    Released,
    /// Its transaction was sent, or may have been.
    Sent(SentTransaction),
    /// It is in the finalized chain.
    Settled {
        /// Where.
        place: TransactionPlace,
        /// Whether the contract refused it there.
        failed: bool,
    },
}

/// What was spent on a day, and what is on deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelaySpent {
    /// Calls of the signer.
    pub by_signer: u32,
    /// Calls for patients for whom nobody vouched yet.
    pub before_activation: u32,
    /// Calls of everybody.
    pub in_all: u32,
    /// What is on deposit for the patient, in the chain's smallest unit.
    pub held: u64,
}

fn stored(value: u64, column: &'static str) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Corrupt { column })
}

impl Store {
    /// Returns what became of a relayed call; `None` for one that is not known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn relayed(&self, digest: &Hash) -> Result<Option<RelayedState>, StoreError> {
        let client = self.client().await?;
        let Some(row) = row(&client, sql!("relayed_call"), &[&digest.as_ref()]).await? else {
            return Ok(None);
        };
        if row.try_get::<_, Option<i64>>("block")?.is_some() {
            let block = BlockId {
                number: row.number("block")?,
                hash: row.hash("block_hash")?,
            };
            let extrinsic = row.number("extrinsic")?;
            return Ok(Some(RelayedState::Settled {
                place: TransactionPlace { block, extrinsic },
                failed: row.try_get("failed")?,
            }));
        }
        Ok(Some(match row.try_get::<_, Option<Vec<u8>>>("transaction")? {
            None => RelayedState::Released,
            Some(encoded) => RelayedState::Sent(SentTransaction {
                encoded,
                nonce: row.time("transaction_nonce")?,
                since: row.number("since")?,
            }),
        }))
    }

    /// Returns the calls of which it is not known what became of them: a thousand at most, those first that were sent first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn relayed_unsettled(&self) -> Result<Vec<Hash>, StoreError> {
        let client = self.client().await?;
        let found = rows(&client, sql!("relayed_unsettled"), &[&MAX_UNSETTLED]).await?;
        found.iter().map(|row| row.hash("digest")).collect()
    }

    /// Returns what was spent on a day for a signer and for everybody, and what is on deposit for a patient.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn relay_spent(
        &self,
        signer: &AccountId,
        patient: &AccountId,
        day: u64,
    ) -> Result<RelaySpent, StoreError> {
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[&signer.as_ref(), &patient.as_ref(), &stored(day, "day")?];
        let spent = row(&client, sql!("relayed_spent"), parameters).await?;
        let spent = spent.ok_or(StoreError::Corrupt { column: "attempts" })?;
        Ok(RelaySpent {
            by_signer: spent.number("by_signer")?,
            before_activation: spent.number("before_activation")?,
            in_all: spent.number("in_all")?,
            held: spent.time("held")?,
        })
    }

    /// Notes a call before it is submitted, and counts it.
    ///
    /// # Errors
    /// [`StoreError`]: then it must not be submitted.
    pub async fn take_relayed(&self, call: &NewRelayed) -> Result<(), StoreError> {
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[
            &call.digest.as_ref(),
            &call.signer.as_ref(),
            &call.patient.as_ref(),
            &stored(call.day, "day")?,
            &call.before_activation,
            &call.transaction,
            &stored(call.nonce, "transaction_nonce")?,
            &i64::from(call.since),
            &stored(call.reserved, "reserved")?,
        ];
        execute(&client, sql!("relayed_take"), parameters).await.map(drop)
    }

    /// Notes where a call is in the finalized chain, and by how much the deposit grew: below 0 when some came back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn settle_relayed(
        &self,
        digest: &Hash,
        place: &TransactionPlace,
        failed: bool,
        deposit: i64,
    ) -> Result<(), StoreError> {
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[
            &digest.as_ref(),
            &i64::from(place.block.number),
            &place.block.hash.as_ref(),
            &i64::from(place.extrinsic),
            &failed,
            &deposit,
        ];
        execute(&client, sql!("relayed_settle"), parameters).await.map(drop)
    }

    /// Notes that the transaction of a call will never come: it counts no more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn release_relayed(&self, digest: &Hash) -> Result<(), StoreError> {
        let client = self.client().await?;
        execute(&client, sql!("relayed_release"), &[&digest.as_ref()])
            .await
            .map(drop)
    }

    /// Forgets the calls of days before `day` of which it is known what became of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn prune_relayed(&self, day: u64) -> Result<u64, StoreError> {
        let client = self.client().await?;
        execute(&client, sql!("relayed_prune"), &[&stored(day, "day")?]).await
    }
}
