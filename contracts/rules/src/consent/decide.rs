//! The decision that everything asks for.

use super::{
    delegation::MAX_DELEGATION, messages::Check, terms::runs_enough, Decision, Denial, Effect, Grantee, Lookup, Parent,
    PatientState, StoredGrant,
};
use crate::{
    consortium::{Role, Standing},
    AccountId, OrganisationId, Purposes, Roles, SLOTS,
};
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

/// Whether a record may be shown, after IHE's Privacy Consent on FHIR 1.1.
///
/// A grant *matches* a question when all of this holds:
///
/// - it stands: it was not revoked, and not voided by `revoke_all`;
/// - the time asked about is in its period;
/// - its purposes contain the purpose, and its slots the record's slot;
/// - its [narrowing](super::Narrowing) fits: the time of authorship, the author, and the set of records, of which a
///   permit needs a proof that the record is in it, and a denial counts unless there is a proof that it is not;
/// - for a permit besides: the record is not above its confidentiality; a restricted slot is the grant's only one; the
///   organisation that the requester acts for does not run as many of the grant's proxies as it takes to open a record;
///   and for `HRESCH`, its [research](super::research) allows what is declared. A denial has no such limits, so that it
///   denies its slots at every confidentiality.
///
/// The *rank* of a grant is first how it names the requester, then its depth. The patient's grants to the account come
/// before those to the requester's organisation; then comes what was [passed on](super::delegation), to the account and
/// then to the organisation; then what is for anyone. The highest rank at which a grant matches decides, and on that
/// rank a denial overrides every permit. Where nothing matches, the answer is no. The oldest grant that decides gives
/// the answer its number.
///
/// Whoever asks needs a role that fits the purpose at the time asked about, of an organisation in good standing.
///
/// *Break-glass*: `BTG` is asked by a clinician with an open glass at the patient, and then what matches nothing is
/// permitted, in restricted slots too: 42 CFR 2.51 lets records of substance use disorder be disclosed in a medical
/// emergency. Only a denial whose purposes name `BTG` stands in the way, and it does so by its rank as always.
///
/// A question carries one proof about one set of records: what is narrowed to another set is taken as not proved, so
/// that it does not permit, and denies.
pub fn check(question: &Check, lookup: &impl Lookup) -> Decision {
    if let Some(decision) = before_grants(question) {
        return decision;
    }
    let role = lookup.effective_role(&question.requester, question.at);
    let Some(role) = role.filter(|role| role_fits(role.roles, question.purpose)) else {
        return Decision::Denied(Denial::Role);
    };
    let breaks = question.purpose == Purposes::BTG;
    let is_open = || {
        lookup
            .glass(&question.patient, &question.requester)
            .is_some_and(|glass| glass.is_open(question.at))
    };
    if breaks && !is_open() {
        return Decision::Denied(Denial::GlassClosed);
    }
    let state = lookup.state(&question.patient);
    let case = Case {
        question,
        state,
        lookup,
    };
    let mut met = Vec::new();
    case.by_name(Some(question.requester), role.organisation, &mut met)
        .or_else(|| case.passed_on(role.organisation, &met))
        .or_else(|| case.given(role.organisation, &lookup.grants(&question.patient, &Grantee::Anyone)))
        .unwrap_or(if breaks {
            Decision::Glass
        } else {
            Decision::Denied(Denial::NoGrant)
        })
}

/// A question, and where its answer is looked up.
struct Case<'a, L> {
    question: &'a Check,
    state: PatientState,
    lookup: &'a L,
}

