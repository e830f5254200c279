//! What a server's command line says of its connections.

use crate::{Listen, Origin, OriginError, Origins, TlsFiles};
use clap::Args;
use std::{net::SocketAddr, path::PathBuf};

/// TLS and CORS, as arguments of a command.
#[derive(Args, Clone, Debug)]
pub struct TransportArguments {
    /// PEM file with the server's certificate, its own first; needs --tls-key. Without TLS, clients accept this server on
    /// their own machine alone
    #[arg(long, value_name = "FILE", env = "AEGLE_TLS_CERTIFICATE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// PEM file with the private key of the certificate
    #[arg(long, value_name = "FILE", env = "AEGLE_TLS_KEY", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Origin of web pages that may ask, such as `https://portal.example`; may be given more than once, none without it
    #[arg(
        long = "cors-origin",
        value_name = "ORIGIN",
        env = "AEGLE_CORS_ORIGINS",
        value_delimiter = ','
    )]
    cors_origins: Vec<Origin>,
}

impl TransportArguments {
    /// Returns what to listen on.
    ///
    /// # Errors
    /// When too many origins are given.
    pub fn listen(self, address: SocketAddr) -> Result<Listen, OriginError> {
        let files = self.tls_certificate.zip(self.tls_key);
        Ok(Listen {
            address,
            tls: files.map(|(certificate, key)| TlsFiles { certificate, key }),
            origins: Origins::new(self.cors_origins)?,
            pages: None,
        })
    }
}
