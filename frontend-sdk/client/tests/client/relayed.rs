//! Golden vectors of acts that are relayed: what is signed of each, and what is handed over. Every language reads them;
//! `AEGLE_WRITE_VECTORS=1` writes them anew.

use aegle_client::{
    account::AccountKey,
    chain::Contracts,
    protocol::wire::RelayRequest,
    relayer::{Act, RelayerError},
    rules::{
        AccountId, Confidentiality, EncryptionKey, GrantId, Hash, JurisdictionId, OrganisationId, Purposes, Slots,
        consent::{
            Call, Effect, Grantee, Proxies, RecoveryAct, Research, Terms,
            messages::{Act as ControllerAct, GuardianAct, Recover, WithdrawRequest},
        },
        consortium::{
            Named,
            messages::{AcceptRole, NameOrganisation, RegisterPatient, SetKey},
        },
        message::Message,
    },
};
use serde_json::{Value, json};
use std::{fs, path::PathBuf};

const EXPIRES: u64 = 1_790_000_000_000;
const CONTRACTS: Contracts = Contracts {
    genesis: Hash([1; 32]),
    consortium: AccountId([2; 32]),
    consent: AccountId([3; 32]),
    ledger: AccountId([4; 32]),
};

fn hexadecimal(bytes: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/relayed.json")
}

fn is_written() -> bool {
    std::env::var_os("AEGLE_WRITE_VECTORS").is_some()
}

/// The vectors, as they are made from the file's signatures: those are randomised, made when the vectors are written, and
/// verified ever after.
struct Vectors {
    key: AccountKey,
    stored: Value,
    acts: Vec<Value>,
    not_relayed: Vec<Value>,
}

impl Vectors {
    fn act<M: Message>(&mut self, contract: AccountId, message: &M) {
        let nonce = self.acts.len() as u64;
        let expires = EXPIRES + nonce;
        let signer = self.key.account();
        let act = Act::of(&CONTRACTS, contract, message).unwrap();
        let bytes = act.signed_bytes(&CONTRACTS, nonce, expires).unwrap();
        let stored = &self.stored["acts"][self.acts.len()]["signature"];
        let signature = match is_written() {
            true => self.key.sign(&bytes).to_vec(),
            false => hex::decode(stored.as_str().unwrap().trim_start_matches("0x")).unwrap(),
        };
        let call = act.signed(signer, nonce, expires, signature.as_slice().try_into().unwrap());
        let request = RelayRequest::new(&call);
        let verified = request.verify(&CONTRACTS, expires - 1).unwrap();
        assert_eq!(*verified.call(), call, "{}", M::NAME);
        self.acts.push(json!({
            "name": M::NAME,
            "contract": contract,
            "message": hexadecimal(message.call_data()),
            "signer": signer,
            "nonce": nonce,
            "expires": expires,
            "signed_bytes": hexadecimal(&bytes),
            "signature": hexadecimal(&signature),
            "request": request,
            "digest": verified.digest(),
        }));
    }

    fn not_relayed<M: Message>(&mut self, contract: AccountId, message: &M) {
        let refused = Act::of(&CONTRACTS, contract, message);
        assert!(matches!(refused, Err(RelayerError::NotRelayed { message }) if message == M::NAME));
        self.not_relayed.push(json!({
            "name": M::NAME,
            "contract": contract,
            "message": hexadecimal(message.call_data()),
        }));
    }
}

fn terms() -> Terms {
    Terms {
        effect: Effect::Permit,
        grantee: Grantee::Account(AccountId([6; 32])),
        purposes: Purposes::TREAT,
        slots: Slots(5),
        confidentiality: Confidentiality::Normal,
        from: 1,
        until: EXPIRES,
        depth: 0,
        delegable: true,
        research: Research::NONE,
        narrowing: None,
        proxies: Proxies::NONE,
        threshold: 1,
        document: Hash([7; 32]),
        split: Hash([8; 32]),
    }
}

#[test]
fn what_is_signed_of_relayed_acts_is_that_of_the_vectors() {
    let key = AccountKey::from_seed(&[4; 32]);
    let (patient, other) = (key.account(), AccountId([6; 32]));
    let stored = match is_written() {
        true => Value::Null,
        false => serde_json::from_str(&fs::read_to_string(path()).unwrap()).unwrap(),
    };
    let mut vectors = Vectors {
        key,
        stored,
        acts: Vec::new(),
        not_relayed: Vec::new(),
    };
    let Contracts {
        consortium, consent, ..
    } = CONTRACTS;
    let named = Some(Named {
        organisation: OrganisationId(3),
        jurisdiction: Some(JurisdictionId(49)),
        until: EXPIRES,
    });
    vectors.act(consortium, &RegisterPatient { named });
    let account = patient;
    vectors.act(consortium, &NameOrganisation { account, named: None });
    let (key, bundle) = (EncryptionKey([9; 32]), Hash([10; 32]));
    vectors.act(consortium, &SetKey { account, key, bundle });
    let (id, grantee) = (GrantId(1), Grantee::Account(other));
    let grant = Call::Grant { id, terms: terms() };
    for call in [grant, Call::Revoke { id, grantee }, Call::RevokeAll] {
        vectors.act(consent, &ControllerAct { patient, call });
    }
    let call = Call::Decline { requester: other };
    vectors.act(consent, &GuardianAct { patient: other, call });
    let act = RecoveryAct::Veto;
    vectors.act(consent, &Recover { patient: other, act });

    let organisation = OrganisationId(3);
    vectors.not_relayed(consortium, &AcceptRole { organisation });
    vectors.not_relayed(consent, &WithdrawRequest { patient });
    // The same message to another contract.
    let call = Call::RevokeAll;
    vectors.not_relayed(consortium, &ControllerAct { patient, call });

    let found = json!({
        "contracts": CONTRACTS,
        "acts": vectors.acts,
        "not_relayed": vectors.not_relayed,
    });
    if is_written() {
        fs::write(path(), format!("{found:#}\n")).unwrap();
    }
    let stored: Value = serde_json::from_str(&fs::read_to_string(path()).unwrap()).unwrap();
    assert_eq!(stored, found, "{}", path().display());
}
