//! Sessions: what a key signs that an account named.

use crate::{
    fixture::{deployment, flips, random},
    requests::{BODY, NOW, outgoing, wallet},
};
use aegle_protocol::{
    request::{RequestError, RequestHead, RequestSignature, SignedHeaders},
    session::{MAX_SESSION_LIFETIME_MS, SESSION_HEADER, Session, SessionKey},
};
use aegle_rules::AccountId;
use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey};

const HOUR_MS: u64 = 60 * 60 * 1_000;

fn pair(seed: u8) -> Keypair {
    let mini = MiniSecretKey::from_bytes(&[seed; 32]).unwrap();
    mini.expand_to_keypair(ExpansionMode::Ed25519)
}

fn sign(pair: &Keypair, payload: &str) -> RequestSignature {
    RequestSignature(pair.sign_simple(b"substrate", payload.as_bytes()).to_bytes())
}

/// A session of the wallet for the key of a seed.
fn session(wallet: &Keypair, seed: u8, expires: u64) -> Session {
    let key = SessionKey(pair(seed).public.to_bytes());
    let signature = sign(wallet, &Session::payload(&deployment(), &key, expires));
    Session {
        key,
        expires,
        signature,
    }
}

fn head() -> RequestHead {
    RequestHead::new(outgoing(60_000), &mut random(1)).unwrap()
}

/// The headers of a request that the key of a seed signs for an account.
fn signed_by(seed: u8, account: AccountId) -> SignedHeaders {
    let head = head();
    head.headers(account, sign(&pair(seed), &head.session_payload(&account)))
}

#[test]
fn a_request_of_a_session_counts_as_its_account_s() {
    let (wallet, account) = wallet();
    let session = session(&wallet, 5, NOW + HOUR_MS);
    let read: Session = session.to_string().parse().unwrap();
    assert_eq!(read, session);
    let verified = head().verify_in(&read, &signed_by(5, account), NOW).unwrap();
    assert_eq!((verified.account(), verified.hash()), (account, head().hash()));
    assert_eq!(verified.check_body(BODY), Ok(()));
}

#[test]
fn a_session_counts_until_it_ends_and_no_longer_than_half_a_day() {
    let (wallet, account) = wallet();
    let cases = [
        (NOW, Err(RequestError::SessionEnded)),
        (NOW - 1, Err(RequestError::SessionEnded)),
        (NOW + 1, Ok(())),
        (NOW + MAX_SESSION_LIFETIME_MS, Ok(())),
        (NOW + MAX_SESSION_LIFETIME_MS + 1, Err(RequestError::SessionTooLong)),
        (u64::MAX, Err(RequestError::SessionTooLong)),
    ];
    for (expires, expected) in cases {
        let session = session(&wallet, 5, expires);
        let verified = head().verify_in(&session, &signed_by(5, account), NOW);
        assert_eq!(verified.map(drop), expected, "{expires}");
    }
}

#[test]
fn a_session_of_anything_else_is_refused() {
    let (wallet, account) = wallet();
    let session = session(&wallet, 5, NOW + HOUR_MS);
    let refused = |session: &Session, headers: &SignedHeaders| {
        assert_eq!(head().verify_in(session, headers, NOW), Err(RequestError::Signature));
    };
    let headers = signed_by(5, account);
    // Another key; another account, also one that opened a session for the same key; the wallet in the key's place.
    refused(&session, &signed_by(6, account));
    let other = pair(7);
    let theirs = AccountId(other.public.to_bytes());
    refused(&session, &signed_by(5, theirs));
    let opened_by_other = self::session(&other, 5, NOW + HOUR_MS);
    refused(&opened_by_other, &headers);
    refused(
        &opened_by_other,
        &SignedHeaders {
            account: theirs,
            ..headers
        },
    );
    let by_wallet = head().headers(account, sign(&wallet, &head().payload()));
    refused(&session, &by_wallet);
    // A later end than was signed, another deployment, and any bit of what was signed.
    refused(
        &Session {
            expires: session.expires + 1,
            ..session
        },
        &headers,
    );
    let mut elsewhere = head();
    elsewhere.audience.deployment.genesis.0[0] ^= 1;
    assert_eq!(
        elsewhere.verify_in(&session, &headers, NOW),
        Err(RequestError::Signature)
    );
    for (_, bytes) in flips(&session.signature.0) {
        let signature = RequestSignature(bytes.try_into().unwrap());
        refused(&Session { signature, ..session }, &headers);
    }
    for (_, bytes) in flips(&headers.signature.0) {
        let signature = RequestSignature(bytes.try_into().unwrap());
        refused(&session, &SignedHeaders { signature, ..headers });
    }
    // What a session's key signed does not count without the session.
    assert_eq!(head().verify(&headers, NOW), Err(RequestError::Signature));
}

#[test]
fn what_is_no_session_is_not_read() {
    let (wallet, _) = wallet();
    let text = session(&wallet, 5, NOW).to_string();
    for wrong in [
        "",
        ".",
        "..",
        &text[1..],
        &text[..text.len() - 1],
        &text.replace('.', ":"),
        &format!("{text}."),
    ] {
        assert_eq!(
            wrong.parse::<Session>(),
            Err(RequestError::Header(SESSION_HEADER)),
            "{wrong}"
        );
    }
}

#[test]
fn a_wallet_shows_what_it_signs() {
    assert_eq!(
        Session::payload(&deployment(), &SessionKey([5; 32]), 1_790_000_000_000),
        format!(
            "<Bytes>aegle/session/v1|{}|{}|{}|1790000000000</Bytes>",
            "01".repeat(32),
            "02".repeat(32),
            "05".repeat(32)
        )
    );
}
