//! What messages cost, held to the table in `contracts/COSTS.md`.
//!
//! The table has the prices of pallet-contracts' default weights, which the devchain has, whatever `CHAIN_URL` says.
//! `AEGLE_WRITE_COSTS=1` writes the table anew, and `AEGLE_PRINT_COSTS=1` prints it for `make bench`.

mod consent;
mod figures;
mod ledger;
mod reads;
mod worst;

use crate::{
    appointments::appoint,
    deployment::{
        ADMIN, CLINICIAN, COMMITTEE, Deployment, HOSPITAL, OTHER_ADMIN, OTHER_HOSPITAL, PATIENT, STRANGER, account,
        key, question, set_key,
    },
};
use aegle_client::chain::Chain;
use aegle_rules::{
    AccountId, Roles, Timestamp,
    consortium::{Action, Layout, Limits, MAX_APPOINTED, Outcome, Role, Which, action_hash, messages as consortium},
    message::Message,
};
use std::time::Duration;

/// The table.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/COSTS.md");
/// Percent by which a message may become dearer before the table must be written anew, on purpose.
const TOLERANCE_PERCENT: u64 = 5;
/// Picoseconds of weight in a microsecond.
const PICOSECONDS_PER_US: u64 = 1_000_000;
/// What the extrinsic that calls a contract weighs beside the call's gas, in microseconds.
const CALL_BASE_US: u64 = 526;

#[derive(Clone, Copy)]
struct Cost {
    picoseconds: u64,
    proof_bytes: u64,
    deposit: i128,
}

/// The costs of one deployment, in the order in which they were asked for.
struct Costs<'a> {
    deployment: &'a Deployment,
    rows: Vec<(&'static str, Cost)>,
}

