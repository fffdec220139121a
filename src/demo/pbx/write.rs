//! The requests of the demo's PBX, as text.

use super::{Fate, Pbx, Placed};

impl Pbx {
    pub(super) fn invite(&self, call: &Placed, call_id: &str) -> String {
        let mut more = format!(
            "Contact: <sip:demo@{}>\r\nX-Hotline-DID: {}\r\n\
             Allow: OPTIONS, REGISTER, INVITE, ACK, BYE, CANCEL\r\n",
            self.here, call.hotline
        );
        if call.from.starts_with("\"Anonymous\"") {
            more.push_str("Privacy: id\r\n");
        }
        self.request("INVITE", call, call_id, &more, &self.sdp())
    }

    pub(super) fn cancel(&self, call: &Placed, call_id: &str) -> String {
        // as Asterisk writes it: two lines for an answer elsewhere, one for a caller who left
        let reason = match call.fate {
            Fate::Answered(_) => {
                "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\nReason: Q.850;cause=26\r\n"
            }
            Fate::GivenUp(_) => "Reason: Q.850;cause=127\r\n",
        };
        self.request("CANCEL", call, call_id, reason, "")
    }

    pub(super) fn ack(&self, call: &Placed, call_id: &str) -> String {
        self.request("ACK", call, call_id, "", "")
    }

    fn request(
        &self,
        method: &str,
        call: &Placed,
        call_id: &str,
        more: &str,
        body: &str,
    ) -> String {
        // RFC 3261 §9.1: a CANCEL has the To of the INVITE, the ACK (§17.1.1.3) that of the answer
        let to = if method == "ACK" { call.to_header.clone() } else { format!("<{}>", call.uri) };
        let mut text = format!(
            "{method} {} SIP/2.0\r\nVia: SIP/2.0/UDP {};rport;branch={}\r\nFrom: {}\r\nTo: {to}\r\n\
             Call-ID: {call_id}\r\nCSeq: {} {method}\r\nMax-Forwards: 70\r\n\
             User-Agent: Demo PBX\r\n{more}",
            call.uri, self.here, call.branch, call.from, call.cseq
        );
        if !body.is_empty() {
            text.push_str("Content-Type: application/sdp\r\n");
        }
        format!("{text}Content-Length: {}\r\n\r\n{body}", body.len())
    }

    fn sdp(&self) -> String {
        let ip = self.here.ip();
        format!(
            "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=Demo\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
             m=audio 20000 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
        )
    }
}
