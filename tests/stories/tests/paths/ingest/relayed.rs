//! A patient who never had a token does everything: the indexer pays for what they sign, and for nothing that it should not.
//! By the program.

use super::{Site, failure, revocations::granted};
use aegle_client::{
    account::AccountKey,
    chain::Chain,
    keystore::{KeyStore, SecretKind},
    native::KeyFiles,
};
use aegle_protocol::wire::{RelayRequest, RelayedCall, blake2_256};
use aegle_rules::{
    AccountId, Hash,
    consent::{
        Call, Grantee, SignedAct,
        messages::{ControlOf, Grants, GuardiansOf, RelayNonce},
    },
    relay::{Relayed, call_hash, signed_bytes},
};
use serde_json::Value;

/// What the account that pays gets.
pub(super) const FUNDS: u128 = 100_000_000_000_000;
/// More calls than one key may sign a day.
const MANY: usize = 60;

impl Site {
    /// Lets a holder do something that the indexer pays for.
    fn relayed(&self, holder: &str, arguments: &[&str]) -> Value {
        self.done(holder, &[&["--relayed"], arguments].concat())
    }

    /// Something that a holder does is not done, for a reason that says this.
    fn not_relayed(&self, holder: &str, arguments: &[&str], why: &str) {
        let output = self.as_holder(holder, &[&["--relayed"], arguments].concat());
        assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert!(failure(&output).contains(why), "{arguments:?}: {}", failure(&output));
    }

    async fn balance(&self, account: AccountId) -> u128 {
        self.world.deployment().chain().balance(account).await.unwrap()
    }

    /// Who pays, as the indexer says.
    pub(super) async fn payer(&self) -> AccountId {
        let aegle = self.world.deployment().aegle();
        let status = aegle.indexer.status(aegle.contracts).await.unwrap();
        status.relayer.expect("it relays").account
    }
}

/// An act of a patient's, signed for a chain.
async fn signed(site: &Site, patient: &AccountKey, genesis: Hash) -> RelayRequest {
    let (deployment, account) = (site.world.deployment(), patient.account());
    let (chain, consent) = (deployment.chain(), deployment.contracts().consent);
    let head = chain.finalized().await.unwrap();
    let nonce = chain.read(head.hash, consent, &RelayNonce { account }).await.unwrap();
    let expires = head.timestamp + 60_000;
    let call = SignedAct::Controller {
        patient: account,
        call: Call::RevokeAll,
    };
    let message = signed_bytes(&genesis, &consent, &call_hash(&call, blake2_256), nonce, expires);
    RelayRequest::new(&RelayedCall::Consent(Box::new(Relayed {
        signer: account,
        call,
        nonce,
        expires,
        signature: patient.sign(&message),
    })))
}

