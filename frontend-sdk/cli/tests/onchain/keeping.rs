//! What a custodian and a committee do with the ledger: erasures, servers, mergers, and a committee that is replaced.

use super::{DAY, Place, ss58};
use aegle_client::{
    account::AccountKey,
    chain::Chain,
    native::ChainClient,
    rules::{
        AccountId, BatchNumber, DomainId, Hash, OprfKey,
        ledger::messages::{Anchor, RegisterDomain},
    },
};
use serde_json::{Value, json};

const DOMAIN: DomainId = DomainId(1);

/// A consortium of Alice's, with a hospital of Charlie's that has anchored a batch of ten records, and a second one of
/// Dave's.
async fn hospital() -> Place {
    let place = Place::new().await;
    let deployed = place.run("--development Alice deploy").ok();
    for admin in ["Charlie", "Dave"] {
        place.admit(admin);
    }
    let chain = ChainClient::connect(&place.devchain.ws_url()).await.unwrap();
    let charlie = AccountKey::development("Charlie");
    let ledger: AccountId = serde_json::from_value(deployed["contracts"]["ledger"].clone()).unwrap();
    let register = RegisterDomain { key: OprfKey([8; 32]) };
    chain.call(&charlie, ledger, &register).await.unwrap();
    let anchor = Anchor {
        domain: DOMAIN,
        expected: BatchNumber(0),
        record_root: Hash([1; 32]),
        index_commitment: Hash([2; 32]),
        records: 10,
        manifest: Hash([3; 32]),
    };
    chain.call(&charlie, ledger, &anchor).await.unwrap();
    place
}

