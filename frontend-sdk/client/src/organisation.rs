//! What an organisation's admin does for its people, without the committee: appointing and dismissing; and what everybody
//! does who has a role, or is offered one: accepting it, and giving it back. And how patients name who may vouch for them,
//! and are vouched for.

use crate::{
    account::AccountKey,
    chain::{CallError, Chain, ChainError, Receipt},
    deployment::OnChain,
    refusal,
};
use aegle_protocol::wire::{Invitation, MAX_INVITATION_MS, SignedInvitation};
use aegle_rules::{
    AccountId, JurisdictionId, OrganisationId, Roles, Timestamp,
    consortium::{
        APPOINTABLE, ConsortiumError, MAX_APPOINTED, Named,
        messages::{
            AcceptRole, ActivatePatient, Appoint, Dismiss, EffectiveRoles, JurisdictionOf, NameOrganisation,
            RegisterPatient, Renounce,
        },
    },
    message::Message,
};

/// The reason why an organisation's people are not appointed or dismissed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StaffError {
    /// Nobody is named.
    #[error("nobody is named: give the account of at least one")]
    Nobody,
    /// One of the roles is not an organisation's to give.
    #[error(
        "an organisation gives the roles clinician, researcher, device and custodian alone: ask the committee for another"
    )]
    NotAppointable,
    /// The consortium contract refused, or the chain; what was done before stands.
    #[error("after {done} of {all} accounts: {}", refusal::told(.source, refusal::consortium))]
    Contract {
        /// The number of accounts for which it was done.
        done: usize,
        /// The number of accounts that were named.
        all: usize,
        /// The reason.
        #[source]
        source: CallError<ConsortiumError>,
    },
}

/// The reason why nobody is invited.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InviteError {
    /// Whoever invites is no admin.
    #[error(
        "only an organisation's admin invites, and you are none now, or your organisation is suspended: ask an admin (`aegle status`)"
    )]
    NotAdmin,
    /// It would count for too long.
    #[error("an invitation lasts 30 days at most: give fewer")]
    TooLong,
    /// The chain does not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// The time for which an organisation is named where a patient says nothing else, in milliseconds: 7 days.
pub const NAMED_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// An organisation that a patient wants to name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Naming {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The jurisdiction whose law the patient wants to count, in which the organisation has to be; `None` for the one in which
    /// it is.
    pub jurisdiction: Option<JurisdictionId>,
    /// First millisecond at which it may vouch no more; `None` for [`NAMED_MS`] after the chain's time.
    pub until: Option<Timestamp>,
}

/// An organisation's admin, or anybody with a role.
pub struct Staff<'a, C> {
    /// The chain.
    pub chain: &'a C,
    /// The consortium contract.
    pub consortium: AccountId,
    /// The key of the account that acts.
    pub key: &'a AccountKey,
}

impl<'a, C> Staff<'a, C> {
    /// Names who acts, by whose key, in a deployment.
    pub fn new(on_chain: &OnChain<'a, C>, key: &'a AccountKey) -> Self {
        Self {
            chain: on_chain.chain,
            consortium: on_chain.contracts.consortium,
            key,
        }
    }
}

