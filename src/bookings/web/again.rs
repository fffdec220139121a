//! A form of a booking's page that was refused comes back with what was typed, and the sentence at its field.

use std::collections::BTreeMap;

use axum::response::Response;

use super::{READERS, one};
use crate::web::{OnDuty, Problem, Texts, Want};

/// What was typed into one of the page's forms, and what is wrong with it.
#[derive(Default)]
pub(super) struct Again {
    /// The form's id; empty where none was refused.
    form: &'static str,
    texts: Texts,
    errors: BTreeMap<&'static str, String>,
}

/// Nothing is wrong.
static GOOD: BTreeMap<&'static str, String> = BTreeMap::new();

impl Again {
    /// What stands in a field: what was typed, where this form was refused.
    pub(super) fn typed(&self, form: &str, name: &str, kept: &str) -> String {
        if self.form == form { self.texts.get(name).to_owned() } else { kept.to_owned() }
    }

    /// Whether a box of a refused form was ticked.
    pub(super) fn ticked(&self, form: &str, name: &str) -> bool {
        self.form == form && self.texts.has(name)
    }

    /// What is wrong in a form, by field.
    pub(super) fn errors(&self, form: &str) -> &BTreeMap<&'static str, String> {
        if self.form == form { &self.errors } else { &GOOD }
    }
}

/// What a form calls the field that the rules know under this name.
fn field(form: &str, name: &'static str) -> &'static str {
    match (form, name) {
        ("change", "when") | ("eta", "eta") => "at",
        _ => name,
    }
}

/// The page of the booking with the form as it was typed, where some of its fields are refused and a page is wanted;
/// anything else is answered as it is.
pub(super) async fn or_again(
    want: &Want,
    reader: &OnDuty,
    no: &str,
    (form, texts): (&'static str, Texts),
    done: Result<Response, Problem>,
) -> Result<Response, Problem> {
    match done {
        Err(problem) if problem.has_fields() && !want.json && reader.roles.has_any(READERS) => {
            let errors = problem.fields(&want.messages());
            let errors = errors.into_iter().map(|(name, said)| (field(form, name), said)).collect();
            let again = Again { form, texts, errors };
            want.page_with(problem.status, &one::page(want, reader, no, again).await?)
        }
        done => done,
    }
}
