//! What came with a form that is shown again where it is refused, with what was typed.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use serde::Deserialize as _;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde_json::Value;

use super::Problem;
use super::input::{SAID_BACK, body, read, whole};
use crate::words::Messages;

/// A body whose page is shown again where it is refused: what was read of it, and what was typed.
#[derive(Debug)]
pub struct Typed<T> {
    /// What was read, or why it cannot be.
    pub read: Result<T, Problem>,
    /// The fields as they were typed.
    pub texts: Texts,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Typed<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let value = body(request, state).await?;
        let texts = Texts::of(&value);
        Ok(Self { read: read(value), texts })
    }
}

impl<T> Typed<T> {
    /// The same, with a sentence at each of these fields that has a word where a whole number is wanted.
    #[must_use]
    pub fn with_numbers(self, names: &[&'static str]) -> Self {
        let Self { read, texts } = self;
        let read = read.map_err(|mut problem| {
            for &name in names {
                if whole_number(name, texts.get(name)).is_err() {
                    problem = no_number(problem, name, texts.get(name));
                }
            }
            problem
        });
        Self { read, texts }
    }
}

/// A whole number that stands in a field as it was typed; nothing where nothing was. A word is 422.
pub fn whole_number(field: &'static str, typed: &str) -> Result<Option<i64>, Problem> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    whole(typed).map(Some).ok_or_else(|| no_number(Problem::rules(), field, typed))
}

fn no_number(problem: Problem, field: &'static str, typed: &str) -> Problem {
    let written: String = typed.trim().chars().take(SAID_BACK).collect();
    problem.field(field, move |l: &Messages| l.problem_no_number(written.as_str()).to_string())
}

/// A number that is shown again as it was typed: [`whole_number`] reads it. Wants `#[serde(default)]` beside it.
pub fn typed_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(String::new()),
        Value::Number(number) => Ok(number.to_string()),
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            Err(D::Error::custom("not a number"))
        }
    }
}

/// The texts of a form's fields.
#[derive(Debug, Clone, Default)]
pub struct Texts(BTreeMap<String, String>);

impl Texts {
    fn of(value: &Value) -> Self {
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        let fields = value.as_object().into_iter().flatten();
        Self(fields.filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect())
    }

    /// What was typed into a field; nothing where it was not there.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether the form has such a field.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Table {
        #[serde(default, deserialize_with = "super::super::maybe_number")]
        party: Option<i64>,
    }

    fn typed(value: Value) -> Typed<Table> {
        let texts = Texts::of(&value);
        Typed { read: read(value), texts }.with_numbers(&["party"])
    }

    #[test]
    fn a_word_for_a_number_is_said_at_its_field_and_kept() {
        let l = crate::words::of(crate::kernel::Language::En);
        let form = typed(serde_json::json!({ "name": "six", "party": "six", "note": ["a"] }));
        let fields = form.read.unwrap_err().fields(&l);
        assert_eq!(fields.keys().collect::<Vec<_>>(), [&"party"], "the name may be any word");
        assert!(fields["party"].contains("“six”"), "{fields:?}");
        assert_eq!((form.texts.get("party"), form.texts.get("phone")), ("six", ""));
        assert!(form.texts.has("name") && !form.texts.has("note"));
        // a program's number is no text, and stands in a field all the same
        let program = typed(serde_json::json!({ "party": 6 }));
        assert_eq!(program.read.unwrap().party, Some(6));
        assert_eq!(program.texts.get("party"), "6");
        assert_eq!(typed(serde_json::json!({ "party": "６" })).read.unwrap().party, Some(6));
        assert_eq!(whole_number("party", " ６ ").unwrap(), Some(6));
        assert_eq!(whole_number("party", " ").unwrap(), None);
        assert!(whole_number("party", "1.5").unwrap_err().has_fields());
    }
}
