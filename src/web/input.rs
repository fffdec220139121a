//! What came with a request, read into one struct whether it is a form or JSON.
//!
//! A form knows only texts; the functions for `#[serde(deserialize_with)]` here read `"3"` where
//! JSON would say `3`, `"on"` for `true`, one box for a list, and an empty field for nothing.

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::{Form, Json};
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde::{Deserialize as _, de};
use serde_json::{Map, Value};

use super::Problem;
use crate::kernel::narrow;

/// The body of a write, urlencoded or JSON. What cannot be read is 400, another type 415.
#[derive(Debug, Clone)]
pub struct Input<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        read(body(request, state).await?).map(Self)
    }
}

pub(super) async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Value, Problem> {
    let mut value = if is_json(request.headers()) {
        let body = Json::<Value>::from_request(request, state).await;
        body.map_err(|_| Problem::syntax())?.0
    } else if is_form(request.headers()) {
        let pairs = Form::<Vec<(String, String)>>::from_request(request, state).await;
        collected(pairs.map_err(|_| Problem::syntax())?.0)
    } else if request.headers().contains_key(header::CONTENT_TYPE) {
        return Err(Problem::status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    } else {
        // an act without particulars has no body at all
        Value::Object(Map::new())
    };
    without_nul(&mut value);
    Ok(value)
}

pub(super) fn read<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_json::from_value(value).map_err(|wrong| unread(&wrong.to_string()))
}

/// A whole number as it is typed, in either width: `１５` is 15.
pub(super) fn whole(typed: &str) -> Option<i64> {
    typed.trim().chars().map(narrow).collect::<String>().parse().ok()
}

/// How the reason begins where a number is wanted and something else was written.
const NO_NUMBER: &str = "not a whole number: ";

/// So much of what was written is said back.
pub(super) const SAID_BACK: usize = 40;

/// 400, with what was written where a number is wanted.
fn unread(wrong: &str) -> Problem {
    let Some(written) = wrong.strip_prefix(NO_NUMBER) else { return Problem::syntax() };
    let written: String = written.chars().take(SAID_BACK).collect();
    Problem::syntax().because(move |l| l.problem_no_number(written.as_str()).to_string())
}

/// A NUL ends texts in many places, and no store on a server keeps one: it is left out.
fn without_nul(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', ""),
        Value::Array(several) => several.iter_mut().for_each(without_nul),
        Value::Object(fields) => fields.values_mut().for_each(without_nul),
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

pub(super) fn is_json(headers: &HeaderMap) -> bool {
    kind_is(headers, "application/json")
}

pub(super) fn is_form(headers: &HeaderMap) -> bool {
    kind_is(headers, "application/x-www-form-urlencoded")
}

/// A file, alone or in a form.
pub(super) fn is_file(headers: &HeaderMap) -> bool {
    kind_is(headers, "multipart/form-data") || kind_is(headers, "text/csv")
}

fn kind_is(headers: &HeaderMap, kind: &str) -> bool {
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    sent.and_then(|sent| sent.split(';').next()).is_some_and(|sent| sent.trim() == kind)
}

/// The pairs of a form as an object; a name that comes twice is a list.
fn collected(pairs: Vec<(String, String)>) -> Value {
    let mut fields = Map::new();
    for (name, text) in pairs {
        if name == "_method" || name == "op_id" {
            continue;
        }
        match fields.get_mut(&name) {
            None => {
                fields.insert(name, Value::String(text));
            }
            Some(Value::Array(several)) => several.push(Value::String(text)),
            Some(one) => *one = Value::Array(vec![one.take(), Value::String(text)]),
        }
    }
    Value::Object(fields)
}

/// The query of an address: filters of a list. What cannot be read is 400.
#[derive(Debug, Clone)]
pub struct Filter<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Filter<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Problem::syntax());
        }
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(filter)| Self(filter)).map_err(|_| Problem::syntax())
    }
}

/// The parts of a path: `/calls/{id}`. A text that is no id means there is no such record: 404.
#[derive(Debug, Clone)]
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if parts.uri.path().contains("%00") {
            return Err(Problem::not_found());
        }
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(at)| Self(at)).map_err(|_| Problem::not_found())
    }
}

/// A whole number, also as a form's text.
pub fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    maybe_number(deserializer)?.ok_or_else(|| D::Error::custom("a number is missing"))
}

/// A whole number or an empty field. Wants `#[serde(default)]` beside it.
pub fn maybe_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::Number(number) => {
            number.as_i64().map(Some).ok_or_else(|| D::Error::custom("not a whole number"))
        }
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => match whole(&text) {
            Some(number) => Ok(Some(number)),
            None => Err(D::Error::custom(format_args!("{NO_NUMBER}{}", text.trim()))),
        },
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            Err(D::Error::custom("not a number"))
        }
    }
}

