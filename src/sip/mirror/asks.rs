//! What is asked within a talk: hold it (SDP), send it on (REFER).

use memchr::memchr;

use crate::sip::Referral;
use crate::sip::read::{Message, Name, items, name_addr, percent_decoded, text, uri, user_text};

/// The least a session may last, in seconds (RFC 4028 §5).
const LEAST_SESSION_S: i64 = 90;
/// Longest Call-ID to look for, in bytes.
const LONGEST_CALL_ID: usize = 512;

/// Whether an SDP body holds the other end: the first stream in use is `sendonly` or `inactive`
/// (RFC 3264 §8.4), or goes to `0.0.0.0` (RFC 2543 §B.5). `None` when it is no SDP.
pub(super) fn holds(body: &[u8]) -> Option<bool> {
    let mut nowhere = false;
    let mut silent = false;
    let mut in_use = false;
    for line in body.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match line {
            [b'm', b'=', media @ ..] => {
                if in_use {
                    break;
                }
                let port = media.split(|&byte| byte == b' ').nth(1)?;
                in_use = port != b"0";
            }
            [b'c', b'=', connection @ ..] => nowhere = connection == b"IN IP4 0.0.0.0",
            b"a=sendonly" | b"a=inactive" => silent = true,
            b"a=sendrecv" | b"a=recvonly" => silent = false,
            _ => {}
        }
    }
    in_use.then_some(nowhere || silent)
}

/// What a REFER asks for; `None` when it names nobody.
pub(super) fn referral(message: &Message<'_>) -> Option<Referral> {
    let target = message.get(Name::ReferTo).and_then(name_addr)?.uri;
    let to = uri(target).as_ref().and_then(user_text)?;
    let headers = memchr(b'?', target).and_then(|at| target.get(at.checked_add(1)?..));
    let replaced = headers.into_iter().flat_map(|headers| items(headers, b'&')).find_map(|one| {
        let (name, value) = one.split_at_checked(memchr(b'=', one)?)?;
        let decoded = percent_decoded(value.get(1..)?);
        let end = memchr(b';', &decoded).unwrap_or(decoded.len());
        let call_id = text(decoded.get(..end)?).trim().to_owned();
        let fits = !call_id.is_empty() && call_id.len() <= LONGEST_CALL_ID;
        (name.eq_ignore_ascii_case(b"Replaces") && fits).then(|| call_id.into())
    });
    Some(Referral { to, replaces: replaced })
}

/// How a REFER goes, as a NOTIFY tells it: the status in its body (RFC 3515 §2.4.5). `None` where it
/// is another NOTIFY.
pub(super) fn progress(message: &Message<'_>) -> Option<u16> {
    let event = message.get(Name::Event)?;
    let package = event.split(|&byte| byte == b';').next()?;
    if !package.trim_ascii().eq_ignore_ascii_case(b"refer") {
        return None;
    }
    let line = message.body.split(|&byte| byte == b'\r' || byte == b'\n').next()?;
    let rest = line.strip_prefix(b"SIP/2.0 ")?;
    text(rest.get(..3)?).parse().ok().filter(|code| (100..700).contains(code))
}

/// For how long a session lasts unless it is refreshed, in seconds (RFC 4028 §4); never less than the
/// least a session may have, nor more than a day.
pub(super) fn session_expires(message: &Message<'_>) -> Option<i64> {
    let value = message.get(Name::SessionExpires)?;
    let seconds = value.split(|&byte| byte == b';').next()?;
    let seconds: i64 = text(seconds.trim_ascii()).parse().ok()?;
    Some(seconds.clamp(LEAST_SESSION_S, 86_400))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::read::Framing;

    #[test]
    fn a_stream_that_nobody_hears_is_held() {
        let sdp = |session: &str, media: &str| {
            format!("v=0\r\nc=IN IP4 {session}\r\nt=0 0\r\nm=audio 6000 RTP/AVP 8\r\n{media}\r\n")
        };
        assert_eq!(holds(sdp("192.0.2.1", "a=sendonly").as_bytes()), Some(true));
        assert_eq!(holds(sdp("192.0.2.1", "a=inactive").as_bytes()), Some(true));
        assert_eq!(holds(sdp("0.0.0.0", "").as_bytes()), Some(true));
        assert_eq!(holds(sdp("0.0.0.0", "c=IN IP4 192.0.2.1").as_bytes()), Some(false));
        assert_eq!(holds(sdp("192.0.2.1", "a=sendrecv").as_bytes()), Some(false));
        assert_eq!(holds(sdp("192.0.2.1", "").as_bytes()), Some(false));
        let video = "a=sendrecv\r\nm=video 6002 RTP/AVP 99\r\na=inactive";
        assert_eq!(holds(sdp("192.0.2.1", video).as_bytes()), Some(false));
        assert_eq!(holds(b""), None);
        assert_eq!(holds(b"a=sendonly\r\n"), None);
    }

    #[track_caller]
    fn refers(value: &str, to: Option<&str>, replaces: Option<&str>) {
        let text = format!("REFER sip:a@b SIP/2.0\r\nRefer-To: {value}\r\n\r\n");
        let message = Message::parse(text.as_bytes(), Framing::Datagram).unwrap();
        let found = referral(&message);
        assert_eq!(found.as_ref().map(|found| found.to.as_str()), to);
        assert_eq!(found.as_ref().and_then(|found| found.replaces.as_deref()), replaces);
    }

    #[test]
    fn a_refer_names_whom_and_in_whose_place() {
        refers("<sip:804@192.0.2.1>", Some("804"), None);
        refers("<sip:804@192.0.2.1:5060?Require=replaces>", Some("804"), None);
        refers(
            "<sip:804@192.0.2.1?Replaces=a1%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&Require=x>",
            Some("804"),
            Some("a1@b"),
        );
        refers("<sip:192.0.2.1>", None, None);
        refers("rubbish", None, None);
    }
}
