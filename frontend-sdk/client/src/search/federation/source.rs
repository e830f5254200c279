//! What is searched: a custodian, and a scope there.

use crate::search::{asking::Asking, tokens::TokenService};
use aegle_rules::DomainId;

/// One custodian and one scope that is searched there.
pub struct Source<'a, S> {
    /// The custodian's token service.
    pub service: &'a TokenService<S>,
    /// The custodian's search domain.
    pub domain: DomainId,
    /// The requester, the scope and the purpose.
    pub asking: Asking,
}
