//! Lists that no message of the contracts gives, each entry as the contracts hold it now.

use super::History;
use crate::{
    chain::{Chain, ChainError, Head},
    committee::blake2_256,
    deployment::OnChain,
};
use aegle_rules::{
    AccountId, GrantId, OrganisationId, ProposalId, Timestamp,
    consent::{
        Grantee, Request, Terms, Unreviewed,
        events::Event as Consent,
        messages::{BreakerOf, Grants, RequestOf},
    },
    consortium::{
        self, AccountRoles, Action, Named, Role, action_hash, events::Event as Consortium,
        messages::Patient as PatientOf,
    },
};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::{BTreeMap, BTreeSet};

/// How many accounts the contracts are asked about at once.
const PARALLEL_READS: usize = 16;

/// A grant that is kept, with its terms as they stand on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its number.
    pub id: GrantId,
    /// Its terms.
    pub terms: Terms,
    /// Who passed it on; `None` where the patient gave it.
    pub passed_on_by: Option<AccountId>,
}

/// A request that was not answered, as it stands on chain. It may have expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingRequest {
    /// Whose records.
    pub patient: AccountId,
    /// Who asks.
    pub requester: AccountId,
    /// For what.
    pub request: Request,
}

/// Whose requests are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Those to the account, as a patient.
    To,
    /// Those by the account.
    By,
}

/// An account with roles, as it stands on chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The account.
    pub account: AccountId,
    /// Its roles, which may have ended, and those that it is offered.
    pub roles: AccountRoles,
    /// Those that count now.
    pub effective: Vec<Role>,
}

/// A patient who named an organisation that does not vouch for them yet, as it stands on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnvouchedPatient {
    /// The patient.
    pub patient: AccountId,
    /// When they registered.
    pub registered_at: Timestamp,
}

/// A broken glass that waits for its review, as it stands on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnreviewedGlass {
    /// Who broke it.
    pub clinician: AccountId,
    /// Where, when, and until when it must be reviewed.
    pub glass: Unreviewed,
    /// The reason that the clinician gave, as a code of the consortium's list; `None` where no event tells it.
    pub reason: Option<u8>,
}

/// Lists the grants over a patient's records that are kept on chain, with those that were passed on; some may have ended.
/// Those that `revoke_all` ended are left out.
///
/// # Errors
/// The chain does not answer.
pub async fn grants<C: Chain>(
    aegle: &OnChain<'_, C>,
    head: &Head,
    history: &History,
    patient: AccountId,
) -> Result<Vec<Held>, ChainError> {
    let mut grantees = Vec::new();
    let mut delegators = BTreeMap::new();
    // The last numbers that `revoke_all` has ended.
    let (mut granted, mut delegated) = (0, 0);
    for (_, event) in history.consent() {
        match event {
            Consent::Granted(event) if event.patient == patient => push(&mut grantees, event.terms.grantee),
            Consent::Delegated(event) if event.patient == patient => {
                push(&mut grantees, event.terms.grantee);
                delegators.insert(event.id.0, event.by);
            }
            Consent::AllRevoked(event) if event.patient == patient => {
                (granted, delegated) = (event.granted, event.delegated);
            }
            _ => {}
        }
    }
    let mut held = Vec::new();
    for grantee in grantees {
        let message = Grants { patient, grantee };
        let stored = aegle.chain.read(head.hash, aegle.contracts.consent, &message).await?;
        let stands = |id: GrantId| id.number() > if id.is_delegated() { delegated } else { granted };
        let standing = stored.into_iter().filter(|(id, _)| stands(*id));
        held.extend(standing.map(|(id, terms)| Held {
            id,
            terms,
            passed_on_by: delegators.get(&id.0).copied(),
        }));
    }
    held.sort_by_key(|grant| (grant.id.is_delegated(), grant.id));
    Ok(held)
}

/// Finds to whom a patient's grant of that number was given; `None` if no event tells of it.
pub fn grantee_of(history: &History, patient: AccountId, id: GrantId) -> Option<Grantee> {
    history.consent().find_map(|(_, event)| match event {
        Consent::Granted(event) if event.patient == patient && event.id == id => Some(event.terms.grantee),
        Consent::Delegated(event) if event.patient == patient && event.id == id => Some(event.terms.grantee),
        _ => None,
    })
}

/// Lists the requests to a patient, or by an account, that were neither answered nor withdrawn.
///
/// # Errors
/// The chain does not answer.
pub async fn requests<C: Chain>(
    aegle: &OnChain<'_, C>,
    head: &Head,
    history: &History,
    account: AccountId,
    direction: Direction,
) -> Result<Vec<PendingRequest>, ChainError> {
    let mut pairs = Vec::new();
    for (_, event) in history.consent() {
        if let Consent::AccessRequested(event) = event {
            let whose = match direction {
                Direction::To => event.patient,
                Direction::By => event.requester,
            };
            if whose == account {
                push(&mut pairs, (event.patient, event.requester));
            }
        }
    }
    let mut open = Vec::new();
    for (patient, requester) in pairs {
        let message = RequestOf { patient, requester };
        let request = aegle.chain.read(head.hash, aegle.contracts.consent, &message).await?;
        open.extend(request.map(|request| PendingRequest {
            patient,
            requester,
            request,
        }));
    }
    Ok(open)
}

