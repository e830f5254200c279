//! What the tests' patient grants and revokes.
use super::world::{LATER, SLOT, World};
use aegle_client::chain::Chain;
use aegle_crypto::delegation::{Split, SplitInput, split};
use aegle_indexer::Indexer;
use aegle_protocol::{
    random::SystemRandom,
    wire::{ShareDeposit, Status},
};
use aegle_rules::{
    AccountId, Confidentiality, GrantId, Hash, Purposes, Slots,
    consent::{self, Effect, Grantee, Proxies, Research, Terms},
    consortium::{self, Action, ProxyOperator},
};

/// A grant of the tests' patient, with the split of its keys.
pub(crate) struct GrantedSplit {
    pub(crate) id: GrantId,
    pub(crate) parts: Split,
    pub(crate) deposit: ShareDeposit,
}

impl World {
    /// Registers the indexer's proxy, which the trust runs.
    pub(crate) async fn register_proxy(&self, running: &Indexer) {
        self.register_proxy_of(self.status(running).await.proxy.account).await;
    }

    /// Registers a proxy of an account, which the trust runs.
    pub(crate) async fn register_proxy_of(&self, account: AccountId) {
        let operators = vec![ProxyOperator {
            account,
            organisation: self.trust,
        }];
        let action = Action::SetProxies { operators };
        self.chain
            .call(
                &self.committee,
                self.contracts.consortium,
                &consortium::messages::Propose { action },
            )
            .await
            .unwrap();
    }

    /// Grants the clinician the tests' slot for treatment, with a split that names the indexer's proxy.
    pub(crate) async fn grant(&self, running: &Indexer) -> GrantedSplit {
        self.register_proxy(running).await;
        let next = consent::messages::NextGrant {
            patient: self.patient.account(),
        };
        let head = self.chain.finalized().await.unwrap();
        let id = self.chain.read(head.hash, self.contracts.consent, &next).await.unwrap();
        let status: Status = self.status(running).await;
        let input = SplitInput {
            grant: id,
            version: 1,
            threshold: 1,
            proxies: vec![status.proxy.account],
            delegatee: true,
        };
        let parts = split(input, &[self.slot_secret(SLOT)], &mut SystemRandom).unwrap();
        let terms = Terms {
            split: *parts.split.commitment(),
            proxies: Proxies(1),
            threshold: 1,
            ..self.terms(Effect::Permit)
        };
        self.chain
            .call(
                &self.patient,
                self.contracts.consent,
                &consent::messages::Grant { id, terms },
            )
            .await
            .unwrap();
        let deposit = ShareDeposit {
            document: parts.split.document().clone(),
            salt: parts.salt,
            share: Some(parts.seal_shares(1, &status.proxy.key, &mut SystemRandom).unwrap()),
            delegatee: Some(
                parts
                    .seal_delegatee(&self.clinician_secret.public_key(), &mut SystemRandom)
                    .unwrap(),
            ),
            endorsement: None,
        };
        GrantedSplit { id, parts, deposit }
    }

    pub(crate) fn terms(&self, effect: Effect) -> Terms {
        Terms {
            effect,
            grantee: Grantee::Account(self.clinician.account()),
            purposes: Purposes::TREAT,
            slots: Slots::default().with(SLOT),
            confidentiality: Confidentiality::VeryRestricted,
            from: 0,
            until: LATER,
            depth: 0,
            delegable: false,
            research: Research::NONE,
            narrowing: None,
            proxies: Proxies::NONE,
            threshold: 0,
            document: Hash([3; 32]),
            split: Hash([0; 32]),
        }
    }

    pub(crate) async fn revoke(&self, id: GrantId) {
        let revoke = consent::messages::Revoke {
            id,
            grantee: Grantee::Account(self.clinician.account()),
        };
        self.chain
            .call(&self.patient, self.contracts.consent, &revoke)
            .await
            .unwrap();
    }
}
