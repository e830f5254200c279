//! Relayed calls that were submitted, what was spent on them, and what is on deposit for whom.
use super::{Store, StoreError, columns::Columns, execute, row, rows, sql};
use aegle_protocol::{BlockId, BlockNumber, wire::TransactionPlace};
use aegle_rules::{AccountId, Hash, OrganisationId};

/// Calls whose end is not known that are read at once.
const UNSETTLED_PAGE: i64 = 1_000;

/// As whom somebody signs a call for a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayCapacity {
    /// As who controls the patient's account.
    Controller,
    /// As one of their guardians.
    Guardian,
    /// With their recovery key.
    Recovery,
}

impl RelayCapacity {
    fn name(self) -> &'static str {
        match self {
            Self::Controller => "controller",
            Self::Guardian => "guardian",
            Self::Recovery => "recovery",
        }
    }
}

/// Somebody for whom nobody vouches yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newcomer {
    /// The organisation that is to vouch for them.
    pub named: OrganisationId,
    /// The organisation's admin who invited them; `None` for nobody.
    pub invited_by: Option<AccountId>,
}

/// A relayed call that is about to be submitted.
#[derive(Clone, Debug)]
pub struct NewRelayed {
    /// The hash by which it is known again.
    pub digest: Hash,
    /// Who signed it.
    pub signer: AccountId,
    /// The patient whom it is about.
    pub patient: AccountId,
    /// As whom they signed.
    pub capacity: RelayCapacity,
    /// The day, counted since the Unix epoch.
    pub day: u64,
    /// What is known of the patient where nobody vouches for them yet.
    pub newcomer: Option<Newcomer>,
    /// The signed transaction.
    pub transaction: Vec<u8>,
    /// Its nonce.
    pub nonce: u64,
    /// The finalized head before it is sent.
    pub since: BlockNumber,
    /// The last block that can have it.
    pub last: BlockNumber,
    /// The fee that it may take, in the chain's smallest unit.
    pub fee: u64,
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
    /// The finalized head before it was sent, or the last block that was searched for it.
    pub since: BlockNumber,
    /// The last block that can have it.
    pub last: BlockNumber,
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
    /// Calls for the patient that were signed in the same capacity.
    pub by_capacity: u32,
    /// Calls for patients for whom nobody vouched yet: for those who were invited, or for those who were not.
    pub newcomers: u32,
    /// Those of them for who name the same organisation.
    pub naming: u32,
    /// Calls of everybody.
    pub in_all: u32,
    /// What is on deposit for the patient, in the chain's smallest unit.
    pub held: u64,
    /// What was paid for everybody: fees, and what was put on deposit, whatever came back later; with what calls may cost of
    /// which it is not known what became of them.
    pub cost: u64,
    /// The same for the patient.
    pub cost_of_patient: u64,
    /// What calls of any day may cost of which it is not known what became of them.
    pub promised: u64,
}

/// What a transaction in the finalized chain has cost, in the chain's smallest unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelayCost {
    /// Its fee.
    pub fee: u64,
    /// By how much the deposit grew: below 0 when some came back.
    pub deposit: i64,
}

