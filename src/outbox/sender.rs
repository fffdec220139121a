//! Sends one message by its way and says what came of it. Knows no database but for a browser's keys.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Request, header};
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::keys::Vapid;
use super::mail::Postman;
use super::message::{Channel, Row, Way};
use super::robots::Posting;
use super::route::channel_of;
use super::state::Outcome;
use super::store::people;
use super::{push, robots};
use crate::config::{Robot, Smtp};
use crate::db::{self, Db};
use crate::kernel::{Moment, StaffId};

/// How long a robot or a push service may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Of an answer so many bytes are read.
const ANSWER: usize = 16 * 1024;

/// Sends short messages to telephones: the SIP side, handed in by the roof.
pub trait Telephones: Send + Sync + 'static {
    /// Sends `text` to an extension; gives how the PBX knows the message.
    fn send<'a>(
        &'a self,
        extension: &'a str,
        text: &'a str,
    ) -> BoxFuture<'a, Result<String, Unpaged>>;
}

/// Why a telephone did not get a short message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unpaged {
    /// It was not sent, or refused for now: this status, or 0 where the PBX is out of reach.
    Later(u16),
    /// It was refused for good.
    Never(u16),
    /// Nobody answered; it may have arrived.
    Silent,
}

/// Hears that a person said yes to a message by another way than its link, such as a "1" from a telephone.
pub trait Answers: Send + Sync + 'static {
    /// `true` where the record takes such an answer and it was taken.
    fn answered<'a>(
        &'a self,
        db: &'a Db,
        now: Moment,
        about: &'a str,
        by: StaffId,
    ) -> BoxFuture<'a, db::Result<bool>>;
}

/// All ways out of the house. Cheap to clone.
#[derive(Clone)]
pub struct Senders {
    db: Db,
    robots: Arc<[Robot]>,
    postman: Option<Postman>,
    telephones: Option<Arc<dyn Telephones>>,
    vapid: Option<Arc<Vapid>>,
    contact: String,
    web: WebClient,
}

impl Senders {
    /// Puts the ways together: the robots and the relay of the configuration, the telephones where there is
    /// a PBX. `public_url` is how push services may find us.
    pub async fn new(
        db: &Db,
        now: Moment,
        robots: &[Robot],
        smtp: Option<&Smtp>,
        telephones: Option<Arc<dyn Telephones>>,
        public_url: &str,
    ) -> db::Result<Self> {
        // ring's own suites always have safe versions
        let web = client().ok_or_else(|| db::Error::Unreadable("TLS settings".to_owned()))?;
        let vapid = Vapid::kept(db, now).await?;
        if vapid.is_none() {
            tracing::warn!("the kept key for browser pushes cannot be read; browsers get none");
        }
        let contact = match smtp {
            Some(smtp) => format!("mailto:{}", smtp.from),
            None => public_url.to_owned(),
        };
        Ok(Self {
            db: db.clone(),
            robots: robots.into(),
            postman: smtp.and_then(Postman::of),
            telephones,
            vapid: vapid.map(Arc::new),
            contact,
            web,
        })
    }

    /// The public key a browser subscribes with; `None` where pushes cannot be sent.
    pub fn push_key(&self) -> Option<String> {
        self.vapid.as_ref().map(|vapid| vapid.public())
    }

    /// The robots of the configuration.
    pub fn robots(&self) -> &[Robot] {
        &self.robots
    }

    /// The way to a robot of the configuration, by its name.
    pub fn robot(&self, name: &str) -> Option<Way> {
        let robot = self.robots.iter().find(|robot| robot.name == name)?;
        Some(Way { channel: channel_of(robot.kind), target: robot.name.clone() })
    }

    /// Whether there is a mail relay.
    pub fn has_mail(&self) -> bool {
        self.postman.is_some()
    }

    /// Sends what goes to one place: one message, or several as one where the place takes summaries.
    pub(super) async fn send(&self, rows: &[Row], now: Moment) -> Outcome {
        let Some(first) = rows.first() else {
            return Outcome::Never { why: "nothing".to_owned() };
        };
        let gone = |why: &str| Outcome::Never { why: why.to_owned() };
        match first.way.channel {
            Channel::Wecom | Channel::Dingtalk | Channel::Feishu | Channel::Webhook => {
                let known = |robot: &&Robot| {
                    robot.name == first.way.target && channel_of(robot.kind) == first.way.channel
                };
                let Some(robot) = self.robots.iter().find(known) else {
                    return gone("no-such-robot");
                };
                self.tell(robot, rows, now).await
            }
            Channel::Mail => match &self.postman {
                Some(postman) => postman.send(first).await,
                None => gone("no-relay"),
            },
            Channel::Sip => self.page(first).await,
            Channel::Push => self.push(first, now).await,
        }
    }

