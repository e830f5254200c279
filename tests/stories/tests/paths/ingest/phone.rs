//! A patient loses the phone, and guardians restore who controls the account: the new phone goes on with everything, whoever
//! has the old one fails at every door, and the patient's clinicians go on reading. By the program.

use super::{Site, failure, result, revocations::granted};
use aegle_client::{
    account::AccountKey,
    chain::Chain,
    clinician::reader::Reader,
    keystore::{KeyStore, SecretKind},
    native::KeyFiles,
    remote::RemoteError,
};
use aegle_protocol::{
    delegation::{SplitAnchor, SplitEndorsement, SplitSignature},
    wire::ShareDeposit,
};
use aegle_rules::{
    AccountId, GrantId,
    consent::{
        CONTROL_DELAY_MS, Control, Grantee, Replacement,
        messages::{ControlOf, Grants},
    },
};
use aegle_stories::world::reader;
use serde_json::json;
use std::{fs, process::Output, time::Duration};

/// The patient whose phone is lost.
struct Lost {
    site: Site,
    account: String,
    phone: AccountKey,
    /// Who reads all the time, and what was granted to them.
    to_mia: GrantId,
    mia: String,
    ben: String,
}

fn text(account: AccountId) -> String {
    account.to_string()
}

fn name_of(reader: &Reader) -> String {
    text(reader.key().account())
}

/// The program refuses, for a reason that says this.
fn refuses(output: &Output, why: &str) {
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(failure(output).contains(why), "{}", failure(output));
}

impl Lost {
    /// Starts with a patient who has named a recovery key and guardians, and whose grant to one of two clinicians was ended, so
    /// that the other's keys are split again.
    async fn start() -> Self {
        let site = Site::start(1).await;
        let deployment = site.world.deployment();
        let (mia, ben) = (site.world.clinician(), reader(deployment).await.unwrap());
        site.world.employ(&ben).await.unwrap();
        site.keep_reader("mia", mia);
        site.keep_reader("ben", &ben);
        let keys = KeyFiles::open(&site.file("keys")).unwrap();
        let mut accounts = Vec::new();
        for holder in ["cleo", "dora"] {
            let key = deployment.account().await.unwrap();
            keys.add(&holder.parse().unwrap(), SecretKind::Account, key.seed())
                .unwrap();
            accounts.push(key);
        }
        let (mia, ben) = (name_of(mia), name_of(&ben));
        site.done("p0", &["guardian", "recovery-key"]);
        let [cleo, dora] = [0, 1].map(|guardian: usize| text(accounts[guardian].account()));
        let named = ["guardian", "set", "--guardian", &cleo, "--guardian", &dora];
        site.done("p0", &[&named[..], &["--threshold", "2", "--days", "365"]].concat());

        let to = |reader: &String| granted(&site.done("p0", &["grant", "--to", reader, "--days", "30"]));
        let (to_mia, to_ben) = (to(&mia), to(&ben));
        let ended = site.done("p0", &["revoke", &to_ben.to_string()]);
        assert_eq!(ended["split_again"], json!([to_mia]), "{ended}");

        // The 24 words are on paper: they bring back the keys to the records, beside the key of the new phone.
        let file = site.file("words");
        fs::write(&file, site.world.people[0].seed.to_phrase()).unwrap();
        let file = file.display().to_string();
        site.done("phone", &["keys", "restore", "--phrase", &file, "--new-account"]);
        let fresh = keys.get(&"phone".parse().unwrap(), SecretKind::Account).unwrap();
        let phone = AccountKey::from_seed(&fresh);
        deployment.endow(phone.account()).await.unwrap();
        Self {
            account: text(site.world.people[0].account()),
            site,
            phone,
            to_mia,
            mia,
            ben,
        }
    }

    /// What the new phone does for the account.
    fn phone(&self, arguments: &[&str]) -> Output {
        let acting = [&["--for", &self.account][..], arguments].concat();
        self.site.as_holder("phone", &acting)
    }

