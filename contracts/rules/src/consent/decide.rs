//! The decision that everything asks for.

use super::{messages::Check, Decision, Denial, Effect, StoredGrant};
use crate::{consortium::Role, Purposes, Roles, Slots, SLOTS};
use alloc::vec::Vec;

/// Decides what can be decided without a look at any state: a malformed question, and the patient's own records.
pub fn before_grants(question: &Check) -> Option<Decision> {
    if !question.purpose.is_single() || question.facts.slot.0 >= SLOTS {
        return Some(Decision::Denied(Denial::Malformed));
    }
    (question.requester == question.patient).then_some(Decision::Own)
}

/// Whether somebody with these roles may ask for that one purpose at all. `PATRQT` is the patient's own.
pub fn role_fits(roles: Roles, purpose: Purposes) -> bool {
    let required = match purpose {
        Purposes::TREAT | Purposes::ETREAT | Purposes::BTG => Roles::CLINICIAN,
        Purposes::HRESCH => Roles::RESEARCHER,
        Purposes::HPAYMT => Roles::INSURER,
        Purposes::HOPERAT | Purposes::PUBHLTH => Roles::ORGANISATION_ADMIN.union(Roles::AUDITOR),
        _ => Roles::NONE,
    };
    roles.intersects(required)
}

/// Whether a record may be shown.
///
/// After IHE's Privacy Consent on FHIR: the more specific level wins, so that the grants to the requester's account
/// decide if one of them matches, and otherwise those to the requester's organisation; on a level a denial overrides
/// every permit; no match denies. The oldest match on the level gives the answer its number.
///
/// - `role`: the requester's role at the time of the question; `None` when it has none that counts.
/// - `restricted`: the patient's restricted slots.
/// - `to_account`: the patient's grants to the requester.
/// - `to_organisation`: loads the patient's grants to the organisation of `role`; called only where it matters.
pub fn check(
    question: &Check,
    role: Option<Role>,
    restricted: Slots,
    to_account: &[StoredGrant],
    to_organisation: impl FnOnce() -> Vec<StoredGrant>,
) -> Decision {
    if let Some(decision) = before_grants(question) {
        return decision;
    }
    if !role.is_some_and(|role| role_fits(role.roles, question.purpose)) {
        return Decision::Denied(Denial::Role);
    }
    on_level(to_account, question, restricted)
        .or_else(|| on_level(&to_organisation(), question, restricted))
        .unwrap_or(Decision::Denied(Denial::NoGrant))
}

/// What the grants of one level say; `None` when none of them matches.
fn on_level(grants: &[StoredGrant], question: &Check, restricted: Slots) -> Option<Decision> {
    let mut permitted = None;
    for grant in grants.iter().filter(|grant| matches(grant, question, restricted)) {
        match grant.effect {
            Effect::Deny => return Some(Decision::Denied(Denial::DeniedBy(grant.id))),
            Effect::Permit => permitted = permitted.or(Some(Decision::Permitted(grant.id))),
        }
    }
    permitted
}

/// Whether a grant is about the question. The ceiling of a denial is ignored: it denies its slots at every
/// confidentiality. A permit over several slots is not about those of them that are restricted.
fn matches(grant: &StoredGrant, question: &Check, restricted: Slots) -> bool {
    let facts = &question.facts;
    let about = grant.from <= question.at
        && question.at < grant.until
        && grant.purposes.contains(question.purpose)
        && grant.slots.contains(facts.slot);
    about
        && match grant.effect {
            Effect::Deny => true,
            Effect::Permit => {
                facts.confidentiality <= grant.confidentiality
                    && (grant.slots.is_single() || !restricted.contains(facts.slot))
            }
        }
}

#[cfg(test)]
mod tests;
