//! Asks the service that runs with this configuration how it is, over http or https.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use serde_json::Value;

use crate::config::{Config, TlsFiles};

/// How long a running service may take to tell its state.
const SOON: Duration = Duration::from_secs(2);

/// The state of the service that runs with this configuration, if one does.
pub(super) fn running(config: &Config) -> Option<Value> {
    let mut address = config.web.listen;
    if address.ip().is_unspecified() {
        address.set_ip([127, 0, 0, 1].into());
    }
    let Some(files) = &config.web.tls else { return plainly(address).ok().flatten() };
    match securely(address, files) {
        Ok(state) => state,
        // whoever holds the port is not to be registered over, even if it tells us nothing
        Err(_) => TcpStream::connect_timeout(&address, SOON).ok().map(|_| Value::Null),
    }
}

fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, SOON)?;
    stream.set_read_timeout(Some(SOON))?;
    stream.set_write_timeout(Some(SOON))?;
    Ok(stream)
}

fn plainly(address: SocketAddr) -> std::io::Result<Option<Value>> {
    told(&mut connect(address)?)
}

/// Over https: the certificate names another host than this, so it is known by itself.
fn securely(address: SocketAddr, files: &TlsFiles) -> std::io::Result<Option<Value>> {
    let ours = CertificateDer::from_pem_file(&files.cert).map_err(std::io::Error::other)?;
    let provider = Arc::new(ring::default_provider());
    let known = Arc::new(ThisOne { ours, provider: Arc::clone(&provider) });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(std::io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(known)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").map_err(std::io::Error::other)?;
    let tls = ClientConnection::new(Arc::new(config), name).map_err(std::io::Error::other)?;
    told(&mut StreamOwned::new(tls, connect(address)?))
}

fn told(stream: &mut (impl Read + Write)) -> std::io::Result<Option<Value>> {
    let request = "GET /readyz HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\n\r\n";
    stream.write_all(request.as_bytes())?;
    stream.flush()?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        // a peer that closes without saying so has said everything else
        Err(why) if why.kind() != std::io::ErrorKind::UnexpectedEof => return Err(why),
        _ => {}
    }
    let answer = String::from_utf8_lossy(&answer);
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let state: Option<Value> = serde_json::from_str(body).ok();
    Ok(state.filter(|state| state.get("ready").is_some()))
}

/// Believes the one certificate of our own configuration, whatever names it has.
#[derive(Debug)]
struct ThisOne {
    ours: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for ThisOne {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *end_entity == self.ours {
            return Ok(ServerCertVerified::assertion());
        }
        Err(rustls::Error::General("this is not the certificate of web.tls_cert".to_owned()))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
