//! `aegle deploy --verify`.

use crate::context::Context;
use aegle_client::{
    day::minute,
    native::founding::{Founding, VerifiedContract},
    words,
};
use anyhow::{Result, ensure};
use serde_json::{Value, json};

/// Tells how what is on chain differs from what was built, and fails where it does.
pub(super) async fn verify(context: &Context, founding: &Founding<'_>) -> Result<()> {
    let verified = founding.verify().await?;
    let values = verified.iter().map(|own| {
        json!({
            "contract": words::contract_name(own.contract), "address": own.address, "built": own.built,
            "on_chain": own.on_chain, "connected": own.connected, "layout": own.layout.map(|layout| layout.version),
            "scheduled": own.scheduled, "as_built": own.is_as_built(),
        })
    });
    let value = json!({ "contracts": values.collect::<Vec<Value>>() });
    context.output.result(&value, || {
        verified.iter().flat_map(verified_lines).collect::<Vec<_>>().join("\n")
    })?;
    let differing = verified.iter().filter(|own| !own.is_as_built());
    let differing: Vec<&str> = differing.map(|own| words::contract_name(own.contract)).collect();
    ensure!(
        differing.is_empty(),
        "what is on chain is not what this program was built with: {}. Build the release that was deployed, compare it by \
         `make reproduce-contracts`, and ask the committee why it runs other code",
        differing.join(", ")
    );
    Ok(())
}

fn verified_lines(own: &VerifiedContract) -> Vec<String> {
    let name = words::contract_name(own.contract);
    let state = match own.on_chain {
        _ if own.is_as_built() => format!("runs {}, as built", own.built),
        None => "is not there".into(),
        Some(code) if code != own.built => format!("runs {code}, and {} was built", own.built),
        Some(_) if !own.connected => "runs what was built, and is not the one that the consortium has connected".into(),
        Some(_) => "runs what was built, and says that it is something else".into(),
    };
    let scheduled = own.scheduled.map(|upgrade| {
        let wait = match upgrade.code_hash == own.built {
            true => "what was built",
            false => "OTHER code",
        };
        format!(
            "{name}: {wait} ({}) is scheduled, from {} on",
            upgrade.code_hash,
            minute(upgrade.not_before)
        )
    });
    [Some(format!("{name} {} {state}", own.address)), scheduled]
        .into_iter()
        .flatten()
        .collect()
}
