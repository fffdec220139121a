//! One's own duty: signing on and off, the self-check, leaving the desk, standing in for others.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::absence::{Answer, Leave, WORDS_MOST};
use super::super::presence::{Presence, Ticks};
use super::super::store::{self, NOT_ON_DUTY, absences, devices, signing};
use super::{KEEPERS, Panel, PersonRef, READERS, when};
use crate::db;
use crate::kernel::{Moment, StaffId};
use crate::web::{
    At, Frame, Input, OnDuty, Place, Problem, Reader, Want, flag, maybe_number, maybe_text,
};

/// Where one stands: what the console and the page of shifts show of one's own duty.
#[derive(Debug, Clone, Serialize)]
pub struct DutyCard {
    /// Since when one is on duty; null off duty.
    pub on_duty_since: Option<Moment>,
    /// Whether the self-check of this duty was ticked.
    pub checked: bool,
    /// What one is doing.
    pub presence: Presence,
    /// The absence that is asked for or under way.
    pub absence: Option<AbsenceView>,
    /// Colleagues who ask one to stand in.
    pub asked: Vec<AskedView>,
    /// Who could stand in: on duty, not away.
    pub colleagues: Vec<PersonRef>,
    /// Whether telephone and radios are still to be checked on this business date; null for those who do not
    /// answer calls.
    pub devices_due: Option<bool>,
}

/// One's own absence.
#[derive(Debug, Clone, Serialize)]
pub struct AbsenceView {
    /// Which.
    pub id: i64,
    /// `away`, `meeting`, `out`.
    pub state: Presence,
    /// Why.
    pub reason: Option<String>,
    /// Where to.
    pub place: Option<String>,
    /// When one left; null while nobody has agreed to stand in.
    pub from: Option<Moment>,
    /// When one means to be back.
    pub until: Option<Moment>,
    /// Who was asked to stand in.
    pub stand_in: Option<PersonRef>,
    /// What became of asking.
    pub answer: Answer,
}

/// A colleague who asks one to stand in.
#[derive(Debug, Clone, Serialize)]
pub struct AskedView {
    /// The absence: `POST /shifts/stand-ins/{id}` agrees, `DELETE` declines.
    pub id: i64,
    /// Who asks.
    pub staff: PersonRef,
    /// For what.
    pub state: Presence,
    /// Until when.
    pub until: Option<Moment>,
}

impl DutyCard {
    /// Whether one has asked and waits for the answer, or was declined.
    pub fn waits(&self) -> bool {
        self.absence.as_ref().is_some_and(|absence| absence.from.is_none())
    }

    /// Whether the one asked said no.
    pub fn declined(&self) -> bool {
        self.absence.as_ref().is_some_and(|absence| absence.answer == Answer::Declined)
    }
}

/// Reads one's own card; `None` for a program.
pub(super) async fn duty_card(want: &Want, reader: &OnDuty) -> db::Result<Option<DutyCard>> {
    let (db, now) = (&want.kit.db, want.now);
    let Some(me) = reader.staff() else { return Ok(None) };
    let everyone = store::everyone(db, now).await?;
    let Some(own) = everyone.iter().find(|duty| duty.staff == me) else { return Ok(None) };
    let person = |id: StaffId, name: &str| PersonRef { id, name: name.to_owned() };
    let absence = own.absence.as_ref().map(|absence| AbsenceView {
        id: absence.id,
        state: absence.state,
        reason: absence.reason.clone(),
        place: absence.place.clone(),
        from: absence.from,
        until: absence.until,
        stand_in: absence.stand_in.as_ref().map(|(id, name)| person(*id, name)),
        answer: absence.answer,
    });
    let asked = everyone.iter().filter_map(|duty| {
        let absence = duty.absence.as_ref().filter(|absence| absence.answer == Answer::Asked)?;
        let mine = absence.stand_in.as_ref().is_some_and(|(id, _)| *id == me);
        mine.then(|| AskedView {
            id: absence.id,
            staff: person(duty.staff, &duty.name),
            state: absence.state,
            until: absence.until,
        })
    });
    let colleagues = everyone
        .iter()
        .filter(|duty| duty.staff != me && duty.is_at_hand(now) && !duty.private)
        .map(|duty| person(duty.staff, &duty.name));
    let devices_due = if own.is_operator() {
        let checks = devices::of_date(db, want.kit.day.date(now)).await?;
        Some(!checks.iter().any(|check| check.staff == me))
    } else {
        None
    };
    Ok(Some(DutyCard {
        on_duty_since: own.since,
        checked: own.checked.is_some(),
        presence: own.whereabouts(now, false).presence,
        absence,
        asked: asked.collect(),
        colleagues: colleagues.collect(),
        devices_due,
    }))
}

