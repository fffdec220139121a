//! Mail by the configured relay.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{Error as SmtpError, extension::ClientId};
use lettre::{Address, Message, SmtpTransport, Transport as _};

use super::message::Row;
use super::state::Outcome;
use crate::config::{Smtp, SmtpTls};

/// Letters an address may have (RFC 5321 §4.5.3.1.3: a path of 256 octets, in angle brackets).
const ADDRESS_MOST: usize = 254;
/// How long the relay may take for one step.
const PATIENCE: Duration = Duration::from_secs(15);

/// Who carries our mail.
#[derive(Clone)]
pub(super) struct Postman {
    relay: SmtpTransport,
    from: String,
    domain: String,
}

impl Postman {
    /// Speaks to the relay of the configuration; `None` where its name cannot be one.
    pub(super) fn of(smtp: &Smtp) -> Option<Self> {
        let tls = match smtp.tls {
            SmtpTls::None => Tls::None,
            SmtpTls::Starttls => Tls::Required(TlsParameters::new(smtp.host.clone()).ok()?),
            SmtpTls::Implicit => Tls::Wrapper(TlsParameters::new(smtp.host.clone()).ok()?),
        };
        let domain = smtp.from.rsplit('@').next().unwrap_or("localhost").trim_end_matches('>');
        let mut relay = SmtpTransport::builder_dangerous(&smtp.host)
            .port(smtp.port)
            .tls(tls)
            .hello_name(ClientId::Domain(domain.to_owned()))
            .timeout(Some(PATIENCE));
        if let Some((name, password)) = &smtp.login {
            relay = relay.credentials(Credentials::new(name.clone(), password.reveal().to_owned()));
        }
        Some(Self { relay: relay.build(), from: smtp.from.clone(), domain: domain.to_owned() })
    }

    /// Hands one message to the relay.
    pub(super) async fn send(&self, row: &Row) -> Outcome {
        // the same for every attempt, so that a doubled mail can be told by its receiver
        let id = format!("<outbox-{}-{}@{}>", row.id, row.at.millis(), self.domain);
        let Some(mail) = self.mail(row, &id) else {
            return Outcome::Never { why: "address".to_owned() };
        };
        let relay = self.relay.clone();
        // SMTP is a talk of many turns: it has a thread of its own
        match tokio::task::spawn_blocking(move || relay.send(&mail)).await {
            Ok(Ok(_)) => Outcome::Sent { reference: Some(id) },
            Ok(Err(error)) => meaning(&error),
            Err(_) => Outcome::Unclear { why: "no-answer".to_owned() },
        }
    }

    fn mail(&self, row: &Row, id: &str) -> Option<Message> {
        let mut text = row.body.clone();
        if let Some(link) = &row.link {
            text.push_str("\n\n");
            text.push_str(link);
        }
        Message::builder()
            .message_id(Some(id.to_owned()))
            .from(self.from.parse().ok()?)
            .to(row.way.target.parse().ok()?)
            .subject(row.title.replace(['\r', '\n'], " "))
            .header(ContentType::TEXT_PLAIN)
            .body(text)
            .ok()
    }
}

/// Whether mail can be sent there: a mailbox alone, as it goes on the wire, in a domain with a name of
/// its own. Whether it exists the other side decides.
pub fn is_address(text: &str) -> bool {
    let named = |address: Address| address.domain().contains('.');
    text.len() <= ADDRESS_MOST && text.parse().is_ok_and(named)
}

fn meaning(error: &SmtpError) -> Outcome {
    if let Some(code) = error.status() {
        let why = code.to_string();
        return if error.is_permanent() {
            Outcome::Never { why }
        } else {
            Outcome::Later { why, pause_ms: None, everything: false }
        };
    }
    if never_reached(error) {
        return Outcome::Later { why: "unreachable".to_owned(), pause_ms: None, everything: false };
    }
    // it was spoken to, and fell silent: the mail may be on its way
    Outcome::Unclear { why: "no-answer".to_owned() }
}

/// Whether the relay was never spoken to.
fn never_reached(error: &SmtpError) -> bool {
    let mut cause = error.source();
    while let Some(one) = cause {
        if let Some(fault) = one.downcast_ref::<io::Error>() {
            let kinds = [
                io::ErrorKind::ConnectionRefused,
                io::ErrorKind::NotFound,
                io::ErrorKind::HostUnreachable,
                io::ErrorKind::NetworkUnreachable,
                io::ErrorKind::AddrNotAvailable,
            ];
            return kinds.contains(&fault.kind())
                || fault.raw_os_error().is_none() && fault.to_string().contains("lookup");
        }
        cause = one.source();
    }
    error.is_tls()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_mailbox_in_a_named_domain_and_nothing_else() {
        for sound in ["head@house.example", "a.b+c@sub.house.example"] {
            assert!(is_address(sound), "{sound}");
        }
        let long = format!("{}@house.example", "a".repeat(255));
        for wrong in [
            "",
            "head",
            "@house.example",
            "head@",
            "head@house",
            "a b@c.d",
            "a@b@c.d",
            "Head <head@house.example>",
            "a@c.d,b@c.d",
            "a@c.d\r\nBcc: b@c.d",
            &long,
        ] {
            assert!(!is_address(wrong), "{wrong:?}");
        }
    }
}
