//! The day: who is there now, the roster by hotline, the gaps.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::super::devices::{DeviceCheck, Verdict};
use super::super::presence::Duty;
use super::super::roster::{Kind, Shift};
use super::super::say::devices_said;
use super::super::store::{self, absences, coverage, devices, roster, signing};
use super::picture::{self, Mark, Row};
use super::{
    DevicesView, DutyCard, KEEPERS, Panel, PersonRef, PersonView, READERS, duty_card, may_know,
    when,
};
use crate::calendars::{self, Span};
use crate::kernel::{Moment, Role, ShiftId, StaffId};
use crate::web::{Filter, Frame, OnDuty, Place, Problem, Reader, Want, maybe_text};

/// `?date=2026-11-23`.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "maybe_text")]
    date: Option<String>,
}

/// A shift of the roster as pages and programs see it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ShiftView {
    pub(super) id: ShiftId,
    pub(super) staff: PersonRef,
    pub(super) role: Role,
    /// The hotline's number; null for all.
    pub(super) hotline: Option<String>,
    pub(super) kind: Kind,
    pub(super) rank: i64,
    pub(super) from: Moment,
    pub(super) to: Moment,
    #[serde(skip)]
    pub(super) hotline_name: Option<String>,
}

impl ShiftView {
    pub(super) fn of(shift: Shift, panel: &Panel) -> Self {
        let named = |number: &String| panel.lines.iter().find(|line| line.number == *number);
        let hotline_name = shift
            .hotline
            .as_ref()
            .map(|number| named(number).map_or_else(|| number.clone(), |line| line.name.clone()));
        Self {
            id: shift.id,
            staff: PersonRef { id: shift.staff, name: shift.name },
            role: shift.role,
            hotline: shift.hotline,
            kind: shift.kind,
            rank: shift.rank,
            from: shift.from,
            to: shift.to,
            hotline_name,
        }
    }

    fn is_on_call(&self) -> bool {
        self.kind == Kind::OnCall
    }
}

/// A stretch of working time with nobody there.
#[derive(Debug, Clone, Serialize)]
struct GapView {
    id: i64,
    hotline: String,
    from: Moment,
    /// Null while it is open.
    to: Option<Moment>,
    lasted_ms: i64,
    /// `nobody`, `away`.
    cause: String,
    /// When the head was told.
    alerted_at: Option<Moment>,
    #[serde(skip)]
    name: String,
}

/// A hotline on that day.
#[derive(Debug, Clone, Serialize)]
struct LineView {
    hotline: String,
    name: String,
    /// When somebody must be there.
    working: Vec<Span>,
}

#[derive(Template, Serialize)]
#[template(path = "shifts/day.html")]
pub(super) struct DayPage {
    #[serde(skip)]
    frame: Frame,
    date: NaiveDate,
    /// One's own duty; null for a program.
    me: Option<DutyCard>,
    /// What is laid out and tidied at one's own desk today; null where nothing is to be.
    opening: Option<super::opening::DeskView>,
    /// Everyone on duty now, and who is away.
    people: Vec<PersonView>,
    hotlines: Vec<LineView>,
    shifts: Vec<ShiftView>,
    gaps: Vec<GapView>,
    #[serde(skip)]
    back: &'static str,
    #[serde(skip)]
    before: NaiveDate,
    #[serde(skip)]
    after: NaiveDate,
    #[serde(skip)]
    today: bool,
    #[serde(skip)]
    rows: Vec<Row>,
    #[serde(skip)]
    marks: Vec<Mark>,
    #[serde(skip)]
    length: i64,
    #[serde(skip)]
    now_at: Option<i64>,
    #[serde(skip)]
    keeper: bool,
    #[serde(skip)]
    staff: Vec<PersonRef>,
    #[serde(skip)]
    pub(super) form: super::roster::Fields,
}

