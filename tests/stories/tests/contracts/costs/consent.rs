//! The messages of the consent contract.

use super::Costs;
use crate::{
    deployment::{
        ADMIN, CLINICIAN, HOSPITAL, OTHER_ADMIN, OTHER_HOSPITAL, PATIENT, STRANGER, TRUST, account, grant, key, permit,
        question,
    },
    relayed::relayed,
};
use aegle_client::chain::Chain;
use aegle_rules::{
    Confidentiality, GrantId, Hash, Purposes, Roles, Slot, Slots, Timestamp,
    consent::{
        Ask, Authority, Call, Check, Grantee, Guardians, Parent, Proxies, SignedAct, Terms, Verdict,
        messages as consent,
    },
    consortium::Action,
};

pub(super) async fn of_grants(costs: &mut Costs<'_>) {
    let contract = costs.deployment.consent;
    let now = costs.deployment.now().await;
    let revoke = |terms: Terms, id| consent::Revoke {
        id: GrantId(id),
        grantee: terms.grantee,
    };
    let to_hospital = Terms {
        grantee: Grantee::Organisation(HOSPITAL),
        ..permit(now)
    };
    let base = Terms {
        grantee: Grantee::Anyone,
        proxies: Proxies::NONE,
        threshold: 0,
        split: Hash([0; 32]),
        ..permit(now)
    };
    let slots = Slots::default().with(Slot(9));
    costs
        .sent(
            "`consent.set_restricted`",
            PATIENT,
            contract,
            &consent::SetRestricted { slots },
        )
        .await;
    costs
        .of(
            "`consent.advance_epochs`",
            PATIENT,
            contract,
            &consent::AdvanceEpochs { slots },
        )
        .await;
    let first = costs
        .sent(
            "`consent.grant`, the first to an account",
            PATIENT,
            contract,
            &grant(1, permit(now)),
        )
        .await;
    let second = costs
        .sent(
            "`consent.grant`, a second one",
            PATIENT,
            contract,
            &grant(2, permit(now)),
        )
        .await;
    let one_of_two = costs
        .sent(
            "`consent.revoke`, one of two",
            PATIENT,
            contract,
            &revoke(permit(now), 1),
        )
        .await;
    let last = costs
        .of(
            "`consent.revoke`, the only one",
            PATIENT,
            contract,
            &revoke(permit(now), 2),
        )
        .await;
    costs
        .of(
            "`consent.check`, a grant to the account",
            STRANGER,
            contract,
            &question(costs.deployment.now().await),
        )
        .await;
    costs.deployment.send(PATIENT, contract, &revoke(permit(now), 2)).await;
    let wide = costs
        .sent(
            "`consent.grant`, to an organisation",
            PATIENT,
            contract,
            &grant(3, to_hospital),
        )
        .await;
    costs
        .of(
            "`consent.check`, a grant to the organisation",
            STRANGER,
            contract,
            &question(costs.deployment.now().await),
        )
        .await;
    let wide_revoked = costs
        .sent(
            "`consent.revoke`, of an organisation",
            PATIENT,
            contract,
            &revoke(to_hospital, 3),
        )
        .await;
    costs
        .sent("`consent.grant`, a base decision", PATIENT, contract, &grant(4, base))
        .await;
    costs
        .of(
            "`consent.check`, a base decision",
            STRANGER,
            contract,
            &question(costs.deployment.now().await),
        )
        .await;
    // Of two organisations more: each takes a look at what the patient says about it.
    for organisation in [OTHER_HOSPITAL, TRUST] {
        costs
            .deployment
            .set_role(CLINICIAN, Roles::CLINICIAN, organisation, u64::MAX)
            .await;
    }
    costs
        .of(
            "`consent.check`, a base decision, by an account of three organisations",
            STRANGER,
            contract,
            &question(costs.deployment.now().await),
        )
        .await;
    for organisation in [OTHER_HOSPITAL, TRUST] {
        let account = account(CLINICIAN);
        costs.deployment.enact(Action::TakeRole { account, organisation }).await;
    }
    for (given, taken) in [(first, last), (second, one_of_two), (wide, wide_revoked)] {
        assert!(
            taken.picoseconds < given.picoseconds,
            "revoking is cheaper than granting"
        );
        assert!(taken.deposit < 0 && given.deposit > 0, "and gives the deposit back");
    }
    let grants = (5..21).map(|id| (GrantId(id), to_hospital)).collect();
    costs
        .sent(
            "`consent.grant_many`, 16 of them",
            PATIENT,
            contract,
            &consent::GrantMany { grants },
        )
        .await;
    costs
        .sent("`consent.revoke_all`", PATIENT, contract, &consent::RevokeAll {})
        .await;
    let clear = consent::Clear {
        grantee: to_hospital.grantee,
    };
    costs
        .sent("`consent.clear`, 16 of them", PATIENT, contract, &clear)
        .await;
    delegated(costs, now).await;
}

