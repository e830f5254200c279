//! What `make bench` says of contracts, by the costs that were measured just before.

use super::{CALL_BASE_US, Cost, Costs, PICOSECONDS_PER_US};
use crate::deployment::permit;
use aegle_rules::{GrantId, consent::StoredGrant};
use aegle_stories::deployment::bundle;
use scale::{Compact, Decode, Encode};
use serde_json::{Value, json};
use subxt::dynamic;

/// Picoseconds of weight in a millisecond.
const PICOSECONDS_PER_MS: f64 = 1e9;
/// What the design allows each contract's code.
const CODE_GOAL_BYTES: usize = 40_000;
/// What the design allows a grant of the state.
const GRANT_GOAL_BYTES: usize = 128;
/// Grants that one transaction gives, where it gives many.
const MANY: f64 = 16.0;

/// A grant to an account that has one already, which is the dearest of single ones; and many at once.
const GRANT: &str = "`consent.grant`, a second one";
const GRANT_MANY: &str = "`consent.grant_many`, 16 of them";
/// Figures, the messages that they are of, and what they are to be, in milliseconds.
const GOALS: [(&str, &str, f64); 5] = [
    ("contract/grant_gas_ms", GRANT, 1.0),
    ("contract/relayed_grant_gas_ms", "`consent.relayed`, a grant", 1.2),
    ("contract/check_gas_ms", "`consent.check`, a grant to the account", 0.55),
    ("contract/check_worst_gas_ms", "`consent.check`, at worst", 2.0),
    ("contract/anchor_gas_ms", "`ledger.anchor`, 65,536 records", 0.7),
];
/// The transactions that give a hundred clinicians their role.
const ONBOARDING: [&str; 2] = ["`consortium.appoint`, 64 accounts", "`consortium.appoint`, 36 accounts"];

/// What a block of a public chain has for such calls: a block each 6 seconds with 2 seconds of weight and, where collators prove
/// blocks to a relay chain, 5 MiB of proof, of both of which three quarters are for calls that anybody sends.
const BLOCK_S: f64 = 6.0;
const BLOCK_WEIGHT_MS: f64 = 2_000.0 * 0.75;
const BLOCK_PROOF_BYTES: f64 = 5.0 * 1_048_576.0 * 0.75;

impl Cost {
    /// Asks the node what the extrinsic that calls a contract takes beside the call's gas: what it gives to a call without any.
    pub(super) async fn of_a_call(costs: &Costs<'_>) -> Self {
        let contract = dynamic::Value::unnamed_variant("Id", [dynamic::Value::from_bytes(costs.deployment.ledger.0)]);
        let nothing = || dynamic::Value::u128(0);
        let no_gas = dynamic::Value::named_composite([("ref_time", nothing()), ("proof_size", nothing())]);
        let none = dynamic::Value::unnamed_variant("None", []);
        let arguments = vec![contract, nothing(), no_gas, none, dynamic::Value::from_bytes([])];
        let call = dynamic::transaction("Contracts", "call", arguments);
        let node = costs.deployment.chain.node().await.expect("a node");
        let api = node.api();
        let transactions = api.transactions().await.expect("a node");
        let mut arguments = transactions.call_data(&call).expect("a call");
        // A call goes with its length.
        arguments.extend(u32::try_from(arguments.len()).expect("a short call").encode());
        let block = api.at_current_block().await.expect("a block");
        let name = "TransactionPaymentCallApi_query_call_info";
        let answer = block.runtime_apis().call_raw(name, Some(&arguments)).await;
        let answer = answer.expect("the runtime says what a call weighs");
        let weight = <(Compact<u64>, Compact<u64>)>::decode(&mut answer.as_slice()).expect("a weight");
        Self {
            picoseconds: weight.0.0,
            proof_bytes: weight.1.0,
            deposit: 0,
        }
    }

    fn ms(self) -> f64 {
        self.picoseconds as f64 / PICOSECONDS_PER_MS
    }
}