impl<L: Lookup> Case<'_, L> {
    /// What the patient said about somebody by name: their account, or else their organisation. `None` when nothing
    /// matches. Every grant that was looked up is added to `met`.
    fn by_name(
        &self,
        account: Option<AccountId>,
        organisation: OrganisationId,
        met: &mut Vec<StoredGrant>,
    ) -> Option<Decision> {
        let names = [account.map(Grantee::Account), Some(Grantee::Organisation(organisation))];
        names.into_iter().flatten().find_map(|grantee| {
            let grants = self.lookup.grants(&self.question.patient, &grantee);
            let decision = self.given(organisation, &grants);
            met.extend(grants);
            decision
        })
    }

    /// What the patient's own among some grants of one name say to somebody of an organisation.
    fn given(&self, organisation: OrganisationId, grants: &[StoredGrant]) -> Option<Decision> {
        let mut best: Option<&StoredGrant> = None;
        for grant in grants {
            let outranks = best.is_none_or(|best| {
                grant.terms.depth > best.terms.depth
                    || (grant.terms.depth == best.terms.depth
                        && grant.terms.effect == Effect::Deny
                        && best.terms.effect == Effect::Permit)
            });
            if outranks && grant.parent.is_none() && self.matches(grant, organisation) {
                best = Some(grant);
            }
        }
        best.map(|grant| match grant.terms.effect {
            Effect::Deny => Decision::Denied(Denial::DeniedBy(grant.id)),
            Effect::Permit => Decision::Permitted(grant.id),
        })
    }

    /// What was passed on to somebody of an organisation, among some grants, says.
    fn passed_on(&self, organisation: OrganisationId, grants: &[StoredGrant]) -> Option<Decision> {
        grants
            .iter()
            .find(|grant| {
                grant
                    .parent
                    .is_some_and(|parent| self.matches(grant, organisation) && self.descends_from(parent))
            })
            .map(|grant| Decision::Permitted(grant.id))
    }

    /// Whether a grant could be passed on to answer this question, so that all of these hold for it and for what it
    /// itself was passed on from, up to a grant of the patient: it matches; it may be passed on; its grantee has a role
    /// that counts, or is an organisation in good standing; and the patient does not deny the same to that grantee.
    fn descends_from(&self, parent: Parent) -> bool {
        let mut next = Some(parent);
        for _ in 0..MAX_DELEGATION {
            let Some(Parent { grantee, id }) = next else {
                return true;
            };
            let Some((account, organisation)) = self.holder(grantee) else {
                return false;
            };
            let mut met = Vec::new();
            if let Some(Decision::Denied(_)) = self.by_name(account, organisation, &mut met) {
                return false;
            }
            match met.iter().find(|grant| grant.id == id) {
                Some(grant) if grant.terms.delegable && self.matches(grant, organisation) => next = grant.parent,
                _ => return false,
            }
        }
        next.is_none()
    }

    /// The account and the organisation of a grantee who may use what they hold, at the time asked about.
    fn holder(&self, grantee: Grantee) -> Option<(Option<AccountId>, OrganisationId)> {
        match grantee {
            Grantee::Account(account) => {
                let Role { organisation, .. } = self.lookup.effective_role(&account, self.question.at)?;
                Some((Some(account), organisation))
            }
            Grantee::Organisation(id) => {
                (self.lookup.organisations().standing(id) == Some(Standing::Member)).then_some((None, id))
            }
            Grantee::Anyone => None,
        }
    }

    /// Whether a grant is about the question, when somebody of that organisation asks.
    fn matches(&self, grant: &StoredGrant, organisation: OrganisationId) -> bool {
        let question = self.question;
        let facts = &question.facts;
        let permits = grant.terms.effect == Effect::Permit;
        let blake2 = |bytes: &[u8]| self.lookup.blake2(bytes);
        let about = !self.state.is_void(grant.id)
            && grant.terms.from <= question.at
            && question.at < grant.terms.until
            && grant.terms.purposes.contains(question.purpose)
            && grant.terms.slots.contains(facts.slot);
        about
            && (!permits || self.may_permit(grant, organisation))
            && grant.terms.narrowing.is_none_or(|narrowing| {
                narrowing.fits(facts) && narrowing.fits_records(permits, question.membership.as_ref(), &blake2)
            })
    }

    /// Whether what only limits permits lets this one permit.
    fn may_permit(&self, grant: &StoredGrant, organisation: OrganisationId) -> bool {
        let Check {
            purpose,
            facts,
            research,
            ..
        } = self.question;
        facts.confidentiality <= grant.terms.confidentiality
            && (grant.terms.slots.is_single() || !self.state.restricted.contains(facts.slot))
            && !runs_enough(
                organisation,
                grant.terms.proxies,
                grant.terms.threshold,
                self.lookup.proxies(),
            )
            && (*purpose != Purposes::HRESCH || grant.terms.research.allows(*research))
    }
}

#[cfg(test)]
mod tests;
