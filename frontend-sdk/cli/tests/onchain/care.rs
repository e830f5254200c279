//! Who acts and answers for others, by the program: a mother for her infant until a cut-off, an auditor for a practice of one.

use super::{
    DAY, Place,
    people::{consortium, employ},
    ss58,
};
use serde_json::{Value, json};

/// Who is told what of a patient's record.
fn decision(place: &Place, patient: &str, requester: &str, purpose: &str) -> Value {
    let explain = format!("explain --patient {patient} --requester {requester} --purpose {purpose}");
    place.run(&explain).ok()["decision"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mother_reads_and_consents_for_an_infant_and_the_child_takes_over_at_the_cut_off() {
    let place = consortium().await;
    let (infant, mother) = (place.person("infant", "patient"), place.person("mother", "reader"));
    let (mia, rui) = (place.person("mia", "reader"), place.person("rui", "reader"));
    employ(&place, &mia, "clinician", 90);
    employ(&place, &rui, "researcher", 90);
    let own = |requester: &str| decision(&place, &infant, requester, "PATRQT");
    assert_eq!(
        (own(&infant), own(&mother)),
        (json!("Own"), json!({ "Denied": "Role" }))
    );
    place
        .run(&format!(
            "--as infant guardian set --guardian {mother} --threshold 1 --days 20 --may alone"
        ))
        .ok();
    let early = place.run(&format!("--as mother guardian act --patient {infant} revoke-all"));
    assert!(early.error(3).contains("is not a guardian of"), "not for three days");
    place.wait(3 * DAY).await;

    // She reads as the patient does, and nobody does with the infant's own key.
    assert_eq!(own(&mother), "Representative");
    assert_eq!(own(&infant), json!({ "Denied": "NotController" }));
    assert_eq!(own(&mia), json!({ "Denied": "Role" }));
    let refused = place.run("--as infant consent --permission any").error(3);
    assert!(refused.contains("guardians"), "{refused}");
    // She says yes to research, and no to treatment by anybody in particular.
    let deny = |purpose: &str| {
        let act = format!("--as mother guardian act --patient {infant} deny --purpose {purpose}");
        assert_eq!(place.run(&act).ok()["done"], true);
    };
    deny("HRESCH");
    let standing = |name: &str| place.run(&format!("--as {name} grant list --patient {infant}")).ok()["grants"].clone();
    let research = || {
        let explain = format!("explain --patient {infant} --requester {rui} --purpose HRESCH --use methods");
        place.run(&explain).ok()["decision"].clone()
    };
    assert_eq!(research(), json!({ "Denied": { "DeniedBy": 1 } }));
    assert_eq!(standing("mother")[0]["effect"], "deny");
    let shown = place.run(&format!("guardian show --patient {infant}")).ok();
    assert_eq!(shown["guardians"][0]["account"], mother.as_str(), "{shown}");

    // At the cut-off it is the child's.
    place.wait(20 * DAY).await;
    let late = place.run(&format!("--as mother guardian act --patient {infant} revoke-all"));
    assert!(!late.error(3).is_empty());
    assert_eq!(
        (own(&mother), own(&infant)),
        (json!({ "Denied": "Role" }), json!("Own"))
    );
    place.run("--as infant revoke --all").ok();
    assert_eq!(research(), json!({ "Denied": "NoGrant" }));
    place.run("--as infant consent --permission any").ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_practice_of_one_breaks_the_glass_and_is_reviewed_by_the_auditor() {
    let place = consortium().await;
    assert_eq!(place.admit("Dave"), 2);
    let (ana, eva) = (place.person("ana", "patient"), place.person("eva", "reader"));
    // The practice has one person, who is its admin and its clinician; the auditor is of the hospital.
    let practice = "--role organisation-admin --role clinician --organisation 2 --days 90";
    let dave = ss58("Dave");
    place
        .run(&format!(
            "--development Alice consortium role --account {dave} {practice}"
        ))
        .ok();
    employ(&place, &eva, "auditor", 90);
    let emergency = || decision(&place, &ana, &dave, "BTG");
    assert_eq!(emergency(), json!({ "Denied": "GlassClosed" }));
    let glass = format!("--development Dave break-glass --patient {ana} --reason 1 --why unconscious");
    place.run(&glass).ok();
    assert_eq!(emergency(), "Glass");
    let review =
        |verdict: &str| format!("review --patient {ana} --clinician {dave} --verdict {verdict} --why asked-the-ward");
    let own = place
        .run(&format!("--development Dave {}", review("justified")))
        .error(3);
    assert!(own.contains("and not by the clinician"), "{own}");
    let listed = place.run("--as eva review --list --organisation 2").ok();
    assert_eq!(listed["waiting"].as_array().unwrap().len(), 1, "{listed}");
    place.run(&format!("--as eva {}", review("justified"))).ok();
    let listed = place.run("--as eva review --list --organisation 2").ok();
    assert_eq!(listed["waiting"], json!([]));
    // Reviewed in time, the practice may do it again once the glass has cooled down.
    place.wait(2 * DAY).await;
    assert_eq!(emergency(), json!({ "Denied": "GlassClosed" }), "a few hours alone");
    place.run(&glass).ok();
    place.run(&format!("--as eva {}", review("unjustified"))).ok();
}
