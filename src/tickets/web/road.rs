//! What an engineer's telephone tells, perhaps later: done where it is legal, kept as a note where it is not any
//! more, and then it says why.

use axum::extract::State as Given;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::desk::{Doing, Done, Trouble};
use super::super::order::{self, Verb};
use super::super::store::orders;
use super::acts::Acted;
use super::changed::twice;
use super::jobs::engineer;
use super::{Panel, say};
use crate::kernel::{Moment, StaffId};
use crate::web::{Input, Problem, Reader, Want, maybe_number};

/// An act as a telephone tells it, perhaps later.
#[derive(Debug, Deserialize)]
pub(super) struct Told {
    /// Its number: told twice, done once.
    op_id: String,
    no: String,
    verb: String,
    /// When it was done, by the telephone's clock.
    at: Moment,
    #[serde(default)]
    details: Option<Acted>,
    /// Whose it is.
    #[serde(default, deserialize_with = "maybe_number")]
    by: Option<i64>,
}

/// What is told later is told by who did it: a telephone on which somebody else has signed in meanwhile keeps it.
pub(super) fn own(reader: &Reader, by: Option<i64>) -> Result<(), Problem> {
    let others = by.is_some_and(|by| reader.staff() != Some(StaffId(by)));
    if others { Err(Problem::unauthorized()) } else { Ok(()) }
}

/// What became of it.
#[derive(Debug, Serialize)]
struct Answer {
    op_id: String,
    applied: bool,
    /// Not applied because a colleague has done it already: nothing was lost.
    already: bool,
    state: order::State,
    said: Option<String>,
}

pub(super) async fn act(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    Input(told): Input<Told>,
) -> Result<Response, Problem> {
    engineer(&reader)?;
    own(&reader, told.by)?;
    let verb: Verb = told.verb.parse().map_err(|_| Problem::syntax())?;
    if !(verb.is_engineers() || verb == Verb::Undo)
        || told.op_id.is_empty()
        || told.op_id.len() > 100
    {
        return Err(Problem::syntax());
    }
    if verb == Verb::Undo {
        let act = (told.op_id.as_str(), told.at);
        let done = panel.desk.undo_own(want.stamp(), &told.no, act).await?;
        return answer(&want, told.op_id, verb, &done).await;
    }
    let doing = Doing {
        no: told.no,
        verb,
        details: told.details.unwrap_or_default().details(),
        at: told.at,
        op_id: Some(told.op_id.clone()),
        late: true,
        for_others: false,
    };
    let done = match panel.desk.do_order(want.stamp(), doing.clone()).await {
        // somebody wrote in the same moment: what this is worth is decided against what is there now
        Err(Trouble::Stale) => panel.desk.do_order(want.stamp(), doing).await?,
        done => done?,
    };
    answer(&want, told.op_id, verb, &done).await
}

/// Who took an order back, and why.
async fn taken_back(want: &Want, order: &order::Order) -> Result<Option<orders::Event>, Problem> {
    if order.state != order::State::Recalled {
        return Ok(None);
    }
    let mut all = orders::events(&want.kit.db, order.id).await?.into_iter();
    Ok(all.rfind(|one| one.applied && one.verb == Verb::Recall))
}

/// Why an act was not applied, for whoever pressed it.
fn why(want: &Want, verb: Verb, done: &Done, back: Option<&orders::Event>) -> String {
    let l = &want.messages();
    let no = done.order.no.as_str();
    let over = |state| match back {
        Some(back) => {
            let by = if back.name.is_empty() {
                l.tickets_house().to_string()
            } else {
                back.name.clone()
            };
            let closed = want.reader.as_ref().map(|reader| reader.closed.text(&back.text));
            let why = closed.unwrap_or_default();
            l.tickets_not_applied_recalled(no, by, why, say::verb(l, verb)).to_string()
        }
        None => {
            l.tickets_not_applied(no, say::order_state(l, state), say::verb(l, verb)).to_string()
        }
    };
    let said = match done.why {
        Some(order::Refusal::NoSuchMove(state)) => over(state),
        Some(why) => {
            let (what, why) = (say::verb(l, verb), say::order_refusal(l, why));
            l.tickets_not_applied_why(no, what, why).to_string()
        }
        None if verb == Verb::Undo => over(done.order.state),
        None => l.tickets_not_applied_yours(no, say::verb(l, verb)).to_string(),
    };
    if verb == Verb::Sign { format!("{said} {}", l.tickets_not_applied_sign()) } else { said }
}

async fn answer(want: &Want, op_id: String, verb: Verb, done: &Done) -> Result<Response, Problem> {
    let late = matches!(done.why, Some(order::Refusal::NoSuchMove(_)));
    let first = if late { twice(want, &done.order, verb).await? } else { None };
    let already = first.is_some() && !done.applied && !done.noted;
    let said = match first {
        _ if done.applied => None,
        Some(first) if done.noted && verb == Verb::Sign => {
            Some(format!("{first} {}", want.messages().tickets_not_applied_sign()))
        }
        Some(first) if done.noted => {
            Some(format!("{first} {}", want.messages().tickets_twice_noted()))
        }
        Some(first) => Some(first),
        None => {
            let back = taken_back(want, &done.order).await?;
            Some(why(want, verb, done, back.as_ref()))
        }
    };
    let answer = Answer { op_id, applied: done.applied, already, state: done.order.state, said };
    want.json_with(axum::http::StatusCode::OK, &answer)
}
