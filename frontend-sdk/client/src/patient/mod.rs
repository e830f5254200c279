//! What a patient does: publishing keys, granting, answering requests, revoking, and seeing who saw what.

mod acts;
mod answers;
mod disclosures;
mod granting;
mod holders;
mod research;
mod rotation;

pub use acts::{Act, acts};
pub use answers::{Approval, ApproveError, Wider};
pub use disclosures::{DisclosuresError, ServerLog};
pub use rotation::{Ended, SettleError, Settled, Undelivered, Waiting};

use crate::{
    account::AccountKey,
    chain::{CallError, Chain, ChainError, Contracts, Head, Receipt},
    deployment::{Aegle, OnChain},
    proxies::{self, ProxyFault},
    refusal,
    remote::{RemoteError, Transport},
};
use aegle_crypto::{
    classes::{Class, ClassMap},
    master::MasterSecret,
};
use aegle_protocol::{
    commitment::DocumentSalt,
    delegation::SplitError,
    random::SystemRandom,
    seal::{SealError, Sealed},
};
use aegle_rules::{
    AccountId, Confidentiality, GrantId, Hash, Purposes, Slots, Timestamp,
    consent::{self, Call, ConsentError, Effect, Grantee, Proxies, Research, SlotEpochs, Terms},
    consortium::{self, ConsortiumError},
};
use serde::{Deserialize, Serialize};

/// The most times that a grant is made because another one of the same patient takes its number.
const MAX_GRANT_ATTEMPTS: u32 = 4;
/// The split of a grant that has not been split again.
const FIRST_SPLIT: u32 = 1;

/// A patient: an account, the key that controls it, and the master secret from which every other key follows.
pub struct Patient {
    account: AccountId,
    key: AccountKey,
    master: MasterSecret,
}

/// The card that a patient hands to a custodian at the reception desk: their account, and which of their slots stands
/// for which data class, sealed to that custodian. It is no secret, but it links a person to a pseudonym.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatientCard {
    /// The patient's account.
    pub account: AccountId,
    /// The sealed map of classes to slots.
    pub classes: Sealed,
}

/// The content of a grant.
#[derive(Clone, Debug)]
pub struct GrantRequest<'a> {
    /// To whom.
    pub grantee: AccountId,
    /// For which purposes.
    pub purposes: Purposes,
    /// Over which data classes. One that is restricted stands alone.
    pub classes: &'a [Class],
    /// The highest confidentiality that is granted.
    pub confidentiality: Confidentiality,
    /// First millisecond of validity.
    pub from: Timestamp,
    /// First millisecond at which the grant no longer counts.
    pub until: Timestamp,
    /// Whether the grantee may pass it on.
    pub delegable: bool,
    /// The FHIR Consent document that it stands for; on chain there is a salted commitment to it.
    pub document: &'a [u8],
}

/// A grant that stands.
#[derive(Debug)]
pub struct Granted {
    /// Its number.
    pub id: GrantId,
    /// Its terms, as they stand on chain.
    pub terms: Terms,
    /// The salt of the document's commitment: keep it with the document.
    pub document_salt: DocumentSalt,
    /// The receipt of the transaction.
    pub receipt: Receipt,
    /// Proxies that have not taken their share, while enough have: `Patient::settle` brings it to them later.
    pub undelivered: Vec<ProxyFault>,
}