impl DayPage {
    /// What the colours of the picture mean.
    fn legend(&self) -> [(&'static str, String); 6] {
        let l = &self.frame.l;
        [
            ("open", l.shifts_legend_open().to_string()),
            ("plan", l.shifts_duty().to_string()),
            ("call", l.shifts_stand_by().to_string()),
            ("duty", l.shifts_on_duty().to_string()),
            ("away", l.shifts_away().to_string()),
            ("gap", l.shifts_gap().to_string()),
        ]
    }
}

pub(super) async fn show(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let today = want.now.utc().with_timezone(&want.kit.day.zone).date_naive();
    let date = match asked.date.as_deref().map(str::parse) {
        None => today,
        Some(Ok(date)) => date,
        Some(Err(_)) => {
            return Err(Problem::syntax().field("date", |l| l.calendars_wrong_date().to_string()));
        }
    };
    let form = super::roster::Fields::default();
    want.page(&page(&panel, &want, &reader, date, form).await?)
}

/// Has it written down whom of the private people this day shows: there now, or then.
async fn note_looks(
    panel: &Panel,
    want: &Want,
    reader: &OnDuty,
    known: &Known,
) -> Result<(), Problem> {
    let Some(notes) = &panel.notes else { return Ok(()) };
    let told = |duty: &&Duty| {
        let then = known.duties.iter().map(|past| past.staff_id);
        let mut then = then.chain(known.absences.iter().map(|past| past.staff_id));
        let now = duty.since.is_some() || duty.absence.is_some();
        now || then.any(|staff| staff == duty.staff)
    };
    let private = known.everyone.iter().filter(|duty| {
        let other = reader.staff() != Some(duty.staff);
        duty.private && other && !known.hidden.contains(&duty.staff)
    });
    let shown: Vec<StaffId> = private.filter(told).map(|duty| duty.staff).collect();
    if !shown.is_empty() {
        notes.looked(&want.kit.db, want.stamp(), &shown).await?;
    }
    Ok(())
}

/// What the store knows of one day.
struct Known {
    frame: picture::Frame,
    now: Moment,
    everyone: Vec<Duty>,
    shifts: Vec<Shift>,
    gaps: Vec<coverage::Gap>,
    duties: Vec<signing::Past>,
    absences: Vec<absences::Past>,
    hidden: BTreeSet<StaffId>,
}

pub(super) async fn page(
    panel: &Panel,
    want: &Want,
    reader: &OnDuty,
    date: NaiveDate,
    form: super::roster::Fields,
) -> Result<DayPage, Problem> {
    let (db, zone, now) = (&want.kit.db, want.kit.day.zone, want.now);
    let before = date.pred_opt().ok_or_else(Problem::syntax)?;
    let after = date.succ_opt().ok_or_else(Problem::syntax)?;
    let midnight = |date| {
        let first = NaiveTime::MIN;
        let later = first + TimeDelta::hours(1);
        when::local(zone, date, first).or_else(|| when::local(zone, date, later))
    };
    let (Some(from), Some(to)) = (midnight(date), midnight(after)) else {
        return Err(Problem::syntax());
    };
    let everyone = store::everyone(db, now).await?;
    let hidden: BTreeSet<StaffId> =
        everyone.iter().filter(|duty| !may_know(reader, duty)).map(|duty| duty.staff).collect();
    let known = Known {
        frame: picture::Frame { from, to },
        now,
        shifts: roster::between(db, from, to).await?,
        gaps: coverage::between(db, from, to).await?,
        duties: signing::between(db, from, to).await?,
        absences: absences::between(db, from, to).await?,
        everyone,
        hidden,
    };
    note_looks(panel, want, reader, &known).await?;
    let (house, days) =
        (calendars::store::house(db, zone).await?, calendars::store::house_days(db).await?);
    let hotlines: Vec<LineView> = panel
        .lines
        .iter()
        .map(|line| LineView {
            hotline: line.number.clone(),
            name: line.name.clone(),
            working: line.calendar(&house, &days).open_between(from, to),
        })
        .collect();
    let talking = panel.talking.talking();
    let checks = devices::last_of_each(db, want.kit.day.date(now)).await?;
    let there = |duty: &&Duty| {
        !known.hidden.contains(&duty.staff) && (duty.since.is_some() || duty.absence.is_some())
    };
    let people = known.everyone.iter().filter(there).map(|duty| PersonView {
        devices: devices_of(want, reader, &known, (&checks, duty)),
        ..PersonView::of(duty, reader, now, talking.contains(&duty.staff))
    });
    let name_of = |number: &str| {
        let line = panel.lines.iter().find(|line| line.number == number);
        line.map_or_else(|| number.to_owned(), |line| line.name.clone())
    };
    let gaps = known.gaps.iter().map(|gap| GapView {
        id: gap.id,
        hotline: gap.hotline.clone(),
        from: gap.from_at,
        to: gap.to_at,
        lasted_ms: gap.to_at.unwrap_or(now).millis_since(gap.from_at).max(0),
        cause: gap.cause.clone(),
        alerted_at: gap.alerted_at,
        name: name_of(&gap.hotline),
    });
    let keeper = reader.roles.has_any(KEEPERS);
    let staff = known.everyone.iter().filter(|_| keeper);
    Ok(DayPage {
        frame: want.frame(Place::Shifts),
        date,
        me: duty_card(want, reader).await?,
        opening: super::opening::own(want, reader).await?,
        people: people.collect(),
        rows: rows(want, &hotlines, &known),
        marks: marks(want, known.frame),
        length: known.frame.seconds(),
        now_at: known.frame.place(now),
        shifts: known.shifts.iter().cloned().map(|shift| ShiftView::of(shift, panel)).collect(),
        gaps: gaps.collect(),
        back: "/shifts",
        before,
        after,
        today: known.frame.place(now).is_some(),
        keeper,
        staff: staff.map(|duty| PersonRef { id: duty.staff, name: duty.name.clone() }).collect(),
        hotlines,
        form,
    })
}

/// How telephone and radios did at the last check of somebody who answers calls and is on duty.
fn devices_of(
    want: &Want,
    reader: &OnDuty,
    known: &Known,
    (checks, duty): (&BTreeMap<StaffId, DeviceCheck>, &Duty),
) -> Option<DevicesView> {
    let keeps = reader.roles.has_any(KEEPERS) && duty.since.is_some() && duty.is_operator();
    let check = checks.get(&duty.staff);
    let name = |staff: &StaffId| {
        let mut all = known.everyone.iter().filter(|one| !known.hidden.contains(&one.staff));
        all.find(|one| one.staff == *staff).map(|one| one.name.clone())
    };
    keeps.then(|| {
        let silent: Vec<String> =
            check.into_iter().flat_map(|check| &check.silent).filter_map(name).collect();
        DevicesView {
            at: check.map(|check| check.begun_at),
            telephone: check.map_or(Verdict::Open, DeviceCheck::telephone),
            radio: check.map_or(Verdict::Open, DeviceCheck::radio),
            asked: check.map_or(0, |check| check.asked),
            answered: check.map_or(0, |check| check.answered),
            tint: check.map_or(Verdict::Open, DeviceCheck::whole).tint(),
            said: devices_said(&want.messages(), want.spelling(), check, &silent),
            silent,
        }
    })
}

fn marks(want: &Want, frame: picture::Frame) -> Vec<Mark> {
    let spelling = want.spelling();
    let hour = |hour: i64| {
        let at = frame.from.plus_millis(hour * 3_600_000);
        frame.place(at).map(|place| Mark { at: place, label: spelling.minute(at) })
    };
    (0..24).step_by(3).filter_map(hour).collect()
}

/// The rows of the picture: each hotline with its working time and gaps, under it the people of
/// its shifts; whoever was on duty without a shift comes last.
fn rows(want: &Want, hotlines: &[LineView], known: &Known) -> Vec<Row> {
    let (l, spelling, frame, now) = (want.messages(), want.spelling(), known.frame, known.now);
    let span = |from: Moment, to: Option<Moment>| {
        let to = to.map(|to| spelling.minute(to)).unwrap_or_default();
        format!("{}–{to}", spelling.minute(from))
    };
    let mut rows = Vec::new();
    let mut names: BTreeMap<StaffId, &str> = BTreeMap::new();
    for shift in &known.shifts {
        names.insert(shift.staff, &shift.name);
    }
    for duty in &known.duties {
        names.insert(duty.staff_id, &duty.name);
    }
    for line in hotlines {
        let mut bars: Vec<_> = line
            .working
            .iter()
            .filter_map(|open| {
                let title = span(open.from, Some(open.to));
                frame.bar("open", open.from, Some(open.to), now, title)
            })
            .collect();
        bars.extend(known.gaps.iter().filter(|gap| gap.hotline == line.hotline).filter_map(
            |gap| {
                let title = l.shifts_gap_title(span(gap.from_at, gap.to_at)).to_string();
                frame.bar("gap", gap.from_at, gap.to_at, now, title)
            },
        ));
        rows.push(Row { name: line.name.clone(), head: true, bars });
    }
    for (staff, name) in names {
        if known.hidden.contains(&staff) {
            continue;
        }
        let mut bars: Vec<_> = known
            .shifts
            .iter()
            .filter(|shift| shift.staff == staff)
            .filter_map(|shift| {
                let class = if shift.kind == Kind::Duty { "plan" } else { "call" };
                frame.bar(class, shift.from, Some(shift.to), now, span(shift.from, Some(shift.to)))
            })
            .collect();
        bars.extend(known.duties.iter().filter(|duty| duty.staff_id == staff).filter_map(|duty| {
            let title = l.shifts_duty_title(span(duty.from_at, duty.to_at)).to_string();
            frame.bar("duty", duty.from_at, duty.to_at, now, title)
        }));
        bars.extend(known.absences.iter().filter(|one| one.staff_id == staff).filter_map(|one| {
            let title = l.shifts_away_title(span(one.from_at, one.ended_at)).to_string();
            frame.bar("away", one.from_at, one.ended_at, now, title)
        }));
        rows.push(Row { name: name.to_owned(), head: false, bars });
    }
    rows
}
