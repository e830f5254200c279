//! Nonces, key bundles and proxy shares.
use super::{
    Store, StoreError,
    columns::{Columns, stored_time},
    condemned::{place, stored},
    execute, row, rows, sql,
};
use crate::erasure_keys::Wrapped;
use aegle_rules::{AccountId, GrantId, Hash, Timestamp};

/// For how many patients it is looked up at most whether an account acts for one of them.
const MAX_NAMED_FOR: i64 = 64;

/// The outcome of a deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareStored {
    /// It is stored.
    Stored,
    /// The same deposit was stored already.
    Same,
    /// Another deposit of that version of its split, or of a later one, is stored for that grant; nothing was changed.
    Other,
    /// The grant is revoked; nothing was stored.
    Revoked,
}

/// What is known of the split of a deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitTerms {
    /// The version of the split.
    pub version: u32,
    /// When the grant ends: the share goes then.
    pub until: Timestamp,
}

/// A deposit as it was deposited.
pub type StoredShare = Vec<u8>;

/// A key bundle as it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKeyBundle {
    /// Its hash, which the key directory names.
    pub hash: Hash,
    /// SCALE of the bundle.
    pub bytes: Vec<u8>,
}

impl Store {
    /// Remembers a nonce until `expires`; `false` if the account used it already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn use_nonce(
        &self,
        account: &AccountId,
        nonce: &[u8; 16],
        expires: Timestamp,
    ) -> Result<bool, StoreError> {
        let client = self.client().await?;
        Ok(execute(
            &client,
            sql!("nonce_insert"),
            &[&account.as_ref(), &nonce.as_slice(), &stored_time(expires)],
        )
        .await?
            == 1)
    }

    /// Returns whether an account has a role, has published a key, or has granted something: one that the chain knows.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn is_known(&self, account: &AccountId) -> Result<bool, StoreError> {
        let client = self.client().await?;
        let found = row(&client, sql!("account_known"), &[&account.as_ref()]).await?;
        Ok(found.is_some_and(|row| row.get("known")))
    }

    /// Returns the patients with published keys for whom an account was ever named to act, as guardian or as the key that is to
    /// control theirs: those who named it last first, and at most 64. Whether it still does, the chain says.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn named_for(&self, account: &AccountId) -> Result<Vec<AccountId>, StoreError> {
        let client = self.client().await?;
        let found = rows(&client, sql!("named_for"), &[&account.as_ref(), &MAX_NAMED_FOR]).await?;
        found.iter().map(|row| row.account("patient")).collect()
    }

    /// Forgets nonces that expired before `now`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn prune_nonces(&self, now: Timestamp) -> Result<u64, StoreError> {
        let client = self.client().await?;
        execute(&client, sql!("nonces_prune"), &[&stored_time(now)]).await
    }

    /// Stores an account's key bundle in place of an earlier one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_key_bundle(&self, account: &AccountId, hash: &Hash, bundle: &[u8]) -> Result<(), StoreError> {
        let client = self.client().await?;
        execute(
            &client,
            sql!("key_bundle_set"),
            &[&account.as_ref(), &hash.as_ref(), &bundle],
        )
        .await?;
        Ok(())
    }

    /// Returns an account's key bundle, if one is stored.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn key_bundle(&self, account: &AccountId) -> Result<Option<StoredKeyBundle>, StoreError> {
        let client = self.client().await?;
        let found = row(&client, sql!("key_bundle"), &[&account.as_ref()]).await?;
        let bundle = found.map(|row| {
            Ok(StoredKeyBundle {
                hash: row.hash("hash")?,
                bytes: row.try_get("bundle")?,
            })
        });
        bundle.transpose()
    }

    /// Stores a deposit for a grant that stands, in place of one of an earlier version of its split.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_share(
        &self,
        patient: &AccountId,
        grant: GrantId,
        split: SplitTerms,
        deposit: &[u8],
    ) -> Result<ShareStored, StoreError> {
        let mut drawn = self.draw_keys(1).await?;
        let key = drawn.pop().ok_or(StoreError::Interrupted)?;
        let wrapped = key.wrap(Wrapped::Deposit, &owner(patient, grant), deposit)?;
        let mut client = self.client().await?;
        let transaction = client.transaction().await?;
        rows(&transaction, sql!("disclosure_lock"), &[&patient.as_ref()]).await?;
        let id = i64::from(grant.0);
        let place = key.place();
        let parameters: super::Parameters<'_> = &[
            &patient.as_ref(),
            &id,
            &wrapped,
            &i64::from(split.version),
            &stored_time(split.until),
            &stored(place.number),
            &stored(place.generation),
        ];
        let inserted = execute(&transaction, sql!("share_insert"), parameters).await? == 1;
        transaction.commit().await?;
        drop(client);
        if inserted {
            // That of an earlier split is condemned with it.
            self.destroy_condemned().await?;
            return Ok(ShareStored::Stored);
        }
        self.destroy_keys(vec![place]).await?;
        Ok(match self.share(patient, grant).await? {
            Some(there) if there == deposit => ShareStored::Same,
            Some(_) => ShareStored::Other,
            None => ShareStored::Revoked,
        })
    }

    /// Returns the deposit for a grant, if one is stored.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn share(&self, patient: &AccountId, grant: GrantId) -> Result<Option<StoredShare>, StoreError> {
        let client = self.client().await?;
        let found = row(&client, sql!("share"), &[&patient.as_ref(), &i64::from(grant.0)]).await?;
        let Some(found) = found else { return Ok(None) };
        // Between the destruction of its key and the deletion of its row, a share is gone.
        let Some(key) = self.key(place(&found, "key_slot", "key_generation")?).await? else {
            return Ok(None);
        };
        let deposit = key.unwrap(Wrapped::Deposit, &owner(patient, grant), found.try_get("deposit")?)?;
        Ok(Some(deposit.to_vec()))
    }
}

/// What a wrapped deposit is bound to.
fn owner(patient: &AccountId, grant: GrantId) -> Vec<u8> {
    [&patient.0[..], &grant.0.to_le_bytes()].concat()
}