#[derive(Template, Serialize)]
#[template(path = "shifts/duty.html")]
struct DutyPage {
    #[serde(skip)]
    frame: Frame,
    #[serde(flatten)]
    card: DutyCard,
    #[serde(skip)]
    back: &'static str,
}

/// The person behind a request; a program has no desk.
fn person(reader: &OnDuty) -> Result<StaffId, Problem> {
    reader.may(READERS)?;
    reader.staff().ok_or_else(|| Problem::rule(|l| l.shifts_person_only().to_string()))
}

async fn card(want: &Want, reader: &OnDuty) -> Result<DutyCard, Problem> {
    let card = duty_card(want, reader).await?;
    card.ok_or_else(|| Problem::rule(|l| l.shifts_person_only().to_string()))
}

pub(super) async fn show(want: Want, reader: Reader) -> Result<Response, Problem> {
    person(&reader)?;
    let card = card(&want, &reader).await?;
    want.page(&DutyPage { frame: want.frame(Place::Shifts), card, back: "/shifts/duty" })
}

/// After an act: back to the page it came from, or one's card.
async fn done(want: &Want, reader: &OnDuty, back: Option<&str>) -> Result<Response, Problem> {
    let place = ["/console", "/shifts/duty"].into_iter().find(|place| back == Some(*place));
    want.done(place.unwrap_or("/shifts"), &card(want, reader).await?)
}

fn refused(error: db::Error) -> Problem {
    let about = |name: &str| error.is_refusal(name);
    let conflict = |say: fn(&crate::words::Messages) -> String| {
        let title = |l: &crate::words::Messages| l.shifts_not_now().to_string();
        Problem::new(StatusCode::CONFLICT, "not_now", title, say)
    };
    if about(NOT_ON_DUTY) {
        conflict(|l| l.shifts_not_on_duty().to_string())
    } else if about(absences::ALREADY) {
        conflict(|l| l.shifts_already_away().to_string())
    } else if about(absences::ANSWERED) {
        conflict(|l| l.shifts_answered().to_string())
    } else if about(absences::NOT_FREE) {
        Problem::rules().field("stand_in", |l| l.shifts_stand_in_not_free().to_string())
    } else {
        error.into()
    }
}

/// The three ticks, and where to go afterwards.
#[derive(Deserialize)]
pub(super) struct Ticked {
    #[serde(default, deserialize_with = "flag")]
    rested: bool,
    #[serde(default, deserialize_with = "flag")]
    dressed: bool,
    #[serde(default, deserialize_with = "flag")]
    voiced: bool,
    #[serde(default)]
    back: Option<String>,
}

impl Ticked {
    fn ticks(&self) -> Option<Ticks> {
        let ticks = Ticks { rested: self.rested, dressed: self.dressed, voiced: self.voiced };
        ticks.all().then_some(ticks)
    }
}

pub(super) async fn sign_on(
    want: Want,
    reader: Reader,
    Input(ticked): Input<Ticked>,
) -> Result<Response, Problem> {
    let me = person(&reader)?;
    signing::sign_on(&want.kit.db, want.stamp(), me, ticked.ticks()).await?;
    done(&want, &reader, ticked.back.as_deref()).await
}

pub(super) async fn check(
    want: Want,
    reader: Reader,
    Input(ticked): Input<Ticked>,
) -> Result<Response, Problem> {
    let me = person(&reader)?;
    let Some(ticks) = ticked.ticks() else {
        return Err(Problem::rule(|l| l.shifts_check_all().to_string()));
    };
    signing::check(&want.kit.db, want.stamp(), me, ticks).await.map_err(refused)?;
    done(&want, &reader, ticked.back.as_deref()).await
}

/// Where to go afterwards.
#[derive(Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    back: Option<String>,
}

