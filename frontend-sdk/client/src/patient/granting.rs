//! Giving a grant: its keys are split, its terms go on chain, and the parts are deposited.

use super::{FIRST_SPLIT, GrantError, GrantRequest, Granted, MAX_GRANT_ATTEMPTS, Patient, fresh_salt};
use crate::{
    chain::{CallError, Chain, ChainError, Head, Receipt},
    deployment::{Aegle, OnChain},
    remote::Transport,
};
use aegle_crypto::delegation::Split;
use aegle_protocol::{
    commitment::{DocumentSalt, document_commitment},
    delegation::SplitEndorsement,
    random::SystemRandom,
    wire::{ProxyIdentity, ShareDeposit},
};
use aegle_rules::{
    AccountId, EncryptionKey, GrantId,
    consent::{self, Call, ConsentError, Proxies, Terms, events::Event},
    consortium,
};

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

/// Whom the keys of a grant are split for.
pub(super) struct Holders {
    grantee: EncryptionKey,
    proxy: ProxyIdentity,
    /// The proxy's place among those of the consortium.
    proxies: Proxies,
}

/// A grant that is on chain, and whose parts are to be deposited.
pub(super) struct Undeposited {
    put: PutGrant<Split>,
    document_salt: DocumentSalt,
}

impl Holders {
    /// Returns the proxy's account.
    pub(super) fn proxy_account(&self) -> AccountId {
        self.proxy.account
    }
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
    /// Grants access: splits the slots' keys between grantee and proxy, puts the terms on chain, waits until they are
    /// finalized, and deposits the sealed parts.
    ///
    /// # Errors
    /// See [`GrantError`].
    pub async fn grant<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        request: &GrantRequest<'_>,
    ) -> Result<Granted, GrantError> {
        let holders = self.holders(aegle, request.grantee).await?;
        let undeposited = self.put_split(aegle, None, request, &holders).await?;
        let grant = undeposited.id();
        match self.deposit(aegle, &undeposited, &holders).await {
            Err(GrantError::Indexer(source)) => Err(GrantError::NotDeposited { grant, source }),
            deposited => deposited.map(|()| undeposited.granted()),
        }
    }

    /// Looks up for whom the keys of a grant are split, before anything goes on chain.
    pub(super) async fn holders<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        grantee: AccountId,
    ) -> Result<Holders, GrantError> {
        let head = aegle.chain.finalized().await?;
        let entry = aegle.directory(&head, grantee).await?;
        let entry = entry.ok_or(GrantError::NoKey(grantee))?;
        let proxy = aegle.indexer.status(aegle.contracts).await?.proxy;
        // The account is the pinned one; the key must follow from it, or stand in the directory.
        let vouched = match aegle.directory(&head, proxy.account).await? {
            Some(entry) => entry.key == proxy.key,
            None => proxy.is_derived(),
        };
        if !vouched {
            return Err(GrantError::ProxyKey);
        }
        let operators = aegle
            .chain
            .read(head.hash, aegle.contracts.consortium, &consortium::messages::Proxies {})
            .await?;
        let proxies = operators
            .number_of(proxy.account)
            .map(|number| Proxies(1 << number))
            .ok_or(GrantError::UnregisteredProxy(proxy.account))?;
        Ok(Holders {
            grantee: entry.key,
            proxy,
            proxies,
        })
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
                proxies: holders.proxies,
                threshold: 1,
                ..self.terms(aegle.contracts, request, document, *parts.split.commitment())
            };
            Ok(GrantDraft { terms, made: parts })
        };
        Ok(Undeposited {
            put: self.put_grant(aegle, answers, make).await?,
            document_salt,
        })
    }

    /// Deposits the sealed parts of a grant that is on chain.
    pub(super) async fn deposit<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        undeposited: &Undeposited,
        holders: &Holders,
    ) -> Result<(), GrantError> {
        self.put_parts(aegle, &undeposited.put.made, holders, None).await
    }

    /// Deposits the sealed parts of a split; endorsed, where it takes the place of the one on chain.
    pub(super) async fn put_parts<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        parts: &Split,
        holders: &Holders,
        endorsement: Option<SplitEndorsement>,
    ) -> Result<(), GrantError> {
        let deposit = ShareDeposit {
            document: parts.split.document().clone(),
            salt: parts.salt,
            shares: vec![parts.seal_shares(1, &holders.proxy.key, &mut SystemRandom)?],
            delegatee: Some(parts.seal_delegatee(&holders.grantee, &mut SystemRandom)?),
            endorsement,
        };
        Ok(aegle.indexer.put_shares(self.key(), self.account(), &deposit).await?)
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
    /// Returns the grant, once its parts are deposited.
    pub(super) fn granted(self) -> Granted {
        Granted {
            id: self.put.id,
            terms: self.put.terms,
            document_salt: self.document_salt,
            receipt: self.put.receipt,
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
