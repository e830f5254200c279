//! HTTPS between client and servers, plain HTTP where nobody can listen in, and the description of the service.
#![allow(missing_docs, clippy::unwrap_used)]

use aegle_client::{
    chain::Contracts,
    native::{ServerAddress, ServerAddressError, TokenServiceClient},
    remote::{Request, Transport},
};
use aegle_http::{Listen, Listener, Server, TlsFiles};
use aegle_rules::{AccountId, Hash};
use axum::{Router, routing::get};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::{fs, path::Path, time::Duration};
use tokio::{net::TcpListener, time::timeout};

const CONTRACTS: Contracts = Contracts {
    genesis: Hash([1; 32]),
    consortium: AccountId([2; 32]),
    consent: AccountId([3; 32]),
    ledger: AccountId([4; 32]),
};

/// An authority that vouches for servers.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }

    /// A server with a certificate of this authority for a name.
    async fn serve(&self, name: &str, folder: &Path) -> Server {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let files = TlsFiles {
            certificate: folder.join(format!("{name}.pem")),
            key: folder.join(format!("{name}.key")),
        };
        fs::write(&files.certificate, certificate.pem()).unwrap();
        fs::write(&files.key, key.serialize_pem()).unwrap();
        let listen = Listen {
            tls: Some(files),
            ..Listen::plain(([127, 0, 0, 1], 0).into())
        };
        let router = Router::new().route("/livez", get(async || "alive"));
        Listener::bind(&listen).await.unwrap().serve(router)
    }
}

/// What a client that trusts those authorities hears, or every reason why it hears nothing.
async fn ask(url: &str, authorities: Vec<u8>) -> Result<Vec<u8>, String> {
    let server = ServerAddress {
        authorities: Some(authorities),
        ..ServerAddress::new(url, AccountId([5; 32]))
    };
    let client = TokenServiceClient::at(&server, &CONTRACTS).unwrap();
    let request = Request {
        method: "GET",
        path: "/livez",
        headers: Vec::new(),
        content_type: "text/plain",
        body: &[],
    };
    let answer = client.transport().send(request).await;
    answer.map(|response| response.body).map_err(|error| {
        let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
    })
}

#[tokio::test]
async fn a_server_is_believed_when_its_authority_vouches_for_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, other) = (Authority::new(), Authority::new());
    let server = ours.serve("127.0.0.1", folder.path()).await;
    let elsewhere = ours.serve("indexer.example", folder.path()).await;
    assert_eq!(ask(server.url(), ours.pem()).await, Ok(b"alive".to_vec()));
    let both = [other.pem(), ours.pem()].concat();
    assert_eq!(ask(server.url(), both).await, Ok(b"alive".to_vec()));
    for (case, url, authorities, expected) in [
        (
            "another authority",
            server.url(),
            other.pem(),
            "invalid peer certificate",
        ),
        ("another name", elsewhere.url(), ours.pem(), "not valid for name"),
    ] {
        let refused = ask(url, authorities).await.unwrap_err();
        assert!(refused.contains(expected), "{case}: {refused}");
    }
    // Whoever writes http:// for it gets nothing.
    let plain = server.url().replace("https://", "http://");
    assert!(ask(&plain, ours.pem()).await.is_err());
    server.stop().await;
    elsewhere.stop().await;
}

#[tokio::test]
async fn plain_http_beyond_loopback_is_refused_before_anybody_is_connected_to() {
    // Every address of this machine, and 0.0.0.0 connects to it, so that a client that tried would get through.
    let listener = TcpListener::bind(("0.0.0.0", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = ServerAddress::new(format!("http://0.0.0.0:{port}"), AccountId([5; 32]));
    let refused = TokenServiceClient::at(&server, &CONTRACTS).err().unwrap();
    assert!(matches!(refused, ServerAddressError::PlainHttp { .. }), "{refused}");
    assert!(
        timeout(Duration::from_millis(200), listener.accept()).await.is_err(),
        "nobody connected"
    );
}

#[test]
fn the_description_in_the_documentation_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi/token-service.json");
    let served = aegle_token_service::openapi();
    if std::env::var_os("AEGLE_WRITE_OPENAPI").is_some() {
        fs::write(&path, format!("{served:#}\n")).unwrap();
    }
    let kept: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(kept, served, "AEGLE_WRITE_OPENAPI=1 writes it anew");
    let paths: Vec<&String> = served["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths.len(), 4, "{paths:?}");
    assert!(served["paths"]["/v1/evaluations"]["post"]["security"][0]["aegle-signature"].is_array());
}
