//! Web Push: encrypted for one browser (RFC 8291), carried by its maker's service (RFC 8030).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::keys::Vapid;
use super::message::Row;
use super::robots::Posting;
use super::seal::seal;
use super::state::Outcome;
use super::store::people::Browser;
use crate::kernel::Moment;

/// How long a service keeps a push for a browser that sleeps.
const KEEP_S: i64 = 3600;

/// The push, or why there can be none.
pub(super) fn posting(
    browser: &Browser,
    row: &Row,
    vapid: &Vapid,
    contact: &str,
    now: Moment,
) -> Result<Posting, Outcome> {
    let never = |why: &str| Outcome::Never { why: why.to_owned() };
    // services take at most 4096 bytes: what is longer is read on the page
    let body: String = row.body.chars().take(600).collect();
    let said = json!({ "title": row.title, "body": body, "link": row.link, "tag": row.about });
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
    let public = decode(&browser.p256dh).unwrap_or_default();
    let auth = decode(&browser.auth).unwrap_or_default();
    let sealed = seal(said.to_string().into_bytes(), &public, &auth);
    let sealed = sealed.ok_or_else(|| never("browser-key"))?;
    let origin = origin(&browser.endpoint).ok_or_else(|| never("endpoint"))?;
    let token = vapid.authorization(origin, contact, now).ok_or_else(|| never("vapid"))?;
    let urgency = if row.urgent { "high" } else { "normal" };
    Ok(Posting {
        url: browser.endpoint.clone(),
        headers: vec![
            ("ttl", KEEP_S.to_string()),
            ("urgency", urgency.to_owned()),
            ("content-encoding", "aes128gcm".to_owned()),
            ("content-type", "application/octet-stream".to_owned()),
            ("authorization", token),
        ],
        body: sealed,
    })
}

/// What a service's answer means; 404 and 410 say that the browser is gone.
pub(super) fn meaning(status: u16, retry_after_s: Option<i64>) -> Outcome {
    let pause_ms = retry_after_s.map(|seconds| seconds.clamp(1, 86_400) * 1000);
    match status {
        200..=299 => Outcome::Sent { reference: None },
        404 | 410 => Outcome::Never { why: GONE.to_owned() },
        408 | 425 | 429 | 500..=599 => {
            Outcome::Later { why: status.to_string(), pause_ms, everything: false }
        }
        _ => Outcome::Never { why: status.to_string() },
    }
}

/// Why a push is given up when its browser is gone.
pub(super) const GONE: &str = "browser-gone";

/// `https://host:port` of an address.
fn origin(endpoint: &str) -> Option<&str> {
    let host = endpoint.find("://")?.checked_add(3)?;
    let length = endpoint.get(host..)?.find('/').unwrap_or(endpoint.len() - host);
    endpoint.get(..host + length)
}
