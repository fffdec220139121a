//! The calls we make: what each was for, and those nobody said the purpose of (operations.md clause 1.2).

use askama::Template;
use axum::response::Response;
use chrono::Datelike as _;
use serde::{Deserialize, Serialize};

use super::super::outgoing::{OutgoingCall, OutgoingState};
use super::super::store::{self, Dialled, Judgement, NewPlan, Plan, PlanWords};
use super::{person, sight};
use crate::contacts;
use crate::db;
use crate::kernel::{Moment, OutgoingId, Phone, StaffId, masked};
use crate::web::{
    At, Filter, Frame, Input, OnDuty, Place, Problem, Reader, Want, from_cursor, maybe_text,
    page_size, to_cursor,
};
use crate::words::minutes;

/// So many days are looked back: as long as a call without a purpose is of use.
const DAYS: i64 = 90;
/// So many calls are on a page.
const PAGE: usize = 100;
/// So many at most.
const PAGE_MOST: usize = 500;
/// A talk longer than this without a purpose is marked, in milliseconds: ten minutes.
pub(super) const LONG_MS: i64 = 10 * 60 * 1000;
/// So many untied calls to one number are marked, within so many days.
const REPEATED: i64 = 3;
const REPEATED_DAYS: i64 = 31;
/// The longest purpose, in characters.
const PURPOSE_MOST: usize = 120;

/// An outgoing call with what it was for.
#[derive(Serialize)]
pub(super) struct Made {
    #[serde(flatten)]
    call: OutgoingCall,
    /// Who was called, where the number has a card.
    contact: Option<String>,
    plan: Option<Plan>,
    judgement: Option<Judgement>,
    /// It went to somebody who had been missed and was owed a call.
    call_back: bool,
    /// `long`, `repeated`, `not_summed_up`.
    flags: Vec<&'static str>,
}

impl Made {
    /// Nobody said what for, nobody has judged it, and no debt says it.
    fn is_untied(&self) -> bool {
        self.plan.is_none() && self.judgement.is_none() && !self.call_back
    }

    fn talked_ms(&self) -> i64 {
        let talk = self.call.answered_at.zip(self.call.ended_at);
        talk.map_or(0, |(from, to)| to.millis_since(from))
    }
}

/// A line of the page.
#[expect(clippy::struct_excessive_bools, reason = "each shows or hides one thing")]
struct Line {
    id: i64,
    who: String,
    number: String,
    dial: Option<String>,
    when: String,
    at: String,
    by: String,
    talked: String,
    answered: bool,
    live: bool,
    purpose: String,
    plan: Option<i64>,
    verdict: Option<(String, &'static str)>,
    flags: Vec<String>,
    untied: bool,
    mine: bool,
}

#[derive(Template, Serialize)]
#[template(path = "outgoing/list.html")]
pub(super) struct Page {
    #[serde(skip)]
    frame: Frame,
    items: Vec<Made>,
    next: Option<String>,
    /// How many calls of each person this month were judged private.
    private: Vec<(String, i64)>,
    #[serde(skip)]
    lines: Vec<Line>,
    #[serde(skip)]
    untied_only: bool,
    #[serde(skip)]
    judge: bool,
    #[serde(skip)]
    untied: i64,
}

/// `?state=untied`, and paging
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "maybe_text")]
    state: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    limit: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    after: Option<String>,
}

/// Whose calls a reader may see: their own, or everyone's.
fn whose(reader: &OnDuty) -> Option<StaffId> {
    // a program that is nobody's has made no calls
    let own = || reader.staff().unwrap_or(StaffId(0));
    (!reader.roles.has_any(sight::JUDGES)).then(own)
}

fn days_ago(want: &Want, days: i64) -> Moment {
    want.now.plus_millis(-days * 24 * 60 * 60 * 1000)
}

