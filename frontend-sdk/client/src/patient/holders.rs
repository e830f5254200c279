//! For whom the keys of a grant are split: its grantee, and the proxies of other organisations.

use super::{GrantError, Patient};
use crate::{
    chain::{Chain, Head},
    deployment::Aegle,
    proxies::{ProxyFailure, ProxyFault, Quorum},
    remote::Transport,
};
use aegle_protocol::wire::ProxyIdentity;
use aegle_rules::{
    AccountId, EncryptionKey, OrganisationId,
    consent::{Proxies, Terms},
    consortium::{ProxyOperator, ProxyOperators},
};
use std::collections::BTreeSet;

/// Whom the keys of a grant are split for.
pub(super) struct Holders {
    /// The key that the grantee's part is sealed to.
    pub(super) grantee: EncryptionKey,
    /// How many of the proxies must take part.
    pub(super) threshold: u8,
    /// The proxies, in the order of their numbers in the consortium.
    pub(super) proxies: Vec<Holder>,
}

/// A proxy that gets a share.
pub(super) struct Holder {
    pub(super) account: AccountId,
    number: u8,
    /// The key that its shares are sealed to, or why that is not known now.
    pub(super) key: Result<EncryptionKey, ProxyFailure>,
}

/// A registered proxy that can be asked.
#[derive(Clone, Copy)]
struct Candidate {
    number: u8,
    operator: ProxyOperator,
}

impl Holders {
    /// Returns the proxies as the chain names them.
    pub(super) fn on_chain(&self) -> Proxies {
        Proxies(self.proxies.iter().fold(0, |bits, holder| bits | (1 << holder.number)))
    }

    /// Returns the accounts of the proxies, as a split document names them.
    pub(super) fn accounts(&self) -> Vec<AccountId> {
        self.proxies.iter().map(|holder| holder.account).collect()
    }
}

impl Patient {
    /// Looks up for whom the keys of a new grant are split, before anything goes on chain.
    pub(super) async fn holders<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        grantee: AccountId,
        quorum: Quorum,
    ) -> Result<Holders, GrantError> {
        let head = aegle.chain.finalized().await?;
        let key = grantee_key(aegle, &head, grantee).await?;
        let operators = aegle.proxy_operators(&head).await?;
        let (threshold, proxies) = match quorum.among(organisations(&operators).len()) {
            Some((threshold, count)) => {
                let own = aegle.role(&head, grantee).await?.map(|role| role.organisation);
                let order = in_order(aegle, &operators, own, threshold);
                let wanted = Wanted { threshold, count };
                (threshold, wanted.choose(aegle, &head, &operators, order).await?)
            }
            None => (1, vec![indexers(aegle, &head, &operators).await?]),
        };
        Ok(Holders {
            grantee: key,
            threshold,
            proxies,
        })
    }

    /// Looks up for whom the keys of a grant that stands are split again: the proxies that the chain names.
    pub(super) async fn holders_again<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        grantee: AccountId,
        terms: &Terms,
    ) -> Result<Holders, GrantError> {
        let head = aegle.chain.finalized().await?;
        let key = grantee_key(aegle, &head, grantee).await?;
        let operators = aegle.proxy_operators(&head).await?;
        let mut proxies = Vec::new();
        for (number, operator) in (0_u8..).zip(&operators.operators) {
            if !terms.proxies.contains(number.into()) {
                continue;
            }
            proxies.push(Holder {
                account: operator.account,
                number,
                key: proxy_key(aegle, &head, operator.account).await,
            });
        }
        Ok(Holders {
            grantee: key,
            threshold: terms.threshold,
            proxies,
        })
    }
}

async fn grantee_key<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    head: &Head,
    grantee: AccountId,
) -> Result<EncryptionKey, GrantError> {
    let entry = aegle.directory(head, grantee).await?;
    Ok(entry.ok_or(GrantError::NoKey(grantee))?.key)
}