impl Costs<'_> {
    /// Prints the costs for `make bench`: one JSON object a line.
    #[allow(clippy::print_stdout)]
    pub(super) fn print(&self, base: Cost) {
        let [onboarding, code] = [self.onboarding(base), self.code()];
        let messages = self.rows.iter().map(message);
        let figures = self
            .goals()
            .into_iter()
            .chain(onboarding)
            .chain(self.rates(base))
            .chain(code);
        for line in figures.chain(messages) {
            println!("{line}");
        }
    }

    fn cost(&self, what: &str) -> Cost {
        let row = self.rows.iter().find(|(known, _)| *known == what);
        row.unwrap_or_else(|| panic!("{what} is measured")).1
    }

    fn goals(&self) -> Vec<Value> {
        let of_goal = |(name, what, goal): (&str, &str, f64)| figure(name, self.cost(what).ms(), "ms", "goal", goal);
        let mut lines: Vec<Value> = GOALS.into_iter().map(of_goal).collect();
        let (grant, revoke) = (self.cost(GRANT).ms(), self.cost("`consent.revoke`, one of two").ms());
        lines.push(figure("contract/revoke_gas_ms", revoke, "ms", "granting", grant));
        let kept = StoredGrant::new(GrantId(1), 0, None, &permit(0)).encoded_size();
        lines.push(figure("contract/grant_bytes", kept, "bytes", "goal", GRANT_GOAL_BYTES));
        lines
    }

    fn onboarding(&self, base: Cost) -> Vec<Value> {
        let gas: f64 = ONBOARDING.iter().map(|what| self.cost(what).ms()).sum();
        let whole = gas + 2.0 * base.ms();
        vec![figure(
            "contract/onboard_100_clinicians_ms",
            whole,
            "ms",
            "of it gas, in two transactions",
            gas,
        )]
    }

    /// How many grants a second a public chain takes, where it does nothing else.
    fn rates(&self, base: Cost) -> Vec<Value> {
        let single = ("consent/grants_per_s", GRANT, 1.0);
        let many = ("consent/grants_per_s_many", GRANT_MANY, MANY);
        let rate = |(name, what, grants): (&str, &str, f64)| {
            let cost = self.cost(what);
            let by_weight = BLOCK_WEIGHT_MS / (base.ms() + cost.ms()) * grants / BLOCK_S;
            let proof = (base.proof_bytes + cost.proof_bytes) as f64;
            let by_proof = BLOCK_PROOF_BYTES / proof * grants / BLOCK_S;
            let mut line = figure(
                name,
                by_weight,
                "grants/s",
                "a Fabric network's transactions a second",
                1_150.0,
            );
            line["block"] =
                json!({ "seconds": BLOCK_S, "weight_ms": BLOCK_WEIGHT_MS, "proof_bytes": BLOCK_PROOF_BYTES });
            line["where_blocks_are_proved"] = json!(by_proof.min(by_weight));
            line
        };
        [single, many].map(rate).to_vec()
    }

    fn code(&self) -> Vec<Value> {
        let of = |contract: &str| {
            let bytes = bundle(contract).expect("the bundle is committed").code_bytes();
            let mut line = figure("contract/code_bytes", bytes, "bytes", "goal", CODE_GOAL_BYTES);
            line["contract"] = json!(contract);
            line
        };
        ["consortium", "consent", "ledger"].map(of).to_vec()
    }
}

fn message((what, cost): &(&str, Cost)) -> Value {
    let gas = cost.picoseconds / PICOSECONDS_PER_US;
    let mut line = figure(
        "contract/message_gas_us",
        gas,
        "us",
        "the base weight of contracts.call",
        CALL_BASE_US,
    );
    line["message"] = json!(what.replace('`', ""));
    line["proof_bytes"] = json!(cost.proof_bytes);
    line["deposit"] = json!(cost.deposit.to_string());
    line
}

fn figure<T: Into<Value>>(name: &str, value: T, unit: &str, beside: &str, other: T) -> Value {
    let (value, other) = (value.into(), other.into());
    json!({ "name": name, "value": value, "unit": unit, "comparison": { "name": beside, "value": other } })
}