    fn phone_does(&self, arguments: &[&str]) -> serde_json::Value {
        let output = self.phone(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", failure(&output));
        result(&output)
    }

    /// The guardians let the new phone control the account.
    fn guardians_restore(&self) {
        let (site, phone) = (&self.site, text(self.phone.account()));
        let act = ["guardian", "act", "--patient", &self.account, "replace", &phone];
        let wanted = site.done("cleo", &act);
        let call = wanted["call"].as_str().unwrap();
        let done = site.done("dora", &["guardian", "approve", "--patient", &self.account, call]);
        assert_eq!(done["done"], true, "{done}");
    }

    /// How many records the patient finds with a key, with the custodian's tokens; `None` where there are none.
    fn finds(&self, holder: &str, key: AccountId) -> Option<usize> {
        let (site, query) = (&self.site, "type:Observation");
        let (domain, key) = (site.world.hospital().domain().to_string(), text(key));
        let asked = ["custodian", "token", "--domain", &domain, "--requester", &key];
        let about = ["--patient", &self.account, "--purpose", "PATRQT", query];
        let tokens = site.program(&[&asked[..], &about].concat()).output().unwrap();
        if !tokens.status.success() {
            return None;
        }
        let file = site.file("tokens");
        fs::write(&file, &tokens.stdout).unwrap();
        let file = file.display().to_string();
        let search = ["search", "--domain", &domain, "--patient", &self.account];
        let how = ["--purpose", "PATRQT", "--sealed", "--tokens", &file, query];
        let found = site.as_holder(holder, &[&["--for", &self.account][..], &search, &how].concat());
        assert!(found.status.success(), "{}", failure(&found));
        Some(result(&found)["hits"].as_array().unwrap().len())
    }

    async fn control(&self) -> Control {
        let aegle = self.site.world.deployment().aegle();
        let (head, patient) = (
            aegle.chain.finalized().await.unwrap(),
            self.site.world.people[0].account(),
        );
        let message = ControlOf { patient };
        aegle
            .chain
            .read(head.hash, aegle.contracts.consent, &message)
            .await
            .unwrap()
    }

    /// The deposit of a grant as it is stored.
    async fn deposit(&self, grant: GrantId) -> ShareDeposit {
        let patient = self.site.world.people[0].account();
        let store = self.site.world.deployment().indexer().store();
        ShareDeposit::from_bytes(&store.share(&patient, grant).await.unwrap().unwrap()).unwrap()
    }

    /// The thief signs a split anew, of now or of when the old key controlled the account, and keys, and asks the indexer itself.
    async fn thief_asks_the_indexer(&self) {
        let aegle = self.site.world.deployment().aegle();
        let person = &self.site.world.people[0];
        let (thief, patient) = (person.patient.key(), person.account());
        let (head, control) = (aegle.chain.finalized().await.unwrap(), self.control().await);
        let from = control.replacement.expect("it was replaced").from;
        let message = Grants {
            patient,
            grantee: Grantee::Account(self.site.world.clinician().key().account()),
        };
        let grants = aegle
            .chain
            .read(head.hash, aegle.contracts.consent, &message)
            .await
            .unwrap();
        let (grant, terms) = grants.into_iter().find(|(grant, _)| *grant == self.to_mia).unwrap();
        let anchor = SplitAnchor {
            deployment: &aegle.bound_to(),
            patient: &patient,
            grant,
            on_chain: &terms.split,
            control: &control,
        };
        let stored = self.deposit(grant).await;
        for (at, key) in [(head.timestamp, thief), (from - 1, thief), (from - 1, &self.phone)] {
            let mut deposit = stored.clone();
            deposit.document.version += 1;
            let commitment = deposit.document.commitment(&deposit.salt);
            let payload = anchor.payload(deposit.document.version, at, &commitment);
            let signature = SplitSignature(key.sign(payload.as_bytes()));
            deposit.endorsement = Some(SplitEndorsement { at, signature });
            for sender in [thief, &self.phone] {
                let answer = aegle.indexer.put_shares(sender, patient, &deposit).await;
                assert!(matches!(answer, Err(RemoteError::Refused { .. })), "{at}: {answer:?}");
            }
        }
        let epochs = aegle.epochs(&head, patient).await.unwrap();
        let master = person.patient.master();
        let published = master.published_keys(&aegle.bound_to(), patient, head.timestamp, epochs.epochs);
        let answer = aegle.indexer.put_keys(thief, patient, &published).await;
        assert!(matches!(answer, Err(RemoteError::Refused { .. })), "{answer:?}");
        let answer = aegle.indexer.keys(thief, &patient, &epochs.epochs).await;
        assert!(matches!(answer, Err(RemoteError::Refused { .. })), "{answer:?}");
        let answer = aegle.indexer.held_grants(thief, patient).await;
        assert!(matches!(answer, Err(RemoteError::Refused { .. })), "{answer:?}");
        assert_eq!(self.deposit(grant).await, stored, "nothing has changed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_loses_the_phone_goes_on_with_another_and_the_thief_fails_at_every_door() {
    let lost = Lost::start().await;
    let (site, thief) = (&lost.site, "p0");
    let to_mia = lost.to_mia.to_string();
    let between = site.file_record("between");
    assert!(site.opens("mia", between));

    lost.guardians_restore();
    // For three days the old key protects at most, and the new one does nothing.
    let pending = "until then";
    refuses(&site.as_holder(thief, &["keys", "set"]), pending);
    refuses(&site.as_holder(thief, &["grant", "--to", &lost.ben]), pending);
    refuses(&lost.phone(&["keys", "set"]), "does not control");
    assert!(site.opens("mia", between));
    let waited = Duration::from_millis(CONTROL_DELAY_MS);
    site.world.deployment().advance(waited).await.unwrap();

    // The thief, at every door.
    let replaced = "does not control";
    refuses(&site.as_holder(thief, &["keys", "set"]), replaced);
    refuses(&site.as_holder(thief, &["grant", "--to", &lost.ben]), replaced);
    refuses(&site.as_holder(thief, &["revoke", &to_mia]), replaced);
    refuses(&site.as_holder(thief, &["revoke", "--all"]), replaced);
    assert!(!site.as_holder(thief, &["grant", "renew"]).status.success());
    assert!(!site.as_holder(thief, &["disclosures"]).status.success());
    assert!(!site.opens(thief, between), "nor reads");
    assert_eq!(lost.finds(thief, site.world.people[0].account()), None);
    lost.thief_asks_the_indexer().await;

    // The clinician goes on: the split of the old key is of when it controlled the account.
    let still = site.file_record("still");
    assert!(site.opens("mia", between) && site.opens("mia", still));
    assert!(!site.opens("ben", still));

    // The new phone does all of it.
    assert_eq!(lost.finds("phone", lost.phone.account()), Some(2));
    let output = site.file("opened").display().to_string();
    lost.phone_does(&["record", "get", &still.to_string(), "--output", &output]);
    let renewed = lost.phone_does(&["grant", "renew"]);
    assert_eq!(
        renewed["split_again"],
        json!([lost.to_mia]),
        "signed by the key that controls now: {renewed}"
    );
    assert_eq!(lost.phone_does(&["grant", "renew"])["split_again"], json!([]), "once");
    assert!(site.opens("mia", between) && site.opens("mia", still));
    lost.phone_does(&["keys", "set"]);
    let new = site.file_record("new");
    let to_ben = granted(&lost.phone_does(&["grant", "--to", &lost.ben, "--days", "30"]));
    assert!(site.opens("mia", new) && site.opens("ben", new) && site.opens("ben", between));
    let ended = lost.phone_does(&["revoke", &to_ben.to_string()]);
    assert_eq!(ended["split_again"], json!([lost.to_mia]), "{ended}");
    let last = site.file_record("last");
    assert!(site.opens("mia", last) && site.opens("mia", between));
    assert!(!site.opens("ben", last) && !site.opens("ben", between));
    lost.phone_does(&["record", "get", &last.to_string(), "--output", &output]);
    assert_eq!(lost.finds("phone", lost.phone.account()), Some(4));
    let log = lost.phone_does(&["disclosures"]);
    assert!(log.to_string().contains(&lost.mia), "the patient sees who read");
    assert!(
        matches!(lost.control().await.replacement, Some(Replacement { controller, .. }) if controller == lost.phone.account())
    );
}
