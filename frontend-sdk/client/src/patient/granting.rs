//! Giving a grant: its keys are split, its terms go on chain, and the parts are deposited.

use super::{
    FIRST_SPLIT, GrantError, GrantRequest, Granted, MAX_GRANT_ATTEMPTS, Patient, fresh_salt, holders::Holders,
};
use crate::{
    chain::{CallError, Chain, ChainError, Head, Receipt},
    deployment::{Aegle, OnChain},
    proxies::{ProxyFailure, ProxyFault, Quorum},
    remote::Transport,
};
use aegle_crypto::delegation::Split;
use aegle_protocol::{
    commitment::{DocumentSalt, document_commitment},
    delegation::SplitEndorsement,
    random::SystemRandom,
    seal::Sealed,
    wire::ShareDeposit,
};
use aegle_rules::{
    AccountId, GrantId,
    consent::{self, Call, ConsentError, Terms, events::Event},
};
use futures_util::future::join_all;

/// The terms of a grant under one number, and what was made with them.
pub(crate) struct GrantDraft<M> {
    pub(crate) terms: Terms,
    pub(crate) made: M,
}

/// A grant that is on chain, and what was made with its terms.
pub(crate) struct PutGrant<M> {
    pub(crate) id: GrantId,
    pub(crate) terms: Terms,
    pub(crate) made: M,
    pub(crate) receipt: Receipt,
}

/// A grant that is on chain, and whose parts are to be deposited.
pub(super) struct Undeposited {
    put: PutGrant<Split>,
    document_salt: DocumentSalt,
}

impl Undeposited {
    /// Returns the number of the grant.
    pub(super) fn id(&self) -> GrantId {
        self.put.id
    }

    /// Returns its terms.
    pub(super) fn terms(&self) -> &Terms {
        &self.put.terms
    }
}