fn organisations(operators: &ProxyOperators) -> BTreeSet<OrganisationId> {
    let operators = operators.operators.iter();
    operators.map(|operator| operator.organisation).collect()
}

/// The indexer's own proxy, which alone holds a grant's share.
async fn indexers<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    head: &Head,
    operators: &ProxyOperators,
) -> Result<Holder, GrantError> {
    let account = aegle.indexer.account();
    let key = match proxy_key(aegle, head, account).await {
        Ok(key) => key,
        Err(ProxyFailure::Remote(error)) => return Err(error.into()),
        Err(ProxyFailure::Chain(error)) => return Err(error.into()),
        Err(_) => return Err(GrantError::ProxyKey),
    };
    let number = operators
        .number_of(account)
        .ok_or(GrantError::UnregisteredProxy(account))?;
    Ok(Holder {
        account,
        number,
        key: Ok(key),
    })
}

/// Reads the key of a proxy from its server. The account is the pinned one; the key must follow from it, or stand in the
/// directory.
async fn proxy_key<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    head: &Head,
    account: AccountId,
) -> Result<EncryptionKey, ProxyFailure> {
    let server = aegle.server_of(account).ok_or(ProxyFailure::Unknown)?;
    let proxy: ProxyIdentity = server.status(aegle.contracts).await?.proxy;
    let vouched = match aegle.directory(head, account).await? {
        Some(entry) => entry.key == proxy.key,
        None => proxy.is_derived(),
    };
    match vouched {
        true => Ok(proxy.key),
        false => Err(ProxyFailure::Key),
    }
}

/// The registered proxies whose servers are known, in the order in which they are asked: the indexer's first, those of the
/// grantee's organisation last, and not at all where one share is enough to open.
fn in_order<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    operators: &ProxyOperators,
    grantees: Option<OrganisationId>,
    threshold: u8,
) -> Vec<Candidate> {
    let is_grantees = |candidate: &Candidate| Some(candidate.operator.organisation) == grantees;
    let known = aegle.proxy_servers().filter_map(|server| {
        let number = operators.number_of(server.account())?;
        let operator = *operators.operators.get(usize::from(number))?;
        Some(Candidate { number, operator })
    });
    let (own, others): (Vec<_>, Vec<_>) = known.partition(is_grantees);
    let own = own.into_iter().filter(|_| threshold > 1);
    others.into_iter().chain(own).collect()
}

/// How many proxies are looked for, each of another organisation.
struct Wanted {
    threshold: u8,
    count: u8,
}

impl Wanted {
    /// Chooses the first ones that answer, one an organisation. Fewer than are wanted are not taken instead: whoever keeps
    /// proxies from answering would settle how few must agree.
    async fn choose<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        head: &Head,
        operators: &ProxyOperators,
        order: Vec<Candidate>,
    ) -> Result<Vec<Holder>, GrantError> {
        let (mut chosen, mut taken, mut faults) = (Vec::new(), BTreeSet::new(), Vec::new());
        for Candidate { number, operator } in order {
            if chosen.len() == usize::from(self.count) {
                break;
            }
            if taken.contains(&operator.organisation) {
                continue;
            }
            let account = operator.account;
            match proxy_key(aegle, head, account).await {
                Ok(key) => {
                    taken.insert(operator.organisation);
                    chosen.push(Holder {
                        account,
                        number,
                        key: Ok(key),
                    });
                }
                Err(failure) => faults.push(ProxyFault {
                    proxy: account,
                    failure,
                }),
            }
        }
        if chosen.len() < usize::from(self.count) {
            let unknown = operators
                .operators
                .iter()
                .filter(|operator| aegle.server_of(operator.account).is_none());
            faults.extend(unknown.map(|operator| ProxyFault {
                proxy: operator.account,
                failure: ProxyFailure::Unknown,
            }));
            return Err(GrantError::TooFewProxies {
                threshold: self.threshold,
                wanted: self.count,
                found: chosen.len(),
                faults,
            });
        }
        chosen.sort_by_key(|holder| holder.number);
        Ok(chosen)
    }
}
