//! What patients, clinicians and guardians do on chain alone.

use super::{DAY, Place, ss58};
use serde_json::{Value, json};

/// A consortium of Alice's, with a hospital whose admin is Charlie.
pub(crate) async fn consortium() -> Place {
    let place = Place::new().await;
    place.run("--development Alice deploy").ok();
    assert_eq!(place.admit("Charlie"), 1);
    place
}

/// Gives somebody a role at the hospital.
pub(crate) fn employ(place: &Place, account: &str, role: &str, days: u32) {
    let give = format!("consortium role --account {account} --role {role} --organisation 1 --days {days}");
    place.run(&format!("--development Alice {give}")).ok();
}

fn length(list: &Value) -> usize {
    list.as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn consents_are_listed_and_revoked_together() {
    let place = consortium().await;
    place.person("ana", "patient");
    place.run("--as ana consent --permission health --require IRB").ok();
    let error = place.run("--as ana consent --permission health --require IRB").error(1);
    assert!(error.contains("the same consent stands already, as grant 1"), "{error}");
    place.run("--as ana consent --permission any --days 30").ok();
    for days in ["0", "99999", "many"] {
        place
            .run(&format!("--as ana consent --permission any --days {days}"))
            .ends_with(2);
    }
    let error = place.run("--as ana consent --permission disease").error(1);
    assert!(error.contains("--document"), "{error}");
    let not_consent = place.home.path().join("patient.json");
    std::fs::write(&not_consent, r#"{"resourceType":"Patient"}"#).unwrap();
    let error = place.run(&format!(
        "--as ana consent --permission disease --document {}",
        not_consent.display()
    ));
    assert!(error.error(1).contains("is not a FHIR Consent"));

    let listed = place.run("--as ana consent list").ok();
    assert_eq!(length(&listed["grants"]), 2, "{listed}");
    assert_eq!(
        listed["grants"][0]["research"],
        "HealthMedicalBiomedical research, if IRB"
    );
    assert_eq!(listed["source"]["from"], "chain-events");
    assert_eq!(place.run("--as ana grant list").ok()["grants"], listed["grants"]);
    place.run("--as ana revoke 1").ok();
    let error = place.run("--as ana revoke 1").error(3);
    assert!(error.contains("there is no such grant"), "{error}");
    let error = place.run("--as ana revoke 9").error(1);
    assert!(error.contains("aegle grant list"), "{error}");
    assert_eq!(length(&place.run("--as ana consent list").ok()["grants"]), 1);
    place.run("--as ana revoke --all").ok();
    assert_eq!(place.run("--as ana consent list").ok()["grants"], json!([]));
    place.run("--as ana revoke").ends_with(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_needs_a_role_that_counts() {
    let place = consortium().await;
    let (ana, mia) = (place.person("ana", "patient"), place.person("mia", "reader"));
    let ask = |name: &str, purpose: &str| {
        let arguments = [
            "--as",
            name,
            "request",
            "--patient",
            &ana,
            "--purpose",
            purpose,
            "--why",
            "a second opinion",
        ];
        place.run_with(place.home.path(), &arguments)
    };
    let error = ask("mia", "TREAT").error(3);
    assert!(error.contains("has no role") && !error.contains("Role"), "{error}");
    employ(&place, &mia, "clinician", 1);
    let error = ask("mia", "HRESCH").error(3);
    assert!(
        error.contains("is clinician of organisation 1, which does not fit"),
        "{error}"
    );
    let asked = ask("mia", "TREAT").ok();
    assert_eq!(asked["note"]["why"], "a second opinion");
    assert_eq!(ask("mia", "TREAT").error(3).matches("withdraw it").count(), 1);
    for name in ["ana", "mia"] {
        let listed = place.run(&format!("--as {name} request list")).ok();
        assert_eq!(length(&listed["requests"]), 1, "{listed}");
        assert_eq!(listed["requests"][0]["requester"]["account"], mia.as_str());
        assert_eq!(listed["requests"][0]["what"], "everything");
    }
    place.run(&format!("--as ana decline {mia}")).ok();
    assert_eq!(place.run("--as ana request list").ok()["requests"], json!([]));
    let error = place.run(&format!("--as ana decline {mia}")).error(3);
    assert!(error.contains("there is no such request"), "{error}");
    ask("mia", "TREAT").ok();
    place.run(&format!("--as mia request withdraw --patient {ana}")).ok();

    let roles = place.run("roles").ok();
    assert_eq!(
        (length(&roles["roles"]), &roles["roles"][1]["counts"]),
        (2, &json!(true)),
        "{roles}"
    );
    place.wait(2 * DAY).await;
    let error = ask("mia", "TREAT").error(3);
    assert!(error.contains("as clinician of organisation 1 ended on"), "{error}");
    let role = place.run(&format!("roles {mia}")).ok();
    assert_eq!(
        (&role["roles"][0]["counts"], &role["source"]["from"]),
        (&json!(false), &json!("chain-state"))
    );
    let held = place.run(&format!("--as mia grant list --patient {ana}")).ok();
    assert!(held["problem"].as_str().unwrap().contains("ended on"), "{held}");
}

#[tokio::test(flavor = "multi_thread")]
async fn guardians_act_and_a_glass_is_reviewed() {
    let place = consortium().await;
    let ana = place.person("ana", "patient");
    let accounts = ["ben", "cleo", "dora"].map(|name| place.person(name, "reader"));
    let [ben, cleo, dora] = &accounts;
    let named = format!("--guardian {ben} --guardian {cleo} --guardian {dora} --threshold 2 --days 30");
    place.run(&format!("--as ana guardian set {named}")).ok();
    place.run("--as ana consent --permission any").ok();
    let begun = place
        .run(&format!("--as ben guardian act --patient {ana} revoke-all"))
        .ok();
    assert_eq!(
        (&begun["done"], &begun["votes"], &begun["call"]),
        (&json!(false), &json!(1), &json!("0x03"))
    );
    let shown = place.run(&format!("guardian show --patient {ana}")).ok();
    assert_eq!(shown["pending"][0]["votes"][0]["account"], ben.as_str(), "{shown}");
    let error = place
        .run(&format!("--as cleo guardian approve --patient {ana} 0xffff"))
        .error(1);
    assert!(error.contains("guardian act"), "{error}");
    let done = place
        .run(&format!("--as cleo guardian approve --patient {ana} 0x03"))
        .ok();
    assert_eq!(
        (&done["done"], &done["what"]),
        (&json!(true), &json!("revokes every grant"))
    );
    assert_eq!(place.run("--as ana grant list").ok()["grants"], json!([]));
    let deny = place
        .run(&format!("--as ben guardian act --patient {ana} deny --purpose TREAT"))
        .ok();
    let call = deny["call"].as_str().unwrap();
    place
        .run(&format!("--as dora guardian approve --patient {ana} {call}"))
        .ok();
    let listed = place.run("--as ana grant list").ok();
    assert_eq!(
        (&listed["grants"][0]["effect"], &listed["grants"][0]["to"]),
        (&json!("deny"), &json!("anyone"))
    );
    place.run("--as ana guardian clear").ok();
    // It takes three days, in which they still act.
    place.wait(3 * DAY).await;
    let error = place
        .run(&format!("--as ben guardian act --patient {ana} revoke-all"))
        .error(3);
    assert!(error.contains("is not a guardian of"), "{error}");

    let mia = place.person("mia", "reader");
    employ(&place, &mia, "clinician", 30);
    let glass = format!("--as mia break-glass --patient {ana} --reason 1 --why unconscious");
    let broken = place.run(&glass).ok();
    assert_eq!(broken["opens_records"], false);
    assert!(
        place
            .run(&glass)
            .error(3)
            .contains("emergency access to this patient already")
    );
    let waiting = place.run("--development Charlie review --list").ok();
    assert_eq!(
        (length(&waiting["waiting"]), &waiting["waiting"][0]["overdue"]),
        (1, &json!(false))
    );
    let review = format!("review --patient {ana} --clinician {mia} --verdict unjustified --why nobody-knows");
    assert!(
        place
            .run(&format!("--as mia {review}"))
            .error(3)
            .contains("and not by the clinician")
    );
    place.run(&format!("--development Charlie {review}")).ok();
    assert_eq!(
        place.run("--development Charlie review --list").ok()["waiting"],
        json!([])
    );
    assert!(
        place
            .run(&format!("--development Charlie {review}"))
            .error(3)
            .contains("waits for review")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_is_told_and_what_is_missing_fails() {
    let place = consortium().await;
    let listed = place.run("organisations").ok();
    let hospital = &listed["organisations"][0];
    assert_eq!(
        (&hospital["standing"], &hospital["first_admin"]["ss58"]),
        (&json!("member"), &json!(ss58("Charlie")))
    );
    place.run("--development Alice consortium suspend 1").ok();
    assert_eq!(
        place.run("organisations").ok()["organisations"][0]["standing"],
        "suspended"
    );
    let suspended = place.run(&format!("roles {}", ss58("Charlie"))).ok();
    assert_eq!(suspended["roles"][0]["counts"], false);
    assert_eq!(length(&place.run("roles --names").ok()["names"]), 8);

    place.person("ana", "patient");
    let said = place.run("--as ana status");
    said.ends_with(1);
    let status: Value = serde_json::from_slice(&said.output.stdout).unwrap();
    let well = |what: &str| {
        let checks = status["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["what"] == what);
        check.unwrap_or_else(|| panic!("{what}: {status}"))["ok"].clone()
    };
    for (what, expected) in [
        ("program", true),
        ("addresses", true),
        ("chain", true),
        ("contracts", true),
        ("funds", true),
        ("keys", true),
        ("directory", false),
        ("indexer", false),
    ] {
        assert_eq!(well(what), expected, "{what}: {status}");
    }
    let help = place.run("consortium role --help").text();
    assert!(
        help.contains("organisation-admin") && help.contains("proxy-operator"),
        "{help}"
    );
    for shell in ["bash", "zsh", "fish"] {
        let completions = place.run(&format!("completions {shell}")).text();
        assert!(completions.contains("break-glass"), "{shell}");
    }
}

/// Lets Alice, who is the whole committee, do what waits for the time lock.
async fn decide(place: &Place, action: &str) {
    let said = place.run(&format!("--development Alice consortium {action}")).ok();
    assert!(!said["waiting"].is_null(), "{said}");
    place.wait(3 * DAY).await;
    place.run(&format!("--development Alice consortium {action}")).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clinician_works_for_two_hospitals_and_is_asked_before_the_second() {
    let place = consortium().await;
    assert_eq!(place.admit("Dave"), 2);
    let (ana, mia) = (place.person("ana", "patient"), place.person("mia", "reader"));
    place
        .run(&format!("--development Charlie staff appoint --role clinician {mia}"))
        .ok();
    let error = place
        .run(&format!("--as mia staff accept --organisation {}", 2))
        .error(3);
    assert!(error.contains("no role that could be taken"), "{error}");
    let offered = place.run(&format!("--development Dave staff appoint --role clinician {mia}"));
    offered.ok();
    let roles = place.run(&format!("roles {mia}")).ok();
    let of = |number: usize| roles["roles"][number].clone();
    assert_eq!((&of(0)["organisation"], &of(0)["counts"]), (&json!(1), &json!(true)));
    assert_eq!(
        (&of(1)["organisation"], &of(1)["counts"], &of(1)["offered"]),
        (&json!(2), &json!(false), &json!(true))
    );
    place.run("--as mia staff accept --organisation 2").ok();
    let roles = place.run(&format!("roles {mia}")).ok();
    assert_eq!(roles["roles"][1]["counts"], true, "{roles}");

    // The suspension of one leaves the other, and the answer names it.
    let ask = format!("explain --patient {ana} --requester {mia}");
    assert_eq!(place.run(&ask).ok()["organisation"], 1);
    place.run("--development Alice consortium suspend 1").ok();
    let said = place.run(&ask).ok();
    assert_eq!(
        (&said["organisation"], &said["decision"]["Denied"]),
        (&json!(2), &json!("NoGrant"))
    );
    place.run("--as mia staff renounce --organisation 2").ok();
    assert_eq!(place.run(&ask).ok()["decision"]["Denied"], "Role");
    place
        .run(&format!(
            "--development Alice consortium dismiss {mia} --organisation 1"
        ))
        .ok();
    let error = place.run(&format!(
        "--development Alice consortium dismiss {mia} --organisation 1"
    ));
    assert!(error.error(3).contains("no role that could be taken"));
}

#[tokio::test(flavor = "multi_thread")]
async fn opt_in_and_opt_out_jurisdictions_stand_side_by_side() {
    let place = consortium().await;
    place.admit("Dave");
    let rui = place.person("rui", "reader");
    employ(&place, &rui, "researcher", 300);
    assert_eq!(place.run("jurisdictions").ok()["jurisdictions"], json!([]));
    let refused = "--development Alice consortium jurisdiction 1 --permits HPAYMT";
    let error = place.run(refused).error(3);
    assert!(error.contains("HRESCH and PUBHLTH alone"), "{error}");
    decide(&place, "jurisdiction 1").await;
    decide(
        &place,
        "jurisdiction 2 --permits HRESCH --permission health --require IRB --extent find",
    )
    .await;
    decide(&place, "place 1 --jurisdiction 1").await;
    decide(&place, "place 2 --jurisdiction 2").await;
    assert_eq!(length(&place.run("jurisdictions").ok()["jurisdictions"]), 2);

    let asked_of = |patient: &str, slot: u8| {
        let research = "--purpose HRESCH --use disease --attest IRB";
        place
            .run(&format!(
                "explain --patient {patient} --requester {rui} --slot {slot} {research}"
            ))
            .ok()["decision"]
            .clone()
    };
    let asked = |patient: &str| asked_of(patient, 0);
    let mut patients = Vec::new();
    let registration = |name: &str| place.run(&format!("--as {name} keys registration")).ok()["registration"].clone();
    for (name, admin, organisation) in [("ana", "Charlie", 1), ("ben", "Dave", 2)] {
        let patient = place.person(name, "patient");
        assert_eq!(asked(&patient)["Denied"], "NoGrant", "nobody vouches for {name}");
        assert_eq!(registration(name), json!(null));
        place.run(&format!("--as {name} keys register")).ok();
        // Whoever named nobody is placed by no admin who is quick.
        for hasty in ["Charlie", "Dave"] {
            let error = place
                .run(&format!("--development {hasty} staff vouch {patient}"))
                .error(3);
            assert!(error.contains("`aegle keys name`"), "{error}");
        }
        // What they saw is what counts, or nothing; and what they did not say they are told.
        let elsewhere = format!(
            "--as {name} keys name {organisation} --jurisdiction {}",
            3 - organisation
        );
        let error = place.run(&elsewhere).error(3);
        assert!(error.contains("another law would count"), "{error}");
        let too_long = format!("--as {name} keys name {organisation} --days 31");
        place.run(&too_long).ends_with(2);
        let named = place.run(&format!("--as {name} keys name {organisation}")).ok()["named"].clone();
        assert_eq!(named["jurisdiction"], organisation);
        assert_eq!(registration(name)["named"], named);
        place.run(&format!("--development {admin} staff vouch {patient}")).ok();
        assert_eq!(registration(name)["activated_by"], organisation);
        assert_eq!(registration(name)["jurisdiction"], organisation);
        assert_eq!(registration(name)["named"], json!(null));
        patients.push(patient);
    }
    assert_eq!(asked(&patients[0])["Denied"], "NoGrant", "opt-in");
    assert_eq!(asked(&patients[1])["Jurisdiction"], 2, "opt-out");
    // One opts in, and the other one takes everything back, which is no silence.
    place
        .run("--as ana consent --permission health --require IRB --extent find")
        .ok();
    place.run("--as ben revoke --all").ok();
    // Which slots hold what is most private, and what such a consent leaves out, is different for each patient.
    let permitted = (0..32)
        .filter(|slot| asked_of(&patients[0], *slot)["Permitted"] == 1)
        .count();
    assert!((1..32).contains(&permitted), "{permitted} of 32 slots");
    assert_eq!(asked(&patients[1])["Denied"], "NoGrant");
    // An organisation that moves takes nobody along; what was settled wrongly, the committee corrects.
    decide(&place, "place 1 --jurisdiction 2").await;
    assert_eq!(registration("ana")["jurisdiction"], 1);
    decide(&place, &format!("residence {} --jurisdiction 2", patients[0])).await;
    assert_eq!(registration("ana")["jurisdiction"], 2);
    let named = place.run("--as ana keys name 1 --jurisdiction 2 --days 3").ok()["named"].clone();
    assert_eq!(named["jurisdiction"], 2);
    let organisations = place.run("organisations").ok()["organisations"].clone();
    assert_eq!(organisations[0]["jurisdiction"], 2);
    place.run("--as ana keys name --nobody").ok();
    assert_eq!(registration("ana")["named"], json!(null));
    assert_eq!(registration("ana")["activated_by"], 1);
}
