//! What the consent contract says, in sentences.

use super::relay;
use aegle_rules::consent::{
    ConsentError, Denial, MAX_DELEGATED_PER_GRANTEE, MAX_DELEGATED_PER_ROOT, MAX_GRANTS_AT_ONCE,
    MAX_GRANTS_PER_GRANTEE, MAX_GUARDIANS, MAX_NESTING, MAX_UNJUSTIFIED, MAX_UNREVIEWED, delegation::MAX_DELEGATION,
    glass::MAX_GLASSES_OF_ORGANISATION,
};

/// Says what a refusal of the consent contract means.
pub fn consent(error: &ConsentError) -> String {
    use ConsentError as Error;
    let sentence = match error {
        Error::NotConsortium => "only the consortium's contract may say that",
        Error::UnknownCode => "the chain does not have that code",
        Error::GrantIdTaken => "another of the patient's devices gave a grant at the same time: try again",
        Error::EmptyTerms => "at least one purpose and one data class must be named",
        Error::InvalidPeriod => "it would end before it begins, or has ended already: give a later end",
        Error::TooDeep => return format!("provisions are nested {MAX_NESTING} deep at most"),
        Error::RestrictedTogether => {
            "a specially protected data class, such as mental health, needs a grant of its own: grant it by itself"
        }
        Error::GranteeIsPatient => "patients see their own records without a grant",
        Error::GranteeOrganisation => {
            "the organisation does not exist or is suspended, so that nothing can be granted to it or its people"
        }
        Error::TooManyGrants => {
            return format!(
                "too many grants to the same account stand at once ({MAX_GRANTS_PER_GRANTEE} of the patient's, \
                 {MAX_DELEGATED_PER_GRANTEE} passed on, {MAX_DELEGATED_PER_ROOT} of these from one): revoke one first"
            );
        }
        Error::TooManyAtOnce => return format!("1 to {MAX_GRANTS_AT_ONCE} grants are given at once"),
        Error::UnknownGrant => "there is no such grant: it has ended, was revoked, or is to somebody else",
        Error::WrongSplit => {
            "a grant to somebody needs its keys split for them, and no other grant has any: the keys were not split"
        }
        Error::WrongProxies => {
            "the grant's proxies are not enough: one of them is unknown, or its organisation is suspended"
        }
        Error::ProxiesOfGrantee => {
            "the grantee's own organisation runs the proxy that would hold the other half of the keys: use another indexer"
        }
        Error::WrongResearch => "a consent to research must say which research, and no other grant may",
        Error::WrongNarrowing => "the grant is narrowed to nothing at all, or by nothing",
        Error::InsurerPurpose => "an insurer is granted access for payment (HPAYMT) and nothing else",
        Error::NotDelegable => "the grant may not be passed on, or has ended: ask the patient for one that may",
        Error::NotDelegator => {
            "only the grantee, or an admin of the grantee organisation, passes a grant on or takes it back"
        }
        Error::WiderThanParent => {
            "no more than what was granted can be passed on: fewer purposes, fewer slots, or an earlier end"
        }
        Error::ChainTooLong => {
            return format!("a grant is passed on {MAX_DELEGATION} times in a row at most: ask the patient instead");
        }
        Error::NothingToClear => "none of these grants is over",
        Error::Relay(error) => return relay(error),
        Error::WrongRole => "the account has no role, now, that fits: the committee gives roles",
        Error::RequestOpen => "a request of this account to this patient is open already: withdraw it to ask anew",
        Error::UnknownRequest => "there is no such request: it was answered or withdrawn, or never made",
        Error::RequestExpired => "the request has expired: it must be made anew",
        Error::WiderThanAsked => "the answer gives more than was asked for: give less, or grant it by itself",
        Error::TooManyGuardians => return format!("a patient has {MAX_GUARDIANS} guardians at most"),
        Error::WrongGuardians => {
            "guardians must be different people and not the patient, no more may be needed than there are, and those of an \
             infant are named first and followed by others until the same day"
        }
        Error::NotGuardian => "the account is not a guardian of that patient",
        Error::GuardiansEnded => "the guardians' time is over: from now on the patient decides alone",
        Error::NotForGuardians => "only the patient names a recovery key, and guardians unless these act alone",
        Error::GlassOpen => "the clinician has emergency access to this patient already",
        Error::ReviewOverdue => {
            "an earlier emergency access of this clinician was not reviewed in time: an admin of their organisation must \
             review it first (`aegle review`)"
        }
        Error::TooManyUnreviewed => {
            return format!("{MAX_UNREVIEWED} emergency accesses of this clinician wait for review: they come first");
        }
        Error::TooManyGlasses => "this clinician has had as many emergencies in 24 hours as the committee allows",
        Error::UnknownGlass => "there is no such emergency access, or it was reviewed already",
        Error::NotReviewer => {
            "an emergency access is reviewed by an admin of the clinician's organisation, and not by the clinician; by an \
             auditor where the organisation is suspended, the clinician is its admin, or the review is overdue"
        }
        Error::NotController => {
            "the key does not control the patient's account: it was replaced by the patient's guardians, or never did; \
             `aegle guardian show` says who does"
        }
        Error::ExclusiveGuardians => {
            "guardians act for the patient alone, until the day that they were named for: they must want it \
             (`aegle guardian act`)"
        }
        Error::OnlyGuardians => "only guardians let another key control the account (`aegle guardian act replace`)",
        Error::ReplacementPending => {
            "another key is to control the account: until then, what takes access away counts, and nothing that gives any; \
             `aegle guardian veto` takes it back"
        }
        Error::WrongController => "that key controls the account already",
        Error::NothingToVeto => "nothing waits that could be taken back: `aegle guardian show` says what waits",
        Error::VetoUsed => {
            "a key vetoes its replacement once, and this one has: the recovery key does so at any time \
             (`aegle guardian recover veto`)"
        }
        Error::RecoveryKeyFixed => {
            "the recovery key is named before there are guardians, and then only it names the next one \
             (`aegle guardian recover follow`)"
        }
        Error::NotRecoveryKey => "those words are not of the patient's recovery key",
        Error::GlassCooling => {
            "this emergency access was ended less than 24 hours ago, so that it cannot be had again yet: ask the patient, or \
             let a colleague act"
        }
        Error::TooManyUnjustified => {
            return format!(
                "{MAX_UNJUSTIFIED} emergency accesses of this clinician were found unjustified within a year: they have none \
                 until the first is a year old"
            );
        }
        Error::TooManyOfOrganisation => {
            return format!(
                "the clinicians of the organisation have had the {MAX_GLASSES_OF_ORGANISATION} emergencies of a day: try again \
                 when the day is over"
            );
        }
        _ => return format!("the consent contract refused: {error:?}"),
    };
    sentence.into()
}

/// Says why something may not be shown.
pub fn denial(denial: &Denial) -> String {
    match denial {
        Denial::NoGrant => "the patient has granted nothing that covers it: ask for it with `aegle request`".into(),
        Denial::DeniedBy(grant) => format!("the patient has denied it (grant {grant})"),
        Denial::Role => "the account has no role, now, that fits the purpose, or its organisation is suspended".into(),
        Denial::Malformed => "the question is malformed: it names one purpose and a slot from 0 to 31".into(),
        Denial::GlassClosed => "break-glass access is not open: `aegle break-glass` opens it".into(),
        Denial::Paused => "the consortium has paused what is permitted: try again later, or ask its committee".into(),
        Denial::NotController => {
            "the key of this account does not control it any more, or guardians act for it alone: `aegle guardian show` says \
             who does"
                .into()
        }
        Denial::Past => "the question is about a time of which nothing is known any more: ask about now".into(),
    }
}