async fn delegated(costs: &mut Costs<'_>, now: Timestamp) {
    let contract = costs.deployment.consent;
    let patient = account(PATIENT);
    let terms = Terms {
        delegable: true,
        ..permit(now)
    };
    costs.deployment.send(PATIENT, contract, &grant(21, terms)).await;
    let parent = Parent {
        grantee: terms.grantee,
        id: GrantId(21),
    };
    let to = Grantee::Account(account(OTHER_ADMIN));
    let terms = Terms { grantee: to, ..terms };
    let delegate = consent::Delegate { patient, parent, terms };
    costs.sent("`consent.delegate`", CLINICIAN, contract, &delegate).await;
    let undelegate = consent::Undelegate {
        patient,
        id: GrantId(GrantId::DELEGATED | 1),
        grantee: to,
    };
    costs
        .sent("`consent.undelegate`", CLINICIAN, contract, &undelegate)
        .await;
}

pub(super) async fn of_acts(costs: &mut Costs<'_>) {
    let contract = costs.deployment.consent;
    let now = costs.deployment.now().await;
    let (patient, requester) = (account(PATIENT), account(CLINICIAN));
    let ask = Ask {
        purposes: Purposes::TREAT,
        slots: permit(now).slots,
        confidentiality: Confidentiality::Normal,
        until: Timestamp::MAX,
        why: Hash([7; 32]),
    };
    let request = consent::RequestAccess { patient, ask };
    costs
        .sent("`consent.request_access`", CLINICIAN, contract, &request)
        .await;
    let withdraw = consent::WithdrawRequest { patient };
    costs
        .of("`consent.withdraw_request`", CLINICIAN, contract, &withdraw)
        .await;
    let decline = consent::Decline { requester };
    costs.sent("`consent.decline`", PATIENT, contract, &decline).await;
    costs.deployment.send(CLINICIAN, contract, &request).await;
    let approve = consent::Approve {
        requester,
        id: GrantId(22),
        terms: permit(now),
    };
    costs.sent("`consent.approve`", PATIENT, contract, &approve).await;
    let guardians = Guardians {
        accounts: vec![account(STRANGER), account(ADMIN)],
        threshold: 2,
        until: Timestamp::MAX,
        authority: Authority::Acting,
    };
    costs
        .sent(
            "`consent.set_guardians`, 2 of them",
            PATIENT,
            contract,
            &consent::SetGuardians { guardians },
        )
        .await;
    let call = Call::Grant {
        id: GrantId(23),
        terms: permit(now),
    };
    let act = consent::GuardianAct {
        patient,
        call: call.clone(),
    };
    costs
        .sent("`consent.guardian_act`, a vote", STRANGER, contract, &act)
        .await;
    costs.of("`consent.guardian_act`, a grant", ADMIN, contract, &act).await;
    let here = (costs.deployment.chain.genesis(), contract);
    let call = SignedAct::Controller { patient, call };
    let signed = relayed(&key(PATIENT), here, call, 0, now + 3_600_000);
    costs
        .of(
            "`consent.relayed`, a grant",
            STRANGER,
            contract,
            &consent::RelayedCall { relayed: signed },
        )
        .await;
    let glass = consent::BreakGlass {
        patient,
        reason: 1,
        note: Hash([8; 32]),
    };
    costs.sent("`consent.break_glass`", CLINICIAN, contract, &glass).await;
    let opened_at = costs.deployment.now().await;
    let emergency = Check {
        purpose: Purposes::BTG,
        ..question(opened_at)
    };
    costs
        .of("`consent.check`, a broken glass", STRANGER, contract, &emergency)
        .await;
    let close = consent::CloseGlass { clinician: requester };
    costs.of("`consent.close_glass`", PATIENT, contract, &close).await;
    let review = consent::Review {
        patient,
        clinician: requester,
        opened_at,
        verdict: Verdict::Justified,
        note: Hash([9; 32]),
    };
    costs.sent("`consent.review`", ADMIN, contract, &review).await;
}
