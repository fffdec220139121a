//! `/bookings/{no}/series`: the bookings that come again with this one, and changing or calling off this
//! one, this and later ones, or all.

use std::collections::BTreeSet;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::acts::Details;
use super::super::booking::Booking;
use super::super::doing::{self, Changed, Deed, Pointed};
use super::super::refusal::Refusal;
use super::super::series::{Choices, OnConflict, Reach, Shift};
use super::super::store::{self, acts as kept};
use super::act::{Edit, actor, found};
use super::new::clash;
use super::say::refused;
use super::view::{BookingView, views};
use super::{READERS, WRITERS};
use crate::kernel::Moment;
use crate::rooms::House;
use crate::web::{
    At, Frame, Input, OnDuty, Place, Problem, Reader, Want, flag, list as many, maybe_number,
    maybe_text,
};
use crate::words::Messages;

/// One that it could not be done with.
#[derive(Clone, Serialize)]
pub(super) struct Conflict {
    no: String,
    at: Moment,
    detail: String,
    /// A supervisor or manager may allow it.
    needs_approval: bool,
    /// The clocks skip its new time.
    skipped: bool,
    chosen: OnConflict,
    #[serde(skip)]
    when: String,
}

/// What stands in the fields that were sent.
#[derive(Default)]
struct Typed {
    reach: Option<Reach>,
    when: String,
    minutes: String,
    room: String,
    name: Option<String>,
    party: Option<i64>,
    phone: Option<String>,
    wishes: Option<String>,
    note: Option<String>,
    reason: String,
    also: Vec<String>,
    ask: bool,
}

#[derive(Template, Serialize)]
#[template(path = "bookings/series.html")]
struct SeriesPage {
    #[serde(skip)]
    frame: Frame,
    id: i64,
    /// `daily`, `weekly`, `monthly`.
    every: String,
    #[serde(skip)]
    every_said: String,
    /// The one that is pointed at.
    no: String,
    items: Vec<BookingView>,
    next: Option<String>,
    #[serde(skip)]
    here: BookingView,
    #[serde(skip)]
    house: House,
    #[serde(skip)]
    writer: bool,
    /// The reader's act on this series that can still be undone.
    #[serde(skip)]
    undo: Option<i64>,
    #[serde(skip)]
    typed: Typed,
    /// Those in the way of what was sent, and whether that was a cancellation.
    #[serde(skip)]
    conflicts: Vec<Conflict>,
    #[serde(skip)]
    cancelling: bool,
}

impl SeriesPage {
    fn reaches(&self, word: &str) -> bool {
        let reach = match self.typed.reach.unwrap_or(Reach::This) {
            Reach::This => "this",
            Reach::Later => "later",
            Reach::All => "all",
        };
        reach == word
    }

    /// Those that were changed alone and are still to come, another than this.
    fn apart(&self) -> impl Iterator<Item = &BookingView> {
        let open = |one: &&BookingView| one.apart && one.no != self.no && one.state.is_open();
        self.items.iter().filter(open)
    }

    fn is_also(&self, no: &str) -> bool {
        self.typed.also.iter().any(|also| also == no)
    }

    /// The conflicts that belong into a form: those of what was sent with it.
    fn conflicts_of(&self, cancelling: bool) -> &[Conflict] {
        if self.cancelling == cancelling { &self.conflicts } else { &[] }
    }
}

pub(super) fn every_said(l: &Messages, every: &str) -> String {
    match every {
        "daily" => l.bookings_daily().to_string(),
        "weekly" => l.bookings_weekly().to_string(),
        "monthly" => l.bookings_monthly().to_string(),
        other => other.to_owned(),
    }
}