/// A text; an empty one is `None`. Wants `#[serde(default)]` beside it.
pub fn maybe_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// A text that was given: an empty one, or JSON's `null`, clears; one that is absent is `None`. Wants
/// `#[serde(default)]` beside it.
pub fn given_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    maybe_text(deserializer).map(|text| Some(text.unwrap_or_default()))
}

/// A number that was given, was cleared, or is absent. Wants `#[serde(default)]` beside it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum GivenNumber {
    /// Not mentioned.
    #[default]
    Absent,
    /// Empty, or JSON's `null`.
    Cleared,
    /// This.
    Is(i64),
}

impl GivenNumber {
    /// What comes of it where `now` stands at present.
    pub fn over(self, now: Option<i64>) -> Option<i64> {
        match self {
            Self::Absent => now,
            Self::Cleared => None,
            Self::Is(number) => Some(number),
        }
    }
}

impl<'de> serde::Deserialize<'de> for GivenNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(maybe_number(deserializer)?.map_or(Self::Cleared, Self::Is))
    }
}

/// A tick: JSON's `true`, or a form's `on`, `true`, `1`. Wants `#[serde(default)]` beside it.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Bool(set) => Ok(set),
        Value::Null => Ok(false),
        Value::String(text) => Ok(matches!(text.as_str(), "on" | "true" | "1")),
        Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(D::Error::custom("not a yes or no"))
        }
    }
}

/// A list; a form sends one box as one text. Wants `#[serde(default)]` beside it.
pub fn list<'de, D, C, T>(deserializer: D) -> Result<C, D::Error>
where
    D: Deserializer<'de>,
    C: FromIterator<T>,
    T: DeserializeOwned,
{
    let items = match Value::deserialize(deserializer)? {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        Value::String(text) if text.is_empty() => Vec::new(),
        one @ (Value::String(_) | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => {
            vec![one]
        }
    };
    let read = |item| serde_json::from_value(item).map_err(<D::Error as de::Error>::custom);
    items.into_iter().map(read).collect()
}

/// Whole numbers; a form sends several in one field as `12,13`. Wants `#[serde(default)]` beside it.
pub fn numbers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i64>, D::Error> {
    let several: Vec<Value> = list(deserializer)?;
    let mut found = Vec::with_capacity(several.len());
    for one in several {
        let parts: Vec<Value> = match one.as_str() {
            Some(text) => text.split(',').map(|part| Value::from(part.trim())).collect(),
            None => vec![one],
        };
        for part in parts {
            found.extend(maybe_number(part).map_err(D::Error::custom)?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Role, Roles};

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Edit {
        #[serde(deserialize_with = "number")]
        version: i64,
        #[serde(default, deserialize_with = "maybe_text")]
        extension: Option<String>,
        #[serde(default, deserialize_with = "list")]
        roles: Roles,
        #[serde(default, deserialize_with = "flag")]
        loud: bool,
    }

    #[test]
    fn a_form_and_json_say_the_same() {
        let pairs = [
            ("_method", "DELETE"),
            ("version", "3"),
            ("extension", " "),
            ("roles", "operator"),
            ("roles", "admin"),
            ("loud", "on"),
        ];
        let form = collected(pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec());
        let json = serde_json::json!({
            "version": 3, "extension": null, "roles": ["operator", "admin"], "loud": true
        });
        let expected = Edit {
            version: 3,
            extension: None,
            roles: [Role::Operator, Role::Admin].into_iter().collect(),
            loud: true,
        };
        assert_eq!(serde_json::from_value::<Edit>(form).unwrap(), expected);
        assert_eq!(serde_json::from_value::<Edit>(json).unwrap(), expected);
    }

    #[test]
    fn a_number_may_have_wide_digits_and_what_is_none_is_said_back() {
        let read = |text: &str| {
            serde_json::from_value::<Edit>(serde_json::json!({ "version": text }))
                .map(|e| e.version)
        };
        assert_eq!(read(" １５ ").unwrap(), 15);
        assert_eq!(read("－3").unwrap(), -3);
        let l = crate::words::of(crate::kernel::Language::En);
        let said = |text: &str| unread(&read(text).unwrap_err().to_string()).detail(&l);
        assert!(said("15分").contains("“15分”"), "{}", said("15分"));
        assert!(said(&"x".repeat(500)).len() < 200);
        let missing = unread("a number is missing").detail(&l);
        assert_eq!(missing, Problem::syntax().detail(&l));
    }

    #[test]
    fn one_box_is_a_list_of_one() {
        let form = collected(vec![
            ("version".to_owned(), "1".to_owned()),
            ("roles".to_owned(), "head".to_owned()),
        ]);
        let edit: Edit = serde_json::from_value(form).unwrap();
        assert_eq!(edit.roles, [Role::Head].into_iter().collect());
    }
}
