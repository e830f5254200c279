//! The decision that everything asks for.

use super::{
    cell::{GrantCell, KeptGrant},
    delegation::MAX_DELEGATION,
    messages::Check,
    party::Party,
    terms::run_enough,
    Control, Decision, Denial, Effect, Explained, Grantee, Lookup, Origin, PatientState, Proxies,
};
use crate::{consortium::Standing, AccountId, Confidentiality, OrganisationId, Purposes, Roles, Timestamp, SLOTS};
use alloc::vec::Vec;

/// Of how many grantees one decision looks up what they hold, to see whether it was theirs to pass on: what bounds the
/// price of a question, whatever was passed on to whom. A chain of the greatest length takes three; an account counts as
/// often as it has organisations.
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

/// Returns whether somebody with these roles may ask for that one purpose at all. `PATRQT` is the patient's own.
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

/// Decides whether a record may be shown, after IHE's Privacy Consent on FHIR 1.1.
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
///   organisations that the requester works for do not run as many of the grant's proxies as it takes to open a record,
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
/// rank a denial overrides every permit. Where nothing matches, the [law](crate::consortium::JurisdictionDefault) of the patient's
/// jurisdiction permits what it does, if the patient has never said anything about the purpose to everybody; otherwise the
/// answer is no. The oldest grant that decides gives the answer its number.
///
/// Whoever asks needs a role that fits the purpose at the time asked about, of an organisation in good standing. An account
/// may have roles in [several](crate::consortium::AccountRoles) organisations: what permits is looked for in each through
/// which a role fits, in the order of the roles, and a denial by name of any that the account works for counts before every
/// permit to one of them, whatever that organisation's standing. [`explain`] names the organisation. Nothing is decided about a time before `now`, that of the block: what was consented to since then would count for what had
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
    explain(question, lookup, now).decision
}

/// Decides as [`check`] does, and says through which of the requester's organisations.
pub fn explain(question: &Check, lookup: &impl Lookup, now: Timestamp) -> Explained {
    if let Some(decision) = before_grants(question, now) {
        return decision.into();
    }
    let state = lookup.state(&question.patient);
    if let Some(decision) = own(question, &state.control) {
        return decision.into();
    }
    let breaks = question.purpose == Purposes::BTG;
    if !breaks && now < lookup.paused_until() {
        return Decision::Denied(Denial::Paused).into();
    }
    let case = Case {
        question,
        state,
        lookup,
    };
    if let Some(decision) = case.represented() {
        return decision.into();
    }
    let party = Party::of(question.requester, lookup, question.at, |role| {
        role_fits(role.roles, question.purpose)
    });
    let Some(first) = party.through.first().copied() else {
        return Decision::Denied(Denial::Role).into();
    };
    let is_open = || {
        lookup
            .glass(&question.patient, &question.requester)
            .is_some_and(|glass| glass.is_open(question.at))
    };
    if breaks && !is_open() {
        return Decision::Denied(Denial::GlassClosed).into();
    }
    let mut met = Vec::new();
    let decided = case
        .by_name(&party, &mut met)
        .or_else(|| case.passed_on(&party, &met))
        .or_else(|| case.by_base(&party).map(|decision| (decision, first)));
    let (decision, organisation) = decided.unwrap_or((
        if breaks {
            Decision::Glass
        } else {
            Decision::Denied(Denial::NoGrant)
        },
        first,
    ));
    Explained {
        decision,
        organisation: Some(organisation),
    }
}

/// A question, and where its answer is looked up. What most questions need nothing of is in functions of its own: the chain
/// charges for compiling every function that a call enters, by its size.
struct Case<'a, L> {
    question: &'a Check,
    state: PatientState,
    lookup: &'a L,
}

/// A link of a chain: the organisations of whoever holds it, its proxies, and how many of them it takes.
type Link = (Vec<OrganisationId>, Proxies, u8);

/// A decision, and through which organisation.
type Decided = (Decision, OrganisationId);

/// Somebody above what was passed on.
struct Holder {
    grantee: Grantee,
    /// Who acted for them, where they are an organisation.
    by: Option<AccountId>,
    /// How many grantees it counts for.
    weight: usize,
    /// Their organisations, and what the patient or somebody else gave them; `None` where they may pass nothing on.
    found: Option<Held>,
}

/// The organisations of somebody, and the grants that they have.
type Held = (Vec<OrganisationId>, Vec<GrantCell>);

