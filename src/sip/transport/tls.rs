//! Certificates: ours for those who call, theirs when we call.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::config::TlsFiles;

/// Why TLS cannot be spoken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsProblem {
    /// A PEM file is missing or is none.
    #[error("{file}: {why}")]
    File {
        /// Which file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// Certificate and key do not fit each other, or nobody is believed.
    #[error("{0}")]
    Config(#[from] rustls::Error),
    /// `sip.tls_cert` and `sip.tls_key` are not set.
    #[error("a tls:// socket needs sip.tls_cert and sip.tls_key")]
    NoCertificate,
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsProblem> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    read.map_err(|why| of_file(path, &why))
}

fn of_file(path: &Path, why: &rustls::pki_types::pem::Error) -> TlsProblem {
    TlsProblem::File { file: path.display().to_string(), why: why.to_string() }
}

/// Speaks as the server of these files. Read anew at each call, so that a renewed certificate is
/// used when the socket is opened again.
pub(crate) fn acceptor(files: Option<&TlsFiles>) -> Result<TlsAcceptor, TlsProblem> {
    let files = files.ok_or(TlsProblem::NoCertificate)?;
    let chain = certificates(&files.cert)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|why| of_file(&files.key, &why))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Speaks as a client that believes the authorities of `ca`, or the system's.
pub(crate) fn connector(ca: Option<&Path>) -> Result<TlsConnector, TlsProblem> {
    let mut roots = RootCertStore::empty();
    let believed = match ca {
        Some(path) => certificates(path)?,
        // an authority of the system that cannot be read is one fewer, not a failure
        None => rustls_native_certs::load_native_certs().certs,
    };
    roots.add_parsable_certificates(believed);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The name the certificate of the PBX must carry: a host name or an address.
pub(crate) fn server_name(host: &str) -> Option<ServerName<'static>> {
    ServerName::try_from(host.to_owned()).ok()
}