fn erase(by: &str, numbers: &str) -> String {
    format!("--development {by} custodian erase --domain 1 --batch 0 {numbers} --reason patient-request")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_is_asked_for_seconded_called_off_and_final() {
    let place = hospital().await;
    let refused = place.run(&erase("Eve", "--number 1")).error(3);
    assert!(refused.contains("not, now, an admin"), "{refused}");
    let asked = place.run(&erase("Charlie", "--number 3 --number 1")).ok();
    let request = &asked["requested"][0];
    assert_eq!((&request["erasure"], &request["records"]), (&json!(1), &json!([1, 3])));
    let again = place.run(&erase("Charlie", "--number 1")).ok();
    assert_eq!(again["requested"], json!([]), "it is asked for already");
    let second = "custodian erase --domain 1 --second 1";
    let refused = place.run(&format!("--development Charlie {second}")).error(3);
    assert!(refused.contains("another admin"), "{refused}");
    let role = format!(
        "--development Alice consortium role --account {} --role organisation-admin --organisation 1",
        ss58("Ferdie")
    );
    place.run(&role).ok();
    place.run(&format!("--development Ferdie {second}")).ok();
    let listed = || place.run("custodian erasures --domain 1").ok()["erasures"].clone();
    let ferdie = AccountKey::development("Ferdie").account().to_string();
    let shown = listed();
    assert_eq!(shown[0]["request"]["seconded_by"], ferdie.as_str(), "{shown}");
    assert_eq!(shown[0]["final"], false);

    // A suspended hospital still calls off what it asked for, and asks for more.
    place.run("--development Alice consortium suspend 1").ok();
    let cancel = |by: &str, number: u32| {
        place.run(&format!(
            "--development {by} custodian cancel-erasure --domain 1 {number}"
        ))
    };
    let refused = cancel("Charlie", 1).error(3);
    assert!(refused.contains("another admin"), "{refused}");
    cancel("Ferdie", 1).ok();
    assert_eq!(listed(), json!([]));
    place.run(&erase("Charlie", "--number 1")).ok();
    place.wait(DAY).await;
    let shown = listed();
    assert_eq!(
        (&shown[0]["erasure"], &shown[0]["final"]),
        (&json!(2), &json!(true)),
        "{shown}"
    );
    let late = cancel("Ferdie", 2).error(3);
    assert!(late.contains("the erasure is final"), "{late}");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_are_taken_from_the_chain() {
    let place = hospital().await;
    let unknown = place.run("servers take --domain 1").error(1);
    assert!(unknown.contains("has named no servers"), "{unknown}");
    let set = format!(
        "servers set --domain 1 --indexer {} --proxy {}",
        ss58("Eve"),
        ss58("Ferdie")
    );
    let refused = place.run(&format!("--development Dave {set}")).error(3);
    assert!(refused.contains("not, now, an admin"), "{refused}");
    place.run(&format!("--development Charlie {set}")).ok();
    let eve = AccountKey::development("Eve").account().to_string();
    let shown = place.run("servers take --domain 1").ok();
    assert_eq!(
        (&shown["indexer"], &shown["token_service"]),
        (&json!(eve), &Value::Null)
    );
    let take = "servers take --domain 1 --indexer https://indexer.example/";
    let book = place.run(take).ok();
    assert_eq!(book["https://indexer.example"]["account"], eve.as_str(), "{book}");
    let missing = place
        .run("servers take --domain 1 --token-service https://tokens.example")
        .error(1);
    assert!(missing.contains("names no token service"), "{missing}");
    // Another one in its place is not taken over unasked.
    let other = format!("--development Charlie servers set --domain 1 --indexer {}", ss58("Bob"));
    place.run(&other).ok();
    let differs = place.run(take).error(1);
    assert!(differs.contains("--replace it"), "{differs}");
    place.run(&format!("{take} --replace")).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merger_moves_custody_once_the_time_lock_is_over() {
    let place = hospital().await;
    let succeed = "--development Alice consortium succeed 1 --by 2";
    let agreed = place.run(succeed).ok();
    assert!(agreed["waiting"]["not_before"].is_u64(), "{agreed}");
    let proposal = place.run("proposals").ok()["proposals"][0].clone();
    assert!(proposal["not_before"].is_u64(), "{proposal}");
    let early = place.run(succeed).ok();
    assert_eq!(early["waiting"], agreed["waiting"], "nothing is sent twice");
    assert_eq!(early["transactions"], json!([]));
    place.run(&erase("Charlie", "--number 1")).ok();
    place.wait(2 * DAY).await;
    let done = place.run(succeed).ok();
    assert_eq!(done["waiting"], Value::Null, "{done}");
    let refused = place.run(&erase("Charlie", "--number 2")).error(3);
    assert!(
        refused.contains("not, now, an admin"),
        "custody is not theirs any more: {refused}"
    );
    place.run(&erase("Dave", "--number 2")).ok();
    let again = place.run("--development Alice consortium succeed 2 --by 1").ok();
    assert!(again["waiting"]["proposal"].is_u64(), "{again}");
    place.wait(2 * DAY).await;
    let circle = place.run("--development Alice consortium succeed 2 --by 1").error(3);
    assert!(circle.contains("have a successor already"), "{circle}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_committee_is_replaced_after_the_time_lock_by_who_accepted() {
    let place = hospital().await;
    let rotate = format!(
        "--development Alice consortium rotate --member {} --member {} --threshold 1",
        ss58("Alice"),
        ss58("Bob")
    );
    let agreed = place.run(&rotate).ok();
    let bob = &agreed["waiting"]["unaccepted"][0]["ss58"];
    assert_eq!(bob, ss58("Bob").as_str(), "{agreed}");
    let number = agreed["waiting"]["proposal"].as_u64().unwrap();
    let refused = place.run(&format!("--development Eve accept {number}")).error(3);
    assert!(refused.contains("no seat"), "{refused}");
    place.wait(2 * DAY).await;
    let waiting = place.run(&rotate).ok();
    assert_eq!(waiting["waiting"]["unaccepted"], agreed["waiting"]["unaccepted"]);
    place.run(&format!("--development Bob accept {number}")).ok();
    let done = place.run(&rotate).ok();
    assert_eq!(done["waiting"], Value::Null, "{done}");
    place.run("--development Bob consortium seats 1 2").ok();
    let committee = place.run("consortium show").ok()["committee"].clone();
    assert_eq!(
        (&committee["epoch"], &committee["organisations"]),
        (&json!(1), &json!([1, 2]))
    );
}
