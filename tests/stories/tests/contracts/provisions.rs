//! The examples of IHE's Privacy Consent on FHIR (PCF 1.1), and the permissions and modifiers of GA4GH's Data Use Ontology,
//! decided by the deployed contract.

use crate::{
    acts::blake2,
    deployment::{
        ADMIN, CLINICIAN, Deployment, HOSPITAL, OTHER_HOSPITAL, PATIENT, STRANGER, account, permit, question,
    },
};
use aegle_rules::{
    AccountId, Confidentiality, GrantId, Hash, Purposes, Roles, Slot, Slots, Timestamp,
    consent::{
        Check, Decision, Declaration, Effect, Facts, Grantee, Narrowing, Proxies, Research, Terms, messages,
        record_set,
        research::{DuoModifiers, DuoPermission, DuoUse},
    },
};

const RESEARCHER: &str = "Greta";
const OTHER_CLINICIAN: &str = "Henry";
/// The slot that this patient's mental health records are in, and that of sexual health.
const MENTAL: Slot = Slot(7);
const SEXUAL: Slot = Slot(8);

/// A base provision, for everybody whose role fits.
fn anyone(effect: Effect, now: Timestamp) -> Terms {
    Terms {
        effect,
        grantee: Grantee::Anyone,
        slots: Slots::ALL,
        proxies: Proxies::NONE,
        threshold: 0,
        split: Hash([0; 32]),
        ..permit(now)
    }
}

/// An exception inside of the base provision.
fn nested(terms: Terms) -> Terms {
    Terms { depth: 1, ..terms }
}

fn narrowed(terms: Terms, narrowing: Narrowing) -> Terms {
    Terms {
        narrowing: Some(narrowing),
        ..terms
    }
}

struct Case {
    name: &'static str,
    given: Vec<Terms>,
    /// What is asked, and whether the answer is yes.
    asked: Vec<(Check, bool)>,
}

struct Book {
    now: Timestamp,
}

impl Book {
    fn ask(&self, change: impl FnOnce(&mut Check)) -> Check {
        let mut asked = question(self.now);
        change(&mut asked);
        asked
    }

    fn by(&self, name: &str, purpose: Purposes) -> Check {
        self.ask(|asked| {
            asked.requester = account(name);
            asked.purpose = purpose;
            if purpose == Purposes::HRESCH {
                asked.research = Declaration {
                    use_: DuoUse::Other,
                    attested: DuoModifiers::NONE,
                };
            }
        })
    }

    fn treatment(&self) -> Check {
        self.by(CLINICIAN, Purposes::TREAT)
    }

    fn of(&self, slot: Slot, confidentiality: Confidentiality) -> Check {
        self.ask(|asked| {
            asked.facts = Facts {
                slot,
                confidentiality,
                ..asked.facts
            }
        })
    }

    fn basic(&self) -> Vec<Case> {
        let now = self.now;
        let treatment = anyone(Effect::Permit, now);
        let research = Terms {
            purposes: Purposes::HRESCH,
            research: Research {
                permission: DuoPermission::NoRestriction,
                modifiers: DuoModifiers::NONE,
            },
            ..treatment
        };
        let dissent = Terms {
            purposes: Purposes::ALL,
            ..anyone(Effect::Deny, now)
        };
        let later = |at| self.ask(|asked| asked.at = at);
        vec![
            Case {
                name: "basic: treatment",
                given: vec![treatment],
                asked: vec![
                    (self.treatment(), true),
                    (self.by(RESEARCHER, Purposes::HRESCH), false),
                    (self.by(STRANGER, Purposes::TREAT), false),
                ],
            },
            Case {
                name: "basic: treatment with expiration",
                given: vec![Terms {
                    until: now + 1_000_000,
                    ..treatment
                }],
                asked: vec![(later(now + 999_999), true), (later(now + 1_000_000), false)],
            },
            Case {
                name: "basic: any research",
                given: vec![research],
                asked: vec![(self.by(RESEARCHER, Purposes::HRESCH), true), (self.treatment(), false)],
            },
            Case {
                name: "basic: dissent",
                given: vec![dissent],
                asked: vec![
                    (self.treatment(), false),
                    (self.by(RESEARCHER, Purposes::HRESCH), false),
                    (self.by(ADMIN, Purposes::HOPERAT), false),
                ],
            },
        ]
    }

