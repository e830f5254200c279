//! The epochs of patients' slots, and since when: which keys records are sealed to.
use super::{
    Store, StoreError,
    columns::{Columns, stored_time},
    execute, row, rows, sql,
};
use aegle_protocol::BlockNumber;
use aegle_rules::{AccountId, BatchNumber, DomainId, GrantId, SLOTS, Slot, Slots, Timestamp, consent::Terms};
use deadpool_postgres::Transaction;

/// The blocks that may lie between the end of a slot's epoch and the anchor of what was sealed in it: an hour, where a block
/// takes six seconds. So much time has a custodian from sealing to anchoring; what is anchored later is not taken, whenever
/// it is sent.
pub const EPOCH_GRACE_BLOCKS: BlockNumber = 600;
/// Most grants of a patient that are listed, the newest first.
const MAX_HELD_GRANTS: i64 = 1_024;

/// A key that a record was sealed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SealedTo {
    /// Whose key.
    pub patient: AccountId,
    /// Of which slot.
    pub slot: Slot,
    /// In which epoch.
    pub epoch: u16,
}

/// When the current epochs of a patient's slots began; 0 for those that never moved.
pub type EpochTimes = [Timestamp; SLOTS as usize];

/// A move of epochs, in a block.
#[derive(Clone, Copy)]
pub(super) struct EpochMove<'a> {
    pub(super) patient: &'a AccountId,
    pub(super) slots: Slots,
    /// The version of the patient's epochs from then on; one more than before where the event does not say.
    pub(super) version: Option<u32>,
    pub(super) block: BlockNumber,
    pub(super) at: Timestamp,
}

impl EpochMove<'_> {
    /// Moves the epochs on, unless the version says that they have not moved.
    pub(super) async fn apply(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        let patient = self.patient.as_ref();
        let before = match row(transaction, sql!("epoch_version"), &[&patient]).await? {
            Some(row) => row.number("version")?,
            None => 0,
        };
        let version = self.version.unwrap_or(before.saturating_add(1));
        if version == before {
            return Ok(());
        }
        let slots: Vec<i16> = (0..SLOTS)
            .filter(|slot| self.slots.contains(Slot(*slot)))
            .map(i16::from)
            .collect();
        let parameters: super::Parameters<'_> = &[&patient, &slots, &i64::from(self.block), &stored_time(self.at)];
        execute(transaction, sql!("epochs_advance"), parameters).await?;
        execute(transaction, sql!("epoch_version_set"), &[&patient, &i64::from(version)]).await?;
        Ok(())
    }
}

impl Store {
    /// Returns one of the keys that the records of an anchored batch were sealed to whose epoch had not begun in the block
    /// of the anchor, or had ended more than [`EPOCH_GRACE_BLOCKS`] before it; `None` when there is none, so that the batch
    /// can be taken at any time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sealed_out_of_time(
        &self,
        domain: DomainId,
        batch: BatchNumber,
        sealed: &[SealedTo],
    ) -> Result<Option<SealedTo>, StoreError> {
        let client = self.client().await?;
        let anchor: super::Parameters<'_> = &[&i64::from(domain.0), &i64::from(batch.0)];
        let anchor = row(&client, sql!("anchor_block"), anchor).await?;
        let block: i64 = anchor
            .ok_or(StoreError::Corrupt { column: "block" })?
            .try_get("block")?;
        let patients: Vec<&[u8]> = sealed.iter().map(|own| own.patient.as_ref()).collect();
        let slots: Vec<i16> = sealed.iter().map(|own| own.slot.0.into()).collect();
        let epochs: Vec<i32> = sealed.iter().map(|own| own.epoch.into()).collect();
        let grace = i64::from(EPOCH_GRACE_BLOCKS);
        let parameters: super::Parameters<'_> = &[&patients, &slots, &epochs, &block, &grace];
        let found = row(&client, sql!("epochs_ended"), parameters).await?;
        let found = found.map(|row| {
            Ok(SealedTo {
                patient: row.account("patient")?,
                slot: slot(&row)?,
                epoch: row.small("epoch")?,
            })
        });
        found.transpose()
    }

    /// Returns the epochs of a patient's slots, as far as the chain was followed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn slot_epochs(&self, patient: &AccountId) -> Result<[u16; SLOTS as usize], StoreError> {
        let client = self.client().await?;
        let mut epochs = [0; SLOTS as usize];
        for row in rows(&client, sql!("epochs_of"), &[&patient.as_ref()]).await? {
            epochs[usize::from(slot(&row)?.0)] = row.small("epoch")?;
        }
        Ok(epochs)
    }

    /// Returns when the current epoch of each of a patient's slots began.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epoch_times(&self, patient: &AccountId) -> Result<EpochTimes, StoreError> {
        let client = self.client().await?;
        let mut times = [0; SLOTS as usize];
        for row in rows(&client, sql!("epochs_of"), &[&patient.as_ref()]).await? {
            times[usize::from(slot(&row)?.0)] = row.time("began_at")?;
        }
        Ok(times)
    }

    /// Returns a patient's grants that were not revoked, the newest first, 1,024 at most.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn grants_held(&self, patient: &AccountId) -> Result<Vec<(GrantId, Terms)>, StoreError> {
        let client = self.client().await?;
        let found = rows(&client, sql!("grants_held"), &[&patient.as_ref(), &MAX_HELD_GRANTS]).await?;
        let grants = found
            .iter()
            .map(|row| Ok((GrantId(row.number("id")?), row.scale("terms")?)));
        grants.collect()
    }
}

fn slot(row: &tokio_postgres::Row) -> Result<Slot, StoreError> {
    let slot = u8::try_from(row.try_get::<_, i16>("slot")?).ok();
    let slot = slot.filter(|slot| *slot < SLOTS);
    slot.map(Slot).ok_or(StoreError::Corrupt { column: "slot" })
}