/// Has the hospital invite a patient, whom nobody else can be in their place; returns the file with the invitation.
fn invited(site: &Site, patient: &str, register: &[&str]) -> String {
    // Anybody can draw keys: nobody is paid for whom no organisation has invited.
    site.not_relayed("ana", register, "ask one of its admins for an invitation");
    let uninvited = site.as_holder("mia", &["staff", "invite", patient]);
    let said = failure(&uninvited);
    assert!(said.contains("only an organisation's admin invites"), "{said}");
    let file = site.file("ana.txt").display().to_string();
    let invitation = site.done("hospital", &["staff", "invite", patient, "--days", "3"]);
    std::fs::write(&file, invitation["invitation"].as_str().unwrap()).unwrap();
    let with = |invitation| [register, &["--invitation", invitation]].concat();
    site.done("eve", &["keys", "new", "--role", "patient"]);
    site.not_relayed("eve", &with(&file), "another patient's");
    site.not_relayed("ana", &with("0x00"), "the invitation cannot be read");
    let said = failure(&site.as_holder("ana", &with(&file)));
    assert!(said.contains("give --relayed too"), "{said}");
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_without_a_token_does_everything_and_others_get_nothing_paid() {
    let site = Site::start(0).await;
    let deployment = site.world.deployment();
    let mia = site.world.clinician();
    site.keep_reader("mia", mia);
    let mia = mia.key().account();
    let (grantee, organisation) = (mia.to_string(), site.world.hospital().organisation().to_string());
    let patient = site.done("ana", &["keys", "new", "--role", "patient"]);
    let words = patient["phrase"].as_str().unwrap().to_owned();
    let patient = patient["account"].as_str().unwrap().to_owned();
    let account: AccountId = patient.parse().unwrap();
    let register = ["keys", "register", "--organisation", &organisation];

    let invitation = invited(&site, &patient, &register);
    let with_invitation = [&register[..], &["--invitation", &invitation]].concat();

    // Without funds, the relayer says so; an account that is nobody's patient gets nothing, whatever the funds.
    site.not_relayed("ana", &with_invitation, "too few tokens");
    let kept = site.file("keys/ana.invitation");
    assert!(kept.exists(), "it is kept");
    let payer = site.payer().await;
    let committee = deployment.committee();
    deployment.chain().fund(committee, payer, FUNDS).await.unwrap();
    site.not_relayed("ana", &["keys", "set"], "not registered as a patient");
    site.not_relayed("ana", &["keys", "register"], "name it");
    site.relayed("ana", &register);
    site.not_relayed("ana", &["keys", "set"], "no organisation vouches for the patient yet");
    site.relayed("ana", &["keys", "name", &organisation, "--days", "2"]);
    assert!(kept.exists(), "nobody vouches yet");
    site.done("hospital", &["staff", "vouch", &patient]);

    site.relayed("ana", &["keys", "set"]);
    assert!(!kept.exists(), "an organisation vouches");
    let grant = granted(&site.relayed("ana", &["grant", "--to", &grantee, "--days", "30"]));
    let grants = async || {
        let (chain, consent) = (deployment.chain(), deployment.contracts().consent);
        let head = chain.finalized().await.unwrap();
        let message = Grants {
            patient: account,
            grantee: Grantee::Account(mia),
        };
        let found = chain.read(head.hash, consent, &message).await.unwrap();
        found.iter().map(|(id, _)| *id).collect::<Vec<_>>()
    };
    assert_eq!(grants().await, [grant]);
    site.relayed("ana", &["revoke", &grant.to_string()]);
    assert_eq!(grants().await, []);
    site.done("mia", &["request", "--patient", &patient, "--why", "the next visit"]);
    site.relayed("ana", &["approve", &grantee]);
    assert_eq!(grants().await.len(), 1, "the request is approved");
    let named = site.relayed("ana", &["guardian", "recovery-key"]);
    assert_eq!(named["transaction"], Value::Null, "`keys set` has named it");
    let phrase = site.file("words").display().to_string();
    std::fs::write(&phrase, words).unwrap();
    let guardians = [
        "guardian",
        "set",
        "--guardian",
        &grantee,
        "--threshold",
        "1",
        "--days",
        "365",
    ];
    site.relayed("ana", &guardians);
    let head = deployment.chain().finalized().await.unwrap();
    let message = GuardiansOf { patient: account };
    let consent = deployment.contracts().consent;
    let named = deployment.chain().read(head.hash, consent, &message).await.unwrap();
    assert_eq!(named.accounts, [mia]);

    // Guardians and the recovery key need no tokens either: what they have is as it was.
    let had = site.balance(mia).await;
    let wanted = ["guardian", "act", "--patient", &patient, "revoke-all"];
    assert_eq!(site.relayed("mia", &wanted)["done"], true, "it takes one guardian");
    assert_eq!(grants().await, []);
    assert_eq!(site.balance(mia).await, had);
    let follow = [
        "guardian",
        "recover",
        "--patient",
        &patient,
        "--phrase",
        &phrase,
        "follow",
    ];
    let next = site.relayed("ana", &follow);
    let message = ControlOf { patient: account };
    let head = deployment.chain().finalized().await.unwrap();
    let control = deployment.chain().read(head.hash, consent, &message).await.unwrap();
    let next = next["recovery_key"].clone();
    assert!(
        next.to_string().contains(&control.recovery.unwrap().to_string()),
        "the key that follows stands: {next}"
    );
    assert_eq!(site.balance(account).await, 0, "they never had a token");
    let status = site.as_holder("ana", &["status"]);
    let told = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(
        told.contains("calls of a key a day") && told.contains("a patient needs none"),
        "{told}"
    );

    thieves_get_nothing(&site, account).await;

    // What is not a patient's own is not paid for, and neither is more than a day's number of calls.
    let renounce = ["staff", "renounce"];
    site.not_relayed(
        "mia",
        &renounce,
        "only what patients, their guardians and recovery keys do",
    );
    site.not_relayed("ana", &["keys", "fund", &grantee, "1"], "not relayed");
    let restrict = ["revoke", "--all"];
    let refused = (0..MANY).find_map(|_| {
        let output = site.as_holder("ana", &[&["--relayed"], &restrict[..]].concat());
        (!output.status.success()).then(|| failure(&output))
    });
    let refused = refused.expect("there is an end");
    assert!(refused.contains("which are spent"), "{refused}");
    assert_eq!(site.balance(account).await, 0);
}

/// Whoever steals a signed call, or has one of another chain, changes nothing by it.
async fn thieves_get_nothing(site: &Site, account: AccountId) {
    let (deployment, aegle) = (site.world.deployment(), site.world.deployment().aegle());
    let keys = KeyFiles::open(&site.file("keys")).unwrap();
    let patient = keys.get(&"ana".parse().unwrap(), SecretKind::Account).unwrap();
    let patient = AccountKey::from_seed(&patient);
    assert_eq!(patient.account(), account);
    let thief = AccountKey::generate().unwrap();
    let elsewhere = signed(site, &patient, Hash([1; 32])).await;
    let refused = aegle.indexer.relay(&thief, &elsewhere).await.unwrap_err();
    assert!(
        refused.to_string().contains("another chain, contract or call"),
        "{refused}"
    );
    let once = signed(site, &patient, deployment.contracts().genesis).await;
    let done = aegle.indexer.relay(&patient, &once).await.unwrap();
    let paid = site.balance(site.payer().await).await;
    let replayed = aegle.indexer.relay(&thief, &once).await.unwrap();
    assert_eq!(replayed, done, "the same place in the chain");
    assert_eq!(site.balance(site.payer().await).await, paid, "nothing is paid twice");
}
