//! A server's certificate and key.

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio_rustls::TlsAcceptor;

/// What is spoken inside of TLS.
const PROTOCOL: &[u8] = b"http/1.1";
/// Most certificates of a chain.
const MAX_CERTIFICATES: usize = 16;

/// Where a server's certificate and key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// PEM file with the certificate and those between it and its authority, the server's own first.
    pub certificate: PathBuf,
    /// PEM file with the private key.
    pub key: PathBuf,
}

/// Why TLS cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read, or is no PEM file of that kind.
    #[error("{} holds no {what} in PEM form: {source}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
        /// What is wrong.
        source: pem::Error,
    },
    /// The file has no certificate, or more than 16.
    #[error("{} holds {count} certificates, not 1 to {MAX_CERTIFICATES}", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// How many it holds.
        count: usize,
    },
    /// Certificate and key do not belong together, or are of an unknown kind.
    #[error("certificate and key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
}

impl TlsFiles {
    /// Reads the files. The key stays in memory alone.
    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, TlsError> {
        let certificates = certificates(&self.certificate)?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|source| TlsError::Pem {
            path: self.key.clone(),
            what: "private key",
            source,
        })?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(certificates, key)?;
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrong = |source| TlsError::Pem {
        path: path.to_owned(),
        what: "certificate",
        source,
    };
    let read = CertificateDer::pem_file_iter(path).map_err(wrong)?;
    let certificates: Vec<_> = read.collect::<Result<_, _>>().map_err(wrong)?;
    match certificates.len() {
        1..=MAX_CERTIFICATES => Ok(certificates),
        count => Err(TlsError::Certificates {
            path: path.to_owned(),
            count,
        }),
    }
}
