//! The REGISTER as it goes out (RFC 3261 §10.2), in rsip's types.

use super::Request;
use crate::config::Transport;
use crate::sip::model::{self, Method, SipMessage};

/// What stays the same in all requests of one registration.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    /// Our user at the PBX.
    pub(crate) username: String,
    /// The request-URI: `sip:domain`.
    pub(crate) registrar: String,
    /// Names the registration for as long as we run.
    pub(crate) call_id: String,
    /// Our From tag.
    pub(crate) tag: String,
    /// How it travels.
    pub(crate) transport: Transport,
}

impl Form {
    /// The request as bytes.
    pub(crate) fn fill(&self, request: &Request) -> Vec<u8> {
        let user = model::escaped(&self.username);
        let domain = self.registrar.strip_prefix("sip:").unwrap_or(&self.registrar);
        let us = format!("<sip:{user}@{domain}>");
        let mut headers = vec![
            model::own_via(self.transport, request.contact, &request.branch),
            model::header("Max-Forwards", "70"),
            model::header("From", format!("{us};tag={}", self.tag)),
            model::header("To", us.as_str()),
            model::header("Call-ID", self.call_id.as_str()),
            model::header("CSeq", format!("{} REGISTER", request.cseq)),
            model::own_contact(&self.username, request.contact, self.transport),
            model::header("Expires", request.expires_s.to_string()),
            model::own_agent(),
        ];
        let credentials = request.credentials.iter();
        headers.extend(credentials.map(|(name, value)| model::header(name, value.as_str())));
        let request = model::request(Method::Register, &self.registrar, headers);
        model::to_bytes(&SipMessage::Request(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::read::{self, Framing, Message, Name};

    #[test]
    fn what_is_sent_can_be_read_and_is_right() {
        let form = Form {
            username: "hot line".to_owned(),
            registrar: "sip:[2001:db8::1]".to_owned(),
            call_id: "c1".to_owned(),
            tag: "t1".to_owned(),
            transport: Transport::Tcp,
        };
        let bytes = form.fill(&Request {
            branch: "z9hG4bKabc".to_owned(),
            cseq: 7,
            expires_s: 120,
            contact: "[2001:db8::2]:5060".parse().unwrap(),
            credentials: vec![("Authorization", "Digest username=\"x\"".to_owned())],
        });
        let message = Message::parse(&bytes, Framing::Stream).unwrap();
        assert_eq!(read::check(&message), Ok(()));
        let contact = read::contacts(&message).next().unwrap();
        assert_eq!(read::text(contact.uri), "sip:hot%20line@[2001:db8::2]:5060;transport=tcp");
        let top = read::via(message.get(Name::Via).unwrap()).unwrap();
        assert_eq!(top.rport, Some(&b""[..]));
        assert!(message.get(Name::Authorization).is_some());
    }
}
