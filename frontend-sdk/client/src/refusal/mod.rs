//! Refusals as sentences that say what to do, for whoever is not at home in the contracts.
//!
//! [`consent()`], [`consortium()`] and [`ledger()`] say what a contract's error means; [`denial()`] what the answer to "may this
//! be shown?" means. What can be told only with a look at the chain, such as *when* a role ended, is a [`RoleProblem`].

mod consent;
mod ledger;
mod role;

pub use consent::{consent, denial};
pub use ledger::ledger;
pub use role::{RoleProblem, role_problem};

use crate::chain::CallError;
use aegle_rules::{consortium::ConsortiumError, relay::RelayError};

/// Says why a message was not carried out, a refusal in the words of `sentence`.
pub(crate) fn told<E: std::fmt::Debug>(error: &CallError<E>, sentence: impl Fn(&E) -> String) -> String {
    match error {
        CallError::Refused(refusal) => sentence(refusal),
        CallError::Chain(error) => error.to_string(),
        CallError::Relayer(error) => error.to_string(),
    }
}

/// Says what a refusal of the consortium contract means.
pub fn consortium(error: &ConsortiumError) -> String {
    use ConsortiumError as Error;
    let sentence = match error {
        Error::NotCommittee => "the account is not of the committee: `aegle consortium show` lists its members",
        Error::UnknownOrganisation => "there is no such organisation: `aegle organisations` lists them",
        Error::WrongStanding => "the organisation is suspended already, or is not suspended",
        Error::InvalidRole => "a role must be named: `aegle roles --names` lists them",
        Error::RoleEndsInThePast => "the role would have ended already: give a later end",
        Error::NoRole => "the account has no role that could be taken",
        Error::NotYours => {
            "the account has an office that only the committee gives and takes, or works for other organisations alone: ask \
             the committee"
        }
        Error::TooMany => {
            "that is none, or more than the contract counts or takes at once; an account has roles and offers of four \
             organisations at most (`aegle roles ACCOUNT` lists them), and gives one back by `aegle staff renounce`"
        }
        Error::InvalidJurisdiction => {
            "a default permits TREAT, ETREAT, HOPERAT, HRESCH and PUBHLTH alone, says of research what it may be about, and is \
             for a jurisdiction with a number from 1: `aegle jurisdictions` lists those that are known"
        }
        Error::AdminElsewhere => {
            "the account is an admin of another organisation, and acts for one alone: use another account"
        }
        Error::InvalidKey => "the key is all zero",
        Error::NotController => {
            "the key does not control the account: it was replaced by guardians, or is another account's; `aegle guardian show` \
             says who does"
        }
        Error::ReplacementPending => {
            "another key is to control the account: until then, nobody sets its keys, names who may vouch for it, or vouches for \
             it; `aegle guardian veto` takes it back"
        }
        Error::ExclusiveGuardians => "guardians act for the account alone, until the day that they were named for",
        Error::NoAnswer => "the consent contract does not say who controls the account: tell the committee",
        Error::InvalidCommittee => "a committee has 1 to 15 different members, and a threshold of 1 to their number",
        Error::UnknownProposal => "there is no such proposal: it was carried out or withdrawn, or never made",
        Error::ChangedProposal => "the proposal is for something else: `aegle proposals` shows for what",
        Error::Expired => "its time has passed: propose it anew",
        Error::Superseded => "the committee was replaced after it was proposed: propose it anew",
        Error::NotEnoughVotes => "too few members have voted for it: `aegle proposals` names who is next",
        Error::NotProposer => "only who proposed it withdraws it while it can be voted on",
        Error::NotConnected => "the consortium does not know the other contracts yet: run `aegle deploy` to its end",
        Error::InvalidContracts => "the consent and the ledger contract would be one",
        Error::InvalidProxies => "there would be more than 32 proxies, or one account twice",
        Error::InvalidLimits => "a limit is outside of its bounds: the operator's guide lists them",
        Error::TooEarly => "its time has not come: it waits for the time lock (`aegle proposals` says until when)",
        Error::NothingScheduled => "no new code is scheduled for that contract",
        Error::UpgradePending => "new code is scheduled for a contract: cancel that first",
        Error::NotDelivered => {
            "a connected contract did not take the news, so nothing was changed: try again with more gas"
        }
        Error::UnknownCode => "the chain does not have that code: upload it first",
        Error::AlreadyRegistered => "the account is registered as a patient already",
        Error::NotAdmin => "the account is not, now, an admin of an organisation in good standing",
        Error::UnknownPatient => "the account did not register as a patient",
        Error::AlreadyActivated => {
            "an organisation vouches for the patient already: to have it settled anew, they name one by `aegle keys name`"
        }
        Error::NotChosen => {
            "the patient did not name your organisation, so that it may not vouch for them: they name it by `aegle keys name`"
        }
        Error::OtherJurisdiction => {
            "the organisation is not in the jurisdiction that was named with it, so that another law would count than the patient \
             saw: `aegle organisations` says where it is, and the patient names it anew by `aegle keys name`"
        }
        Error::InvalidEnd => {
            "an organisation is named until a time that is to come, 30 days from now at most: give another end"
        }
        Error::NameEnded => {
            "the time for which the patient named the organisation has passed: they name it anew by `aegle keys name`"
        }
        Error::ControllerReplaced => {
            "another key controls the patient's account than the one that named the organisation, so that the name does not count \
             any more: with the key that they have now, the patient names it anew by `aegle keys name`"
        }
        Error::NotVouchedFor => {
            "nobody vouches for the patient, so that no law counts for them that could be corrected: they name an organisation by \
             `aegle keys name`, and its admin vouches by `aegle staff vouch`"
        }
        Error::Relay(error) => return relay(error),
        Error::AlreadyPaused => "there is a pause already: `aegle consortium show` says until when",
        Error::NotPaused => "there is no pause to end",
        Error::PauseSpent => {
            "who called for the last pause cannot call for another one for 30 days: ask another member"
        }
        Error::NotAccepted => "a new member has not accepted their seat: they do so by `aegle accept`",
        Error::NotNamed => {
            "the proposal gives the account no seat in the committee: `aegle proposals` shows what it is for"
        }
        Error::InvalidSuccessor => {
            "an organisation takes another one's place, and neither of the two may have a successor already"
        }
        Error::WrongLayout => "the new code cannot read what the contract keeps; the old code goes on",
        _ => return format!("the consortium contract refused: {error:?}"),
    };
    sentence.into()
}