    fn intermediate(&self) -> Vec<Case> {
        let now = self.now;
        let base = anyone(Effect::Permit, now);
        let denied = nested(anyone(Effect::Deny, now));
        let author = account(OTHER_CLINICIAN);
        let by_author = Narrowing {
            author: Some(author),
            ..Narrowing::NONE
        };
        let in_time = Narrowing {
            authored_from: now - 2_000,
            authored_until: now - 1_000,
            ..Narrowing::NONE
        };
        let salted: Vec<Hash> = (1..=5).map(|byte| Hash([byte; 32])).collect();
        let (root, inside) = record_set(&salted, Hash([3; 32]), &blake2).expect("a set");
        let (_, outside) = record_set(&salted, Hash([0x33; 32]), &blake2).expect("a set");
        let in_set = Narrowing {
            records: Some(root),
            ..Narrowing::NONE
        };
        let authored = |author: AccountId| self.ask(|asked| asked.facts.author = author);
        let at = |time| self.ask(|asked| asked.facts.authored_at = time);
        let (in_it, out_of_it) = (
            self.ask(|asked| asked.membership = Some(inside)),
            self.ask(|asked| asked.membership = Some(outside)),
        );
        let operations = Terms {
            purposes: Purposes::HOPERAT,
            ..base
        };
        let all_purposes = Terms {
            purposes: Purposes::ALL,
            ..anyone(Effect::Deny, now)
        };
        let emergency = Terms {
            purposes: Purposes::BTG,
            confidentiality: Confidentiality::VeryRestricted,
            ..nested(base)
        };
        vec![
            Case {
                name: "intermediate: data by a practitioner",
                given: vec![narrowed(base, by_author)],
                asked: vec![(authored(author), true), (self.treatment(), false)],
            },
            Case {
                name: "intermediate: specific data, and by encounter",
                given: vec![narrowed(base, in_set)],
                asked: vec![
                    (in_it.clone(), true),
                    (out_of_it.clone(), false),
                    (self.treatment(), false),
                ],
            },
            Case {
                name: "intermediate: within a time frame",
                given: vec![narrowed(base, in_time)],
                asked: vec![
                    (at(now - 2_001), false),
                    (at(now - 2_000), true),
                    (at(now - 1_001), true),
                    (at(now - 1_000), false),
                ],
            },
            Case {
                name: "intermediate: a given purpose",
                given: vec![operations],
                asked: vec![(self.by(ADMIN, Purposes::HOPERAT), true), (self.treatment(), false)],
            },
            Case {
                name: "intermediate: most sharing but not data by a practitioner",
                given: vec![base, narrowed(denied, by_author)],
                asked: vec![(authored(author), false), (self.treatment(), true)],
            },
            Case {
                name: "intermediate: most sharing but not specific data",
                given: vec![base, narrowed(denied, in_set)],
                asked: vec![(in_it, false), (out_of_it, true), (self.treatment(), false)],
            },
            Case {
                name: "intermediate: most sharing but not within a time frame",
                given: vec![base, narrowed(denied, in_time)],
                asked: vec![(at(now - 1_500), false), (at(now - 1_000), true)],
            },
            Case {
                name: "intermediate: most sharing but not a given purpose",
                given: vec![
                    Terms {
                        purposes: Purposes::TREAT.union(Purposes::HOPERAT),
                        ..base
                    },
                    Terms {
                        purposes: Purposes::HOPERAT,
                        ..denied
                    },
                ],
                asked: vec![(self.treatment(), true), (self.by(ADMIN, Purposes::HOPERAT), false)],
            },
            Case {
                name: "intermediate: all denied except break-glass",
                given: vec![all_purposes, emergency],
                asked: vec![
                    (self.treatment(), false),
                    (self.by(CLINICIAN, Purposes::BTG), true),
                    (self.by(OTHER_CLINICIAN, Purposes::BTG), false),
                ],
            },
        ]
    }

    fn advanced(&self) -> Vec<Case> {
        use Confidentiality::{Normal, Restricted};
        let now = self.now;
        let base = anyone(Effect::Permit, now);
        let other = Slot(3);
        let (normal, restricted) = (self.of(other, Normal), self.of(other, Restricted));
        let to_clinician = |slot: Slot| Terms {
            slots: Slots::default().with(slot),
            confidentiality: Restricted,
            ..permit(now)
        };
        let elsewhere = |check: &Check| Check {
            requester: account(OTHER_CLINICIAN),
            ..check.clone()
        };
        vec![
            Case {
                name: "advanced: NORMAL, and NORMAL but not RESTRICTED",
                given: vec![base],
                asked: vec![(normal.clone(), true), (restricted.clone(), false)],
            },
            Case {
                name: "advanced: NORMAL and RESTRICTED",
                given: vec![Terms {
                    confidentiality: Restricted,
                    ..base
                }],
                asked: vec![(normal.clone(), true), (restricted.clone(), true)],
            },
            Case {
                name: "advanced: NORMAL and focused RESTRICTED",
                given: vec![
                    base,
                    Terms {
                        slots: Slots::ALL,
                        ..to_clinician(other)
                    },
                ],
                asked: vec![
                    (restricted.clone(), true),
                    (elsewhere(&restricted), false),
                    (elsewhere(&normal), true),
                ],
            },
            Case {
                name: "advanced: NORMAL and break-glass to RESTRICTED",
                given: vec![
                    base,
                    Terms {
                        purposes: Purposes::BTG,
                        confidentiality: Restricted,
                        ..base
                    },
                ],
                asked: vec![
                    (restricted.clone(), false),
                    (
                        Check {
                            purpose: Purposes::BTG,
                            ..restricted.clone()
                        },
                        true,
                    ),
                ],
            },
            Case {
                name: "advanced: NORMAL and focused mental-health",
                given: vec![base, to_clinician(MENTAL)],
                asked: vec![
                    (self.of(MENTAL, Restricted), true),
                    (elsewhere(&self.of(MENTAL, Restricted)), false),
                    (self.of(SEXUAL, Restricted), false),
                    (normal, true),
                ],
            },
            Case {
                name: "advanced: NORMAL and focused mental-health or sexual-health",
                given: vec![base, to_clinician(MENTAL), to_clinician(SEXUAL)],
                asked: vec![
                    (self.of(MENTAL, Restricted), true),
                    (self.of(SEXUAL, Restricted), true),
                    (restricted, false),
                ],
            },
        ]
    }
}