/// Lists the broken glasses of an organisation's clinicians that wait for their review, soonest due first.
///
/// # Errors
/// The chain does not answer.
pub async fn glasses<C: Chain>(
    aegle: &OnChain<'_, C>,
    head: &Head,
    history: &History,
    organisation: OrganisationId,
) -> Result<Vec<UnreviewedGlass>, ChainError> {
    let (mut clinicians, mut reasons) = (Vec::new(), BTreeMap::new());
    for (_, event) in history.consent() {
        if let Consent::GlassBroken(event) = event {
            push(&mut clinicians, event.clinician);
            let glass = (event.clinician, event.patient, event.glass.opened_at);
            reasons.insert(glass, event.glass.reason);
        }
    }
    let mut waiting = Vec::new();
    for clinician in clinicians {
        let message = BreakerOf { clinician };
        let breaker = aegle.chain.read(head.hash, aegle.contracts.consent, &message).await?;
        let of_ours = breaker.unreviewed.into_iter();
        let of_ours = of_ours.filter(|glass| glass.organisation == organisation);
        waiting.extend(of_ours.map(|glass| UnreviewedGlass {
            clinician,
            glass,
            reason: reasons.get(&(clinician, glass.patient, glass.opened_at)).copied(),
        }));
    }
    waiting.sort_by_key(|waiting| waiting.glass.review_by);
    Ok(waiting)
}

/// Lists the patients who named an organisation that alone may vouch for them, and that has not, those who have waited longest
/// first.
///
/// # Errors
/// The chain does not answer.
pub async fn unvouched<C: Chain>(
    aegle: &OnChain<'_, C>,
    head: &Head,
    history: &History,
    organisation: OrganisationId,
) -> Result<Vec<UnvouchedPatient>, ChainError> {
    // A name that stands was told with its own end, so that those that are over need not be asked about.
    let stands = |named: &Named| named.organisation == organisation && head.timestamp < named.until;
    let names = |named: Option<&Named>| named.is_some_and(stands);
    let mut patients = Vec::new();
    for (_, event) in history.consortium() {
        match event {
            Consortium::PatientRegistered(event) if names(event.named.as_ref()) => {
                push(&mut patients, event.patient);
            }
            Consortium::OrganisationNamed(event) if names(event.named.as_ref()) => {
                push(&mut patients, event.patient);
            }
            _ => {}
        }
    }
    let mut waiting = Vec::new();
    for patient in patients {
        let message = PatientOf { account: patient };
        let registration = aegle
            .chain
            .read(head.hash, aegle.contracts.consortium, &message)
            .await?;
        // A name is used up by vouching, and ends; another one may have taken its place.
        let ours = registration.filter(|registration| registration.named.as_ref().is_some_and(stands));
        waiting.extend(ours.map(|registration| UnvouchedPatient {
            patient,
            registered_at: registration.registered_at,
        }));
    }
    waiting.sort_by_key(|waiting| waiting.registered_at);
    Ok(waiting)
}

/// Lists the accounts that were ever given or offered a role, in any organisation or in one, with the roles that they have.
///
/// # Errors
/// The chain does not answer.
pub async fn roles<C: Chain>(
    aegle: &OnChain<'_, C>,
    head: &Head,
    history: &History,
    organisation: Option<OrganisationId>,
) -> Result<Vec<Member>, ChainError> {
    let is_meant = |role: &Role| organisation.is_none_or(|organisation| role.organisation == organisation);
    let (mut accounts, mut known) = (Vec::new(), BTreeSet::new());
    for (_, event) in history.consortium() {
        let (account, role) = match event {
            Consortium::RoleSet(event) => (event.account, &event.role),
            Consortium::RoleOffered(event) => (event.account, &event.role),
            _ => continue,
        };
        if is_meant(role) && known.insert(account) {
            accounts.push(account);
        }
    }
    let members = stream::iter(accounts).map(|account| Member::read(aegle, head, account));
    members.buffered(PARALLEL_READS).try_collect().await
}

impl Member {
    /// Reads the roles of an account.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn read<C: Chain>(aegle: &OnChain<'_, C>, head: &Head, account: AccountId) -> Result<Self, ChainError> {
        Ok(Self {
            account,
            roles: aegle.roles(head, account).await?,
            effective: aegle.effective_roles(head, account).await?,
        })
    }
}

/// Returns the first admin of each organisation, as the committee named them when it admitted it.
pub fn admins(history: &History) -> BTreeMap<OrganisationId, AccountId> {
    let admitted = history.consortium().filter_map(|(_, event)| match event {
        Consortium::OrganisationAdmitted(event) => Some((event.organisation, event.admin)),
        _ => None,
    });
    admitted.collect()
}

/// Returns what a proposal is for, where an event tells it and it has the hash that the contract keeps of it.
pub fn actions(history: &History, id: ProposalId, stored: &consortium::Proposal) -> Option<Action> {
    history.consortium().find_map(|(_, event)| match event {
        Consortium::ProposalOpened(event)
            if event.id == id && action_hash(&event.action, blake2_256) == stored.hash =>
        {
            Some(event.action.clone())
        }
        _ => None,
    })
}

fn push<T: PartialEq>(list: &mut Vec<T>, new: T) {
    if !list.contains(&new) {
        list.push(new);
    }
}
