//! The examples of PCF, as grants and questions.

use super::{MENTAL, OTHER_CLINICIAN, RESEARCHER, SEXUAL};
use crate::{
    deployment::{ADMIN, CLINICIAN, STRANGER, account, permit, question},
    relayed::blake2,
};
use aegle_rules::{
    AccountId, Confidentiality, Hash, Purposes, Slot, Slots, Timestamp,
    consent::{
        Check, Declaration, Effect, Extent, Facts, Grantee, Narrowing, Proxies, Research, Terms, record_set,
        research::{DuoModifiers, DuoPermission, DuoUse},
    },
};

/// A base provision, for everybody whose role fits.
pub(super) fn anyone(effect: Effect, now: Timestamp) -> Terms {
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

pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) given: Vec<Terms>,
    /// What is asked, and whether the answer is yes.
    pub(super) asked: Vec<(Check, bool)>,
}

pub(super) struct Book {
    pub(super) now: Timestamp,
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

    pub(super) fn basic(&self) -> Vec<Case> {
        let now = self.now;
        let treatment = anyone(Effect::Permit, now);
        let research = Terms {
            purposes: Purposes::HRESCH,
            research: Research {
                permission: DuoPermission::NoRestriction,
                modifiers: DuoModifiers::NONE,
                extent: Extent::Count,
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

    pub(super) fn intermediate(&self) -> Vec<Case> {
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

    pub(super) fn advanced(&self) -> Vec<Case> {
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
