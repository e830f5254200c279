//! A committee of several members founds one consortium, and each of them finds it.

use super::{Place, ss58};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Writes the description of a consortium of Alice and Bob.
fn plan(place: &Place) -> PathBuf {
    let file = place.home.path().join("north.toml");
    let text = format!(
        "name = \"north\"\n\
         [committee]\nmembers = [\"{}\", \"{}\"]\nthreshold = 2\n\
         [limits]\nglasses_per_day = 2\n\
         [[organisation]]\nname = \"hospital\"\nadmin = \"{}\"\n\
         [[organisation]]\nname = \"trust\"\nadmin = \"{}\"\n",
        ss58("Alice"),
        ss58("Bob"),
        ss58("Charlie"),
        ss58("Dave"),
    );
    fs::write(&file, text).unwrap();
    file
}

fn transactions(answer: &Value) -> usize {
    answer["transactions"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_member_finds_what_the_first_has_founded() {
    let place = Place::new().await;
    let plan = plan(&place);
    let (alice, bob) = (place.home.path().join("alice"), place.home.path().join("bob"));
    let deploy = |home: &PathBuf, name: &str, more: &str| {
        let arguments = format!("--development {name} deploy --plan {}{more}", plan.display());
        place.run_in(home, &arguments)
    };
    let costs = deploy(&alice, "Alice", " --check").ok();
    assert_eq!(
        (&costs["deployed"], &costs["missing_contracts"]),
        (&json!(false), &json!(3))
    );
    let number = |name: &str| costs[name].as_str().unwrap().parse::<u128>().unwrap();
    assert!(number("deposit") > 0 && number("fee") > 0, "{costs}");
    assert_eq!(number("needed"), number("deposit") + number("fee"));
    assert_eq!((number("lacking"), &costs["acts_at_most"]), (0, &json!(4)));
    let unknown = deploy(&alice, "Alice", " --verify").error(1);
    assert!(unknown.contains("no deployment of `north` is known here"), "{unknown}");

    // Nobody has founded it: neither founds it by mistake.
    for (home, name) in [(&bob, "Bob"), (&alice, "Alice")] {
        let error = deploy(home, name, "").error(1);
        assert!(
            error.contains("--found") && error.contains("aegle addresses import"),
            "{error}"
        );
        assert!(!home.join("addresses.json").exists());
    }
    let error = deploy(&alice, "Eve", " --found").error(1);
    assert!(error.contains("is not of the committee"), "{error}");

    let founded = deploy(&alice, "Alice", " --found").ok();
    assert_eq!(transactions(&founded), 4, "three contracts and a proposal: {founded}");
    let next = &founded["proposals"][0];
    assert_eq!(next["next"]["ss58"], ss58("Bob").as_str());
    assert!(
        next["what"].as_str().unwrap().contains("connect the consent contract"),
        "{next}"
    );
    let spent = number("balance") - balance(&place, "Alice");
    assert!(
        spent >= number("deposit") && spent <= 2 * number("needed"),
        "{spent}: {costs}"
    );
    let again = deploy(&alice, "Alice", "").ok();
    assert_eq!(transactions(&again), 0, "one who has voted sends nothing: {again}");
    assert_eq!(again["proposals"], founded["proposals"]);

    // Bob has no address book.
    let found = deploy(&bob, "Bob", "").ok();
    assert_eq!(found["contracts"], founded["contracts"], "it is the same consortium");
    assert!(bob.join("addresses.json").exists());
    assert_eq!(deploy(&bob, "Bob", " --check").ok()["missing_contracts"], 0);
    assert_eq!(transactions(&deploy(&bob, "Bob", "").ok()), 0);
    let waiting = found["proposals"].as_array().unwrap();
    assert_eq!(waiting.len(), 3, "limits and two organisations: {found}");
    assert!(
        waiting
            .iter()
            .all(|proposal| proposal["next"]["ss58"] == ss58("Alice").as_str())
    );

    vote_for_all(&place, &alice);
    let done = deploy(&bob, "Bob", "").ok();
    assert_eq!((transactions(&done), &done["waiting"]), (0, &json!([])), "{done}");
    assert_eq!(done["organisations"].as_object().unwrap().len(), 2);
    let limits = &place.run_in(&bob, "consortium show").ok()["limits"];
    assert_eq!(
        (&limits["glasses_per_day"], &limits["proposal_ms"]),
        (&json!(2), &json!(604_800_000))
    );
    a_vote_counts_though_it_is_not_carried_out(&place, (&alice, &bob));
}

/// An organisation in good standing cannot be reinstated, which the contract sees when both have voted.
fn a_vote_counts_though_it_is_not_carried_out(place: &Place, (alice, bob): (&Path, &Path)) {
    let reinstate = "--development Alice consortium reinstate 1";
    let number = place.run_in(alice, reinstate).ok()["waiting"]["proposal"].clone();
    let vote = format!("--development Bob vote {number}");
    let told = place.run_in(bob, &vote);
    let sentence = told.error(3);
    let error: Value = serde_json::from_slice(&told.output.stderr).unwrap();
    let block = &error["transactions"][0]["block"];
    assert_eq!((transactions(&error), block.is_u64()), (1, true), "{error}");
    let begin = format!("your vote for proposal {number} counts (block {block}); carrying it out was refused: ");
    let end = format!("; once that is mended, carry it out by `aegle vote {number}`");
    assert!(sentence.starts_with(&begin) && sentence.ends_with(&end), "{sentence}");
    let listed = &place.run_in(alice, "proposals").ok()["proposals"][0];
    assert_eq!(
        (&listed["votes"], &listed["next"], &listed["state"]),
        (&json!(2), &Value::Null, &json!("enough, to be carried out until"))
    );
    // Who tries again does nothing, and is told of nothing done.
    let again = place.run_in(bob, &vote);
    assert!(!again.error(3).contains("counts"));
    assert!(!again.text().contains("transactions"), "{}", again.text());
}

fn balance(place: &Place, name: &str) -> u128 {
    let balance = place.run(&format!("keys balance {}", ss58(name))).ok()["balance"].clone();
    balance.as_str().unwrap().parse().unwrap()
}

/// Alice votes for everything that Bob has proposed, by number.
fn vote_for_all(place: &Place, alice: &Path) {
    let listed = place.run_in(alice, "proposals").ok();
    assert_eq!(listed["source"]["from"], "chain-events");
    let proposals = listed["proposals"].as_array().unwrap();
    assert_eq!(proposals.len(), 3, "{listed}");
    let words: Vec<&str> = proposals
        .iter()
        .map(|proposal| proposal["what"].as_str().unwrap())
        .collect();
    assert!(words.iter().any(|what| what.contains("set the limits")), "{words:?}");
    assert!(words.iter().any(|what| what.contains(&ss58("Charlie"))), "{words:?}");
    let refused = place.run_in(alice, "--development Eve vote 2").error(3);
    assert!(refused.contains("is not of the committee"), "{refused}");
    for proposal in proposals {
        let voted = place
            .run_in(alice, &format!("--development Alice vote {}", proposal["proposal"]))
            .ok();
        assert_eq!(
            (&voted["waiting"], voted["what"].is_string()),
            (&Value::Null, true),
            "{voted}"
        );
        assert_eq!(transactions(&voted), 2, "a vote, and the execution");
    }
    let refused = place.run_in(alice, "--development Alice vote 2").error(3);
    assert!(refused.contains("aegle proposals"), "{refused}");
    assert_eq!(place.run_in(alice, "proposals").ok()["proposals"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_is_withdrawn_and_a_poor_founder_is_told_what_is_needed() {
    let place = Place::new().await;
    let poor = place.run("--as poor keys new").ok()["account"].clone();
    let poor = poor.as_str().unwrap();
    let error = place.run("--as poor deploy").error(1);
    assert!(
        error.contains("kept for the contracts' code alone") && error.contains(poor),
        "{error}"
    );

    let plan = plan(&place);
    place
        .run(&format!("--development Alice deploy --plan {} --found", plan.display()))
        .ok();
    let refused = place.run("--development Bob withdraw 1").error(3);
    assert!(refused.contains("only who proposed it"), "{refused}");
    place.run("--development Alice withdraw 1").ok();
    assert_eq!(place.run("proposals").ok()["proposals"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_book_is_taken_over_only_if_its_contracts_are_there() {
    let place = Place::new().await;
    let friend = place.home.path().join("friend");
    place.run("--development Alice deploy").ok();
    let shown = place.run("addresses show").ok();
    place.run("addresses check").ok();
    let book = place.home.path().join("addresses.json");
    let imported = place
        .run_in(&friend, &format!("addresses import {}", book.display()))
        .ok();
    assert_eq!(imported, shown);
    assert_eq!(imported["consortium"]["ss58"].as_str().unwrap().len(), 48);

    // Anybody compares what is there with what the program was built with, without any keys.
    let verified = place.run_in(&friend, "deploy --verify").ok();
    let contracts = verified["contracts"].as_array().unwrap();
    assert_eq!(contracts.len(), 3);
    for contract in contracts {
        assert_eq!(contract["as_built"], true, "{contract}");
        assert_eq!(
            (&contract["built"], &contract["scheduled"]),
            (&contract["on_chain"], &Value::Null)
        );
    }

    let mut other: Value = serde_json::from_slice(&fs::read(&book).unwrap()).unwrap();
    other["ledger"] = other["consent"].clone();
    let false_book = place.home.path().join("false.json");
    fs::write(&false_book, other.to_string()).unwrap();
    let false_home = place.home.path().join("mistaken");
    fs::create_dir_all(&false_home).unwrap();
    fs::copy(&false_book, false_home.join("addresses.json")).unwrap();
    let error = place.run_in(&false_home, "deploy --verify").error(1);
    assert!(
        error.contains("not what this program was built with: ledger."),
        "{error}"
    );
    let import = format!("addresses import {}", false_book.display());
    let error = place.run_in(&friend, &import).error(1);
    assert!(error.contains("of another deployment"), "{error}");
    let error = place.run_in(&friend, &format!("{import} --replace")).error(1);
    assert!(error.contains("knows other contracts"), "{error}");
    assert_eq!(
        place.run_in(&friend, "addresses show").ok(),
        shown,
        "what was there stays"
    );
    other["consent"] = json!(format!("0x{}", "07".repeat(32)));
    fs::write(&false_book, other.to_string()).unwrap();
    let error = place.run_in(&place.home.path().join("new"), &import).error(1);
    assert!(error.contains("there is no contract at 0x0707"), "{error}");
}
