//! What proxies did not do, as JSON.

use aegle_client::{
    proxies::{ProxyFailure, ProxyFault},
    remote::RemoteError,
};
use serde_json::{Value, json};

/// Names what a proxy did, or did not do.
fn failure_name(failure: &ProxyFailure) -> &'static str {
    match failure {
        ProxyFailure::Unknown => "unknown",
        ProxyFailure::Silent(_) => "silent",
        ProxyFailure::Remote(RemoteError::Transport(_)) => "unreachable",
        ProxyFailure::Remote(RemoteError::Refused { .. } | RemoteError::NotFound) => "refused",
        failure if failure.is_tampering() => "false",
        ProxyFailure::NotFinalized(_) => "not-finalized",
        ProxyFailure::NoShare => "no-share",
        _ => "other",
    }
}

/// Proxies that did not do their part, and why.
pub(crate) fn proxy_faults(faults: &[ProxyFault]) -> Value {
    let faults = faults.iter().map(|ProxyFault { proxy, failure }| {
        json!({
            "proxy": proxy,
            "kind": failure_name(failure),
            "reason": failure.to_string(),
            "tampering": failure.is_tampering(),
        })
    });
    faults.collect()
}