pub(super) async fn sign_off(
    want: Want,
    reader: Reader,
    Input(Back { back }): Input<Back>,
) -> Result<Response, Problem> {
    let me = person(&reader)?;
    let ended = signing::Ended::BySelf;
    signing::sign_off(&want.kit.db, want.stamp(), me, ended).await.map_err(refused)?;
    done(&want, &reader, back.as_deref()).await
}

pub(super) async fn sign_off_other(
    want: Want,
    reader: Reader,
    At(staff): At<StaffId>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let ended = signing::Ended::BySupervisor;
    signing::sign_off(&want.kit.db, want.stamp(), staff, ended).await.map_err(refused)?;
    want.done("/shifts", &serde_json::json!({ "id": staff }))
}

/// A wish to leave the desk.
#[derive(Deserialize)]
pub(super) struct Wish {
    /// `away`, `meeting`, `out`.
    state: String,
    #[serde(default, deserialize_with = "maybe_text")]
    reason: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    place: Option<String>,
    /// `16:00`, or an instant.
    #[serde(default, deserialize_with = "maybe_text")]
    until: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    stand_in: Option<i64>,
    #[serde(default)]
    back: Option<String>,
}

impl Wish {
    fn read(&self, want: &Want) -> Result<Leave, Problem> {
        let mut problem = Problem::rules();
        let state = Presence::from_name(&self.state).filter(|state| state.is_absence());
        if state.is_none() {
            problem = problem.field("state", |l| l.shifts_wrong_state().to_string());
        }
        let zone = want.kit.day.zone;
        let until = self.until.as_deref().map(|text| when::next(zone, want.now, text));
        if until == Some(None) {
            problem = problem.field("until", |l| l.shifts_wrong_until().to_string());
        }
        for (name, words) in [("reason", &self.reason), ("place", &self.place)] {
            let long = words.as_deref().is_some_and(|words| {
                words.chars().count() > WORDS_MOST || words.chars().any(char::is_control)
            });
            if long {
                problem = problem.field(name, |l| l.shifts_wrong_words(WORDS_MOST).to_string());
            }
        }
        let Some(state) = state.filter(|_| !problem.has_fields()) else { return Err(problem) };
        Ok(Leave {
            state,
            reason: self.reason.clone(),
            place: self.place.clone(),
            until: until.flatten(),
            stand_in: self.stand_in.map(StaffId),
        })
    }
}

pub(super) async fn leave(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    Input(wish): Input<Wish>,
) -> Result<Response, Problem> {
    let me = person(&reader)?;
    let leave = wish.read(&want)?;
    let left = absences::leave(&want.kit.db, want.stamp(), &panel.tells, me, leave).await;
    left.map_err(refused)?;
    done(&want, &reader, wish.back.as_deref()).await
}

pub(super) async fn depart(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    Input(Back { back }): Input<Back>,
) -> Result<Response, Problem> {
    let me = person(&reader)?;
    absences::depart(&want.kit.db, want.stamp(), &panel.tells, me).await.map_err(refused)?;
    done(&want, &reader, back.as_deref()).await
}

pub(super) async fn come_back(
    want: Want,
    reader: Reader,
    Input(Back { back }): Input<Back>,
) -> Result<Response, Problem> {
    let me = person(&reader)?;
    absences::come_back(&want.kit.db, want.stamp(), me).await.map_err(refused)?;
    done(&want, &reader, back.as_deref()).await
}

pub(super) async fn stand_in(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(absence): At<i64>,
    Input(Back { back }): Input<Back>,
) -> Result<Response, Problem> {
    let me = person(&reader)?;
    let asked = (absence, me);
    let answered = absences::answer(&want.kit.db, want.stamp(), &panel.tells, asked, true).await;
    answered.map_err(refused)?;
    done(&want, &reader, back.as_deref()).await
}

pub(super) async fn decline(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(absence): At<i64>,
    Input(Back { back }): Input<Back>,
) -> Result<Response, Problem> {
    let me = person(&reader)?;
    let asked = (absence, me);
    let answered = absences::answer(&want.kit.db, want.stamp(), &panel.tells, asked, false).await;
    answered.map_err(refused)?;
    done(&want, &reader, back.as_deref()).await
}
