//! What messages cost, held to the table in `contracts/COSTS.md`.
//!
//! The table has the prices of pallet-contracts' default weights, which the devchain has; on the node at `CHAIN_URL`, whose
//! prices are its own, only the order that the design promises is checked. `AEGLE_WRITE_COSTS=1` writes the table anew.

use crate::{
    deployment::{ADMIN, CLINICIAN, Deployment, HOSPITAL, PATIENT, grant, permit, question, set_key},
    ledger::{anchor, register},
};
use aegle_rules::{
    AccountId, GrantId, Slot, Slots,
    consent::{
        Grantee, Terms,
        messages::{Revoke, SetRestricted},
    },
    message::Message,
};

/// The table.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/COSTS.md");
/// Percent by which a message may become dearer before the table must be written anew, on purpose.
const TOLERANCE_PERCENT: u64 = 5;
/// Picoseconds of weight in a microsecond.
const PICOSECONDS_PER_US: u64 = 1_000_000;

#[derive(Clone, Copy)]
struct Cost {
    picoseconds: u64,
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
        assert!(answer.output.is_ok(), "{what}: {answer:?}");
        let cost = Cost {
            picoseconds: answer.consumed.time,
            deposit: answer.deposit,
        };
        self.rows.push((what, cost));
        cost
    }

    /// The rows of the table: message, microseconds of gas, storage deposit.
    fn table(&self) -> Vec<String> {
        let row = |(what, cost): &(&str, Cost)| {
            let gas = cost.picoseconds / PICOSECONDS_PER_US;
            format!("| {what} | {gas} | {} |", cost.deposit)
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
            let [_, name, gas, deposit, _] = cells[..] else {
                panic!("contracts/COSTS.md: {known}")
            };
            assert_eq!(name, *what);
            let (gas, deposit): (u64, i128) = (gas.parse().expect("gas"), deposit.parse().expect("a deposit"));
            let most = gas * PICOSECONDS_PER_US * (100 + TOLERANCE_PERCENT) / 100;
            assert!(cost.picoseconds <= most, "dearer than contracts/COSTS.md says: {now}");
            assert_eq!(
                cost.deposit, deposit,
                "another deposit than contracts/COSTS.md says: {now}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_cost_what_the_table_says_and_revoking_no_more_than_granting() {
    let deployment = Deployment::with_hospitals().await;
    let now = deployment.now().await;
    let (consortium, consent, ledger) = (deployment.consortium, deployment.consent, deployment.ledger);
    let to_hospital = Terms {
        grantee: Grantee::Organisation(HOSPITAL),
        ..permit(now)
    };
    let mut costs = Costs {
        deployment: &deployment,
        rows: Vec::new(),
    };
    let revoke = |terms: Terms, id| Revoke {
        id: GrantId(id),
        grantee: terms.grantee,
    };

    costs.of("`consortium.set_key`", PATIENT, consortium, &set_key()).await;
    costs.of("`ledger.register_domain`", ADMIN, ledger, &register()).await;
    deployment.send(ADMIN, ledger, &register()).await;
    costs
        .of("`ledger.anchor`, the first batch", ADMIN, ledger, &anchor(0))
        .await;
    deployment.send(ADMIN, ledger, &anchor(0)).await;
    costs
        .of("`ledger.anchor`, a later batch", ADMIN, ledger, &anchor(1))
        .await;
    let slots = Slots::default().with(Slot(9));
    costs
        .of("`consent.set_restricted`", PATIENT, consent, &SetRestricted { slots })
        .await;

    let first = costs
        .of(
            "`consent.grant`, the patient's first",
            PATIENT,
            consent,
            &grant(1, permit(now)),
        )
        .await;
    deployment.send(PATIENT, consent, &grant(1, permit(now))).await;
    let last = costs
        .of(
            "`consent.revoke`, the only one",
            PATIENT,
            consent,
            &revoke(permit(now), 1),
        )
        .await;
    let second = costs
        .of(
            "`consent.grant`, a second to the account",
            PATIENT,
            consent,
            &grant(2, permit(now)),
        )
        .await;
    deployment.send(PATIENT, consent, &grant(2, permit(now))).await;
    let one_of_two = costs
        .of(
            "`consent.revoke`, one of two",
            PATIENT,
            consent,
            &revoke(permit(now), 2),
        )
        .await;
    let wide = costs
        .of(
            "`consent.grant`, to an organisation",
            PATIENT,
            consent,
            &grant(3, to_hospital),
        )
        .await;
    deployment.send(PATIENT, consent, &grant(3, to_hospital)).await;
    let wide_revoked = costs
        .of(
            "`consent.revoke`, of an organisation",
            PATIENT,
            consent,
            &revoke(to_hospital, 3),
        )
        .await;
    costs
        .of(
            "`consent.check`, 2 account and 1 other grant",
            CLINICIAN,
            consent,
            &question(now),
        )
        .await;

    if std::env::var_os("CHAIN_URL").is_none() {
        costs.hold_to_table();
    }
    for (given, taken) in [(&first, &last), (&second, &one_of_two), (&wide, &wide_revoked)] {
        assert!(taken.picoseconds <= given.picoseconds);
        assert!(
            taken.deposit < 0 && given.deposit > 0,
            "a revocation gives its deposit back"
        );
    }
}
