//! The vault with what batches name.
use super::{Findings, VerifyError};
use crate::{
    store::Store,
    vault::{CiphertextState, Vault},
};
use futures_util::{StreamExt, TryStreamExt};

/// Ciphertexts that are looked for together.
const PAGE: u32 = 256;

/// Reads every ciphertext, and looks for those that nobody knows of.
pub(super) async fn ciphertexts(store: &Store, vault: &Vault) -> Result<Findings, VerifyError> {
    let mut findings = Findings::default();
    let mut after = None;
    loop {
        let page = store.named_ciphertexts(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.record);
        for row in &page {
            findings.checked += 1;
            match vault.look_at(row).await? {
                CiphertextState::Whole => {}
                CiphertextState::Missing => findings.missing(format_args!("the ciphertext of record {}", row.record)),
                CiphertextState::Rotten => findings.different(format_args!("the ciphertext of record {}", row.record)),
            }
        }
    }
    let mut listed = vault.list().try_chunks(PAGE as usize);
    while let Some(chunk) = listed.next().await {
        let chunk = chunk.map_err(|error| error.1)?;
        let records: Vec<_> = chunk.iter().filter_map(|object| object.record()).collect();
        let known = store.known_ciphertexts(&records).await?;
        for object in &chunk {
            if object.record().is_none_or(|record| !known.contains(&record)) {
                findings.surplus(format_args!("the file {object} in the vault, which no row knows of"));
            }
        }
    }
    Ok(findings)
}
