//! Signed requests.

use crate::fixture::{deployment, flips, random};
use aegle_protocol::request::{
    Audience, BodyHash, MAX_REQUEST_LIFETIME_MS, Outgoing, RequestError, RequestHead, RequestSignature, SignedHeaders,
    VerifiedRequest,
};
use aegle_rules::AccountId;
use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey};

pub(crate) const NOW: u64 = 1_790_000_000_000;
pub(crate) const BODY: &[u8] = br#"{"record":"0x01"}"#;
pub(crate) const TARGET: (&str, &str) = ("POST", "/v1/open?purpose=1");

/// A wallet and its account.
pub(crate) fn wallet() -> (Keypair, AccountId) {
    let pair = MiniSecretKey::from_bytes(&[4; 32])
        .unwrap()
        .expand_to_keypair(ExpansionMode::Ed25519);
    let account = AccountId(pair.public.to_bytes());
    (pair, account)
}

/// A server.
pub(crate) fn audience() -> Audience {
    Audience {
        deployment: deployment(),
        server: AccountId([8; 32]),
    }
}

/// The request of these tests, which counts `lifetime` milliseconds.
pub(crate) fn outgoing(lifetime: u64) -> Outgoing<'static> {
    Outgoing {
        audience: audience(),
        method: TARGET.0,
        path: TARGET.1,
        body: BODY,
        now: NOW,
        lifetime,
    }
}

fn signed() -> (RequestHead, SignedHeaders) {
    let (pair, account) = wallet();
    let head = RequestHead::new(outgoing(60_000), &mut random(1)).unwrap();
    let headers = head
        .sign(account, |message| {
            Ok::<_, RequestError>(pair.sign_simple(b"substrate", message).to_bytes())
        })
        .unwrap();
    (head, headers)
}

fn receive(
    target: (&str, &str),
    body: &[u8],
    headers: &SignedHeaders,
    now: u64,
) -> Result<VerifiedRequest, RequestError> {
    let verified = RequestHead::received(audience(), target.0, target.1, headers)?.verify(headers, now)?;
    verified.check_body(body).map(|()| verified)
}

#[test]
fn a_signed_request_verifies_for_its_account() {
    let (head, headers) = signed();
    let pairs = headers.to_pairs();
    let read = SignedHeaders::from_headers(|name| {
        pairs
            .iter()
            .find(|(candidate, _)| *candidate == name)
            .map(|(_, value)| value.as_str())
    });
    assert_eq!(read, Ok(headers));
    let verified = receive(TARGET, BODY, &headers, NOW).unwrap();
    assert_eq!(
        (verified.account(), verified.nonce(), verified.hash()),
        (wallet().1, head.nonce, head.hash())
    );
    assert_eq!(verified.expires(), NOW + 60_000);
}

#[test]
fn anything_else_than_what_was_signed_is_refused() {
    let (head, headers) = signed();
    let refused = |target, body: &[u8], headers: &SignedHeaders| {
        assert_eq!(receive(target, body, headers, NOW), Err(RequestError::Signature));
    };
    refused(("PUT", TARGET.1), BODY, &headers);
    for (_, path) in flips(TARGET.1.as_bytes()) {
        // A path that is no UTF-8 cannot even be asked for.
        let Ok(path) = String::from_utf8(path) else { continue };
        let result = receive((TARGET.0, &path), BODY, &headers, NOW);
        assert!(
            matches!(result, Err(RequestError::Signature | RequestError::Path)),
            "{path}"
        );
    }
    // The signature holds without the body, and the body is checked when it is there.
    for body in flips(BODY).map(|(_, body)| body).chain([BODY[1..].into(), Vec::new()]) {
        assert_eq!(receive(TARGET, &body, &headers, NOW), Err(RequestError::Body));
    }
    for (_, bytes) in flips(&headers.body.0) {
        let body = BodyHash(bytes.try_into().unwrap());
        refused(TARGET, BODY, &SignedHeaders { body, ..headers });
    }
    for (_, bytes) in flips(&headers.account.0) {
        refused(
            TARGET,
            BODY,
            &SignedHeaders {
                account: AccountId(bytes.try_into().unwrap()),
                ..headers
            },
        );
    }
    for (_, bytes) in flips(&headers.nonce.0) {
        refused(
            TARGET,
            BODY,
            &SignedHeaders {
                nonce: bytes.as_slice().try_into().unwrap(),
                ..headers
            },
        );
    }
    for (_, bytes) in flips(&headers.signature.0) {
        let signature = RequestSignature(bytes.try_into().unwrap());
        refused(TARGET, BODY, &SignedHeaders { signature, ..headers });
    }
    refused(
        TARGET,
        BODY,
        &SignedHeaders {
            expires: headers.expires + 1,
            ..headers
        },
    );

    let changes: [fn(&mut Audience); 3] = [
        |audience| audience.deployment.genesis.0[0] ^= 1,
        |audience| audience.deployment.consent.0[0] ^= 1,
        |audience| audience.server.0[31] ^= 1,
    ];
    for change in changes {
        let mut elsewhere = audience();
        change(&mut elsewhere);
        let received = RequestHead::received(elsewhere, TARGET.0, TARGET.1, &headers).unwrap();
        assert_eq!(received.verify(&headers, NOW), Err(RequestError::Signature));
    }
    let other = SignedHeaders {
        nonce: random_nonce(),
        ..headers
    };
    assert_eq!(head.verify(&other, NOW), Err(RequestError::Signature));
}