impl RelayCost {
    /// Returns what counts as spent. What comes back makes no room: somebody may have put it on deposit on another day.
    fn spent(&self) -> u64 {
        let put = u64::try_from(self.deposit).unwrap_or(0);
        self.fee.saturating_add(put).min(i64::MAX.unsigned_abs())
    }
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
                last: row.number("last_block")?,
            }),
        }))
    }

    /// Returns calls of which it is not known what became of them: a page, of those with greater hashes than `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn relayed_unsettled(&self, after: Option<&Hash>) -> Result<Vec<Hash>, StoreError> {
        let client = self.client().await?;
        let after: &[u8] = after.map_or(&[], |hash| &hash.0);
        let found = rows(&client, sql!("relayed_unsettled"), &[&after, &UNSETTLED_PAGE]).await?;
        found.iter().map(|row| row.hash("digest")).collect()
    }

    /// Returns whether another call of the same signer for the patient was sent of which it is not known what became of it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn relayed_waits(
        &self,
        patient: &AccountId,
        signer: &AccountId,
        digest: &Hash,
    ) -> Result<bool, StoreError> {
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[&patient.as_ref(), &signer.as_ref(), &digest.as_ref()];
        let waits = row(&client, sql!("relayed_waits"), parameters).await?;
        Ok(waits
            .ok_or(StoreError::Corrupt { column: "digest" })?
            .try_get("waits")?)
    }

    /// Returns what was spent on a day for a signer, for a patient by whoever acts for them in one capacity, for newcomers who
    /// were invited as this one, or not, and for everybody; and what is on deposit for the patient.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn relay_spent(
        &self,
        signer: &AccountId,
        patient: &AccountId,
        capacity: RelayCapacity,
        newcomer: Option<&Newcomer>,
        day: u64,
    ) -> Result<RelaySpent, StoreError> {
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[
            &signer.as_ref(),
            &patient.as_ref(),
            &capacity.name(),
            &newcomer.map(|newcomer| i64::from(newcomer.named.0)),
            &newcomer.is_some_and(|newcomer| newcomer.invited_by.is_some()),
            &stored(day, "day")?,
        ];
        let spent = row(&client, sql!("relayed_spent"), parameters).await?;
        let spent = spent.ok_or(StoreError::Corrupt { column: "attempts" })?;
        Ok(RelaySpent {
            by_signer: spent.number("by_signer")?,
            by_capacity: spent.number("by_capacity")?,
            newcomers: spent.number("newcomers")?,
            naming: spent.number("naming")?,
            in_all: spent.number("in_all")?,
            held: spent.time("held")?,
            cost: spent.time("cost")?,
            cost_of_patient: spent.time("cost_of_patient")?,
            promised: spent.time("promised")?,
        })
    }

    /// Notes a call before it is submitted, and counts it.
    ///
    /// # Errors
    /// [`StoreError`]: then it must not be submitted.
    pub async fn take_relayed(&self, call: &NewRelayed) -> Result<(), StoreError> {
        let client = self.client().await?;
        let invited_by = call.newcomer.and_then(|newcomer| newcomer.invited_by);
        let parameters: super::Parameters<'_> = &[
            &call.digest.as_ref(),
            &call.signer.as_ref(),
            &call.patient.as_ref(),
            &call.capacity.name(),
            &stored(call.day, "day")?,
            &call.newcomer.is_some(),
            &call.newcomer.map(|newcomer| i64::from(newcomer.named.0)),
            &invited_by.as_ref().map(AsRef::<[u8]>::as_ref),
            &call.transaction,
            &stored(call.nonce, "transaction_nonce")?,
            &i64::from(call.since),
            &i64::from(call.last),
            &stored(call.fee, "fee")?,
            &stored(call.reserved, "reserved")?,
        ];
        execute(&client, sql!("relayed_take"), parameters).await.map(drop)
    }

    /// Notes where the transaction of a call is in the finalized chain, and what it cost. Nothing where the call has another
    /// transaction meanwhile.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn settle_relayed(
        &self,
        digest: &Hash,
        transaction: &[u8],
        place: &TransactionPlace,
        failed: bool,
        cost: RelayCost,
    ) -> Result<(), StoreError> {
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[
            &digest.as_ref(),
            &transaction,
            &i64::from(place.block.number),
            &place.block.hash.as_ref(),
            &i64::from(place.extrinsic),
            &failed,
            &cost.deposit,
            &stored(cost.spent(), "spent")?,
        ];
        execute(&client, sql!("relayed_settle"), parameters).await.map(drop)
    }

    /// Notes that the transaction of a call will never come: it counts no more. Nothing where the call has another one
    /// meanwhile.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn release_relayed(&self, digest: &Hash, transaction: &[u8]) -> Result<(), StoreError> {
        let client = self.client().await?;
        execute(&client, sql!("relayed_release"), &[&digest.as_ref(), &transaction])
            .await
            .map(drop)
    }

    /// Notes the last block that was searched for the transaction of a call.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn relayed_searched(
        &self,
        digest: &Hash,
        transaction: &[u8],
        last: BlockNumber,
    ) -> Result<(), StoreError> {
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[&digest.as_ref(), &transaction, &i64::from(last)];
        execute(&client, sql!("relayed_searched"), parameters).await.map(drop)
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
