//! A text as somebody writes it: what is checked before it is kept.

use serde::Deserialize;

use super::super::politeness::look;
use super::super::store::{self, Draft, Use};
use super::{Lines, NAME_MOST, refused_words};
use crate::kernel::Language;
use crate::web::{Problem, Want, maybe_text};

/// The longest text, in characters.
const BODY_MOST: usize = 1_000;

/// A text as a form or a program sends it.
#[derive(Deserialize)]
pub(super) struct Written {
    #[serde(rename = "use")]
    pub(super) case: String,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) line: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) language: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) title: Option<String>,
    pub(super) body: String,
}

/// A text without what no sentence has.
pub(super) fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let kept = text.chars().filter(|c| *c == '\n' || !c.is_control());
    kept.collect::<String>().trim().to_owned()
}

/// Checks the words themselves: there, not too long, nothing forbidden.
pub(super) async fn checked(want: &Want, body: &str) -> Result<String, Problem> {
    let body = clean(body);
    let wrong = Problem::rules();
    if body.is_empty() {
        return Err(wrong.field("body", |l| l.scripts_wrong_empty().to_string()));
    }
    if body.chars().count() > BODY_MOST {
        return Err(wrong.field("body", |l| l.scripts_wrong_long(BODY_MOST).to_string()));
    }
    let manner = look(&body, &store::forbidden(&want.kit.db).await?);
    if manner.forbidden.is_empty() {
        return Ok(body);
    }
    Err(wrong.field("body", move |l| refused_words(l, &manner).unwrap_or_default()))
}

impl Written {
    pub(super) async fn draft(&self, want: &Want, lines: &Lines) -> Result<Draft, Problem> {
        let mut wrong = Problem::rules();
        let case = Use::from_word(&self.case);
        if case.is_none() {
            let words = Use::ALL.map(Use::word).join(", ");
            wrong = wrong.field("use", move |l| l.scripts_wrong_word(words.as_str()).to_string());
        }
        let line = self.line.clone().unwrap_or_default();
        if !line.is_empty() && !lines.0.iter().any(|(number, _)| *number == line) {
            wrong = wrong.field("line", |l| l.scripts_wrong_line().to_string());
        }
        let language = self.language.as_deref().map_or(Some(want.language), Language::from_tag);
        if language.is_none() {
            wrong = wrong.field("language", |l| l.scripts_wrong_word("zh-CN, en").to_string());
        }
        let title = clean(self.title.as_deref().unwrap_or_default());
        let needs_title = case == Some(Use::Canned);
        if (needs_title && title.is_empty()) || title.chars().count() > NAME_MOST {
            wrong = wrong.field("title", |l| l.scripts_wrong_title(NAME_MOST).to_string());
        }
        let body = match checked(want, &self.body).await {
            Ok(body) => body,
            Err(problem) if problem.status == wrong.status => {
                let said = problem.fields(&want.messages()).remove("body").unwrap_or_default();
                wrong = wrong.field("body", move |_| said.clone());
                String::new()
            }
            Err(problem) => return Err(problem),
        };
        match (case, language) {
            (Some(case), Some(language)) if !wrong.has_fields() => Ok(Draft {
                case,
                line,
                language,
                title: if needs_title { title } else { String::new() },
                body,
            }),
            _ => Err(wrong),
        }
    }
}