/// Says why a signed call that somebody else submits is refused.
fn relay(error: &RelayError) -> String {
    match error {
        RelayError::WrongNonce { next } => {
            format!(
                "the signed call was carried out already, or another one comes first: sign it with the number {next}"
            )
        }
        RelayError::Expired => "the signed call has expired: sign it anew".into(),
        RelayError::TooFarAhead => "the signed call ends more than a day from now: sign it for less".into(),
        RelayError::BadSignature => "the signature is not the signer's, or is for another call".into(),
        _ => format!("the signed call is refused: {error:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegle_rules::{consent::ConsentError, ledger::LedgerError};

    #[test]
    fn no_refusal_shows_a_name_of_the_code() {
        use scale::DecodeAll;
        let mut sentences = Vec::new();
        for index in 0..=u8::MAX {
            // A variant with a field needs more bytes; those are tried with a field of its own.
            for bytes in [vec![index], vec![index, 1], vec![index, 1, 0], vec![index, 1, 0, 0, 0]] {
                if let Ok(error) = ConsentError::decode_all(&mut &bytes[..]) {
                    sentences.push((format!("{error:?}"), consent(&error)));
                }
                if let Ok(error) = ConsortiumError::decode_all(&mut &bytes[..]) {
                    sentences.push((format!("{error:?}"), consortium(&error)));
                }
                if let Ok(error) = LedgerError::decode_all(&mut &bytes[..]) {
                    sentences.push((format!("{error:?}"), ledger(&error)));
                }
            }
        }
        assert!(sentences.len() > 90, "{}", sentences.len());
        for (name, sentence) in sentences {
            assert!(
                !sentence.contains(&name) && sentence.contains(' '),
                "{name}: {sentence}"
            );
            assert!(!sentence.contains("contract refused:"), "{name}: {sentence}");
        }
    }
}
