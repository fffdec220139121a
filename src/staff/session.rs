//! Sessions: a random cookie of which the store keeps only the fingerprint.

use axum::http::HeaderValue;

use crate::kernel::Moment;

/// The cookie's name.
pub(super) const COOKIE: &str = "switchboard_session";

/// A session not used for so long is over, in milliseconds.
const IDLE_MS: i64 = 12 * 60 * 60 * 1000;

/// A session this old is over however much it is used, in milliseconds.
const LONGEST_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// That a session is used is written at most so often, in milliseconds.
const SEEN_EVERY_MS: i64 = 60 * 1000;

/// When a session that was opened at `created` and last used at `seen` ends by itself.
pub(super) fn expiry(created: Moment, seen: Moment) -> Moment {
    seen.plus_millis(IDLE_MS).min(created.plus_millis(LONGEST_MS))
}

/// Whether it is time to write that the session is in use.
pub(super) fn is_due(seen: Moment, now: Moment) -> bool {
    now.millis_since(seen) >= SEEN_EVERY_MS
}

/// The cookie that opens a session.
pub(super) fn cookie(secret: &str, secure: bool) -> Option<HeaderValue> {
    let seconds = LONGEST_MS / 1000;
    written(&format!("{COOKIE}={secret}; Max-Age={seconds}"), secure)
}

/// The cookie that makes the browser forget it.
pub(super) fn no_cookie(secure: bool) -> Option<HeaderValue> {
    written(&format!("{COOKIE}=; Max-Age=0"), secure)
}

fn written(start: &str, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{start}; Path=/; HttpOnly; SameSite=Lax{secure}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_slides_for_a_week_at_most() {
        let hour = 60 * 60 * 1000;
        let at = |hours: i64| Moment::from_millis(hours * hour);
        assert_eq!(expiry(at(0), at(0)), at(12));
        assert_eq!(expiry(at(0), at(10)), at(22));
        assert_eq!(expiry(at(0), at(167)), at(168));
        assert!(!is_due(at(0), Moment::from_millis(59_999)));
        assert!(is_due(at(0), Moment::from_millis(60_000)));
    }

    #[test]
    fn the_cookie_is_for_us_alone() {
        let text = |cookie: Option<HeaderValue>| cookie.unwrap().to_str().unwrap().to_owned();
        let plain = text(cookie("abc", false));
        assert_eq!(
            plain,
            "switchboard_session=abc; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"
        );
        assert!(text(cookie("abc", true)).ends_with("; Secure"));
        assert!(text(no_cookie(false)).contains("Max-Age=0"));
    }
}
