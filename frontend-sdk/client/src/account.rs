//! An account of the chain and its signing key.

use aegle_protocol::{
    request::{RequestHead, RequestSignature},
    session::{SESSION_HEADER, Session},
};
use aegle_rules::AccountId;
use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey, derive::ChainCode, signing_context};
use zeroize::Zeroizing;

/// The signing context that Substrate chains use for sr25519.
const CONTEXT: &[u8] = b"substrate";
/// The seed of the phrase that every development chain endows accounts of (`//Alice`, `//Bob` ...).
const DEVELOPMENT_SEED: [u8; 32] = [
    0xfa, 0xc7, 0x95, 0x9d, 0xbf, 0xe7, 0x2f, 0x05, 0x2e, 0x5a, 0x0c, 0x3c, 0x8d, 0x65, 0x30, 0xf2, 0x02, 0xb0, 0x2f,
    0xd8, 0xf9, 0xf5, 0xca, 0x35, 0x80, 0xec, 0x8d, 0xeb, 0x77, 0x97, 0x47, 0x9e,
];
/// The longest name that a development account may have: what fits its 32-byte chain code beside one length byte.
const MAX_NAME_BYTES: usize = 31;

/// An sr25519 key that signs for an account: its own key, for transactions and requests, or that of a [session](Session)
/// which the account's wallet opened, for requests alone. Its memory is cleared when it is dropped.
pub struct AccountKey {
    pair: Keypair,
    seed: Zeroizing<[u8; 32]>,
    /// For whom it signs, and until when, if it is not the account's own.
    session: Option<(AccountId, Session)>,
}

impl AccountKey {
    /// Draws a fresh key from the operating system's randomness.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut())?;
        Ok(Self::from_seed(&seed))
    }

    /// Derives the key of a secret seed of 32 bytes (schnorrkel's Ed25519 expansion, as Substrate keys have it).
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let mini = MiniSecretKey::from_bytes(seed).expect("every 32 bytes are a mini secret key");
        Self {
            pair: mini.expand_to_keypair(ExpansionMode::Ed25519),
            seed: Zeroizing::new(*seed),
            session: None,
        }
    }

    /// Derives the key of a session from its secret seed of 32 bytes, to sign the requests of `account`, which has opened
    /// the session. What it would sign of a transaction counts nowhere: the wallet signs that.
    pub fn in_session(seed: &[u8; 32], account: AccountId, session: Session) -> Self {
        Self {
            session: Some((account, session)),
            ..Self::from_seed(seed)
        }
    }

    /// Derives the publicly known key `//name` of development chains, for tests and demonstrations only. Of a name
    /// longer than 31 bytes only the first 31 count.
    pub fn development(name: &str) -> Self {
        let name = &name.as_bytes()[..name.len().min(MAX_NAME_BYTES)];
        let mut code = [0; 32];
        // SCALE of a short string: its length, shifted past the two mode bits, then its bytes.
        code[0] = (name.len() as u8) << 2;
        code[1..=name.len()].copy_from_slice(name);
        let root = Self::from_seed(&DEVELOPMENT_SEED);
        let (mini, _) = root.pair.secret.hard_derive_mini_secret_key(Some(ChainCode(code)), b"");
        Self::from_seed(&mini.to_bytes())
    }

    /// Returns the account: its public key of 32 bytes.
    pub fn account(&self) -> AccountId {
        match &self.session {
            Some((account, _)) => *account,
            None => AccountId(self.pair.public.to_bytes()),
        }
    }

    /// Returns the session that it signs in; `None` for the account's own key.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref().map(|(_, session)| session)
    }

    /// Signs a request; returns the names and values of its headers.
    pub fn sign_request(&self, head: &RequestHead) -> Vec<(&'static str, String)> {
        let account = self.account();
        let payload = match &self.session {
            Some(_) => head.session_payload(&account),
            None => head.payload(),
        };
        let signature = RequestSignature(self.sign(payload.as_bytes()));
        let mut headers = Vec::from(head.headers(account, signature).to_pairs());
        headers.extend(self.session().map(|session| (SESSION_HEADER, session.to_string())));
        headers
    }

    /// Signs `message` with sr25519 under Substrate's context; returns the signature of 64 bytes.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.pair.sign(signing_context(CONTEXT).bytes(message)).to_bytes()
    }

    /// Returns the key pair, for crates that sign with schnorrkel.
    pub fn pair(&self) -> &Keypair {
        &self.pair
    }

    /// Returns the seed of 32 bytes, to be kept in a key store.
    pub fn seed(&self) -> &Zeroizing<[u8; 32]> {
        &self.seed
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aegle_protocol::{
        Deployment,
        random::SystemRandom,
        request::{Audience, Outgoing, SignedHeaders},
        session::SessionKey,
    };
    use aegle_rules::Hash;

    const NOW: u64 = 1_790_000_000_000;

    #[test]
    fn a_request_is_signed_by_the_account_or_in_its_session() {
        let audience = Audience {
            deployment: Deployment {
                genesis: Hash([1; 32]),
                consent: AccountId([2; 32]),
            },
            server: AccountId([3; 32]),
        };
        let request = Outgoing {
            audience,
            method: "GET",
            path: "/v1/disclosures",
            body: b"",
            now: NOW,
            lifetime: 1_000,
        };
        let head = RequestHead::new(request, &mut SystemRandom).unwrap();
        let read = |headers: &[(&'static str, String)]| {
            let get = |name: &str| {
                headers
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| value.as_str())
            };
            (
                SignedHeaders::from_headers(get).unwrap(),
                get(SESSION_HEADER).map(str::to_owned),
            )
        };
        let wallet = AccountKey::from_seed(&[4; 32]);
        let (headers, session) = read(&wallet.sign_request(&head));
        assert_eq!(session, None);
        assert_eq!(head.verify(&headers, NOW).unwrap().account(), wallet.account());

        let key = SessionKey(AccountKey::from_seed(&[5; 32]).account().0);
        let expires = NOW + 60_000;
        let opened = Session {
            key,
            expires,
            signature: RequestSignature(wallet.sign(Session::payload(&audience.deployment, &key, expires).as_bytes())),
        };
        let in_session = AccountKey::in_session(&[5; 32], wallet.account(), opened);
        assert_eq!(in_session.account(), wallet.account());
        let (headers, session) = read(&in_session.sign_request(&head));
        let session: Session = session.unwrap().parse().unwrap();
        assert_eq!(
            head.verify_in(&session, &headers, NOW).unwrap().account(),
            wallet.account()
        );
    }

    #[test]
    fn development_accounts_are_the_well_known_ones() {
        let cases = [
            (
                "Alice",
                "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d",
            ),
            (
                "Bob",
                "0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48",
            ),
        ];
        for (name, account) in cases {
            assert_eq!(AccountKey::development(name).account().to_string(), account);
        }
    }
}
