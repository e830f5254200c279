//! A patient's answers: to requests, to broken glasses, and to everything at once.

use super::{GrantError, GrantRequest, Granted, Patient};
use crate::{
    chain::{CallError, Chain, ChainError, Receipt},
    day::day,
    deployment::{Aegle, OnChain},
    proxies::Quorum,
    remote::Transport,
    words,
};
use aegle_crypto::classes::Class;
use aegle_rules::{
    AccountId, Confidentiality, GrantId, Purposes, Timestamp,
    consent::{Call, ConsentError, Guardians, Request, messages::RequestOf},
};

/// The answer to a request: what was asked for, or less. What is `None` is as it was asked.
#[derive(Clone, Debug)]
pub struct Approval<'a> {
    /// Who asked.
    pub requester: AccountId,
    /// For which purposes.
    pub purposes: Option<Purposes>,
    /// Over which data classes; all that were asked for but the restricted ones where there is none. A restricted one is
    /// approved by itself.
    pub classes: Option<&'a [Class]>,
    /// The highest confidentiality.
    pub confidentiality: Option<Confidentiality>,
    /// First millisecond at which it no longer counts.
    pub until: Option<Timestamp>,
    /// The FHIR Consent document that it stands for.
    pub document: &'a [u8],
}

/// What of an answer is more than what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Wider {
    /// A purpose.
    #[error("it was asked for {}", words::purposes(*.0))]
    Purposes(Purposes),
    /// A data class.
    #[error("{} was not asked for", .0.name())]
    Class(Class),
    /// The confidentiality.
    #[error("it was asked for {} records at most", words::confidentiality(*.0))]
    Confidentiality(Confidentiality),
    /// The end.
    #[error("it was asked for until {}", day(*.0))]
    Until(Timestamp),
}

