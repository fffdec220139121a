//! A page of a list: how long it is, and the place where the next one begins, as an opaque text.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Problem;

/// One page of a list, as JSON sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The records.
    pub items: Vec<T>,
    /// What to send as `after` for the next page; `None` at the end.
    pub next: Option<String>,
}

/// Writes a place in a list, such as `(offered_at, id)`.
pub fn to_cursor<T: Serialize>(place: &T) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

/// Reads it back; a text that is no cursor of ours is a syntax problem (400).
pub fn from_cursor<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    bytes
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| Problem::syntax().field("after", |l| l.problem_cursor().to_string()))
}

/// How many records an address asks of a page: `usual` where it asks nothing, and a syntax problem (400)
/// for what is no number from 1 to `most`.
pub fn page_size(asked: Option<&str>, usual: usize, most: usize) -> Result<usize, Problem> {
    let Some(text) = asked else { return Ok(usual) };
    let size = text.parse().ok().filter(|size| (1..=most).contains(size));
    size.ok_or_else(|| Problem::syntax().field("limit", move |l| l.problem_limit(most).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_as_long_as_the_address_asks_and_no_longer_than_it_may_be() {
        for (asked, size) in [(None, 50), (Some("1"), 1), (Some("200"), 200)] {
            assert_eq!(page_size(asked, 50, 200).ok(), Some(size), "{asked:?}");
        }
        for asked in ["0", "201", "-1", "", "x", "1.5", "99999999999999999999999"] {
            assert!(page_size(Some(asked), 50, 200).is_err_and(|p| p.has_fields()), "{asked}");
        }
    }

    #[test]
    fn a_place_survives_the_way_to_the_reader_and_back() {
        let text = to_cursor(&(1_795_443_529_587_i64, 17_i64));
        assert_eq!(from_cursor::<(i64, i64)>(&text).ok(), Some((1_795_443_529_587, 17)));
        assert!(from_cursor::<(i64, i64)>("yesterday").is_err());
    }
}