impl Patient {
    /// Grants access: splits the slots' keys between the grantee and [as many proxies as is usual](Quorum::Usual), puts the
    /// terms on chain, waits until they are finalized, and deposits the sealed parts, at each proxy its own.
    ///
    /// # Errors
    /// See [`GrantError`].
    pub async fn grant<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        request: &GrantRequest<'_>,
    ) -> Result<Granted, GrantError> {
        self.grant_among(aegle, request, Quorum::Usual).await
    }

    /// Grants access as [`Self::grant`] does, with the keys split among so many proxies of different organisations.
    ///
    /// # Errors
    /// See [`GrantError`].
    pub async fn grant_among<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        request: &GrantRequest<'_>,
        quorum: Quorum,
    ) -> Result<Granted, GrantError> {
        let holders = self.holders(aegle, request.grantee, quorum).await?;
        let undeposited = self.put_split(aegle, None, request, &holders).await?;
        let grant = undeposited.id();
        match self.deposit(aegle, &undeposited, holders).await {
            Err(GrantError::Indexer(source)) => Err(GrantError::NotDeposited { grant, source }),
            deposited => deposited.map(|undelivered| undeposited.granted(undelivered)),
        }
    }

    /// Splits the keys, and puts the terms on chain; as the answer to what an account asked for where `answers` names one.
    pub(super) async fn put_split<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        answers: Option<AccountId>,
        request: &GrantRequest<'_>,
        holders: &Holders,
    ) -> Result<Undeposited, GrantError> {
        let document_salt = fresh_salt();
        let document = document_commitment(request.document, &document_salt);
        let head = aegle.chain.finalized().await?;
        let epochs = aegle.epochs(&head, self.account()).await?;
        let slots = self.slots(aegle.contracts, request.classes);
        let secrets = self.slot_secrets(aegle.contracts, slots, &epochs);
        let make = |id| {
            let parts = self.split_for(id, FIRST_SPLIT, holders, &secrets)?;
            let terms = Terms {
                proxies: holders.on_chain(),
                threshold: holders.threshold,
                ..self.terms(aegle.contracts, request, document, *parts.split.commitment())
            };
            Ok(GrantDraft { terms, made: parts })
        };
        Ok(Undeposited {
            put: self.put_grant(aegle, answers, make).await?,
            document_salt,
        })
    }

    /// Deposits the sealed parts of a grant that is on chain; returns the proxies that have not taken theirs.
    pub(super) async fn deposit<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        undeposited: &Undeposited,
        holders: Holders,
    ) -> Result<Vec<ProxyFault>, GrantError> {
        self.put_parts(aegle, &undeposited.put.made, holders, None).await
    }

    /// Deposits the sealed parts of a split, at each proxy its own, and at the indexer the grantee's; endorsed, where it takes the
    /// place of the one on chain. Returns the proxies that have not taken theirs, while enough have.
    pub(super) async fn put_parts<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        parts: &Split,
        holders: Holders,
        endorsement: Option<SplitEndorsement>,
    ) -> Result<Vec<ProxyFault>, GrantError> {
        let delegatee = parts.seal_delegatee(&holders.grantee, &mut SystemRandom)?;
        let deposit = |share: Option<Sealed>| ShareDeposit {
            document: parts.split.document().clone(),
            salt: parts.salt,
            share,
            delegatee: Some(delegatee.clone()),
            endorsement,
        };
        let (mut deposits, mut faults) = (Vec::new(), Vec::new());
        let indexer = aegle.indexer.account();
        if holders.proxies.iter().all(|holder| holder.account != indexer) {
            deposits.push((aegle.indexer, deposit(None)));
        }
        let threshold = usize::from(holders.threshold);
        for (index, holder) in (1..).zip(holders.proxies) {
            let proxy = holder.account;
            match (holder.key, aegle.server_of(proxy)) {
                (Ok(key), Some(server)) => {
                    let share = parts.seal_shares(index, &key, &mut SystemRandom)?;
                    deposits.push((server, deposit(Some(share))));
                }
                (Err(failure), _) => faults.push(ProxyFault { proxy, failure }),
                (Ok(_), None) => faults.push(ProxyFault {
                    proxy,
                    failure: ProxyFailure::Unknown,
                }),
            }
        }
        let sending = deposits.iter().map(|(server, deposit)| async move {
            let taken = server.put_shares(self.key(), self.account(), deposit).await;
            (server.account(), deposit.share.is_some(), taken)
        });
        let mut found = 0;
        for (account, is_holder, taken) in join_all(sending).await {
            match taken {
                Ok(()) => found += usize::from(is_holder),
                // Whoever reads asks the indexer how the keys are split.
                Err(error) if account == indexer => return Err(error.into()),
                Err(error) => faults.push(ProxyFault {
                    proxy: account,
                    failure: error.into(),
                }),
            }
        }
        if found < threshold {
            let grant = parts.split.document().grant;
            return Err(GrantError::NotDelivered {
                grant,
                threshold,
                found,
                faults,
            });
        }
        Ok(faults)
    }

    /// Puts the terms of a grant on chain under the next number; makes them anew when another of the patient's devices
    /// has taken it. Returns what was made with the terms that are on chain.
    pub(crate) async fn put_grant<C: Chain, M>(
        &self,
        aegle: &OnChain<'_, C>,
        answers: Option<AccountId>,
        make: impl Fn(GrantId) -> Result<GrantDraft<M>, GrantError>,
    ) -> Result<PutGrant<M>, GrantError> {
        let consent = aegle.contracts.consent;
        let mut attempt = 1;
        loop {
            let head = aegle.chain.finalized().await?;
            let id = self.next_grant(aegle, &head).await?;
            let GrantDraft { terms, made } = make(id)?;
            let call = match answers {
                None => Call::Grant { id, terms },
                Some(requester) => Call::Approve { requester, id, terms },
            };
            match self.act(aegle, call).await {
                Ok(receipt) => {
                    return Ok(PutGrant {
                        id,
                        // They count from the block on that has them, which nobody knew before.
                        terms: granted_in(&receipt, consent, id).unwrap_or(terms),
                        made,
                        receipt,
                    });
                }
                Err(CallError::Refused(ConsentError::GrantIdTaken)) if attempt < MAX_GRANT_ATTEMPTS => attempt += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn next_grant<C: Chain>(&self, aegle: &OnChain<'_, C>, head: &Head) -> Result<GrantId, ChainError> {
        let message = consent::messages::NextGrant {
            patient: self.account(),
        };
        aegle.chain.read(head.hash, aegle.contracts.consent, &message).await
    }
}

impl Undeposited {
    /// Returns the grant, once its parts are deposited; `undelivered` are the proxies that have not taken theirs.
    pub(super) fn granted(self, undelivered: Vec<ProxyFault>) -> Granted {
        Granted {
            id: self.put.id,
            terms: self.put.terms,
            document_salt: self.document_salt,
            receipt: self.put.receipt,
            undelivered,
        }
    }
}

/// The terms of a grant as the event of a receipt tells them.
fn granted_in(receipt: &Receipt, consent: AccountId, id: GrantId) -> Option<Terms> {
    let told = receipt.told(consent, Event::decode);
    told.into_iter().find_map(|event| match event {
        Event::Granted(event) if event.id == id => Some(event.terms),
        _ => None,
    })
}
