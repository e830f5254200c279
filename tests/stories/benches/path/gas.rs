//! What messages cost.

use aegle_client::chain::Chain;
use aegle_crypto::classes::Class;
use aegle_rules::{
    GrantId, Hash, SLOTS, Slot,
    consent::{Check, Decision, Declaration, Extent, Facts, StoredGrant, messages},
    ledger::messages::Anchor,
};
use aegle_stories::world::World;
use anyhow::{Context, Result, ensure};
use scale::{Compact, Decode, Encode};
use subxt::dynamic::{self, Value};

/// Picoseconds of weight in a millisecond.
const WEIGHT_PER_MS: f64 = 1e9;

/// Milliseconds of gas that anchoring a batch of `records` records consumes in a dry run.
pub(crate) async fn anchor_ms(world: &World, records: u32) -> Result<f64> {
    let hospital = world.hospital();
    let head = world.deployment().chain().finalized().await?;
    let message = Anchor {
        domain: hospital.domain(),
        expected: hospital.next_batch(world.deployment(), head.hash).await?,
        record_root: Hash([1; 32]),
        index_commitment: Hash([2; 32]),
        records,
        manifest: Hash([3; 32]),
    };
    let ledger = world.deployment().contracts().ledger;
    let origin = hospital.admin().account();
    let chain = world.deployment().chain();
    let run = chain.dry_run(head.hash, origin, ledger, &message).await?;
    // A call that the contract refuses is no measurement.
    ensure!(run.output.is_ok(), "the ledger refused to anchor: {:?}", run.output);
    Ok(run.consumed.time as f64 / WEIGHT_PER_MS)
}

/// What granting and what follows from it costs.
pub(crate) struct Granting {
    /// Milliseconds of gas of a grant to an account that has one already.
    pub(crate) grant_ms: f64,
    /// Milliseconds of gas of revoking the only grant of an account.
    pub(crate) revoke_ms: f64,
    /// Milliseconds of gas of the check that this grant permits.
    pub(crate) check_ms: f64,
    /// Bytes of the state that one grant takes.
    pub(crate) grant_bytes: f64,
}

/// Grants the clinician a class of one person's records, and measures by dry runs what belongs to it.
pub(crate) async fn granting(world: &World, person: usize) -> Result<Granting> {
    let person = &world.people[person];
    let granted = world.grant(person, world.clinician(), &[Class::Laboratory]).await?;
    let (patient, requester) = (person.account(), world.clinician().key().account());
    let consent = world.deployment().contracts().consent;
    let head = world.deployment().chain().finalized().await?;
    let terms = granted.terms;
    let slot = (0..SLOTS).map(Slot).find(|slot| terms.slots.contains(*slot));
    let facts = Facts {
        slot: slot.context("a grant covers a slot")?,
        confidentiality: terms.confidentiality,
        author: requester,
        authored_at: head.timestamp,
    };
    let check = Check {
        requester,
        patient,
        purpose: terms.purposes,
        facts,
        research: Declaration::default(),
        extent: Extent::Open,
        membership: None,
        at: head.timestamp,
    };
    let chain = world.deployment().chain();
    let again = messages::Grant {
        id: GrantId(granted.id.0 + 1),
        terms,
    };
    let grant = chain.dry_run(head.hash, patient, consent, &again).await?;
    let revoke = messages::Revoke {
        id: granted.id,
        grantee: terms.grantee,
    };
    let revoke = chain.dry_run(head.hash, patient, consent, &revoke).await?;
    let check = chain.dry_run(head.hash, requester, consent, &check).await?;
    ensure!(
        grant.output.is_ok() && revoke.output.is_ok() && check.output == Decision::Permitted(granted.id),
        "the consent contract refused: {:?}, {:?}, {:?}",
        grant.output,
        revoke.output,
        check.output
    );
    let ms = |time: u64| time as f64 / WEIGHT_PER_MS;
    Ok(Granting {
        grant_ms: ms(grant.consumed.time),
        revoke_ms: ms(revoke.consumed.time),
        check_ms: ms(check.consumed.time),
        grant_bytes: StoredGrant::new(granted.id, 0, None, &terms).encoded_size() as f64,
    })
}

/// Milliseconds of weight of any call of a contract beside its gas: what the chain gives to one without gas.
pub(crate) async fn base_ms(world: &World) -> Result<f64> {
    let ledger = Value::unnamed_variant("Id", [Value::from_bytes(world.deployment().contracts().ledger.0)]);
    let no_gas = Value::named_composite([("ref_time", Value::u128(0)), ("proof_size", Value::u128(0))]);
    let none = Value::unnamed_variant("None", []);
    let arguments = vec![ledger, Value::u128(0), no_gas, none, Value::from_bytes([])];
    let call = dynamic::transaction("Contracts", "call", arguments);
    let node = world.deployment().chain().node().await?;
    let api = node.api();
    let mut arguments = api.transactions().await?.call_data(&call)?;
    // A call goes with its length.
    arguments.extend(u32::try_from(arguments.len())?.encode());
    let block = api.at_current_block().await?;
    let name = "TransactionPaymentCallApi_query_call_info";
    let answer = block.runtime_apis().call_raw(name, Some(&arguments)).await?;
    let (time, _proof): (Compact<u64>, Compact<u64>) = Decode::decode(&mut answer.as_slice())?;
    Ok(time.0 as f64 / WEIGHT_PER_MS)
}