async fn page(want: &Want, reader: &OnDuty, booking: &Booking) -> Result<SeriesPage, Problem> {
    let db = &want.kit.db;
    let id = booking.series_id.ok_or_else(Problem::not_found)?;
    let (every, bookings) = store::series(db, id).await?;
    let house = crate::rooms::store::house(db).await?;
    let numbers: Vec<String> = bookings.iter().map(|one| format!("bookings/{}", one.no)).collect();
    let items = views(want, reader, &house, bookings).await?;
    let here = items.iter().find(|one| one.no == booking.no).cloned();
    let newest = match reader.staff() {
        Some(staff) => kept::latest(db, staff, want.now).await?,
        None => None,
    };
    let mine =
        newest.filter(|act| act.kind.starts_with("series_") && numbers.contains(&act.subject));
    Ok(SeriesPage {
        frame: want.frame(Place::Bookings),
        id,
        every_said: every_said(&want.messages(), &every),
        every,
        no: booking.no.clone(),
        items,
        next: None,
        here: here.ok_or_else(Problem::not_found)?,
        house,
        writer: reader.roles.has_any(WRITERS),
        undo: mine.map(|act| act.id),
        typed: Typed::default(),
        conflicts: Vec::new(),
        cancelling: false,
    })
}

pub(super) async fn show(
    want: Want,
    reader: Reader,
    At(no): At<String>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let booking = found(&want, &no).await?;
    want.page(&page(&want, &reader, &booking).await?)
}

/// Which of the series are meant, and what is done with those that somebody is in the way of.
#[derive(Deserialize)]
struct Meant {
    reach: Reach,
    /// Changed alone, and meant all the same; by number.
    #[serde(default, deserialize_with = "many")]
    also: Vec<String>,
    /// `skip:B261130-004`, `other_room:B261207-002`.
    #[serde(default, deserialize_with = "many")]
    choice: Vec<String>,
    /// For all others: `skip`, `other_room`.
    #[serde(default, deserialize_with = "maybe_text")]
    on_conflict: Option<String>,
    /// Ask for approval where it is needed: once, for all of them.
    #[serde(default, deserialize_with = "flag")]
    ask: bool,
}

/// A change of a series.
#[derive(Deserialize)]
pub(super) struct Written {
    #[serde(flatten)]
    meant: Meant,
    #[serde(flatten)]
    edit: Edit,
}

/// A series that is called off.
#[derive(Deserialize)]
pub(super) struct Off {
    #[serde(flatten)]
    meant: Meant,
    #[serde(default, deserialize_with = "maybe_number")]
    version: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    reason: Option<String>,
}

pub(super) async fn change(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(Written { meant, mut edit }): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let booking = found(&want, &no).await?;
    let house = crate::rooms::store::house(&want.kit.db).await?;
    let version = Some(edit.version());
    let typed = edit.as_written();
    edit.put_back(&booking, &reader)?;
    let details = own(edit.details(&want, &house, &booking)?, &booking);
    let shift = details
        .starts_at
        .filter(|at| *at != booking.starts_at)
        .map(|at| Shift::between(&want.kit.day, booking.starts_at, at));
    let details = Details { starts_at: None, ..details };
    if shift.is_none()
        && details == (Details { despite: details.despite.clone(), ..Details::default() })
    {
        return Err(Problem::rule(|l| l.bookings_series_nothing().to_string()));
    }
    let deed = Deed::Edit(Box::new(details), shift);
    point(&want, &reader, &booking, (meant, version), deed, typed).await
}

/// What is the same as before is not said anew: the others may have their own.
fn own(details: Details, here: &Booking) -> Details {
    let wishes = here.wishes().collect::<Vec<_>>().join("，");
    Details {
        name: details.name.filter(|name| name.trim() != here.name),
        party: details.party.filter(|party| *party != here.party),
        phone: details.phone.filter(|phone| here.phone.as_ref() != Some(phone)),
        minutes: details.minutes.filter(|minutes| *minutes != here.planned_minutes),
        wishes: details.wishes.filter(|said| said.trim() != wishes),
        note: details.note.filter(|note| note.trim() != here.note),
        occasion: details.occasion.filter(|occasion| occasion.trim() != here.occasion),
        ..details
    }
}

pub(super) async fn cancel(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(Off { meant, version, reason }): Input<Off>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let booking = found(&want, &no).await?;
    let reason = reason.unwrap_or_default();
    if reason.trim().is_empty() {
        return Err(Problem::rules().field("reason", |l| l.bookings_reason_needed().to_string()));
    }
    let typed = Typed { reason: reason.clone(), ..Typed::default() };
    point(&want, &reader, &booking, (meant, version), Deed::Cancel(reason), typed).await
}

