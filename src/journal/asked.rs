//! What the journal is asked for: the filters of its page and table.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::picked::Picked;
use super::store::Filter as Which;
use super::web::READERS;
use crate::kernel::{BusinessDay, StaffId};
use crate::web::{OnDuty, Problem, from_cursor, maybe_text};

/// The filters as the address carries them. An empty field asks nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(deserialize_with = "maybe_text")]
    subject: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    kind: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    change: Option<String>,
    /// Kind and change as the list on the page sends them: `call/answered`. It goes before both.
    #[serde(deserialize_with = "maybe_text")]
    what: Option<String>,
    /// A person's number, or `house`.
    #[serde(deserialize_with = "maybe_text")]
    pub(super) person: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    from: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    to: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    after: Option<String>,
}

impl Asked {
    /// What was picked from the list, as the kind and the change that it is.
    pub(super) fn settled(self) -> Self {
        let Some(what) = &self.what else { return self };
        let picked = Picked::read(what);
        let given = |word: &str| Some(word.to_owned()).filter(|word| !word.is_empty());
        Self { kind: given(picked.kind), change: given(picked.change), what: None, ..self }
    }

    pub(super) fn picked(&self) -> Picked<'_> {
        Picked { kind: self.kind(), change: self.change() }
    }

    /// Where the page before ended.
    pub(super) fn before(&self) -> Result<Option<i64>, Problem> {
        self.after.as_deref().map(from_cursor::<i64>).transpose()
    }

    pub(super) fn filter(&self, reader: &OnDuty, day: &BusinessDay) -> Result<Which, Problem> {
        let mut wrong = Problem::syntax();
        let mut instant = |name, text: &Option<String>, end| {
            let read = text.as_deref().map(|text| day.named(text, end));
            if read == Some(None) {
                wrong = wrong.clone().field(name, |l| l.journal_wrong_day().to_string());
            }
            read.flatten()
        };
        let (from, to) = (instant("from", &self.from, false), instant("to", &self.to, true));
        let own = !reader.roles.has_any(READERS);
        // who reads what they did themselves asks for nobody else
        let person = self.person.as_deref().filter(|_| !own);
        let by_house = person == Some("house");
        let by = person.filter(|_| !by_house);
        let by = by.map(|text| text.parse::<StaffId>().ok());
        if by == Some(None) {
            wrong = wrong.field("person", |l| l.journal_wrong_person().to_string());
        }
        if wrong.has_fields() {
            return Err(wrong);
        }
        Ok(Which {
            subject: self.subject.clone(),
            kind: self.kind.clone(),
            change: self.change.clone(),
            by: if own { Some(reader.staff().unwrap_or(StaffId(0))) } else { by.flatten() },
            by_house,
            from,
            to,
            before: None,
        })
    }

    pub(super) fn subject(&self) -> &str {
        self.subject.as_deref().unwrap_or_default()
    }

    pub(super) fn kind(&self) -> &str {
        self.kind.as_deref().unwrap_or_default()
    }

    pub(super) fn change(&self) -> &str {
        self.change.as_deref().unwrap_or_default()
    }

    pub(super) fn day_from(&self) -> &str {
        self.from.as_deref().unwrap_or_default()
    }

    pub(super) fn day_to(&self) -> &str {
        self.to.as_deref().unwrap_or_default()
    }

    /// The same filters in another address.
    pub(super) fn query(&self, after: Option<&str>) -> String {
        let fields = [
            ("subject", self.subject()),
            ("kind", self.kind()),
            ("change", self.change()),
            ("person", self.person.as_deref().unwrap_or_default()),
            ("from", self.day_from()),
            ("to", self.day_to()),
            ("after", after.unwrap_or_default()),
        ];
        let spelt = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let spelt = spelt.map(|(name, value)| {
            format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
        });
        spelt.collect::<Vec<_>>().join("&")
    }
}