    /// How many of what waits at one place go into one message there.
    pub(super) fn fitting(&self, rows: &[Row]) -> usize {
        let way = rows.first().map(|row| &row.way);
        let robot = way.and_then(|way| self.robots.iter().find(|robot| robot.name == way.target));
        robot.map_or(rows.len(), |robot| robots::fitting(robot.kind, rows))
    }

    /// A card where one is asked for; a group that takes none gets the same as text, at once.
    async fn tell(&self, robot: &Robot, rows: &[Row], now: Moment) -> Outcome {
        let posting = match rows {
            [one] => {
                if let Some(card) = robots::card(robot, one, now) {
                    let outcome = self.say(robot, card).await;
                    let Outcome::Never { why } = outcome else { return outcome };
                    tracing::info!(robot = %robot.name, %why, "a robot refused a card and gets text");
                }
                robots::posting(robot, one, now)
            }
            several => robots::summary(robot, several, now),
        };
        self.say(robot, posting).await
    }

    async fn say(&self, robot: &Robot, posting: Posting) -> Outcome {
        match self.post(posting).await {
            Ok((status, after, body)) => robots::meaning(robot.kind, status, after, &body),
            Err(outcome) => outcome,
        }
    }

    async fn page(&self, row: &Row) -> Outcome {
        let Some(telephones) = &self.telephones else {
            return Outcome::Never { why: "no-pbx".to_owned() };
        };
        let link = row.link.as_deref().unwrap_or_default();
        let parts = [row.title.as_str(), row.body.as_str(), link];
        let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        match telephones.send(&row.way.target, &said.join("\n")).await {
            Ok(reference) => Outcome::Sent { reference: Some(reference) },
            Err(Unpaged::Later(status)) => {
                Outcome::Later { why: status.to_string(), pause_ms: None, everything: false }
            }
            Err(Unpaged::Never(status)) => Outcome::Never { why: status.to_string() },
            Err(Unpaged::Silent) => Outcome::Unclear { why: "no-answer".to_owned() },
        }
    }

    async fn push(&self, row: &Row, now: Moment) -> Outcome {
        let Some(vapid) = &self.vapid else { return Outcome::Never { why: "vapid".to_owned() } };
        let browser = match people::browser(&self.db, &row.way.target).await {
            Ok(Some(browser)) => browser,
            Ok(None) => return Outcome::Never { why: push::GONE.to_owned() },
            Err(error) => {
                return Outcome::Later { why: error.code(), pause_ms: None, everything: false };
            }
        };
        let posting = match push::posting(&browser, row, vapid, &self.contact, now) {
            Ok(posting) => posting,
            Err(outcome) => return outcome,
        };
        match self.post(posting).await {
            Ok((status, after, _)) => push::meaning(status, after),
            Err(outcome) => outcome,
        }
    }

    async fn post(&self, posting: Posting) -> Result<(u16, Option<i64>, Vec<u8>), Outcome> {
        let Posting { url, headers, body } = posting;
        let mut request = Request::post(url).header(header::USER_AGENT, AGENT);
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(body)));
        let request = request.map_err(|_| Outcome::Never { why: "address".to_owned() })?;
        let unclear = || Outcome::Unclear { why: "no-answer".to_owned() };
        let answer = tokio::time::timeout(PATIENCE, self.web.request(request)).await;
        let answer = answer.map_err(|_| unclear())?.map_err(|error| {
            if error.is_connect() {
                Outcome::Later { why: "unreachable".to_owned(), pause_ms: None, everything: false }
            } else {
                unclear()
            }
        })?;
        let status = answer.status().as_u16();
        let after = answer.headers().get(header::RETRY_AFTER).and_then(|after| after.to_str().ok());
        let after = after.and_then(|after| after.trim().parse().ok());
        let body = Limited::new(answer.into_body(), ANSWER).collect();
        let body = tokio::time::timeout(PATIENCE, body).await;
        // an answer that cannot be read to its end is judged by what its status says
        let body = body.ok().and_then(Result::ok).map(|body| body.to_bytes().to_vec());
        Ok((status, after, body.unwrap_or_default()))
    }
}

/// Speaks HTTP and HTTPS, and follows no redirection: a key must not travel elsewhere.
type WebClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Who we are, for a log at the other end.
const AGENT: &str = concat!("switchboard/", env!("CARGO_PKG_VERSION"));

fn client() -> Option<WebClient> {
    let roots = rustls_native_certs::load_native_certs().certs;
    let mut trusted = rustls::RootCertStore::empty();
    trusted.add_parsable_certificates(roots);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let connector =
        HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
    Some(Client::builder(TokioExecutor::new()).build(connector.build()))
}
