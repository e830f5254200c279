//! The examples of IHE's Privacy Consent on FHIR (PCF 1.1), and the permissions and modifiers of GA4GH's Data Use Ontology,
//! decided by the deployed contract.

mod examples;

use crate::{
    acts::decides,
    deployment::{CLINICIAN, Deployment, HOSPITAL, OTHER_HOSPITAL, PATIENT, account, question},
};
use aegle_rules::{
    GrantId, Hash, Purposes, Roles, Slot, Timestamp,
    consent::{
        Check, Decision, Declaration, Effect, Extent, Research, Terms, messages,
        research::{DuoModifiers, DuoPermission, DuoUse},
    },
};
use examples::{Book, anyone};

const RESEARCHER: &str = "Greta";
const OTHER_CLINICIAN: &str = "Henry";
/// The slot that this patient's mental health records are in, and that of sexual health.
const MENTAL: Slot = Slot(7);
const SEXUAL: Slot = Slot(8);

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
        let decision = decides(self.deployment, asked).await;
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
            research: Research {
                permission,
                modifiers,
                extent: Extent::Count,
            },
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
                extent: Extent::Count,
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
