//! The messages that only read, and the few acts beside those of the other rows: with what they answer as long as the rows
//! before them have made it.

use super::Costs;
use crate::{
    deployment::{ADMIN, CLINICIAN, HOSPITAL, PATIENT, STRANGER, account, key, question, set_key},
    relayed::relayed,
};
use aegle_client::{account::AccountKey, chain::Chain};
use aegle_rules::{
    BatchNumber, DomainId, ErasureId, Hash, ProposalId, Slot, Slots,
    consent::{Call, Grantee, RecoveryAct, messages as consent},
    consortium::{self as rules, AskLayout, Which, messages as consortium},
    ledger::messages as ledger,
};

pub(super) async fn of_the_consortium(costs: &mut Costs<'_>) {
    let deployment = costs.deployment;
    let contract = deployment.consortium;
    let patient = AccountKey::generate().expect("a key");
    let message = set_key();
    let call = rules::Call::SetKey {
        account: patient.account(),
        key: message.key,
        bundle: message.bundle,
    };
    let here = (deployment.chain.genesis(), contract);
    let expires = deployment.now().await + 3_600_000;
    let call = relayed(&patient, here, call, 0, expires);
    costs
        .of(
            "`consortium.relayed`, a key",
            STRANGER,
            contract,
            &consortium::Relayed { call },
        )
        .await;
    let account = account(PATIENT);
    costs.read("`consortium.layout`", contract, &AskLayout {}).await;
    costs
        .read("`consortium.paused_until`", contract, &consortium::PausedUntil {})
        .await;
    costs
        .read("`consortium.patient`", contract, &consortium::Patient { account })
        .await;
    costs
        .read("`consortium.key_of`", contract, &consortium::KeyOf { account })
        .await;
    let clinician = crate::deployment::account(CLINICIAN);
    let effective = consortium::EffectiveRoles {
        account: clinician,
        at: deployment.now().await,
    };
    costs.read("`consortium.effective_roles`", contract, &effective).await;
    let kept = consortium::RolesOf { account: clinician };
    costs.read("`consortium.roles_of`", contract, &kept).await;
    costs
        .read("`consortium.jurisdictions`", contract, &consortium::Jurisdictions {})
        .await;
    let organisation = HOSPITAL;
    costs
        .read(
            "`consortium.jurisdiction_of`",
            contract,
            &consortium::JurisdictionOf { organisation },
        )
        .await;
    costs
        .read(
            "`consortium.relay_nonce`",
            contract,
            &consortium::RelayNonce { account },
        )
        .await;
    costs
        .read(
            "`consortium.organisation`",
            contract,
            &consortium::Organisation { id: HOSPITAL },
        )
        .await;
    costs
        .read("`consortium.committee`", contract, &consortium::Committee {})
        .await;
    let id = ProposalId(1);
    costs
        .read("`consortium.proposal`", contract, &consortium::Proposal { id })
        .await;
    costs
        .read("`consortium.proposals`", contract, &consortium::Proposals {})
        .await;
    costs
        .read("`consortium.limits`", contract, &consortium::Limits {})
        .await;
    costs
        .read("`consortium.contracts`", contract, &consortium::Contracts {})
        .await;
    let scheduled = consortium::Scheduled {
        contract: Which::Consent,
    };
    costs.read("`consortium.scheduled`", contract, &scheduled).await;
    costs
        .read("`consortium.proxies`", contract, &consortium::Proxies {})
        .await;
}

