//! People whose grants are drawn, and the questions about them.
use crate::support::{
    caller::now,
    draws::Draws,
    world::{LATER, World},
};
use aegle_client::{account::AccountKey, chain::Chain};
use aegle_policy::{Question, RecordQuestion};
use aegle_rules::{
    AccountId, Confidentiality, GrantId, Hash, Purposes, Roles, Slot, Slots,
    consent::{
        self, Declaration, DuoModifiers, DuoPermission, DuoUse, Effect, Extent, Facts, Grantee, Narrowing, Parent,
        Proxies, Research, Terms,
    },
    consortium::{self, Action, ProxyOperator, Role},
};

/// What an account gets to pay for its transactions.
const FUNDS: u128 = 1_000_000_000_000_000;

const EXTENTS: [Extent; 3] = [Extent::Count, Extent::Find, Extent::Open];
const PURPOSES: [Purposes; 6] = [
    Purposes::TREAT,
    Purposes::ETREAT,
    Purposes::BTG,
    Purposes::HRESCH,
    Purposes::HPAYMT,
    Purposes::PUBHLTH,
];
const LEVELS: [Confidentiality; 3] = [
    Confidentiality::Normal,
    Confidentiality::Restricted,
    Confidentiality::VeryRestricted,
];

/// Patients, those who ask, and the authors of records.
pub(super) struct People {
    patients: Vec<AccountKey>,
    askers: Vec<AccountKey>,
    authors: [AccountId; 2],
}

impl People {
    pub(super) async fn new(world: &World) -> Self {
        let mut patients = Vec::new();
        for _ in 0..4 {
            let key = AccountKey::generate().unwrap();
            world.chain.fund(&world.committee, key.account(), FUNDS).await.unwrap();
            patients.push(key);
        }
        let mut askers = Vec::new();
        for (number, roles) in [
            Roles::CLINICIAN,
            Roles::CLINICIAN,
            Roles::RESEARCHER,
            Roles::INSURER,
            Roles::NONE,
        ]
        .into_iter()
        .enumerate()
        {
            let key = AccountKey::generate().unwrap();
            world.chain.fund(&world.committee, key.account(), FUNDS).await.unwrap();
            let organisation = if number % 2 == 0 {
                world.organisation
            } else {
                world.trust
            };
            if roles != Roles::NONE {
                set_role(
                    world,
                    key.account(),
                    Role {
                        roles,
                        organisation,
                        until: LATER,
                    },
                )
                .await;
            }
            askers.push(key);
        }
        let operators = vec![ProxyOperator {
            account: AccountId([0xb0; 32]),
            organisation: world.trust,
        }];
        let propose = consortium::messages::Propose {
            action: Action::SetProxies { operators },
        };
        let consortium = world.contracts.consortium;
        world.chain.call(&world.committee, consortium, &propose).await.unwrap();
        Self {
            patients,
            askers,
            authors: [AccountId([0xa1; 32]), AccountId([0xa2; 32])],
        }
    }

    fn facts(&self, draws: &mut Draws) -> Facts {
        Facts {
            slot: Slot(draws.below(5) as u8),
            confidentiality: draws.one(&LEVELS),
            author: draws.one(&self.authors),
            authored_at: draws.one(&[0, 500, 1_000, 1_500, 2_000, u64::MAX]),
        }
    }

    pub(super) fn question(&self, draws: &mut Draws) -> RecordQuestion {
        let asker = &self.askers[draws.below(self.askers.len() as u64) as usize];
        let patient = &self.patients[draws.below(self.patients.len() as u64) as usize];
        let purpose = draws.one(&PURPOSES);
        let research = if purpose == Purposes::HRESCH {
            Declaration {
                use_: draws.one(&[DuoUse::Disease, DuoUse::Undeclared, DuoUse::PopulationOriginsAncestry]),
                attested: draws.one(&[DuoModifiers::IRB, DuoModifiers::NONE]),
            }
        } else {
            Declaration::default()
        };
        let requester = if draws.chance(20) {
            patient.account()
        } else {
            asker.account()
        };
        RecordQuestion {
            question: Question {
                requester,
                patient: patient.account(),
                purpose,
                research,
                extent: draws.one(&EXTENTS),
            },
            facts: self.facts(draws),
        }
    }

