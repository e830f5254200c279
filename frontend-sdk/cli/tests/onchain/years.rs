//! Years of a consortium, by the program: a committee of three founds, two hospitals bring their own people, contracts are upgraded
//! while grants stand, a wrong upgrade changes nothing, and what is permitted is paused and goes on.

use super::{Place, ss58};
use serde_json::{Value, json};
use std::{fmt::Write, fs, time::Duration};

/// The committee, of which two have to agree.
const COMMITTEE: [&str; 3] = ["Alice", "Bob", "Charlie"];
/// The hospitals' admins.
const ADMINS: [&str; 2] = ["Dave", "Eve"];
/// The default time lock.
const LOCK: Duration = Duration::from_secs(48 * 3_600);

fn bundle(name: &str) -> String {
    let artifacts = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/artifacts");
    format!("{artifacts}/{name}.contract")
}

impl Place {
    /// What a member of the committee does, or an admin. All have the founder's address book but for the other members, who find
    /// the consortium by themselves.
    fn by(&self, name: &str, arguments: &str) -> super::Said {
        let arguments = format!("--development {name} {arguments}");
        match COMMITTEE[1..].contains(&name) {
            true => self.run_in(&self.home.path().join(name), &arguments),
            false => self.run(&arguments),
        }
    }

    /// One proposes, another one votes.
    fn agree(&self, by: [&str; 2], arguments: &str) -> Value {
        let proposed = self.by(by[0], arguments).ok();
        let number = &proposed["waiting"]["proposal"];
        assert!(number.is_u64(), "{proposed}");
        self.by(by[1], &format!("vote {number}")).ok()
    }
}

/// A consortium of three members and two hospitals, founded by whoever of the committee comes first.
async fn founded() -> Place {
    let place = Place::new().await;
    let members = COMMITTEE.map(ss58);
    let mut plan = format!("name = \"three\"\n[committee]\nmembers = {members:?}\nthreshold = 2\n");
    for (number, admin) in ADMINS.iter().enumerate() {
        write!(
            plan,
            "[[organisation]]\nname = \"hospital-{number}\"\nadmin = \"{}\"\n",
            ss58(admin)
        )
        .unwrap();
    }
    let file = place.home.path().join("three.toml");
    fs::write(&file, plan).unwrap();
    let deploy = |name: &str, more: &str| place.by(name, &format!("deploy --plan {}{more}", file.display()));
    deploy("Alice", " --found").ok();
    // Each vote may let the next proposal follow.
    for member in ["Bob", "Alice", "Charlie", "Bob"] {
        let listed = deploy(member, "").ok()["proposals"].clone();
        for proposal in listed.as_array().unwrap() {
            if proposal["next"]["ss58"] == ss58(member).as_str() {
                place.by(member, &format!("vote {}", proposal["proposal"])).ok();
            }
        }
    }
    let done = deploy("Charlie", "").ok();
    assert_eq!(
        (&done["waiting"], &done["transactions"]),
        (&json!([]), &json!([])),
        "{done}"
    );
    assert_eq!(done["organisations"].as_object().unwrap().len(), 2);
    place
}

/// A hundred accounts that belong to nobody, one a line.
fn hundred(place: &Place, hospital: usize) -> String {
    let mut lines = String::new();
    for number in 1..=100 {
        writeln!(lines, "0x{:02x}{number:062x}", hospital + 1).unwrap();
    }
    let file = place.home.path().join(format!("clinicians-{hospital}"));
    fs::write(&file, lines).unwrap();
    file.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_committee_of_three_carries_a_consortium_through_upgrades_and_a_pause() {
    let place = founded().await;
    for (hospital, admin) in ADMINS.into_iter().enumerate() {
        let accounts = hundred(&place, hospital);
        let appointed = place
            .by(admin, &format!("staff appoint --role clinician --accounts {accounts}"))
            .ok();
        assert_eq!(
            appointed["transactions"].as_array().unwrap().len(),
            2,
            "64 at once: {appointed}"
        );
    }
    let roles = place.by("Alice", "roles").ok()["roles"].clone();
    let clinicians = roles
        .as_array()
        .unwrap()
        .iter()
        .filter(|role| role["role"] == "clinician");
    assert_eq!(clinicians.count(), 200, "{}", roles[0]);

    // What stands when the code changes: a permit for research.
    let (ana, rui) = (place.person("ana", "patient"), place.person("rui", "reader"));
    place.by("Dave", &format!("staff appoint --role researcher {rui}")).ok();
    place.run("--as ana consent --permission any --days 300").ok();
    let explain = format!("explain --patient {ana} --requester {rui} --purpose HRESCH --use methods");
    let decision = || {
        let decided = (0..32).map(|slot| place.run(&format!("{explain} --slot {slot}")).ok()["decision"].clone());
        decided.collect::<Vec<_>>()
    };
    let permitted = |decisions: &[Value]| decisions.iter().filter(|decision| decision["Permitted"] == 1).count();
    let before = decision();
    assert!(permitted(&before) > 0, "{before:?}");

    // A wrong upgrade: the ledger's code for the consent contract. It is agreed to, refused when its time has come, and called off.
    let wrong = format!("consortium upgrade consent --bundle {} --layout 1", bundle("ledger"));
    let lone = place.by("Eve", &wrong).error(3);
    assert!(lone.contains("is not of the committee"), "{lone}");
    place.agree(["Alice", "Bob"], &wrong);
    let early = place.by("Eve", "consortium upgrade consent").error(3);
    assert!(early.contains("waits"), "{early}");
    place.wait(4 * LOCK).await;
    let refused = place.by("Eve", "consortium upgrade consent").error(3);
    assert!(refused.contains("the old code goes on"), "{refused}");
    assert_eq!(decision(), before);
    place.agree(["Bob", "Charlie"], "consortium cancel-upgrade consent");

    // Each contract goes to another layout, while everything stands.
    for (contract, by) in [
        ("consent", ["Charlie", "Alice"]),
        ("ledger", ["Bob", "Alice"]),
        ("consortium", ["Alice", "Charlie"]),
    ] {
        let other = bundle(&format!("test/{contract}-layout-2"));
        place.agree(
            by,
            &format!("consortium upgrade {contract} --bundle {other} --layout 2"),
        );
        place.wait(4 * LOCK).await;
        // Anybody may: not of the committee, nor of a hospital.
        place.by("Ferdie", &format!("consortium upgrade {contract}")).ok();
        assert_eq!(decision(), before, "{contract}");
    }
    let verified = place.run("deploy --verify").error(1);
    assert!(verified.contains("not what this program was built with"), "{verified}");
    place.run("--as ana revoke 1").ok();
    assert_eq!(permitted(&decision()), 0);
    place.run("--as ana consent --permission any --days 300").ok();
    let again = decision();
    assert_eq!(
        again.iter().filter(|decision| decision["Permitted"] == 2).count(),
        permitted(&before)
    );

    // Two members of different hospitals pause what is permitted; the committee lets it go on.
    place.agree(["Alice", "Bob"], "consortium seats 1 2 0");
    assert_eq!(place.by("Alice", "consortium pause").ok()["paused_until"], Value::Null);
    let ends = place.by("Bob", "consortium pause").ok()["paused_until"].clone();
    assert!(ends.is_u64(), "{ends}");
    assert!(
        decision().iter().all(|decision| decision["Denied"] == "Paused"),
        "{:?}",
        decision()[0]
    );
    place.agree(["Charlie", "Alice"], "consortium resume");
    assert_eq!(decision(), again);
}