/// Of a patient whose grants to one account take as much room as any.
pub(super) async fn of_consent(costs: &mut Costs<'_>) {
    let contract = costs.deployment.consent;
    let (patient, clinician) = (account(PATIENT), account(CLINICIAN));
    let slots = Slots::default().with(Slot(9));
    let act = consent::Act {
        patient,
        call: Call::AdvanceEpochs { slots },
    };
    costs.of("`consent.act`, epochs", PATIENT, contract, &act).await;
    costs.read("`consent.layout`", contract, &AskLayout {}).await;
    costs
        .read("`consent.next_grant`", contract, &consent::NextGrant { patient })
        .await;
    costs
        .read("`consent.residence`", contract, &consent::Residence { patient })
        .await;
    let explain = consent::Explain(question(costs.deployment.now().await));
    costs.read("`consent.explain`", contract, &explain).await;
    costs
        .read("`consent.restricted`", contract, &consent::Restricted { patient })
        .await;
    costs
        .read("`consent.epochs`", contract, &consent::Epochs { patient })
        .await;
    let grants = consent::Grants {
        patient,
        grantee: Grantee::Account(clinician),
    };
    costs.read("`consent.grants`, a full cell", contract, &grants).await;
    let request = consent::RequestOf {
        patient,
        requester: clinician,
    };
    costs.read("`consent.request`", contract, &request).await;
    costs
        .read("`consent.guardians`", contract, &consent::GuardiansOf { patient })
        .await;
    costs
        .read(
            "`consent.guardian_change`",
            contract,
            &consent::GuardianChange { patient },
        )
        .await;
    costs
        .read("`consent.control`", contract, &consent::ControlOf { patient })
        .await;
    costs
        .read("`consent.history`", contract, &consent::HistoryOf { patient })
        .await;
    costs
        .read("`consent.glass`", contract, &consent::GlassOf { patient, clinician })
        .await;
    costs
        .read("`consent.breaker`", contract, &consent::BreakerOf { clinician })
        .await;
    let day = consent::GlassDayOf { organisation: HOSPITAL };
    costs.read("`consent.glass_day`", contract, &day).await;
    let account = patient;
    costs
        .read("`consent.relay_nonce`", contract, &consent::RelayNonce { account })
        .await;
    costs
        .read(
            "`consent.guardian_nonce`",
            contract,
            &consent::GuardianNonce { account },
        )
        .await;
    // A patient of their own: a recovery key comes before guardians.
    let paper = Call::SetRecoveryKey {
        key: account_of(STRANGER),
    };
    let of_clinician = |call| consent::Act {
        patient: clinician,
        call,
    };
    costs.deployment.send(CLINICIAN, contract, &of_clinician(paper)).await;
    let recover = consent::Recover {
        patient: clinician,
        act: RecoveryAct::Follow { key: account_of(ADMIN) },
    };
    costs
        .of("`consent.recover`, another key", STRANGER, contract, &recover)
        .await;
}

fn account_of(name: &str) -> aegle_rules::AccountId {
    key(name).account()
}

pub(super) async fn of_the_ledger(costs: &mut Costs<'_>) {
    let contract = costs.deployment.ledger;
    let domain = DomainId(1);
    let (number, erasure) = (BatchNumber(0), ErasureId(1));
    costs.read("`ledger.layout`", contract, &AskLayout {}).await;
    costs
        .read("`ledger.domain_key`", contract, &ledger::DomainKey { domain, epoch: 1 })
        .await;
    costs
        .read("`ledger.batch`", contract, &ledger::Batch { domain, number })
        .await;
    let compaction = ledger::Compaction {
        domain,
        first: number,
        span_log2: 2,
    };
    costs.read("`ledger.compaction`", contract, &compaction).await;
    costs
        .read("`ledger.erasure`", contract, &ledger::Erasure { domain, erasure })
        .await;
    costs
        .read("`ledger.erasures`", contract, &ledger::Erasures { domain })
        .await;
    costs
        .read("`ledger.servers`", contract, &ledger::Servers { domain })
        .await;
    let disclosures = ledger::Disclosures {
        domain,
        by: account(ADMIN),
        sequence: 0,
    };
    costs.read("`ledger.disclosures`", contract, &disclosures).await;
    let verify = ledger::Verify {
        root: Hash([1; 32]),
        count: 65_536,
        index: 65_535,
        leaf: Hash([2; 32]),
        path: vec![Hash([3; 32]); 16],
    };
    costs.read("`ledger.verify`, 65,536 records", contract, &verify).await;
}
