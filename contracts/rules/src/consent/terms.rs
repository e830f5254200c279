//! What may be granted, and to whom.

use super::{
    ConsentError, DuoModifiers, DuoPermission, Effect, Grantee, Lookup, Narrowing, Proxies, Research, StoredGrant,
    Terms,
};
use crate::{
    consortium::{Organisations, ProxyOperators, Role, Standing},
    AccountId, OrganisationId, Purposes, Roles, Slots, Timestamp,
};
use alloc::vec::Vec;

/// The deepest nesting of a provision.
pub const MAX_NESTING: u8 = 3;

/// Checks terms as far as that is possible without asking about the grantee.
///
/// # Errors
/// In this order: [`EmptyTerms`](ConsentError::EmptyTerms), [`InvalidPeriod`](ConsentError::InvalidPeriod),
/// [`TooDeep`](ConsentError::TooDeep), [`GranteeIsPatient`](ConsentError::GranteeIsPatient),
/// [`NotDelegable`](ConsentError::NotDelegable), [`WrongSplit`](ConsentError::WrongSplit),
/// [`WrongProxies`](ConsentError::WrongProxies), [`WrongResearch`](ConsentError::WrongResearch),
/// [`WrongNarrowing`](ConsentError::WrongNarrowing), [`RestrictedTogether`](ConsentError::RestrictedTogether).
pub fn validate_terms(
    patient: &AccountId,
    terms: &Terms,
    restricted: Slots,
    lookup: &impl Lookup,
    now: Timestamp,
) -> Result<(), ConsentError> {
    if terms.purposes.is_empty() || !Purposes::ALL.contains(terms.purposes) || terms.slots.is_empty() {
        return Err(ConsentError::EmptyTerms);
    }
    if terms.from >= terms.until || terms.until <= now {
        return Err(ConsentError::InvalidPeriod);
    }
    if terms.depth > MAX_NESTING {
        return Err(ConsentError::TooDeep);
    }
    if matches!(&terms.grantee, Grantee::Account(account) if account == patient) {
        return Err(ConsentError::GranteeIsPatient);
    }
    let permits = terms.effect == Effect::Permit;
    // A key is split with somebody: there is none for everybody.
    let splits = permits && terms.grantee != Grantee::Anyone;
    if terms.delegable && !splits {
        return Err(ConsentError::NotDelegable);
    }
    if splits != (terms.split.0 != [0; 32]) {
        return Err(ConsentError::WrongSplit);
    }
    if !proxies_fit(terms, splits, lookup) {
        return Err(ConsentError::WrongProxies);
    }
    if !research_fits(terms, permits) {
        return Err(ConsentError::WrongResearch);
    }
    if !terms.narrowing.is_none_or(|narrowing| narrowing.is_valid()) {
        return Err(ConsentError::WrongNarrowing);
    }
    if permits && terms.slots.intersects(restricted) && !terms.slots.is_single() {
        return Err(ConsentError::RestrictedTogether);
    }
    Ok(())
}

/// Returns whether the grant names proxies exactly where it has a split, that exist, and enough of them. Those of
/// suspended organisations may be named, and do not count.
fn proxies_fit(terms: &Terms, splits: bool, lookup: &impl Lookup) -> bool {
    let threshold = usize::from(terms.threshold);
    if splits {
        let operators = &lookup.proxies().operators;
        let highest = Proxies(u32::MAX.checked_shl(operators.len() as u32).unwrap_or_default());
        let counted = (0..).zip(operators).filter(|(number, operator)| {
            terms.proxies.contains(*number)
                && lookup.organisations().standing(operator.organisation) == Some(Standing::Member)
        });
        0 < threshold && terms.proxies.0 & highest.0 == 0 && threshold <= counted.count()
    } else {
        threshold == 0 && terms.proxies == Proxies::NONE
    }
}

/// Returns whether the grant says which research it permits, exactly where it permits any.
fn research_fits(terms: &Terms, permits: bool) -> bool {
    let permitted = if permits { terms.purposes } else { Purposes::NONE };
    validate_research(&terms.research, permitted)
}