/// The reason why a request is not approved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApproveError {
    /// There is no such request.
    #[error(
        "{0} has no request open: it was answered or withdrawn, or never made; `aegle request list` shows those that are"
    )]
    NoRequest(AccountId),
    /// Its time is over.
    #[error("the request of {requester} expired on {}: they must ask anew", day(*expired))]
    Expired {
        /// Who asked.
        requester: AccountId,
        /// First millisecond at which it could no longer be approved.
        expired: Timestamp,
    },
    /// The answer is more than what was asked for.
    #[error("no more than what was asked for can be approved, and {0}: approve less, or `aegle grant` by itself")]
    Wider(#[from] Wider),
    /// None of the classes that were asked for is granted without being named.
    #[error("every data class that was asked for is specially protected: name the one that you approve with --class")]
    OnlyRestricted,
    /// The grant does not stand.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// The parts of its keys were not taken, so that it would have opened nothing; it was revoked again.
    #[error(
        "the keys of grant {id} were not taken, so it was {}: {source}",
        if *.revoked { "revoked again; grant it by itself later" } else { "left, and opens nothing: revoke it" }
    )]
    NotDeposited {
        /// The grant.
        id: GrantId,
        /// Whether it was revoked.
        revoked: bool,
        /// Why the parts were not taken.
        source: GrantError,
    },
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl Patient {
    /// Reads what an account asks the patient for; `None` if nothing is open. It may have expired.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn request_of<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        requester: AccountId,
    ) -> Result<Option<Request>, ChainError> {
        let head = aegle.chain.finalized().await?;
        let message = RequestOf {
            patient: self.account(),
            requester,
        };
        aegle.chain.read(head.hash, aegle.contracts.consent, &message).await
    }

    /// Approves a request, as it was asked or narrowed: splits the keys for the requester, puts the grant on chain as the
    /// answer, and deposits the parts. Where these are not taken, the grant is revoked again: without them it would show
    /// records and open none.
    ///
    /// # Errors
    /// See [`ApproveError`].
    pub async fn approve<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        approval: &Approval<'_>,
    ) -> Result<Granted, ApproveError> {
        let requester = approval.requester;
        let request = self.request_of(aegle, requester).await?;
        let request = request.ok_or(ApproveError::NoRequest(requester))?;
        let head = aegle.chain.finalized().await?;
        if request.expires <= head.timestamp {
            return Err(ApproveError::Expired {
                requester,
                expired: request.expires,
            });
        }
        let classes = self.approved_classes(aegle, approval, &request)?;
        let terms = within(approval, &request)?;
        let request = GrantRequest {
            grantee: requester,
            classes: &classes,
            from: head.timestamp,
            document: approval.document,
            ..terms
        };
        let holders = self.holders(aegle, requester, Quorum::Usual).await?;
        let undeposited = self.put_split(aegle, Some(requester), &request, &holders).await?;
        match self.deposit(aegle, &undeposited, holders).await {
            Ok(undelivered) => Ok(undeposited.granted(undelivered)),
            Err(source) => {
                let id = undeposited.id();
                let revoked = self.revoke(aegle, id, undeposited.terms().grantee).await.is_ok();
                Err(ApproveError::NotDeposited { id, revoked, source })
            }
        }
    }

    /// The classes that an approval is over, each of which was asked for.
    fn approved_classes<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        approval: &Approval<'_>,
        request: &Request,
    ) -> Result<Vec<Class>, ApproveError> {
        let map = self.classes(aegle.contracts);
        let is_asked = |class: &Class| request.ask.slots.contains(map.slot(*class));
        if let Some(classes) = approval.classes {
            if let Some(other) = classes.iter().find(|class| !is_asked(class)) {
                return Err(Wider::Class(*other).into());
            }
            return Ok(classes.to_vec());
        }
        let asked: Vec<Class> = Class::ALL.iter().copied().filter(is_asked).collect();
        let usual: Vec<Class> = asked.iter().copied().filter(|class| !class.is_restricted()).collect();
        match (usual.is_empty(), &asked[..]) {
            (false, _) => Ok(usual),
            // The one that was asked for is meant.
            (true, [only]) => Ok(vec![*only]),
            (true, _) => Err(ApproveError::OnlyRestricted),
        }
    }

    /// Declines a request; the requester is told nothing but that.
    ///
    /// # Errors
    /// The contract refuses, or the chain does not answer.
    pub async fn decline<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        requester: AccountId,
    ) -> Result<Receipt, CallError<ConsentError>> {
        self.act(aegle, Call::Decline { requester }).await
    }

    /// Revokes every grant, what was passed on from them too, and takes back what guardians have begun but to replace the
    /// controller: from the block of
    /// the receipt on, nothing is shown to anybody but the patient.
    ///
    /// # Errors
    /// The contract refuses, or the chain does not answer.
    pub async fn revoke_all<C: Chain>(&self, aegle: &OnChain<'_, C>) -> Result<Receipt, CallError<ConsentError>> {
        self.act(aegle, Call::RevokeAll).await
    }

    /// Names who may act for the patient together; [`Guardians::default`] for nobody. Those who can act already are followed
    /// three days later.
    ///
    /// # Errors
    /// The contract refuses, or the chain does not answer.
    pub async fn set_guardians<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        guardians: Guardians,
    ) -> Result<Receipt, CallError<ConsentError>> {
        self.act(aegle, Call::SetGuardians { guardians }).await
    }

    /// Closes a glass that a clinician broke, before its time: they cannot break it again for a day. It is reviewed all the
    /// same.
    ///
    /// # Errors
    /// The contract refuses, or the chain does not answer.
    pub async fn close_glass<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        clinician: AccountId,
    ) -> Result<Receipt, CallError<ConsentError>> {
        self.act(aegle, Call::CloseGlass { clinician }).await
    }
}

/// The terms of an approval, which the classes are not of, if they are within what was asked for.
fn within(approval: &Approval<'_>, request: &Request) -> Result<GrantRequest<'static>, Wider> {
    let ask = request.ask;
    let purposes = approval.purposes.unwrap_or(ask.purposes);
    if !ask.purposes.contains(purposes) {
        return Err(Wider::Purposes(ask.purposes));
    }
    let confidentiality = approval.confidentiality.unwrap_or(ask.confidentiality);
    if confidentiality > ask.confidentiality {
        return Err(Wider::Confidentiality(ask.confidentiality));
    }
    let until = approval.until.unwrap_or(ask.until);
    if until > ask.until {
        return Err(Wider::Until(ask.until));
    }
    Ok(GrantRequest {
        grantee: approval.requester,
        purposes,
        classes: &[],
        confidentiality,
        from: 0,
        until,
        // What answers a request may not be passed on.
        delegable: false,
        document: &[],
    })
}
