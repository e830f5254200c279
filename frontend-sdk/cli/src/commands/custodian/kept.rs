//! `aegle custodian upload`: what is on chain, and was kept in a file because it could not be uploaded.

use crate::context::Context;
use aegle_client::protocol::wire::{Bundle, Format, Relabelling};
use anyhow::{Context as _, Result, bail};
use serde_json::json;
use std::{fs, path::Path};

/// Uploads a batch or labels that were kept, and removes the file.
pub(super) async fn upload(context: &Context, file: &Path) -> Result<()> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let unreadable = format!("{} cannot be uploaded", file.display());
    let format = Format::of(&bytes).with_context(|| unreadable.clone())?;
    let connected = context.connect().await?;
    let (custodian, aegle) = (context.custodian()?, connected.aegle());
    let batch = match format {
        Format::Bundle => {
            let bundle = Bundle::from_bytes(&bytes).context(unreadable)?;
            custodian.upload(&aegle, &bundle).await?;
            bundle.batch
        }
        Format::Relabelling => {
            let relabelling = Relabelling::from_bytes(&bytes).context(unreadable)?;
            custodian.upload_relabelling(&aegle, &relabelling).await?;
            relabelling.span.first()
        }
        other => bail!("{} holds {other}, and neither a batch nor labels", file.display()),
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