fn random_nonce() -> aegle_protocol::request::Nonce {
    RequestHead::new(outgoing(1), &mut random(9)).unwrap().nonce
}

#[test]
fn a_request_counts_until_it_expires_and_five_minutes_at_most() {
    let (_, headers) = signed();
    let expires = headers.expires;
    for (now, expected) in [
        (expires - MAX_REQUEST_LIFETIME_MS - 1, Err(RequestError::TooFarAhead)),
        (expires - MAX_REQUEST_LIFETIME_MS, Ok(())),
        (expires - 1, Ok(())),
        (expires, Err(RequestError::Expired)),
        (expires + 1, Err(RequestError::Expired)),
        (u64::MAX, Err(RequestError::Expired)),
    ] {
        assert_eq!(receive(TARGET, BODY, &headers, now).map(|_| ()), expected, "{now}");
    }
    for (lifetime, accepted) in [(MAX_REQUEST_LIFETIME_MS, true), (MAX_REQUEST_LIFETIME_MS + 1, false)] {
        let head = RequestHead::new(outgoing(lifetime), &mut random(1));
        assert_eq!(head.is_ok(), accepted);
    }
}

#[test]
fn a_signature_in_another_context_or_form_is_refused() {
    let (head, headers) = signed();
    let (pair, _) = wallet();
    let payload = head.payload();
    let inner = payload.trim_start_matches("<Bytes>").trim_end_matches("</Bytes>");
    for signature in [
        pair.sign_simple(b"other", payload.as_bytes()),
        pair.sign_simple(b"substrate", inner.as_bytes()),
    ] {
        let signature = RequestSignature(signature.to_bytes());
        let refused = receive(TARGET, BODY, &SignedHeaders { signature, ..headers }, NOW);
        assert_eq!(refused, Err(RequestError::Signature));
    }
}

#[test]
fn malformed_methods_paths_and_headers_are_refused() {
    let new = |method, path| {
        let request = Outgoing {
            method,
            path,
            ..outgoing(1)
        };
        RequestHead::new(request, &mut random(1)).err()
    };
    for method in ["", "get", "TRACE", "POST ", "GET|"] {
        assert_eq!(new(method, "/"), Some(RequestError::Method), "{method}");
    }
    for path in ["", "v1", "/a b", "/a|b", "/<", "/>", "/\u{e9}", "/\n"] {
        assert_eq!(new("GET", path), Some(RequestError::Path), "{path}");
    }
    let long = format!("/{}", "a".repeat(1_024));
    assert_eq!(new("GET", &long[..1_023]), None);
    assert_eq!(new("GET", &long[..1_024]), None);
    assert_eq!(new("GET", &long), Some(RequestError::Path));

    let (_, headers) = signed();
    let pairs = headers.to_pairs();
    for (missing, _) in &pairs {
        for value in [None, Some(""), Some("0x"), Some("zz"), Some("-1"), Some("00")] {
            let get = |name: &str| match name == *missing {
                // An expiry of 00 is a number; every other header is too short with it.
                true => value.filter(|text| !(name == "aegle-expires" && *text == "00")),
                false => pairs
                    .iter()
                    .find(|(candidate, _)| *candidate == name)
                    .map(|(_, value)| value.as_str()),
            };
            assert_eq!(
                SignedHeaders::from_headers(get),
                Err(RequestError::Header(missing)),
                "{value:?}"
            );
        }
    }
}