/// Returns whether it is said which research is permitted, exactly where research is among the purposes that are.
pub fn validate_research(research: &Research, permitted: Purposes) -> bool {
    let unknown = research.modifiers.0 & !DuoModifiers::ALL.0 != 0;
    if permitted.contains(Purposes::HRESCH) {
        research.permission != DuoPermission::None && !unknown
    } else {
        *research == Research::NONE
    }
}

/// Checks whether the grantee may be given these terms. `by` are the organisations of whoever passes them on, whose
/// proxies count with those of the grantee's own; none where the patient gives them.
///
/// # Errors
/// In this order: [`GranteeOrganisation`](ConsentError::GranteeOrganisation),
/// [`InsurerPurpose`](ConsentError::InsurerPurpose), [`ProxiesOfGrantee`](ConsentError::ProxiesOfGrantee).
pub fn validate_grantee(terms: &Terms, by: &[Role], lookup: &impl Lookup) -> Result<(), ConsentError> {
    let permits = terms.effect == Effect::Permit;
    let mut together: Vec<_> = by.iter().map(|role| role.organisation).collect();
    match &terms.grantee {
        Grantee::Organisation(id) => {
            may_be_granted_to(lookup.organisations(), *id, permits)?;
            together.push(*id);
        }
        Grantee::Account(account) if permits => {
            let roles = lookup.roles(account);
            // Through one of its organisations at least, unless it has none yet.
            let mut standing = roles
                .iter()
                .map(|role| may_be_granted_to(lookup.organisations(), role.organisation, permits));
            if !roles.is_empty() && standing.all(|may| may.is_err()) {
                return Err(ConsentError::GranteeOrganisation);
            }
            if terms.purposes != Purposes::HPAYMT && pays_only(&roles) {
                return Err(ConsentError::InsurerPurpose);
            }
            together.extend(roles.iter().map(|role| role.organisation));
        }
        Grantee::Account(_) | Grantee::Anyone => {}
    }
    if run_enough(&together, terms.proxies, terms.threshold, lookup.proxies()) {
        return Err(ConsentError::ProxiesOfGrantee);
    }
    Ok(())
}

fn may_be_granted_to(organisations: &Organisations, id: OrganisationId, permits: bool) -> Result<(), ConsentError> {
    match organisations.standing(id) {
        Some(Standing::Member) => Ok(()),
        Some(Standing::Suspended) if !permits => Ok(()),
        Some(Standing::Suspended) | None => Err(ConsentError::GranteeOrganisation),
    }
}

/// Returns whether the account is an insurer's and sees records for nothing but payment.
fn pays_only(roles: &[Role]) -> bool {
    let roles = roles.iter().fold(Roles::NONE, |all, role| all.union(role.roles));
    roles.contains(Roles::INSURER) && !roles.intersects(Roles::CLINICIAN.union(Roles::RESEARCHER))
}

/// Returns whether some organisations together run as many of these proxies as it takes to open a record.
pub(super) fn run_enough(
    organisations: &[OrganisationId],
    proxies: Proxies,
    threshold: u8,
    operators: &ProxyOperators,
) -> bool {
    let numbered = operators.operators.iter().enumerate();
    let own = numbered
        .filter(|(number, operator)| proxies.contains(*number) && organisations.contains(&operator.organisation));
    threshold > 0 && own.count() >= usize::from(threshold)
}

/// Returns whether terms allow nothing that `parent` does not allow.
pub(super) fn is_within(terms: &Terms, parent: &StoredGrant) -> bool {
    let narrowed = terms.narrowing.unwrap_or(Narrowing::NONE);
    terms.effect == Effect::Permit
        && terms.grantee != Grantee::Anyone
        && terms.depth == 0
        && parent.terms.purposes.contains(terms.purposes)
        && terms.slots.is_within(parent.terms.slots)
        && terms.confidentiality <= parent.terms.confidentiality
        && parent.terms.from <= terms.from
        && terms.until <= parent.terms.until
        && terms.proxies == parent.terms.proxies
        && terms.threshold >= parent.terms.threshold
        && terms.research.is_within(&parent.terms.research)
        && narrowed.is_within(&parent.terms.narrowing.unwrap_or(Narrowing::NONE))
}

#[cfg(test)]
mod tests;