impl<C: Chain> Staff<'_, C> {
    /// Gives accounts the same roles in the admin's organisation until a time, instead of those that they had in it;
    /// [`MAX_APPOINTED`] in a transaction, whose receipts are pushed to `receipts`. Doing it again changes nothing. An
    /// account that works for another organisation is offered the role, and has it once it [accepts](Self::accept).
    ///
    /// # Errors
    /// See [`StaffError`]; all accounts of a transaction are appointed, or none.
    pub async fn appoint(
        &self,
        accounts: &[AccountId],
        roles: Roles,
        until: Timestamp,
        receipts: &mut Vec<Receipt>,
    ) -> Result<(), StaffError> {
        if roles.is_empty() || !APPOINTABLE.contains(roles) {
            return Err(StaffError::NotAppointable);
        }
        self.in_parts(accounts, receipts, async |accounts| {
            let message = Appoint { accounts, roles, until };
            let (_, receipt) = self.chain.call(self.key, self.consortium, &message).await?;
            Ok(receipt)
        })
        .await
    }

    /// Takes the roles of accounts of the admin's organisation, [`MAX_APPOINTED`] in a transaction, whose receipts are
    /// pushed to `receipts`.
    ///
    /// # Errors
    /// See [`StaffError`]; all accounts of a transaction are dismissed, or none.
    pub async fn dismiss(&self, accounts: &[AccountId], receipts: &mut Vec<Receipt>) -> Result<(), StaffError> {
        self.in_parts(accounts, receipts, async |accounts| {
            let message = Dismiss { accounts };
            let (_, receipt) = self.chain.call(self.key, self.consortium, &message).await?;
            Ok(receipt)
        })
        .await
    }

    /// Accepts the role that an organisation offers.
    ///
    /// # Errors
    /// [`StaffError::Contract`].
    pub async fn accept(&self, organisation: OrganisationId) -> Result<Receipt, StaffError> {
        self.one(&AcceptRole { organisation }).await
    }

    /// Gives one's own role in an organisation back, or in every one, and declines what is offered.
    ///
    /// # Errors
    /// [`StaffError::Contract`].
    pub async fn renounce(&self, organisation: Option<OrganisationId>) -> Result<Receipt, StaffError> {
        self.one(&Renounce { organisation }).await
    }

    /// Completes what a patient says of an organisation by what stands on chain: the jurisdiction in which it is, and the end.
    /// Whoever shows it shows whose law counts once the organisation vouches; the contract refuses it from anywhere else.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn named(&self, naming: &Naming) -> Result<Named, ChainError> {
        let organisation = naming.organisation;
        let head = self.chain.finalized().await?;
        let jurisdiction = match naming.jurisdiction {
            Some(jurisdiction) => Some(jurisdiction),
            None => {
                let message = JurisdictionOf { organisation };
                self.chain.read(head.hash, self.consortium, &message).await?
            }
        };
        let default = head.timestamp.saturating_add(NAMED_MS);
        Ok(Named {
            organisation,
            jurisdiction,
            until: naming.until.unwrap_or(default),
        })
    }

    /// Registers one's own account as a patient's, for whom the organisation alone may vouch that is named; nobody without one,
    /// until one is [named](Self::name_organisation).
    ///
    /// # Errors
    /// [`StaffError::Contract`].
    pub async fn register_patient(&self, named: Option<Named>) -> Result<Receipt, StaffError> {
        self.one(&RegisterPatient { named }).await
    }

    /// Names the organisation that alone may vouch for a patient, once: oneself, or the one whose account one's key controls.
    /// After one has vouched, the next one settles anew whose law counts.
    ///
    /// # Errors
    /// [`StaffError::Contract`].
    pub async fn name_organisation(&self, account: AccountId, named: Option<Named>) -> Result<Receipt, StaffError> {
        self.one(&NameOrganisation { account, named }).await
    }

    /// Lets the admin's organisation vouch for a patient who named it, who is of the jurisdiction that they named with it from
    /// then on.
    ///
    /// # Errors
    /// [`StaffError::Contract`].
    pub async fn vouch(&self, patient: AccountId) -> Result<Receipt, StaffError> {
        self.one(&ActivatePatient { patient }).await
    }

    /// Invites a patient to a server that pays for what patients do: it pays for registering with the admin's organisation, and
    /// for naming it, before that vouches. The invitation is for that patient alone, at the server with that account, and lasts so
    /// many milliseconds. Nothing is sent.
    ///
    /// # Errors
    /// [`InviteError`].
    pub async fn invite(
        &self,
        server: AccountId,
        patient: AccountId,
        lasts: u64,
    ) -> Result<SignedInvitation, InviteError> {
        let invitation = self.invitation(server, patient, lasts).await?;
        Ok(invitation.sign(self.key.account(), |message| self.key.sign(message)))
    }

    /// Returns what [`Self::invite`] signs, for an admin whose key is somewhere else, such as in a wallet.
    ///
    /// # Errors
    /// [`InviteError`].
    pub async fn invitation(
        &self,
        server: AccountId,
        patient: AccountId,
        lasts: u64,
    ) -> Result<Invitation, InviteError> {
        if lasts > MAX_INVITATION_MS {
            return Err(InviteError::TooLong);
        }
        let head = self.chain.finalized().await?;
        let message = EffectiveRoles {
            account: self.key.account(),
            at: head.timestamp,
        };
        let roles = self.chain.read(head.hash, self.consortium, &message).await?;
        let role = roles.iter().find(|role| role.roles.contains(Roles::ORGANISATION_ADMIN));
        Ok(Invitation {
            genesis: self.chain.genesis(),
            consortium: self.consortium,
            server,
            patient,
            organisation: role.ok_or(InviteError::NotAdmin)?.organisation,
            expires: head.timestamp.saturating_add(lasts),
        })
    }

    async fn one<M>(&self, message: &M) -> Result<Receipt, StaffError>
    where
        M: Message<Output = Result<(), ConsortiumError>>,
    {
        let called = self.chain.call(self.key, self.consortium, message).await;
        let failed = |source| StaffError::Contract {
            done: 0,
            all: 1,
            source,
        };
        called.map(|(_, receipt)| receipt).map_err(failed)
    }

    async fn in_parts(
        &self,
        accounts: &[AccountId],
        receipts: &mut Vec<Receipt>,
        send: impl AsyncFn(Vec<AccountId>) -> Result<Receipt, CallError<ConsortiumError>>,
    ) -> Result<(), StaffError> {
        if accounts.is_empty() {
            return Err(StaffError::Nobody);
        }
        for (number, part) in accounts.chunks(MAX_APPOINTED).enumerate() {
            let failed = |source| StaffError::Contract {
                done: number * MAX_APPOINTED,
                all: accounts.len(),
                source,
            };
            receipts.push(send(part.to_vec()).await.map_err(failed)?);
        }
        Ok(())
    }
}
