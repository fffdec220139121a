//! The panel's socket: http, or https where certificates are configured.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::{SipListen, TlsFiles, Transport, Web};
use crate::sip::SocketProblem;

/// How long an open answer may take to finish when the house closes.
const GRACE: Duration = Duration::from_millis(1500);
/// How long a connection may stay silent before its first request.
const FIRST_REQUEST: Duration = Duration::from_secs(30);

/// The address people use: as configured, or where port 0 was asked for the port that was given.
pub(super) fn reached_at(web: &Web, address: SocketAddr) -> String {
    let (asked, url) = (web.listen, &web.public_url);
    if asked.port() == 0 { url.replace(":0", &format!(":{}", address.port())) } else { url.clone() }
}

/// The panel's socket, taken and not yet answering.
pub(super) struct Listener {
    socket: TcpListener,
    tls: Option<RustlsConfig>,
    handle: Handle<SocketAddr>,
}

/// Why the panel cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The port or the address.
    #[error("web.listen: {addr} cannot be used: {}", problem.advice("web.listen", tcp(*.addr)))]
    Socket {
        /// As configured.
        addr: SocketAddr,
        /// Why it is not ours.
        problem: SocketProblem,
    },
    /// The certificate or its key.
    #[error("web.tls_cert, web.tls_key: {0}")]
    Certificate(String),
}

fn tcp(addr: SocketAddr) -> SipListen {
    SipListen { transport: Transport::Tcp, addr }
}

/// Why the panel of this configuration could not be reached, for whoever checks it beforehand.
pub fn panel_trouble(web: &Web) -> Option<ListenError> {
    Listener::take(web).err()
}

impl Listener {
    /// Takes the socket.
    pub(super) fn take(web: &Web) -> Result<Self, ListenError> {
        let tls = web.tls.as_ref().map(certificate).transpose()?;
        let taken = TcpListener::bind(web.listen).and_then(|socket| {
            socket.set_nonblocking(true)?;
            Ok(socket)
        });
        let socket = taken.map_err(|fault| ListenError::Socket {
            addr: web.listen,
            problem: SocketProblem::of(&fault),
        })?;
        Ok(Self { socket, tls, handle: Handle::new() })
    }

    /// The address it has; of interest where port 0 was asked for.
    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Ends [`Listener::serve`].
    pub(super) fn closer(&self) -> impl Fn() + Send + 'static {
        let handle = self.handle.clone();
        move || handle.graceful_shutdown(Some(GRACE))
    }

    /// Answers until closed.
    pub(super) async fn serve(self, panel: Router) -> io::Result<()> {
        let panel = panel.into_make_service_with_connect_info::<SocketAddr>();
        let server = axum_server::from_tcp(self.socket)?
            .handle(self.handle)
            .first_request_timeout(FIRST_REQUEST);
        match self.tls {
            None => server.acceptor(NoDelayAcceptor::new()).serve(panel).await,
            Some(tls) => {
                let acceptor = RustlsAcceptor::new(tls).acceptor(NoDelayAcceptor::new());
                server.acceptor(acceptor).serve(panel).await
            }
        }
    }
}

fn certificate(files: &TlsFiles) -> Result<RustlsConfig, ListenError> {
    let wrong = |why: String| ListenError::Certificate(why);
    let chain = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|why| wrong(format!("{}: {why}", files.cert.display())))?;
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|why| wrong(format!("{}: {why}", files.key.display())))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|why| wrong(why.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}