impl<L: Lookup> Case<'_, L> {
    /// Returns what is decided where the requester is a personal representative, who asks as the patient would.
    fn represented(&self) -> Option<Decision> {
        let Check {
            requester, patient, at, ..
        } = self.question;
        if self.question.purpose != Purposes::PATRQT || !self.lookup.guardianship(patient).represents(requester, *at) {
            return None;
        }
        let said = self.lookup.grants(patient, &Grantee::Account(*requester));
        let said = self.given(&[], &said);
        let denied = said.filter(|said| matches!(said, Decision::Denied(_)));
        Some(denied.unwrap_or(Decision::Representative))
    }

    /// Returns what the patient said about somebody by name: their account, or else their organisations, of which a
    /// denial of any counts first. `None` when nothing matches. Whatever was looked up and may permit is added to
    /// `met`, with the organisation through which.
    fn by_name(&self, party: &Party, met: &mut Vec<(GrantCell, OrganisationId)>) -> Option<Decided> {
        let patient = &self.question.patient;
        if let Some((account, first)) = party.account.zip(party.through.first().copied()) {
            let grants = self.lookup.grants(patient, &Grantee::Account(account));
            let decision = self.given(&party.works_for, &grants);
            met.push((grants, first));
            if let Some(decision) = decision {
                return Some((decision, first));
            }
        }
        self.by_organisation(party, met)
    }

    /// Returns what the patient said about somebody's organisations by name.
    #[inline(never)]
    fn by_organisation(&self, party: &Party, met: &mut Vec<(GrantCell, OrganisationId)>) -> Option<Decided> {
        let patient = &self.question.patient;
        let mut permitted = None;
        for organisation in &party.works_for {
            let grants = self.lookup.grants(patient, &Grantee::Organisation(*organisation));
            let decided = self
                .given(&party.works_for, &grants)
                .map(|decision| (decision, *organisation));
            if decided.is_some_and(|(decision, _)| matches!(decision, Decision::Denied(_))) {
                return decided;
            }
            if party.through.contains(organisation) {
                permitted = permitted.or(decided);
                met.push((grants, *organisation));
            }
        }
        permitted
    }

    /// Returns what the patient's own among some grants of one name say to somebody of these organisations.
    #[inline(never)]
    fn given(&self, organisations: &[OrganisationId], grants: &GrantCell) -> Option<Decision> {
        let mut best: Option<KeptGrant<'_>> = None;
        for grant in grants.iter() {
            let outranks = best.is_none_or(|best| {
                grant.depth > best.depth
                    || (grant.depth == best.depth && grant.effect == Effect::Deny && best.effect == Effect::Permit)
            });
            if outranks && !grant.is_passed_on && self.matches(&grant, Some(organisations)) {
                best = Some(grant);
            }
        }
        best.map(|grant| match grant.effect {
            Effect::Deny => Decision::Denied(Denial::DeniedBy(grant.id)),
            Effect::Permit => Decision::Permitted(grant.id),
        })
    }

    /// Returns what is for everybody: by the patient's base decisions, or else by law.
    #[inline(never)]
    fn by_base(&self, party: &Party) -> Option<Decision> {
        let base = self.lookup.grants(&self.question.patient, &Grantee::Anyone);
        self.given(&party.works_for, &base).or_else(|| self.by_law())
    }

    /// Returns what the law of the patient's jurisdiction permits, where the patient has never said anything about the
    /// purpose to everybody: what is of normal confidentiality, and in no restricted slot.
    fn by_law(&self) -> Option<Decision> {
        let Check {
            purpose,
            facts,
            research,
            extent,
            ..
        } = self.question;
        let jurisdictions = self.lookup.jurisdictions();
        if self.state.spoken.contains(*purpose) || !jurisdictions.permit_anywhere(*purpose) {
            return None;
        }
        let default = jurisdictions.of(self.lookup.residence(&self.question.patient)?)?;
        let permitted = default.permits.contains(*purpose)
            && facts.confidentiality == Confidentiality::Normal
            && !self.state.restricted.contains(facts.slot)
            && (*purpose != Purposes::HRESCH || default.research.allows(*research, *extent));
        permitted.then_some(Decision::Jurisdiction(default.jurisdiction))
    }

    /// Returns what was passed on to somebody, among some grants, says.
    #[inline(never)]
    fn passed_on(&self, party: &Party, cells: &[(GrantCell, OrganisationId)]) -> Option<Decided> {
        let mut holders = Vec::new();
        let mut counts = |grant: &KeptGrant<'_>| {
            grant.is_passed_on
                && self.matches(grant, Some(&party.works_for))
                && grant.origin().is_some_and(|origin| {
                    let last = (party.works_for.clone(), grant.proxies, grant.threshold);
                    self.descends_from(origin, last, &mut holders)
                })
        };
        cells.iter().find_map(|(cell, through)| {
            let grant = cell.iter().find(|grant| counts(grant))?;
            Some((Decision::Permitted(grant.id), *through))
        })
    }

    /// Returns whether a grant could be passed on to answer this question, so that all of these hold for it and for
    /// what it itself was passed on from, up to a grant of the patient: it matches; it may be passed on; its grantee
    /// has a role that counts, or is an organisation in good standing; and the patient does not deny the same to that
    /// grantee, nor to the admin who acted for it. `last` is what was passed on in the end, and `holders` are those
    /// that were looked up for this question.
    fn descends_from(&self, origin: Origin, last: Link, holders: &mut Vec<Holder>) -> bool {
        let mut chain = Vec::from([last]);
        let mut next = Some(origin);
        while let Some(Origin { parent, by, .. }) = next {
            let Some((organisations, held)) = self.holder(parent.grantee, by, holders) else {
                return false;
            };
            let Some(grant) = held.iter().find_map(|cell| cell.find(parent.id)) else {
                return false;
            };
            if chain.len() > MAX_DELEGATION || !grant.delegable || !self.matches(&grant, None) {
                return false;
            }
            chain.push((organisations.clone(), grant.proxies, grant.threshold));
            next = grant.origin();
            if grant.is_passed_on && next.is_none() {
                return false;
            }
        }
        // Whoever has what was passed on, and everybody above them, together.
        let mut together = Vec::with_capacity(chain.len());
        chain.iter().rev().all(|(organisations, proxies, threshold)| {
            together.extend_from_slice(organisations);
            !run_enough(&together, *proxies, *threshold, self.lookup.proxies())
        })
    }

    /// Returns the organisations of a grantee who may pass on what they hold, and what that is. Every one is looked up
    /// once, and no more of them than [`MAX_HOLDERS`].
    fn holder<'h>(&self, grantee: Grantee, by: Option<AccountId>, holders: &'h mut Vec<Holder>) -> Option<&'h Held> {
        let known = holders
            .iter()
            .position(|holder| holder.grantee == grantee && holder.by == by);
        let place = match known {
            Some(place) => place,
            None => {
                let looked_up: usize = holders.iter().map(|holder| holder.weight).sum();
                let left = MAX_HOLDERS.saturating_sub(looked_up);
                if left == 0 {
                    return None;
                }
                holders.push(self.look_up(grantee, by, left));
                holders.len().saturating_sub(1)
            }
        };
        holders.get(place)?.found.as_ref()
    }

    /// Returns what a grantee holds, who counts for as many as are left at most.
    fn look_up(&self, grantee: Grantee, by: Option<AccountId>, left: usize) -> Holder {
        let party = self.member(grantee);
        let weight = party.as_ref().map_or(1, |party| party.works_for.len());
        let found = party.filter(|_| weight <= left).and_then(|party| self.held(party, by));
        Holder {
            grantee,
            by,
            weight: weight.min(left),
            found,
        }
    }

    fn held(&self, party: Party, by: Option<AccountId>) -> Option<Held> {
        let mut held = Vec::new();
        let said = self.by_name(&party, &mut held).map(|(decision, _)| decision);
        let said_of_admin = || {
            let grants = self.lookup.grants(&self.question.patient, &Grantee::Account(by?));
            self.given(&party.works_for, &grants)
        };
        let denied = |decision| matches!(decision, Some(Decision::Denied(_)));
        if denied(said) || denied(said_of_admin()) {
            return None;
        }
        let held = held.into_iter().map(|(cell, _)| cell).collect();
        Some((party.works_for, held))
    }

    /// Returns a grantee who may use what they hold, at the time asked about.
    fn member(&self, grantee: Grantee) -> Option<Party> {
        match grantee {
            Grantee::Account(account) => {
                let party = Party::of(account, self.lookup, self.question.at, |_| true);
                (!party.through.is_empty()).then_some(party)
            }
            Grantee::Organisation(id) => {
                let stands = self.lookup.organisations().standing(id) == Some(Standing::Member);
                stands.then(|| Party {
                    account: None,
                    through: Vec::from([id]),
                    works_for: Vec::from([id]),
                })
            }
            Grantee::Anyone => None,
        }
    }

    /// Returns whether a grant is about the question, when somebody of these organisations asks; `None` where the
    /// proxies that they run are looked at elsewhere.
    fn matches(&self, grant: &KeptGrant<'_>, organisations: Option<&[OrganisationId]>) -> bool {
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
        about && (!permits || self.may_permit(grant, organisations)) && (!grant.is_narrowed || fits())
    }

    /// Returns whether what only limits permits lets this one permit.
    fn may_permit(&self, grant: &KeptGrant<'_>, organisations: Option<&[OrganisationId]>) -> bool {
        let Check {
            purpose,
            facts,
            research,
            extent,
            ..
        } = self.question;
        facts.confidentiality <= grant.confidentiality
            && (grant.slots.is_single() || !self.state.restricted.contains(facts.slot))
            && !organisations.is_some_and(|ids| run_enough(ids, grant.proxies, grant.threshold, self.lookup.proxies()))
            && (*purpose != Purposes::HRESCH || grant.research.allows(*research, *extent))
    }
}

#[cfg(test)]
mod tests;