/// The reason why a patient's keys are not published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnrolError {
    /// The consortium's contract refused, or the chain.
    #[error("the key directory: {}", refusal::told(.0, refusal::consortium))]
    Directory(#[from] CallError<ConsortiumError>),
    /// The consent contract refused, or the chain.
    #[error("marking restricted slots: {}", refusal::told(.0, refusal::consent))]
    Restricted(#[from] CallError<ConsentError>),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The indexer refused.
    #[error(transparent)]
    Indexer(#[from] RemoteError),
    /// Nothing can be sealed to the recipient.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The recipient has no key in the directory.
    #[error("{0} has no key in the directory")]
    NoKey(AccountId),
}

/// The reason why a grant does not stand.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GrantError {
    /// The consent contract refused, or the chain.
    #[error("{}", refusal::told(.0, refusal::consent))]
    Contract(#[from] CallError<ConsentError>),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The indexer refused. Nothing is on chain.
    #[error(transparent)]
    Indexer(#[from] RemoteError),
    /// The grant stands on chain, and the indexer has not taken the parts of its keys: it shows records and opens none.
    #[error(
        "grant {grant} stands, but the indexer has not taken its keys, so that it opens nothing ({source}): try `aegle grant \
         renew` later, or `aegle revoke {grant}`"
    )]
    NotDeposited {
        /// The grant.
        grant: GrantId,
        /// Why the parts were not taken.
        source: RemoteError,
    },
    /// The grant stands on chain, and too few of its proxies have taken their shares: it shows records and opens none.
    #[error(
        "grant {grant} stands, but {found} of the {threshold} proxies that must take part have taken its keys, so that it opens \
         nothing: try `aegle grant renew` later, or `aegle revoke {grant}`. {}",
        proxies::list(.faults)
    )]
    NotDelivered {
        /// The grant.
        grant: GrantId,
        /// How many must take part.
        threshold: usize,
        /// How many have taken their shares.
        found: usize,
        /// Those that have not, and why.
        faults: Vec<ProxyFault>,
    },
    /// There are not enough proxies of different organisations. Nothing is on chain.
    #[error(
        "the grant's keys are for {wanted} proxies of different organisations, of which {threshold} must take part, and {found} \
         can be used: add those that are missing with `aegle servers add ACCOUNT=URL`, try again later, or say among how many \
         with --proxies. {}",
        proxies::list(.faults)
    )]
    TooFewProxies {
        /// How many must take part.
        threshold: u8,
        /// How many are wanted.
        wanted: u8,
        /// How many can be used.
        found: usize,
        /// Those that cannot, and why.
        faults: Vec<ProxyFault>,
    },
    /// The grantee has no key in the directory, so that nothing can be sealed to them.
    #[error("the grantee {0} has no key in the directory: they must publish one first")]
    NoKey(AccountId),
    /// The proxy's key at the indexer is not the one in the directory, or the proxy is not in the directory and its account
    /// does not follow from the key.
    #[error("the indexer's proxy has another key than the key directory says of its account")]
    ProxyKey,
    /// The committee has not registered the indexer's proxy, so that the contract takes no grant that names it.
    #[error("the proxy {0} is not registered in the consortium")]
    UnregisteredProxy(AccountId),
    /// The keys cannot be split.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// A part cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl Patient {
    /// Creates a patient from the account's own key and a master secret.
    pub fn new(key: AccountKey, master: MasterSecret) -> Self {
        Self::controlled(key.account(), key, master)
    }

    /// Creates a patient whose account another key controls, since guardians have replaced its own.
    pub fn controlled(account: AccountId, key: AccountKey, master: MasterSecret) -> Self {
        Self { account, key, master }
    }

    /// Returns the account key that signs.
    pub fn key(&self) -> &AccountKey {
        &self.key
    }

    /// Returns the pseudonym: the account.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Returns the master secret.
    pub fn master(&self) -> &MasterSecret {
        &self.master
    }

    /// Derives which slot stands for which data class.
    pub fn classes(&self, contracts: &Contracts) -> ClassMap {
        self.master.class_map(&contracts.genesis)
    }

    /// Publishes the patient's keys: their hash in the directory on chain, the keys themselves at the indexer; and
    /// marks the slots of restricted classes. Returns the receipts of both transactions.
    ///
    /// # Errors
    /// See [`EnrolError`]. It may be tried again.
    pub async fn enrol<C: Chain, T: Transport>(&self, aegle: &Aegle<'_, C, T>) -> Result<[Receipt; 2], EnrolError> {
        let head = aegle.chain.finalized().await?;
        let epochs = aegle.epochs(&head, self.account()).await?;
        let set_restricted = Call::SetRestricted {
            slots: self.classes(aegle.contracts).restricted(),
        };
        // One after the other: a wallet would be asked again for one that the other overtook.
        let restricted = self.act(aegle, set_restricted).await?;
        let directory = self.publish_keys(aegle, &head, &epochs).await?;
        Ok([directory, restricted])
    }

    /// Publishes the keys of every slot in the epochs from the current one on: what the directory commits to on chain, the
    /// keys at the indexer.
    async fn publish_keys<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        head: &Head,
        epochs: &SlotEpochs,
    ) -> Result<Receipt, EnrolError> {
        let deployment = aegle.bound_to();
        let published = self
            .master
            .published_keys(&deployment, self.account(), head.timestamp, epochs.epochs);
        let set_key = consortium::messages::SetKey {
            account: self.account,
            key: self.master.encryption_secret(&deployment.genesis).public_key(),
            bundle: published.bundle().hash(),
        };
        let called = aegle.chain.call(&self.key, aegle.contracts.consortium, &set_key).await;
        let (_, receipt) = called?;
        aegle.indexer.put_keys(&self.key, self.account, &published).await?;
        Ok(receipt)
    }

    /// Makes the card for a custodian, sealed to the key that the directory has of the custodian.
    ///
    /// # Errors
    /// The custodian has no key, or the chain does not answer.
    pub async fn card<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        custodian: AccountId,
    ) -> Result<PatientCard, EnrolError> {
        let head = aegle.chain.finalized().await?;
        let entry = aegle
            .directory(&head, custodian)
            .await?
            .ok_or(EnrolError::NoKey(custodian))?;
        let classes = self
            .classes(aegle.contracts)
            .seal(&self.account(), &entry.key, &mut SystemRandom)?;
        Ok(PatientCard {
            account: self.account(),
            classes,
        })
    }

    /// Revokes a grant: from the block of the receipt on, nothing is shown by it.
    ///
    /// # Errors
    /// The contract refuses, or the chain does not answer.
    pub async fn revoke<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        id: GrantId,
        grantee: Grantee,
    ) -> Result<Receipt, CallError<ConsentError>> {
        self.act(aegle, Call::Revoke { id, grantee }).await
    }

    /// Sends a call to the consent contract, as the controller of the account.
    ///
    /// # Errors
    /// The contract refuses, or the chain does not answer.
    pub async fn act<C: Chain>(&self, aegle: &OnChain<'_, C>, call: Call) -> Result<Receipt, CallError<ConsentError>> {
        let patient = self.account;
        let message = consent::messages::Act { patient, call };
        let called = aegle.chain.call(&self.key, aegle.contracts.consent, &message).await;
        called.map(|((), receipt)| receipt)
    }

    /// Returns the slots that stand for data classes.
    fn slots(&self, contracts: &Contracts, classes: &[Class]) -> Slots {
        let map = self.classes(contracts);
        let slots = classes.iter().map(|class| map.slot(*class));
        slots.fold(Slots::default(), Slots::with)
    }

    pub(crate) fn terms(
        &self,
        contracts: &Contracts,
        request: &GrantRequest<'_>,
        document: Hash,
        split: Hash,
    ) -> Terms {
        let slots = self.slots(contracts, request.classes);
        Terms {
            effect: Effect::Permit,
            grantee: Grantee::Account(request.grantee),
            purposes: request.purposes,
            slots,
            confidentiality: request.confidentiality,
            from: request.from,
            until: request.until,
            depth: 0,
            delegable: request.delegable,
            research: Research::NONE,
            narrowing: None,
            proxies: Proxies::NONE,
            threshold: 0,
            document,
            split,
        }
    }
}

pub(crate) fn fresh_salt() -> DocumentSalt {
    let mut salt = DocumentSalt([0; 32]);
    aegle_protocol::RngCore::fill_bytes(&mut SystemRandom, &mut salt.0);
    salt
}
