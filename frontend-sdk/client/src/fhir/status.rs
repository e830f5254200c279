//! What a resource's status says of it.

use super::json::Object;

/// Whether the status of a resource says that it should never have been.
pub(super) fn is_in_error(fields: &Object) -> bool {
    let status = fields.str("status");
    let verification = fields.get("verificationStatus");
    let mut codes = verification.map(super::walk::codings).unwrap_or_default().into_iter();
    status == Some("entered-in-error") || codes.any(|(_, code)| code == "entered-in-error")
}
