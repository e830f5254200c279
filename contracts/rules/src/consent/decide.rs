//! The decision that everything asks for.

use super::{
    cell::{GrantCell, KeptGrant},
    delegation::MAX_DELEGATION,
    messages::Check,
    terms::run_enough,
    Control, Decision, Denial, Effect, Grantee, Lookup, Origin, PatientState, Proxies,
};
use crate::{
    consortium::{Role, Standing},
    AccountId, OrganisationId, Purposes, Roles, Timestamp, SLOTS,
};
use alloc::vec::Vec;

/// Of how many grantees one decision looks up what they hold, to see whether it was theirs to pass on: what bounds the
/// price of a question, whatever was passed on to whom. A chain of the greatest length takes three.
pub const MAX_HOLDERS: usize = 4;

/// Decides what can be decided without a look at any state: a malformed question, and one about a time before `now`, that of
/// the block.
pub fn before_grants(question: &Check, now: Timestamp) -> Option<Decision> {
    if !question.purpose.is_single() || question.facts.slot.0 >= SLOTS {
        return Some(Decision::Denied(Denial::Malformed));
    }
    (question.at < now).then_some(Decision::Denied(Denial::Past))
}

/// Decides about the patient's own records: whoever [controls](super::Control) the account sees them, and the account's own
/// key does not where another one does, or where exclusive guardians act.
fn own(question: &Check, control: &Control) -> Option<Decision> {
    if control.controls(question.patient, question.requester, question.at) {
        return Some(Decision::Own);
    }
    (question.requester == question.patient).then_some(Decision::Denied(Denial::NotController))
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
/// - its purposes contain the purpose, and its slots the record's slot; where a denial names a purpose, it denies
///   [those below it](Purposes::with_narrower) too, and a permit permits what it names alone;
/// - its [narrowing](super::Narrowing) fits: the time of authorship, which a permit needs to be known, and a denial does
///   not; the author; and the set of records, of which a permit needs a proof that the record is in it, and a denial counts
///   unless there is a proof that it is not;
/// - for a permit besides: the record is not above its confidentiality; a restricted slot is the grant's only one; the
///   organisation that the requester acts for does not run as many of the grant's proxies as it takes to open a record,
///   and of what was passed on, those above it do not either, together with theirs; and for `HRESCH`, its
///   [research](super::research) allows what is declared, to the extent that is asked for. A denial has no such limits, so that it denies its slots at
///   every confidentiality.
///
/// Whoever controls the patient's account is asked nothing further. A guardian who is the patient's personal representative
/// sees, for `PATRQT`, what the patient sees, but what the patient denies to them by name, and while nothing is paused.
///
/// The *rank* of a grant is first how it names the requester, then its depth. The patient's grants to the account come
/// before those to the requester's organisation; then comes what was [passed on](super::delegation), to the account and
/// then to the organisation; then what is for anyone. The highest rank at which a grant matches decides, and on that
/// rank a denial overrides every permit. Where nothing matches, the answer is no. The oldest grant that decides gives
/// the answer its number.
///
/// Whoever asks needs a role that fits the purpose at the time asked about, of an organisation in good standing. Nothing
/// is decided about a time before `now`, that of the block: what was consented to since then would count for what had
/// happened already, and what was revoked would not.
///
/// Of what was passed on, those that match are looked at oldest first, those to the account before those to its
/// organisation. When the grants of [`MAX_HOLDERS`] grantees above them were looked up, what depends on another one does
/// not count: the patient clears what is over.
///
/// *Break-glass*: `BTG` is asked by a clinician with an open glass at the patient, and then what matches nothing is
/// permitted, in restricted slots too: 42 CFR 2.51 lets records of substance use disorder be disclosed in a medical
/// emergency. Only a denial whose purposes name `BTG` stands in the way, and it does so by its rank as always.
///
/// While the committee's members have [paused](crate::consortium::Pauses) what is permitted, only the patient and who broke
/// the glass are answered otherwise than with no.
///
/// A question carries one proof about one set of records: what is narrowed to another set is taken as not proved, so
/// that it does not permit, and denies.
pub fn check(question: &Check, lookup: &impl Lookup, now: Timestamp) -> Decision {
    if let Some(decision) = before_grants(question, now) {
        return decision;
    }
    let state = lookup.state(&question.patient);
    if let Some(decision) = own(question, &state.control) {
        return decision;
    }
    let breaks = question.purpose == Purposes::BTG;
    if !breaks && now < lookup.paused_until() {
        return Decision::Denied(Denial::Paused);
    }
    let case = Case {
        question,
        state,
        lookup,
    };
    if let Some(decision) = case.represented() {
        return decision;
    }
    let role = lookup.effective_role(&question.requester, question.at);
    let Some(role) = role.filter(|role| role_fits(role.roles, question.purpose)) else {
        return Decision::Denied(Denial::Role);
    };
    let is_open = || {
        lookup
            .glass(&question.patient, &question.requester)
            .is_some_and(|glass| glass.is_open(question.at))
    };
    if breaks && !is_open() {
        return Decision::Denied(Denial::GlassClosed);
    }
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

/// A link of a chain: the organisation of whoever holds it, its proxies, and how many of them it takes.
type Link = (OrganisationId, Proxies, u8);

/// Somebody above what was passed on.
struct Holder {
    grantee: Grantee,
    /// Who acted for them, where they are an organisation.
    by: Option<AccountId>,
    /// Their organisation, and what the patient or somebody else gave them; `None` where they may pass nothing on.
    found: Option<(OrganisationId, Vec<GrantCell>)>,
}

impl<L: Lookup> Case<'_, L> {
    /// What is decided where the requester is a personal representative, who asks as the patient would.
    fn represented(&self) -> Option<Decision> {
        let Check {
            requester, patient, at, ..
        } = self.question;
        if self.question.purpose != Purposes::PATRQT || !self.lookup.guardianship(patient).represents(requester, *at) {
            return None;
        }
        let said = self.lookup.grants(patient, &Grantee::Account(*requester));
        let said = self.given(OrganisationId(0), &said);
        let denied = said.filter(|said| matches!(said, Decision::Denied(_)));
        Some(denied.unwrap_or(Decision::Representative))
    }

    /// What the patient said about somebody by name: their account, or else their organisation. `None` when nothing
    /// matches. Whatever was looked up is added to `met`.
    fn by_name(
        &self,
        account: Option<AccountId>,
        organisation: OrganisationId,
        met: &mut Vec<GrantCell>,
    ) -> Option<Decision> {
        let names = [account.map(Grantee::Account), Some(Grantee::Organisation(organisation))];
        names.into_iter().flatten().find_map(|grantee| {
            let grants = self.lookup.grants(&self.question.patient, &grantee);
            let decision = self.given(organisation, &grants);
            met.push(grants);
            decision
        })
    }

    /// What the patient's own among some grants of one name say to somebody of an organisation.
    fn given(&self, organisation: OrganisationId, grants: &GrantCell) -> Option<Decision> {
        let mut best: Option<KeptGrant<'_>> = None;
        for grant in grants.iter() {
            let outranks = best.is_none_or(|best| {
                grant.depth > best.depth
                    || (grant.depth == best.depth && grant.effect == Effect::Deny && best.effect == Effect::Permit)
            });
            if outranks && !grant.is_passed_on && self.matches(&grant, Some(organisation)) {
                best = Some(grant);
            }
        }
        best.map(|grant| match grant.effect {
            Effect::Deny => Decision::Denied(Denial::DeniedBy(grant.id)),
            Effect::Permit => Decision::Permitted(grant.id),
        })
    }

    /// What was passed on to somebody of an organisation, among some grants, says.
    fn passed_on(&self, organisation: OrganisationId, grants: &[GrantCell]) -> Option<Decision> {
        let mut holders = Vec::new();
        grants
            .iter()
            .flat_map(GrantCell::iter)
            .find(|grant| {
                let link = (organisation, grant.proxies, grant.threshold);
                grant.is_passed_on
                    && self.matches(grant, Some(organisation))
                    && grant
                        .origin()
                        .is_some_and(|origin| self.descends_from(origin, link, &mut holders))
            })
            .map(|grant| Decision::Permitted(grant.id))
    }

    /// Whether a grant could be passed on to answer this question, so that all of these hold for it and for what it
    /// itself was passed on from, up to a grant of the patient: it matches; it may be passed on; its grantee has a role
    /// that counts, or is an organisation in good standing; and the patient does not deny the same to that grantee, nor
    /// to the admin who acted for it. `last` is what was passed on in the end, and `holders` are those that were looked
    /// up for this question.
    fn descends_from(&self, origin: Origin, last: Link, holders: &mut Vec<Holder>) -> bool {
        let mut chain = Vec::from([last]);
        let mut next = Some(origin);
        while let Some(Origin { parent, by, .. }) = next {
            let Some((organisation, held)) = self.holder(parent.grantee, by, holders) else {
                return false;
            };
            let Some(grant) = held.iter().find_map(|cell| cell.find(parent.id)) else {
                return false;
            };
            if chain.len() > MAX_DELEGATION || !grant.delegable || !self.matches(&grant, None) {
                return false;
            }
            chain.push((*organisation, grant.proxies, grant.threshold));
            next = grant.origin();
            if grant.is_passed_on && next.is_none() {
                return false;
            }
        }
        // Whoever has what was passed on, and everybody above them, together.
        let mut together = Vec::with_capacity(chain.len());
        chain.iter().rev().all(|(organisation, proxies, threshold)| {
            together.push(*organisation);
            !run_enough(&together, *proxies, *threshold, self.lookup.proxies())
        })
    }

    /// The organisation of a grantee who may pass on what they hold, and what that is. Every one is looked up once, and no
    /// more of them than [`MAX_HOLDERS`].
    fn holder<'h>(
        &self,
        grantee: Grantee,
        by: Option<AccountId>,
        holders: &'h mut Vec<Holder>,
    ) -> Option<&'h (OrganisationId, Vec<GrantCell>)> {
        let known = holders
            .iter()
            .position(|holder| holder.grantee == grantee && holder.by == by);
        let place = match known {
            Some(place) => place,
            None if holders.len() >= MAX_HOLDERS => return None,
            None => {
                let found = self.look_up(grantee, by);
                holders.push(Holder { grantee, by, found });
                holders.len().saturating_sub(1)
            }
        };
        holders.get(place)?.found.as_ref()
    }

    fn look_up(&self, grantee: Grantee, by: Option<AccountId>) -> Option<(OrganisationId, Vec<GrantCell>)> {
        let (account, organisation) = self.member(grantee)?;
        let mut held = Vec::new();
        let said = self.by_name(account, organisation, &mut held);
        let said_of_admin = || {
            let grants = self.lookup.grants(&self.question.patient, &Grantee::Account(by?));
            self.given(organisation, &grants)
        };
        let denied = |decision| matches!(decision, Some(Decision::Denied(_)));
        (!denied(said) && !denied(said_of_admin())).then_some((organisation, held))
    }

    /// The account and the organisation of a grantee who may use what they hold, at the time asked about.
    fn member(&self, grantee: Grantee) -> Option<(Option<AccountId>, OrganisationId)> {
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

    /// Whether a grant is about the question, when somebody of that organisation asks; `None` where the proxies that it
    /// runs are looked at elsewhere.
    fn matches(&self, grant: &KeptGrant<'_>, organisation: Option<OrganisationId>) -> bool {
        let question = self.question;
        let facts = &question.facts;
        let permits = grant.effect == Effect::Permit;
        let blake2 = |bytes: &[u8]| self.lookup.blake2(bytes);
        let purposes = if permits {
            grant.purposes
        } else {
            grant.purposes.with_narrower()
        };
        let about = !self.state.is_void(grant.id)
            && grant.from <= question.at
            && question.at < grant.until
            && purposes.contains(question.purpose)
            && grant.slots.contains(facts.slot);
        // What cannot be read of a narrowing does not permit, and denies.
        let fits = || {
            grant.narrowing().map_or(!permits, |narrowing| {
                narrowing.fits(facts, permits, question.at)
                    && narrowing.fits_records(permits, question.membership.as_ref(), &blake2)
            })
        };
        about && (!permits || self.may_permit(grant, organisation)) && (!grant.is_narrowed || fits())
    }

    /// Whether what only limits permits lets this one permit.
    fn may_permit(&self, grant: &KeptGrant<'_>, organisation: Option<OrganisationId>) -> bool {
        let Check {
            purpose,
            facts,
            research,
            extent,
            ..
        } = self.question;
        facts.confidentiality <= grant.confidentiality
            && (grant.slots.is_single() || !self.state.restricted.contains(facts.slot))
            && !organisation.is_some_and(|id| run_enough(&[id], grant.proxies, grant.threshold, self.lookup.proxies()))
            && (*purpose != Purposes::HRESCH || grant.research.allows(*research, *extent))
    }
}

#[cfg(test)]
mod tests;