    fn terms(&self, world: &World, draws: &mut Draws) -> Terms {
        let effect = draws.one(&[Effect::Permit, Effect::Permit, Effect::Deny]);
        let slots = (0..5)
            .filter(|_| draws.chance(2))
            .fold(Slots::default().with(Slot(0)), |slots, slot| slots.with(Slot(slot)));
        let grantee = match draws.below(4) {
            0 | 1 => Grantee::Account(self.askers[draws.below(5) as usize].account()),
            2 => Grantee::Organisation(world.organisation),
            _ => Grantee::Anyone,
        };
        let narrowing = draws.chance(3).then(|| Narrowing {
            authored_from: draws.one(&[0, 500]),
            authored_until: draws.one(&[1_000, 1_500]),
            author: draws.chance(2).then(|| draws.one(&self.authors)),
            records: draws.chance(6).then_some(Hash([9; 32])),
        });
        let purposes = draws.one(&PURPOSES);
        let research = if effect == Effect::Permit && purposes == Purposes::HRESCH {
            Research {
                permission: DuoPermission::HealthMedicalBiomedical,
                modifiers: draws.one(&[DuoModifiers::IRB, DuoModifiers::NONE]),
                extent: draws.one(&EXTENTS),
            }
        } else {
            Research::NONE
        };
        // What permits somebody comes with a split of keys.
        let splits = effect == Effect::Permit && grantee != Grantee::Anyone;
        Terms {
            effect,
            grantee,
            purposes,
            slots,
            confidentiality: draws.one(&LEVELS),
            from: 0,
            until: draws.one(&[LATER, now() + 3_600_000]),
            depth: draws.below(3) as u8,
            delegable: splits && draws.chance(2),
            research,
            narrowing,
            proxies: if splits { Proxies(1) } else { Proxies::NONE },
            threshold: splits.into(),
            split: Hash([if splits { 4 } else { 0 }; 32]),
            ..world.terms(Effect::Deny)
        }
    }

    /// Does something that changes what is decided. What the contract refuses changes nothing, and is no failure: what is
    /// drawn need not be allowed.
    pub(super) async fn act(&self, world: &World, draws: &mut Draws, given: &mut Vec<Given>) {
        let number = draws.below(self.patients.len() as u64) as usize;
        let patient = &self.patients[number];
        let chain = &world.chain;
        let consent = world.contracts.consent;
        match draws.below(12) {
            0 if !given.is_empty() => {
                let Given { patient, id, terms } = given.swap_remove(draws.below(given.len() as u64) as usize);
                let grantee = terms.grantee;
                let revoke = consent::messages::Revoke { id, grantee };
                let _ = chain.call(&self.patients[patient], consent, &revoke).await;
            }
            1 => {
                let slots = Slots::default().with(Slot(draws.below(5) as u8));
                let restrict = consent::messages::SetRestricted { slots };
                chain.call(patient, consent, &restrict).await.unwrap();
            }
            2 => {
                let role = Role {
                    roles: draws.one(&[Roles::CLINICIAN, Roles::RESEARCHER]),
                    organisation: draws.one(&[world.organisation, world.trust]),
                    until: LATER,
                };
                set_role(world, self.askers[draws.below(2) as usize].account(), role).await;
            }
            3 if draws.chance(3) => {
                chain
                    .call(patient, consent, &consent::messages::RevokeAll {})
                    .await
                    .unwrap();
            }
            4 if draws.chance(2) => {
                let organisation = world.trust;
                let action = draws.one(&[true, false]);
                let action = if action {
                    Action::Suspend { organisation }
                } else {
                    Action::Reinstate { organisation }
                };
                let propose = consortium::messages::Propose { action };
                let _ = chain.call(&world.committee, world.contracts.consortium, &propose).await;
            }
            5 => {
                let glass = consent::messages::BreakGlass {
                    patient: patient.account(),
                    reason: 3,
                    note: Hash([8; 32]),
                };
                let _ = chain.call(&self.askers[draws.below(2) as usize], consent, &glass).await;
            }
            6 | 7 if !given.is_empty() => self.pass_on(world, draws, given).await,
            _ => {
                let next = consent::messages::NextGrant {
                    patient: patient.account(),
                };
                let head = chain.finalized().await.unwrap();
                let id = chain.read(head.hash, consent, &next).await.unwrap();
                let terms = self.terms(world, draws);
                let grant = consent::messages::Grant { id, terms };
                if chain.call(patient, consent, &grant).await.is_ok() {
                    given.push(Given {
                        patient: number,
                        id,
                        terms,
                    });
                }
            }
        }
    }

    /// Passes something on that was given to an account.
    async fn pass_on(&self, world: &World, draws: &mut Draws, given: &mut Vec<Given>) {
        let Given { patient, id, terms } = given[draws.below(given.len() as u64) as usize];
        let Some(by) = self
            .askers
            .iter()
            .find(|key| terms.grantee == Grantee::Account(key.account()))
        else {
            return;
        };
        let grantee = Grantee::Account(self.askers[draws.below(5) as usize].account());
        let part = Terms {
            grantee,
            depth: 0,
            delegable: draws.chance(2),
            split: Hash([5; 32]),
            ..terms
        };
        let delegate = consent::messages::Delegate {
            patient: self.patients[patient].account(),
            parent: Parent {
                grantee: terms.grantee,
                id,
            },
            terms: part,
        };
        if let Ok((id, _)) = world.chain.call(by, world.contracts.consent, &delegate).await {
            given.push(Given {
                patient,
                id,
                terms: part,
            });
        }
    }
}

/// A grant that stood when it was noted.
#[derive(Clone, Copy)]
pub(super) struct Given {
    /// The number of the patient.
    patient: usize,
    id: GrantId,
    terms: Terms,
}

pub(super) async fn set_role(world: &World, account: AccountId, role: Role) {
    let propose = consortium::messages::Propose {
        action: Action::SetRole { account, role },
    };
    let consortium = world.contracts.consortium;
    world.chain.call(&world.committee, consortium, &propose).await.unwrap();
}
