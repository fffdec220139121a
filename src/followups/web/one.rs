//! One follow-up with what was tried.

use std::collections::BTreeMap;

use askama::Template;
use serde::Serialize;

use super::super::given::{Attempt, AttemptOutcome};
use super::super::store::{self, Listed};
use super::list::{Somebody, people, roles};
use super::view::{self, View};
use crate::kernel::Role;
use crate::staff;
use crate::web::{Frame, OnDuty, Place, Problem, Subjects, Want};

/// An attempt on the page.
struct Tried {
    when: String,
    at: String,
    who: String,
    how: String,
    note: String,
}

/// How an attempt may end, for the form.
struct Choice {
    value: &'static str,
    label: String,
}

#[derive(Template, Serialize)]
#[template(path = "followups/one.html")]
pub(super) struct One {
    #[serde(skip)]
    frame: Frame,
    #[serde(flatten)]
    item: View,
    tried: Vec<Attempt>,
    #[serde(skip)]
    story: Vec<Tried>,
    #[serde(skip)]
    outcomes: Vec<Choice>,
    #[serde(skip)]
    people: Vec<Somebody>,
    #[serde(skip)]
    roles: Vec<Role>,
}

pub(super) async fn one(
    subjects: &Subjects,
    want: &Want,
    reader: &OnDuty,
    listed: Listed,
) -> Result<One, Problem> {
    let db = &want.kit.db;
    let mut tried = store::attempts(db, listed.follow_up.id).await?;
    for attempt in &mut tried {
        attempt.note = reader.closed.text(&attempt.note);
    }
    let about = listed.follow_up.about.as_deref();
    let mut names = subjects.names(want, reader, about).await?;
    let name = listed.follow_up.about.as_ref().and_then(|about| names.remove(about));
    let one = View::of(want, reader, listed, name);
    let staff: BTreeMap<_, _> = if tried.is_empty() {
        BTreeMap::new()
    } else {
        let everyone = staff::store::everyone(db).await?.into_iter();
        everyone.map(|person| (person.id, person.name)).collect()
    };
    let (l, spelling) = (want.messages(), want.spelling());
    let line = |attempt: &Attempt| Tried {
        when: spelling.moment(attempt.at),
        at: attempt.at.to_string(),
        who: attempt.by.and_then(|by| staff.get(&by)).cloned().unwrap_or_default(),
        how: view::outcome(&l, attempt.outcome),
        note: attempt.note.clone(),
    };
    let choice = |how: AttemptOutcome| Choice { value: how.word(), label: view::outcome(&l, how) };
    // reaching somebody settles a missed call, and that is said in the ledger
    let missed = one.kind == "missed_call";
    let offered = |how: &AttemptOutcome| !missed || *how != AttemptOutcome::Reached;
    Ok(One {
        frame: want.frame(Place::FollowUps),
        story: tried.iter().map(line).collect(),
        outcomes: AttemptOutcome::ALL.into_iter().filter(offered).map(choice).collect(),
        people: if one.acts && !want.json { people(want).await? } else { Vec::new() },
        roles: roles(),
        tried,
        item: one,
    })
}