/// Calls with what they were for, as this reader may see them.
async fn made(want: &Want, reader: &OnDuty, calls: Vec<OutgoingCall>) -> db::Result<Vec<Made>> {
    let db = &want.kit.db;
    let closed = reader.closed.clone();
    let (mut plans, mut judged) = store::purposes(db, &calls).await?;
    let numbers: Vec<&str> = calls.iter().filter_map(|call| call.number.as_deref()).collect();
    let names = contacts::store::by_numbers(db, &numbers).await?;
    let name = |number: &str| names.get(number).map(|card| card.name.clone());
    let owed = store::owed(db, &calls).await?;
    let mut made: Vec<Made> = Vec::with_capacity(calls.len());
    for call in calls {
        let contact = call.number.as_deref().and_then(name);
        let plan = plans.remove(&call.id).map(|plan| sight::plan(plan, reader, &closed));
        let (judgement, call_back) = (judged.remove(&call.id), owed.contains(&call.id));
        made.push(Made { call, contact, plan, judgement, call_back, flags: Vec::new() });
    }
    let strangers = made.iter().filter(|one| one.is_untied() && one.contact.is_none());
    let strangers = strangers.map(|one| one.call.dialled.as_str()).collect();
    let since = days_ago(want, REPEATED_DAYS);
    let often = store::dialled_often(db, &strangers, since, whose(reader)).await?;
    for one in &mut made {
        if one.is_untied() && one.talked_ms() >= LONG_MS {
            one.flags.push("long");
        }
        if one.is_untied() && often.get(&one.call.dialled).is_some_and(|n| *n >= REPEATED) {
            one.flags.push("repeated");
        }
        let unsaid = |plan: &Plan| !plan.summary.is_empty() && !plan.summed_up;
        if one.call.state == OutgoingState::Ended && one.plan.as_ref().is_some_and(unsaid) {
            one.flags.push("not_summed_up");
        }
        if let Some(name) = sight::close_made(&mut one.call, &closed) {
            one.contact.get_or_insert(name);
        }
        if !reader.sees_numbers() {
            one.call.number = one.call.number.as_deref().map(masked);
            one.call.dialled = masked(&one.call.dialled);
        }
    }
    Ok(made)
}

/// `GET /calls/outgoing`
pub(super) async fn list(
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    sight::may_read(&reader)?;
    let untied_only = match asked.state.as_deref() {
        None => false,
        Some("untied") => true,
        Some(_) => {
            let wrong =
                |l: &crate::words::Messages| l.calls_filter_wrong_word("untied").to_string();
            return Err(Problem::syntax().field("state", wrong));
        }
    };
    let limit = page_size(asked.limit.as_deref(), PAGE, PAGE_MOST)?;
    let after = asked.after.as_deref().map(from_cursor).transpose()?;
    let db = &want.kit.db;
    let of = Dialled { from: days_ago(&want, DAYS), staff: whose(&reader), untied: untied_only };
    let (calls, next) = store::outgoing_page(db, of, limit, after).await?;
    let untied = store::outgoing_count(db, Dialled { untied: true, ..of }).await?;
    let items = made(&want, &reader, calls).await?;
    let judge = reader.roles.has_any(sight::JUDGES);
    let private =
        if judge { store::private_calls(&want.kit.db, month(&want)).await? } else { Vec::new() };
    want.page(&Page {
        lines: items.iter().map(|one| line(&want, &reader, one)).collect(),
        frame: want.frame(Place::Calls),
        items,
        next: next.map(|place| to_cursor(&place)),
        private,
        untied_only,
        judge,
        untied,
    })
}

/// When this month began.
fn month(want: &Want) -> Moment {
    let day = &want.kit.day;
    let today = day.date(want.now);
    day.begin(today.with_day(1).unwrap_or(today))
}

