//! What the FHIR server says that it can do, cut down to what passes the gate.

use crate::bundle::Unexpected;
use serde_json::{Value, json};

/// Members of a CapabilityStatement's `rest`, and of a resource in it, that are about what passes.
const OF_REST: [&str; 2] = ["mode", "documentation"];
const OF_RESOURCE: [&str; 4] = ["type", "profile", "documentation", "searchParam"];

/// Returns a CapabilityStatement with reads and searches alone, and with parameters that are passed on.
pub(crate) fn cut_down(bytes: &[u8]) -> Result<String, Unexpected> {
    let mut statement: Value = serde_json::from_slice(bytes).map_err(|_| Unexpected("it is no CapabilityStatement"))?;
    if statement["resourceType"] != "CapabilityStatement" {
        return Err(Unexpected("it is no CapabilityStatement"));
    }
    let none = Vec::new();
    let rests = statement["rest"].as_array().unwrap_or(&none);
    let server = rests.iter().find(|rest| rest["mode"] == "server");
    let resources = server.and_then(|rest| rest["resource"].as_array()).unwrap_or(&none);
    let resources: Vec<Value> = resources.iter().map(resource).collect();
    let mut rest = server.map_or_else(|| json!({ "mode": "server" }), |rest| only(rest, &OF_REST));
    if !resources.is_empty() {
        rest["resource"] = resources.into();
    }
    statement["rest"] = json!([rest]);
    Ok(statement.to_string())
}

fn only(value: &Value, members: &[&str]) -> Value {
    let kept = members
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), value.get(*name)?.clone())));
    Value::Object(kept.collect())
}

fn resource(given: &Value) -> Value {
    let mut resource = only(given, &OF_RESOURCE);
    resource["interaction"] = json!([{ "code": "read" }, { "code": "search-type" }]);
    resource
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_says_what_passes() {
        let given = json!({
            "resourceType": "CapabilityStatement", "status": "active", "fhirVersion": "4.0.1",
            "rest": [{
                "mode": "server", "interaction": [{ "code": "transaction" }], "operation": [{ "name": "export" }],
                "resource": [{ "type": "Observation", "interaction": [{ "code": "create" }], "searchRevInclude": ["*"],
                    "searchParam": [{ "name": "code", "type": "token" }] }],
            }],
        });
        let text = cut_down(given.to_string().as_bytes()).unwrap();
        let cut: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(cut["fhirVersion"], "4.0.1");
        let expected = json!([{ "mode": "server", "resource": [{ "type": "Observation",
            "interaction": [{ "code": "read" }, { "code": "search-type" }],
            "searchParam": [{ "name": "code", "type": "token" }] }] }]);
        assert_eq!(cut["rest"], expected);
        assert!(cut_down(b"{}").is_err() && cut_down(b"<html>").is_err());
    }
}
