//! The SUBSCRIBE as it goes out (RFC 6665 §3.1, RFC 4235 §3), in rsip's types.

use super::Request;
use crate::config::Transport;
use crate::kernel::Extension;
use crate::sip::model::{self, Method, SipMessage};

/// What stays the same in all requests of one subscription.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    /// Our user at the PBX.
    pub(crate) username: String,
    /// The domain of both ends.
    pub(crate) domain: String,
    /// Whom we watch.
    pub(crate) extension: Extension,
    /// What the Call-IDs of its dialogs begin with.
    pub(crate) call_id: String,
    /// Our From tag.
    pub(crate) tag: String,
    /// How it travels.
    pub(crate) transport: Transport,
}

impl Form {
    /// The address of whom we watch.
    pub(crate) fn watched(&self) -> String {
        format!("sip:{}@{}", model::escaped(self.extension.as_str()), self.domain)
    }

    /// The Call-ID of our dialog of this number.
    pub(crate) fn call_id(&self, dialog: u32) -> String {
        format!("{}-{dialog}", self.call_id)
    }

    /// The request as bytes.
    pub(crate) fn fill(&self, request: &Request) -> Vec<u8> {
        let user = model::escaped(&self.username);
        let tag = request.to_tag.as_ref().map(|tag| format!(";tag={tag}")).unwrap_or_default();
        let mut headers = vec![model::own_via(self.transport, request.contact, &request.branch)];
        let routes = request.routes.iter();
        headers.extend(routes.map(|route| model::header("Route", route.as_str())));
        headers.extend([
            model::header("Max-Forwards", "70"),
            model::header("From", format!("<sip:{user}@{}>;tag={}", self.domain, self.tag)),
            model::header("To", format!("<{}>{tag}", self.watched())),
            model::header("Call-ID", self.call_id(request.dialog)),
            model::header("CSeq", format!("{} SUBSCRIBE", request.cseq)),
            model::own_contact(&self.username, request.contact, self.transport),
            model::header("Event", "dialog"),
            model::header("Accept", "application/dialog-info+xml"),
            model::header("Expires", request.expires_s.to_string()),
            model::own_agent(),
        ]);
        let credentials = request.credentials.iter();
        headers.extend(credentials.map(|(name, value)| model::header(name, value.as_str())));
        let request = model::request(Method::Subscribe, &request.target, headers);
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
            username: "listener".to_owned(),
            domain: "[2001:db8::1]".to_owned(),
            extension: "*43".parse().unwrap(),
            call_id: "c".to_owned(),
            tag: "t1".to_owned(),
            transport: Transport::Tls,
        };
        let bytes = form.fill(&Request {
            branch: "z9hG4bKabc".to_owned(),
            dialog: 2,
            cseq: 7,
            expires_s: 3600,
            contact: "[2001:db8::2]:5061".parse().unwrap(),
            to_tag: Some("t2".to_owned()),
            target: "sip:pbx@192.0.2.1:5070;transport=tls".to_owned(),
            routes: vec!["<sip:192.0.2.9;lr>".to_owned()],
            credentials: vec![],
        });
        let message = Message::parse(&bytes, Framing::Stream).unwrap();
        assert_eq!(read::check(&message), Ok(()));
        let text = |name| read::text(message.get(name).unwrap()).into_owned();
        assert_eq!(text(Name::To), "<sip:*43@[2001:db8::1]>;tag=t2");
        assert_eq!(text(Name::CallId), "c-2");
        assert_eq!(text(Name::Route), "<sip:192.0.2.9;lr>");
        assert_eq!(text(Name::Contact), "<sip:listener@[2001:db8::2]:5061;transport=tls>");
        assert_eq!(text(Name::Event), "dialog");
    }
}