fn line(want: &Want, reader: &OnDuty, one: &Made) -> Line {
    let (l, spelling) = (want.messages(), want.spelling());
    let call = &one.call;
    let phone = call.number.as_deref().and_then(Phone::read);
    let number = phone.as_ref().map_or_else(|| call.dialled.clone(), Phone::for_people);
    let planned = one.plan.as_ref().map(|plan| plan.name.clone()).filter(|name| !name.is_empty());
    let purpose = match &one.plan {
        Some(plan) => plan.purpose.clone(),
        None if one.call_back => l.calls_out_call_back().to_string(),
        None => String::new(),
    };
    let flag = |word: &&str| match *word {
        "long" => l.calls_out_long().to_string(),
        "repeated" => l.calls_out_repeated().to_string(),
        _ => l.calls_out_not_summed_up().to_string(),
    };
    let verdict = one.judgement.as_ref().map(|one| {
        let private = one.verdict == "private";
        let said = if private { l.calls_out_private() } else { l.calls_out_business() };
        (said.to_string(), if private { "t3" } else { "t1" })
    });
    let by = call.staff.as_ref().map(|one| one.name.clone());
    Line {
        id: call.id.0,
        who: one.contact.clone().or(planned).unwrap_or_else(|| number.clone()),
        dial: phone.map(|phone| phone.as_str().to_owned()),
        number,
        when: spelling.moment(call.started_at),
        at: call.started_at.to_string(),
        by: by.unwrap_or_else(|| call.extension.to_string()),
        talked: minutes(one.talked_ms()),
        answered: call.answered_at.is_some(),
        live: call.state != OutgoingState::Ended,
        purpose,
        plan: one.plan.as_ref().map(|plan| plan.id.0),
        verdict,
        flags: one.flags.iter().map(flag).collect(),
        untied: one.is_untied(),
        mine: call.staff.as_ref().map(|one| one.id) == reader.staff(),
    }
}

#[derive(Deserialize)]
pub(super) struct Purpose {
    purpose: String,
}

/// `POST /calls/outgoing/{id}/purpose`: what a call was for, said by the one who made it.
pub(super) async fn say_purpose(
    want: Want,
    reader: Reader,
    At(id): At<OutgoingId>,
    Input(said): Input<Purpose>,
) -> Result<Response, Problem> {
    let by = person(&reader)?;
    let db = &want.kit.db;
    let call = store::outgoing_call(db, id).await?;
    let mine = call.staff.as_ref().is_some_and(|one| one.id == by);
    if !mine && !reader.roles.has_any(sight::JUDGES) {
        return Err(Problem::forbidden());
    }
    let purpose = super::super::particulars::clean(&said.purpose, false);
    if purpose.is_empty() || purpose.chars().count() > PURPOSE_MOST {
        let wrong =
            |l: &crate::words::Messages| l.calls_plan_purpose_missing(PURPOSE_MOST).to_string();
        return Err(Problem::rules().field("purpose", wrong));
    }
    let new = NewPlan {
        number: call.number.unwrap_or(call.dialled),
        words: PlanWords { purpose, ..PlanWords::default() },
        of: Some(id),
        ..NewPlan::default()
    };
    let maker = call.staff.map_or(by, |one| one.id);
    store::add_plan(db, want.stamp(), maker, new).await?;
    want.done("/calls/outgoing", &one(&want, &reader, id).await?)
}

#[derive(Deserialize)]
pub(super) struct Verdict {
    verdict: String,
    #[serde(default)]
    why: String,
}

/// `POST /calls/outgoing/{id}/judgement`: 公务 or 私人.
pub(super) async fn judge(
    want: Want,
    reader: Reader,
    At(id): At<OutgoingId>,
    Input(said): Input<Verdict>,
) -> Result<Response, Problem> {
    reader.may(sight::JUDGES)?;
    let verdict = match said.verdict.as_str() {
        "business" => "business",
        "private" => "private",
        _ => {
            let words = "business, private";
            let wrong =
                move |l: &crate::words::Messages| l.calls_filter_wrong_word(words).to_string();
            return Err(Problem::rules().field("verdict", wrong));
        }
    };
    store::outgoing_call(&want.kit.db, id).await?;
    let why = super::super::particulars::clean(&said.why, false);
    let why: String = why.chars().take(PURPOSE_MOST).collect();
    store::judge(&want.kit.db, want.stamp(), id, verdict, why).await?;
    want.done("/calls/outgoing?state=untied", &one(&want, &reader, id).await?)
}

/// One call as the list shows it.
async fn one(want: &Want, reader: &OnDuty, id: OutgoingId) -> Result<Made, Problem> {
    let call = store::outgoing_call(&want.kit.db, id).await?;
    let made = made(want, reader, vec![call]).await?;
    made.into_iter().next().ok_or_else(Problem::not_found)
}
