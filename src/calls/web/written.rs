//! The record of a call as a form: four parts in speaking order, the sentence to read back, a tick
//! beside each; and the draft of it that outlives the browser.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde::Deserialize;

use super::super::call::Call;
use super::super::complaint;
use super::super::desk::After;
use super::super::particulars::{CallRecord, Kind, Part, Particulars, TooLong, Urgency};
use super::super::store::{self, Draft};
use super::{Panel, answered, finish, person, say, sight};
use crate::db;
use crate::kernel::{CallId, HIDDEN};
use crate::web::{
    At, Input, OnDuty, Problem, Reader, Want, flag, grouped_in, maybe_text, number, unended,
};
use crate::words::Messages;

/// One choice of a row of choices.
pub(super) struct Choice {
    pub(super) word: &'static str,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// One of the four parts.
pub(super) struct PartView {
    pub(super) word: &'static str,
    pub(super) label: String,
    pub(super) hint: String,
    pub(super) text: String,
    /// As it is said: numbers in their groups.
    pub(super) aloud: String,
    pub(super) read: bool,
    /// More than one line.
    pub(super) long: bool,
    /// Its key: Alt and this.
    pub(super) key: usize,
}

/// The form.
pub(super) struct RecordForm {
    pub(super) id: i64,
    pub(super) version: i64,
    pub(super) kinds: Vec<Choice>,
    pub(super) urgencies: Vec<Choice>,
    pub(super) parts: Vec<PartView>,
    pub(super) purpose: String,
    pub(super) need: String,
    /// Whether anything stands to be read.
    pub(super) nothing: bool,
    /// How many parts were read, in words: 已复述 3/4.
    pub(super) count: String,
    pub(super) saved: String,
    /// The reader's own draft, as the script keeps it.
    pub(super) draft: Option<String>,
}

impl RecordForm {
    /// The form of a call for its reader; `who` is proposed while nothing is written.
    pub(super) async fn of(want: &Want, reader: &OnDuty, call: &Call) -> db::Result<Self> {
        let draft = match reader.staff() {
            Some(staff) => store::draft(&want.kit.db, call.id, staff).await?,
            None => None,
        };
        Ok(Self::filled(&want.messages(), want, call, draft))
    }