impl Costs<'_> {
    /// What a message would cost now.
    async fn of<M: Message>(&mut self, what: &'static str, name: &str, contract: AccountId, message: &M) -> Cost {
        let answer = self.deployment.raw(name, contract, &message.call_data(), 0).await;
        // A call that is refused is no measurement.
        assert!(answer.output.is_ok() && !answer.reverted, "{what}: {answer:?}");
        let cost = Cost {
            picoseconds: answer.consumed.time,
            proof_bytes: answer.consumed.proof,
            deposit: answer.deposit,
        };
        self.rows.push((what, cost));
        cost
    }

    /// [`Self::of`], and then the message is sent.
    async fn sent<M>(&mut self, what: &'static str, name: &str, contract: AccountId, message: &M) -> Cost
    where
        M: Message<Output: aegle_client::chain::Answer>,
    {
        let cost = self.of(what, name, contract, message).await;
        self.deployment.send(name, contract, message).await;
        cost
    }

    /// What a message that reads would cost anybody.
    async fn read<M: Message>(&mut self, what: &'static str, contract: AccountId, message: &M) {
        self.of(what, STRANGER, contract, message).await;
    }

    /// The rows of the table: message, microseconds of gas, bytes of proof, storage deposit.
    fn table(&self) -> Vec<String> {
        let row = |(what, cost): &(&str, Cost)| {
            let gas = cost.picoseconds / PICOSECONDS_PER_US;
            format!("| {what} | {gas} | {} | {} |", cost.proof_bytes, cost.deposit)
        };
        self.rows.iter().map(row).collect()
    }

    /// Holds the costs to the table: no message is dearer than it says, within the tolerance, and none is missing.
    fn hold_to_table(&self) {
        let text = std::fs::read_to_string(TABLE).expect("contracts/COSTS.md can be read");
        let known: Vec<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
        let now = self.table();
        if std::env::var_os("AEGLE_WRITE_COSTS").is_some() {
            let before = text.lines().take_while(|line| !line.starts_with("| `"));
            let after = text
                .lines()
                .skip_while(|line| !line.starts_with("| `"))
                .skip_while(|line| line.starts_with("| `"));
            let lines: Vec<&str> = before.chain(now.iter().map(String::as_str)).chain(after).collect();
            std::fs::write(TABLE, lines.join("\n") + "\n").expect("contracts/COSTS.md can be written");
            return;
        }
        assert_eq!(
            known.len(),
            now.len(),
            "contracts/COSTS.md has other messages: {now:#?}"
        );
        for (known, ((what, cost), now)) in known.iter().zip(self.rows.iter().zip(&now)) {
            let cells: Vec<&str> = known.split('|').map(str::trim).collect();
            let [_, name, gas, proof, deposit, _] = cells[..] else {
                panic!("contracts/COSTS.md: {known}")
            };
            assert_eq!(name, *what);
            let (gas, deposit): (u64, i128) = (gas.parse().expect("gas"), deposit.parse().expect("a deposit"));
            let most = gas * PICOSECONDS_PER_US * (100 + TOLERANCE_PERCENT) / 100;
            assert!(cost.picoseconds <= most, "dearer than contracts/COSTS.md says: {now}");
            let most = proof.parse::<u64>().expect("bytes of proof") * (100 + TOLERANCE_PERCENT) / 100;
            assert!(
                cost.proof_bytes <= most,
                "reads more than contracts/COSTS.md says: {now}"
            );
            assert_eq!(
                cost.deposit, deposit,
                "another deposit than contracts/COSTS.md says: {now}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_cost_what_the_table_says_and_revoking_no_more_than_granting() {
    let deployment = Deployment::with_time().await;
    let mut costs = Costs {
        deployment: &deployment,
        rows: Vec::new(),
    };
    of_the_consortium(&mut costs).await;
    ledger::of_the_ledger(&mut costs).await;
    consent::of_grants(&mut costs).await;
    consent::of_acts(&mut costs).await;
    worst::of_delegation(&mut costs).await;
    of_the_committee(&mut costs).await;
    reads::of_the_consortium(&mut costs).await;
    reads::of_consent(&mut costs).await;
    reads::of_the_ledger(&mut costs).await;
    let base = Cost::of_a_call(&costs).await;
    assert_eq!(base.picoseconds / PICOSECONDS_PER_US, CALL_BASE_US);
    if std::env::var_os("AEGLE_PRINT_COSTS").is_some() {
        costs.print(base);
    }
    costs.hold_to_table();
}

async fn of_the_consortium(costs: &mut Costs<'_>) {
    let contract = costs.deployment.consortium;
    let patient = account(PATIENT);
    costs.sent("`consortium.set_key`", PATIENT, contract, &set_key()).await;
    costs
        .sent(
            "`consortium.register_patient`",
            PATIENT,
            contract,
            &consortium::RegisterPatient { named: None },
        )
        .await;
    let named = Some(costs.deployment.named(HOSPITAL).await);
    let name = consortium::NameOrganisation {
        account: patient,
        named,
    };
    costs
        .sent("`consortium.name_organisation`", PATIENT, contract, &name)
        .await;
    let register = consortium::RegisterPatient { named };
    costs
        .of(
            "`consortium.register_patient`, with an organisation",
            STRANGER,
            contract,
            &register,
        )
        .await;
    costs
        .sent(
            "`consortium.activate_patient`",
            ADMIN,
            contract,
            &consortium::ActivatePatient { patient },
        )
        .await;
    let people = |count: usize| (0..count).map(|number| account(&format!("Person {number}"))).collect();
    let appoint = |count| appoint(people(count), Roles::CLINICIAN);
    costs
        .of("`consortium.appoint`, 1 account", ADMIN, contract, &appoint(1))
        .await;
    costs
        .of("`consortium.appoint`, 36 accounts", ADMIN, contract, &appoint(36))
        .await;
    costs
        .sent(
            "`consortium.appoint`, 64 accounts",
            ADMIN,
            contract,
            &appoint(MAX_APPOINTED),
        )
        .await;
    let accounts = people(MAX_APPOINTED);
    costs
        .sent(
            "`consortium.dismiss`, 64 accounts",
            ADMIN,
            contract,
            &consortium::Dismiss { accounts },
        )
        .await;
    costs
        .of(
            "`consortium.renounce`",
            CLINICIAN,
            contract,
            &consortium::Renounce { organisation: None },
        )
        .await;
    costs
        .of(
            "`consortium.pause`, a committee of one",
            COMMITTEE,
            contract,
            &consortium::Pause {},
        )
        .await;
    let publish = consortium::Publish {
        account: Some(account(CLINICIAN)),
    };
    costs.sent("`consortium.publish`", STRANGER, contract, &publish).await;
    let hire = consortium::Appoint {
        accounts: vec![account(CLINICIAN)],
        roles: Roles::CLINICIAN,
        until: Timestamp::MAX,
    };
    costs
        .sent("`consortium.appoint`, an offer", OTHER_ADMIN, contract, &hire)
        .await;
    let accept = consortium::AcceptRole {
        organisation: OTHER_HOSPITAL,
    };
    costs.of("`consortium.accept_role`", CLINICIAN, contract, &accept).await;
    let dismiss = consortium::Dismiss {
        accounts: vec![account(CLINICIAN)],
    };
    costs.deployment.send(OTHER_ADMIN, contract, &dismiss).await;
    let role_of = consortium::RoleOf {
        account: account(CLINICIAN),
        at: costs.deployment.now().await,
    };
    costs.of("`consortium.role_of`", STRANGER, contract, &role_of).await;
}

async fn of_the_committee(costs: &mut Costs<'_>) {
    let deployment = costs.deployment;
    let contract = deployment.consortium;
    let role = Role {
        roles: Roles::AUDITOR,
        organisation: HOSPITAL,
        until: Timestamp::MAX,
    };
    let action = Action::SetRole {
        account: account(STRANGER),
        role,
    };
    let propose = |action| consortium::Propose { action };
    costs
        .of(
            "`consortium.propose`, a role, a committee of one",
            COMMITTEE,
            contract,
            &propose(action.clone()),
        )
        .await;
    let head = deployment.chain.finalized().await.expect("a head");
    let code_hash = deployment.chain.code_hash(&head, deployment.consent).await;
    let not_before = head.timestamp + Limits::DEFAULT.timelock_ms + 3_600_000;
    deployment
        .enact(Action::ScheduleUpgrade {
            contract: Which::Consent,
            code_hash: code_hash.expect("an answer").expect("a contract"),
            layout: Layout::of(Which::Consent).version,
            not_before,
        })
        .await;
    let members = vec![account(COMMITTEE), account(ADMIN)];
    let rotate = Action::Rotate { members, threshold: 2 };
    costs
        .of(
            "`consortium.propose`, a rotation, a committee of one",
            COMMITTEE,
            contract,
            &propose(rotate.clone()),
        )
        .await;
    let (member, message) = (key(COMMITTEE), propose(rotate.clone()));
    let proposed = deployment.chain.call(&member, contract, &message).await;
    let Ok((Outcome::Pending(id), _)) = proposed else {
        panic!("it waits for the new members")
    };
    let accept = consortium::Accept {
        id,
        action: rotate.clone(),
    };
    costs.of("`consortium.accept`", ADMIN, contract, &accept).await;
    deployment.send(COMMITTEE, contract, &consortium::Withdraw { id }).await;
    deployment.enact(rotate).await;
    costs
        .of(
            "`consortium.propose`, a role",
            COMMITTEE,
            contract,
            &propose(action.clone()),
        )
        .await;
    let proposed = deployment
        .chain
        .call(&key(COMMITTEE), contract, &propose(action.clone()))
        .await;
    let Ok((Outcome::Pending(id), _)) = proposed else {
        panic!("it waits for a second vote: {proposed:?}")
    };
    let hash = action_hash(&action, crate::relayed::blake2);
    costs
        .of(
            "`consortium.withdraw`",
            COMMITTEE,
            contract,
            &consortium::Withdraw { id },
        )
        .await;
    costs
        .sent("`consortium.vote`", ADMIN, contract, &consortium::Vote { id, hash })
        .await;
    costs
        .sent(
            "`consortium.execute`, a role",
            ADMIN,
            contract,
            &consortium::Execute { id, action },
        )
        .await;
    deployment
        .advance(Duration::from_millis(Limits::DEFAULT.timelock_ms + 7_200_000))
        .await;
    let upgrade = consortium::Upgrade {
        contract: Which::Consent,
    };
    costs
        .sent("`consortium.upgrade`, of consent", STRANGER, contract, &upgrade)
        .await;
    let base = deployment
        .raw(
            STRANGER,
            deployment.consent,
            &question(deployment.now().await).call_data(),
            0,
        )
        .await;
    assert!(base.output.is_ok(), "the new code answers");
}
