//! What is shown in FHIR of the chain and of logs is what another implementation takes for FHIR R4: Medplum's own validation,
//! of the golden resources to which the tests of `aegle-protocol` hold what is made.

use crate::node;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// Returns what Medplum says is wrong with each resource.
fn wrong(resources: &[Value]) -> Result<Vec<Option<String>>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("resources.ndjson");
    let lines: Vec<String> = resources.iter().map(Value::to_string).collect();
    fs::write(&file, lines.join("\n"))?;
    Ok(serde_json::from_slice(&node("validate.mjs", &file)?)?)
}

fn golden() -> Result<Vec<(String, Value)>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/fhir.json");
    let vectors: Value = serde_json::from_slice(&fs::read(path)?)?;
    let cases = vectors["cases"].as_array().context("there are no cases")?;
    let cases = cases.iter().map(|case| {
        let name = case["case"].as_str().context("a case has no name")?;
        Ok((name.to_owned(), case["resource"].clone()))
    });
    cases.collect()
}

#[test]
fn resources_are_fhir_for_another_implementation() -> Result<()> {
    let golden = golden()?;
    let resources: Vec<Value> = golden.iter().map(|(_, resource)| resource.clone()).collect();
    let found = wrong(&resources)?;
    ensure!(
        found.len() == golden.len() && golden.len() > 10,
        "not all were validated"
    );
    for ((name, resource), wrong) in golden.iter().zip(found) {
        ensure!(wrong.is_none(), "{name}: {}\n{resource:#}", wrong.unwrap_or_default());
    }
    Ok(())
}

#[test]
fn what_is_not_fhir_is_found_out() -> Result<()> {
    let golden = golden()?;
    let of = |resource_type: &str| {
        let found = golden
            .iter()
            .find(|(_, resource)| resource["resourceType"] == resource_type);
        found.map(|(_, resource)| resource.clone()).context("there is none")
    };
    let (consent, event) = (of("Consent")?, of("AuditEvent")?);
    let mut broken = vec![consent.clone(), consent.clone(), consent, event.clone(), event];
    broken[0]["status"] = Value::Null;
    broken[1]["slots"] = json!([4]);
    broken[2]["provision"]["period"] = json!("2026");
    broken[3]["recorded"] = json!("yesterday");
    broken[4]["agent"] = json!([]);
    for (number, wrong) in wrong(&broken)?.into_iter().enumerate() {
        ensure!(wrong.is_some(), "Medplum takes case {number} for FHIR");
    }
    Ok(())
}