    fn filled(l: &Messages, want: &Want, call: &Call, draft: Option<Draft>) -> Self {
        let record = call.record.as_ref();
        let text = |part| match record {
            Some(record) => record.part(part).to_owned(),
            None if part == Part::Who => proposed(l, call),
            None => String::new(),
        };
        let read = |part| record.is_some_and(|record| record.read.contains(&part));
        let view = |(key, &part): (usize, &Part)| PartView {
            word: part.word(),
            label: part_name(l, part),
            hint: part_hint(l, part),
            aloud: grouped_in(unended(&text(part))),
            text: text(part),
            read: read(part),
            long: part == Part::What,
            key,
        };
        let parts: Vec<PartView> = (1..).zip(Part::ALL).map(view).collect();
        let written = parts.iter().filter(|part| !part.text.is_empty()).count();
        let done = parts.iter().filter(|part| part.read).count();
        let chosen = record.map_or(Urgency::Normal, |record| record.urgency);
        let kind = record.and_then(|record| record.kind);
        Self {
            id: call.id.0,
            version: record.map_or(0, |record| record.version),
            kinds: Kind::ALL
                .iter()
                .map(|&one| Choice {
                    word: one.word(),
                    label: say::kind(l, one),
                    chosen: kind == Some(one),
                })
                .collect(),
            urgencies: Urgency::ALL
                .iter()
                .map(|&one| Choice {
                    word: one.word(),
                    label: say::urgency(l, one),
                    chosen: chosen == one,
                })
                .collect(),
            purpose: record.map(|record| record.purpose.clone()).unwrap_or_default(),
            need: record.map(|record| record.need.clone()).unwrap_or_default(),
            nothing: written == 0,
            count: l.calls_record_read(done, written.max(1)).to_string(),
            saved: record.map(|record| saved(l, want, record)).unwrap_or_default(),
            draft: draft.map(|draft| draft.fields),
            parts,
        }
    }
}

/// Who is proposed before anything is written: name and number, as far as the reader may see them.
fn proposed(l: &Messages, call: &Call) -> String {
    let caller = &call.caller;
    if caller.withheld || caller.masked {
        return String::new();
    }
    let number = say::number(call);
    let who = say::who(l, call);
    match number {
        Some(number) if number != who => format!("{who} {number}"),
        Some(number) => number,
        None => String::new(),
    }
}

fn saved(l: &Messages, want: &Want, record: &CallRecord) -> String {
    let at = want.spelling().moment(record.written_at);
    let name = record.written_by.as_ref().map(|by| by.name.clone());
    let name = name.unwrap_or_else(|| l.calls_event_someone().to_string());
    l.calls_record_saved_by(name, at).to_string()
}

pub(super) fn part_name(l: &Messages, part: Part) -> String {
    match part {
        Part::Who => l.calls_record_who(),
        Part::When => l.calls_record_when(),
        Part::Where => l.calls_record_where(),
        Part::What => l.calls_record_what(),
    }
    .to_string()
}

fn part_hint(l: &Messages, part: Part) -> String {
    match part {
        Part::Who => l.calls_record_ask_who(),
        Part::When => l.calls_record_ask_when(),
        Part::Where => l.calls_record_ask_where(),
        Part::What => l.calls_record_ask_what(),
    }
    .to_string()
}

/// A record as a form or a program sends it.
#[derive(Deserialize)]
pub(super) struct Written {
    #[serde(deserialize_with = "number")]
    version: i64,
    #[serde(default, deserialize_with = "maybe_text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    urgency: Option<String>,
    #[serde(default)]
    who: String,
    #[serde(default)]
    when: String,
    #[serde(default, rename = "where")]
    place: String,
    #[serde(default)]
    what: String,
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    need: String,
    read_who: Option<String>,
    read_when: Option<String>,
    read_where: Option<String>,
    read_what: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    wrap_up: bool,
    /// It is put away once what the record asks for is made.
    #[serde(default, deserialize_with = "flag")]
    finish: bool,
}

impl Written {
    fn particulars(self) -> Result<Particulars, Problem> {
        let mut wrong = Problem::rules();
        let kind = self.kind.as_deref().map(Kind::from_word);
        if kind == Some(None) {
            let words = Kind::ALL.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(", ");
            wrong =
                wrong.field("kind", move |l| l.calls_filter_wrong_word(words.as_str()).to_string());
        }
        let urgency = self.urgency.as_deref().map(Urgency::from_word);
        if urgency == Some(None) {
            let words = Urgency::ALL.iter().map(|one| one.word()).collect::<Vec<_>>().join(", ");
            wrong = wrong
                .field("urgency", move |l| l.calls_filter_wrong_word(words.as_str()).to_string());
        }
        if wrong.has_fields() {
            return Err(wrong);
        }
        Ok(Particulars {
            kind: kind.flatten(),
            urgency: urgency.flatten(),
            parts: [self.who, self.when, self.place, self.what],
            said: [self.read_who, self.read_when, self.read_where, self.read_what],
            purpose: self.purpose,
            need: self.need,
        })
    }
}

/// `POST /calls/{id}/record`
pub(super) async fn write_record(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<CallId>,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    sight::may_write(&reader)?;
    let (version, wrap_up, finishes) = (written.version, written.wrap_up, written.finish);
    let mut particulars = written.particulars()?;
    let lines = [&particulars.purpose, &particulars.need];
    let hides = lines.into_iter().chain(&particulars.parts).any(|text| text.contains(HIDDEN));
    if hides && let Some(before) = store::call(&want.kit.db, id).await?.record {
        keep(&mut particulars, &before, &reader)?;
    }
    let (after, place) = if finishes {
        finish::finish(&panel, &want, id, &particulars).await?
    } else {
        (if wrap_up { After::PutAway } else { After::KeepOpen }, None)
    };
    let done = panel.desk.save_record(want.stamp(), id, version, particulars, after).await;
    let place = match after {
        After::Complaint if done.is_ok() => {
            complaint::of(&want.kit.db, id).await?.map(|owed| format!("/follow-ups/{owed}"))
        }
        After::Complaint | After::PutAway | After::KeepOpen => place,
    };
    let usual = || if wrap_up || finishes { "/console".to_owned() } else { format!("/calls/{id}") };
    let mut response = answered(&want, &reader, &place.clone().unwrap_or_else(usual), done)?;
    // a script that saved goes on there itself
    if let Some(Ok(place)) = place.map(HeaderValue::try_from) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// Puts back what the writer was not shown of the record and left in its place; 422 where it is not
/// known what stood there.
fn keep(written: &mut Particulars, before: &CallRecord, reader: &OnDuty) -> Result<(), Problem> {
    let mut wrong = Problem::rules();
    let texts = written.parts.iter_mut().zip(&mut written.said);
    for (part, (text, said)) in Part::ALL.iter().zip(texts) {
        let before = before.part(*part);
        if !reader.put_back(text, before) {
            wrong = wrong.field(part.word(), |l| l.calls_wrong_hidden().to_string());
        }
        // what was read aloud otherwise than it stands is not ticked
        if let Some(said) = said {
            let _ticked = reader.put_back(said, before);
        }
    }
    for (field, text, before) in [
        ("purpose", &mut written.purpose, &before.purpose),
        ("need", &mut written.need, &before.need),
    ] {
        if !reader.put_back(text, before) {
            wrong = wrong.field(field, |l| l.calls_wrong_hidden().to_string());
        }
    }
    if wrong.has_fields() { Err(wrong) } else { Ok(()) }
}

/// The longest draft, in bytes: a form of the longest texts.
const DRAFT_MOST: usize = 64 * 1024;

/// What is being written, as the script keeps it.
#[derive(Deserialize)]
pub(super) struct Kept {
    fields: String,
}

/// `POST /calls/{id}/draft`
pub(super) async fn keep_draft(
    want: Want,
    reader: Reader,
    At(id): At<CallId>,
    Input(kept): Input<Kept>,
) -> Result<Response, Problem> {
    let by = person(&reader)?;
    let readable = serde_json::from_str::<serde_json::Value>(&kept.fields);
    if kept.fields.len() > DRAFT_MOST || !readable.is_ok_and(|value| value.is_object()) {
        return Err(Problem::syntax());
    }
    // of a call that is not there nothing is kept
    store::call(&want.kit.db, id).await?;
    store::keep_draft(&want.kit.db, want.stamp(), id, by, Some(kept.fields.replace('\0', "")))
        .await?;
    want.done("/console", &serde_json::json!({}))
}

/// `DELETE /calls/{id}/draft`
pub(super) async fn forget_draft(
    want: Want,
    reader: Reader,
    At(id): At<CallId>,
) -> Result<Response, Problem> {
    let by = person(&reader)?;
    store::keep_draft(&want.kit.db, want.stamp(), id, by, None).await?;
    want.done("/console", &serde_json::json!({}))
}

/// What is wrong with the fields of a record that are too long.
pub(super) fn too_long(wrong: Vec<TooLong>) -> Problem {
    let say = |problem: Problem, long: TooLong| {
        problem.field(long.0, move |l| l.calls_record_too_long(long.1).to_string())
    };
    wrong.into_iter().fold(Problem::rules(), say)
}
