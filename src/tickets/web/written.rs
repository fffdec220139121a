//! What was written of a fault: put over what is there, and checked.

use serde::Deserialize;

use super::intake::Fields;
use super::say::local;
use crate::kernel::{CallId, Moment, Phone};
use crate::tickets::store::NewTicket;
use crate::tickets::ticket::Ticket;
use crate::web::{GivenNumber, Problem, Want, flag, given_text, maybe_number, maybe_text};

/// What was written.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Written {
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) call: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) contact: Option<i64>,
    #[serde(default, deserialize_with = "given_text")]
    pub(super) caller_number: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    pub(super) caller_name: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    pub(super) company: Option<String>,
    #[serde(default)]
    pub(super) site: GivenNumber,
    #[serde(default)]
    pub(super) contract: GivenNumber,
    #[serde(default, deserialize_with = "given_text")]
    pub(super) place: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    pub(super) serial: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    pub(super) need: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    pub(super) purpose: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    pub(super) symptom: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    pub(super) category: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    pub(super) skill: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) impact: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) urgency: Option<i64>,
    #[serde(default, deserialize_with = "given_text")]
    pub(super) tried: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    pub(super) plan: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    pub(super) promised: Option<String>,
    /// An instant, for programs.
    #[serde(default)]
    pub(super) promised_at: Option<Moment>,
    /// The one who writes takes it at once.
    #[serde(default, deserialize_with = "flag")]
    pub(super) accept: bool,
    /// The call leaves its writer's console with it.
    #[serde(default, deserialize_with = "flag")]
    pub(super) done: bool,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) version: Option<i64>,
    /// What the page showed, as JSON, for who saves second.
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) base: Option<String>,
    /// The words that were read back, as [`crate::web::Aloud::words`] puts them.
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) read: Option<String>,
}

/// So many characters a field holds.
const LONGEST: usize = 4_000;

impl Written {
    /// What a new fault says.
    pub(super) fn fields(&self) -> Fields {
        self.over(Fields { impact: 2, urgency: 2, ..Fields::default() })
    }

    /// What was given, over what is there: what is absent stays (operations.md §4.14).
    pub(super) fn over(&self, now: Fields) -> Fields {
        let text = |field: &Option<String>, now: String| match field {
            Some(text) => text.replace("\r\n", "\n").chars().take(LONGEST).collect(),
            None => now,
        };
        Fields {
            call: self.call.or(now.call),
            contact: self.contact.or(now.contact),
            caller_number: text(&self.caller_number, now.caller_number),
            caller_name: text(&self.caller_name, now.caller_name),
            company: text(&self.company, now.company),
            site: self.site.over(now.site),
            contract: self.contract.over(now.contract),
            asset: None,
            place: text(&self.place, now.place),
            serial: text(&self.serial, now.serial),
            need: text(&self.need, now.need),
            purpose: text(&self.purpose, now.purpose),
            symptom: text(&self.symptom, now.symptom),
            category: text(&self.category, now.category),
            skill: text(&self.skill, now.skill),
            impact: self.impact.unwrap_or(now.impact),
            urgency: self.urgency.unwrap_or(now.urgency),
            tried: text(&self.tried, now.tried),
            plan: text(&self.plan, now.plan),
            promised: text(&self.promised, now.promised),
            read: self.read.clone(),
            proposed: None,
        }
    }

    /// Checked; the errors by field. What `stood` there may stay.
    pub(super) fn read(
        &self,
        want: &Want,
        form: &Fields,
        stood: &Stood,
    ) -> Result<NewTicket, Problem> {
        let mut problem = Problem::rules();
        if form.symptom.trim().is_empty() {
            problem = problem.field("symptom", |l| l.tickets_wrong_symptom().to_string());
        }
        if !(1..=3).contains(&form.impact) || !(1..=3).contains(&form.urgency) {
            problem = problem.field("impact", |l| l.tickets_wrong_impact().to_string());
        }
        let promised = match (self.promised_at, form.promised.as_str()) {
            (Some(at), _) => Some(at),
            (None, "") => None,
            (None, text) => {
                let at = local(want, text);
                if at.is_none() {
                    problem = problem.field("promised_at", |l| l.tickets_wrong_time().to_string());
                }
                at
            }
        };
        let is_past = |at: &Moment| *at <= want.now && !stood.promised(*at);
        if promised.as_ref().is_some_and(is_past) {
            problem = problem.field("promised_at", |l| l.tickets_wrong_past().to_string());
        }
        if form.caller_number != stood.number && !is_number(&form.caller_number) {
            problem = problem.field("caller_number", |l| l.tickets_wrong_number().to_string());
        }
        if problem.has_fields() {
            return Err(problem);
        }
        let number = Phone::read(&form.caller_number).map(|phone| phone.to_string());
        Ok(NewTicket {
            call_id: form.call.map(CallId),
            contact_id: form.contact,
            caller_number: number.unwrap_or_else(|| form.caller_number.clone()),
            caller_name: form.caller_name.clone(),
            company: form.company.clone(),
            site_id: form.site,
            contract_id: form.contract,
            asset_id: form.asset,
            place: form.place.clone(),
            serial: form.serial.clone(),
            need: form.need.clone(),
            purpose: form.purpose.clone(),
            symptom: form.symptom.trim().to_owned(),
            category: form.category.clone(),
            skill: form.skill.clone(),
            impact: form.impact,
            urgency: form.urgency,
            tried: form.tried.clone(),
            plan: form.plan.trim().to_owned(),
            promised_at: promised,
            read_back: self.fields().aloud(&want.messages()).was_read(),
        })
    }
}

/// What stood there before somebody wrote, and may stay: a promise whose time has come meanwhile, and whatever a PBX
/// showed as a number.
#[derive(Debug, Clone, Default)]
pub(super) struct Stood {
    pub(super) number: String,
    pub(super) promised: Option<Moment>,
}

impl Stood {
    pub(super) fn of(ticket: &Ticket) -> Self {
        Self { number: ticket.caller_number.clone(), promised: ticket.promised_at }
    }

    /// Whether this was promised already; a form has minutes.
    fn promised(&self, at: Moment) -> bool {
        let minute = |at: Moment| at.millis().div_euclid(60_000);
        self.promised.is_some_and(|was| minute(was) == minute(at))
    }
}

/// Whether somebody can be called by it: a number, an extension, a number with its extension, a name of a telephone
/// with a digit in it; not words.
pub(super) fn is_number(text: &str) -> bool {
    const WIDE: &str = "，；：、（）－／＋＊＃．～";
    let odd = |c: char| {
        !(c.is_alphanumeric() || c.is_whitespace() || c.is_ascii_punctuation() || WIDE.contains(c))
    };
    let text = text.trim();
    text.is_empty() || (text.contains(char::is_numeric) && !text.contains(odd))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_and_odd_numbers_are_numbers_and_words_are_none() {
        for number in [
            "",
            "801",
            "+86 138 0000 1234",
            "（025）8452－3317",
            "025-84523317转801",
            "内线 801",
            "84523317 ext. 12",
            "１３８００００１２３４",
            "*97",
            "desk-3",
        ] {
            assert!(is_number(number), "{number}");
        }
        for words in ["不是电话😀abc", "王先生", "138 0000 1234 😀", "?", "****"] {
            assert!(!is_number(words), "{words}");
        }
    }
}
