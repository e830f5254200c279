//! `aegle custodian upload`: what is on chain, and was kept in a file because it could not be uploaded.

use crate::context::Context;
use aegle_client::protocol::wire::{Bundle, Relabelling};
use anyhow::{Context as _, Result};
use serde_json::json;
use std::{fs, path::Path};

/// Uploads a batch or labels that were kept, and removes the file.
pub(super) async fn upload(context: &Context, file: &Path) -> Result<()> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let connected = context.connect().await?;
    let (custodian, aegle) = (context.custodian()?, connected.aegle());
    let batch = match (Bundle::from_bytes(&bytes), Relabelling::from_bytes(&bytes)) {
        (Ok(bundle), _) => {
            custodian.upload(&aegle, &bundle).await?;
            bundle.batch
        }
        (_, Ok(relabelling)) => {
            custodian.upload_relabelling(&aegle, &relabelling).await?;
            relabelling.span.first()
        }
        (Err(error), Err(_)) => return Err(error).context("the file holds neither a batch nor labels"),
    };
    fs::remove_file(file)?;
    context
        .output
        .result(&json!({ "batch": batch }), || format!("batch {batch} uploaded"))?;
    Ok(())
}

/// Keeps what is on chain and was not uploaded in a file, and returns a message that says how to upload it.
pub(super) fn keep(context: &Context, name: &str, bytes: &[u8]) -> Result<String> {
    let file = context.home()?.join(name);
    fs::write(&file, bytes).with_context(|| format!("cannot keep what was not uploaded in {}", file.display()))?;
    Ok(format!(
        "it is on chain, but was not uploaded: run `aegle custodian upload {}`",
        file.display()
    ))
}