async fn point(
    want: &Want,
    reader: &OnDuty,
    booking: &Booking,
    (meant, version): (Meant, Option<i64>),
    deed: Deed,
    typed: Typed,
) -> Result<Response, Problem> {
    booking.series_id.ok_or_else(Problem::not_found)?;
    let choices = Choices::read(&meant.choice, meant.on_conflict.as_deref());
    let choices = choices.ok_or_else(Problem::syntax)?;
    let cancelling = matches!(deed, Deed::Cancel(_));
    let pointed = Pointed {
        id: booking.id,
        version,
        reach: meant.reach,
        also: meant.also.iter().cloned().collect::<BTreeSet<_>>(),
        deed,
        choices,
        ask: meant.ask,
    };
    let (db, stamp) = (&want.kit.db, want.stamp());
    let changed = match doing::change_series(db, stamp, actor(want, reader), pointed).await? {
        Ok(changed) => changed,
        Err(Refusal::Stale) => {
            let house = crate::rooms::store::house(db).await?;
            let now = store::by_id(db, booking.id).await?.into_iter().collect();
            let current = views(want, reader, &house, now).await?.pop();
            return Err(current.map_or_else(Problem::not_found, |one| Problem::stale(&one)));
        }
        Err(refusal) => return Err(refused(want, refusal).await),
    };
    if let Some(asked) = changed.approval {
        return want.done("/bookings/approvals", &serde_json::json!({ "approval": asked }));
    }
    let conflicts = conflicts(want, &changed).await?;
    if changed.asks() {
        if want.json {
            return Err(clashes(&conflicts));
        }
        let mut page = page(want, reader, booking).await?;
        let (reach, ask) = (Some(meant.reach), meant.ask);
        page.typed = Typed { reach, ask, also: meant.also, ..typed };
        (page.conflicts, page.cancelling) = (conflicts, cancelling);
        return want.page_with(StatusCode::CONFLICT, &page);
    }
    let house = crate::rooms::store::house(db).await?;
    let bookings = store::by_ids(db, &changed.done.bookings).await?;
    let stay = store::by_ids(db, &changed.kept).await?;
    let record = serde_json::json!({
        "act": Some(changed.done.act).filter(|act| *act != 0),
        "offered": changed.done.offered.len(),
        "items": views(want, reader, &house, bookings).await?,
        "conflicts": conflicts,
        "kept": stay.into_iter().map(|one| one.no).collect::<Vec<_>>(),
    });
    want.done(&format!("/bookings/{}/series", booking.no), &record)
}

/// 409: nothing was done, for these are in the way.
pub(super) fn clashes(conflicts: &[Conflict]) -> Problem {
    let line = |one: &Conflict| format!("{} {}", one.when, one.detail);
    let lines: Vec<String> = conflicts.iter().map(line).collect();
    clash(&lines, &conflicts)
}

pub(super) async fn conflicts(want: &Want, changed: &Changed) -> Result<Vec<Conflict>, Problem> {
    let l = want.messages();
    let mut conflicts = Vec::new();
    for (id, refusal, chosen) in &changed.conflicts {
        let Some(one) = store::by_id(&want.kit.db, *id).await? else { continue };
        conflicts.push(Conflict {
            when: want.spelling().moment_from(one.starts_at, want.now),
            detail: refused(want, refusal.clone()).await.detail(&l),
            needs_approval: refusal.can_be_approved(),
            skipped: matches!(refusal, Refusal::Skipped(_)),
            no: one.no,
            at: one.starts_at,
            chosen: *chosen,
        });
    }
    Ok(conflicts)
}

impl Edit {
    /// What was typed, to stand in the fields once more.
    fn as_written(&self) -> Typed {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Typed {
            when: text(&self.when),
            minutes: self.minutes.map(|minutes| minutes.to_string()).unwrap_or_default(),
            room: text(&self.room),
            name: self.name.clone(),
            party: self.party,
            phone: self.phone.clone(),
            wishes: self.wishes.clone(),
            note: self.note.clone(),
            reason: text(&self.reason),
            ..Typed::default()
        }
    }
}