/// Gives the grants of one case, and takes what was given before away.
struct Patient<'a> {
    deployment: &'a Deployment,
    granted: u32,
}

impl Patient<'_> {
    async fn give(&mut self, given: &[Terms]) {
        let consent = self.deployment.consent;
        if self.granted > 0 {
            self.deployment.send(PATIENT, consent, &messages::RevokeAll {}).await;
        }
        let mut grants = Vec::new();
        for terms in given {
            self.granted += 1;
            grants.push((GrantId(self.granted), *terms));
        }
        self.deployment
            .send(PATIENT, consent, &messages::GrantMany { grants })
            .await;
    }

    async fn permits(&self, asked: &Check) -> bool {
        let decision = self.deployment.dry_run(STRANGER, self.deployment.consent, asked).await;
        !matches!(decision, Decision::Denied(_))
    }
}

async fn hospitals_with_research() -> Deployment {
    let deployment = Deployment::with_hospitals().await;
    for (name, roles, organisation) in [
        (RESEARCHER, Roles::RESEARCHER, OTHER_HOSPITAL),
        (OTHER_CLINICIAN, Roles::CLINICIAN, HOSPITAL),
    ] {
        deployment.set_role(name, roles, organisation, Timestamp::MAX).await;
    }
    deployment
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_privacy_consent_on_fhir_are_decided_as_their_documents_say() {
    let deployment = hospitals_with_research().await;
    let glass = messages::BreakGlass {
        patient: account(PATIENT),
        reason: 1,
        note: Hash([0; 32]),
    };
    deployment.send(CLINICIAN, deployment.consent, &glass).await;
    let book = Book {
        now: deployment.now().await,
    };
    let mut patient = Patient {
        deployment: &deployment,
        granted: 0,
    };
    let cases = [book.basic(), book.intermediate(), book.advanced()];
    for case in cases.into_iter().flatten() {
        patient.give(&case.given).await;
        for (asked, expected) in &case.asked {
            assert_eq!(patient.permits(asked).await, *expected, "{}: {asked:?}", case.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn research_is_permitted_as_the_data_use_ontology_says() {
    use DuoPermission as P;
    use DuoUse as U;
    let deployment = hospitals_with_research().await;
    let now = deployment.now().await;
    let mut patient = Patient {
        deployment: &deployment,
        granted: 0,
    };
    let declared = |use_, attested| Check {
        requester: account(RESEARCHER),
        purpose: Purposes::HRESCH,
        research: Declaration { use_, attested },
        ..question(now)
    };
    let uses = [
        U::MethodDevelopment,
        U::PopulationOriginsAncestry,
        U::HealthMedicalBiomedical,
        U::Disease,
        U::Other,
    ];
    for permission in [
        P::NoRestriction,
        P::GeneralResearch,
        P::HealthMedicalBiomedical,
        P::DiseaseSpecific,
        P::PopulationOriginsAncestry,
    ] {
        let terms = |modifiers| Terms {
            purposes: Purposes::HRESCH,
            research: Research { permission, modifiers },
            ..anyone(Effect::Permit, now)
        };
        patient.give(&[terms(DuoModifiers::NONE)]).await;
        for use_ in uses {
            let expected = permission.allows(use_);
            let asked = declared(use_, DuoModifiers::NONE);
            assert_eq!(patient.permits(&asked).await, expected, "{permission:?} for {use_:?}");
        }
        assert!(
            !patient.permits(&declared(U::Undeclared, DuoModifiers::ALL)).await || permission.allows(U::Undeclared)
        );
    }
    // Every modifier is demanded, each by itself, but for two: one forbids a use, and one allows another purpose.
    for (name, modifier) in DuoModifiers::NAMES {
        let terms = Terms {
            purposes: Purposes::HRESCH,
            research: Research {
                permission: P::NoRestriction,
                modifiers: *modifier,
            },
            ..anyone(Effect::Permit, now)
        };
        patient.give(&[terms]).await;
        assert!(patient.permits(&declared(U::Other, *modifier)).await, "{name} attested");
        let demanded = ![DuoModifiers::NMDS, DuoModifiers::CC].contains(modifier);
        let without = patient.permits(&declared(U::Other, DuoModifiers::NONE)).await;
        assert_eq!(without, !demanded, "{name} not attested");
        let methods = patient
            .permits(&declared(U::MethodDevelopment, DuoModifiers::ALL))
            .await;
        assert_eq!(methods, *modifier != DuoModifiers::NMDS, "{name} and methods");
    }
}
