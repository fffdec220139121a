//! `/bookings/{no}`: one booking, what may be done with it now, and what was done.

use askama::Template;
use axum::response::Response;
use serde::Serialize;

use super::super::store::{self, acts as kept};
use super::act::{found, history, waiting};
use super::again::Again;
use super::say::when;
use super::view::{BookingView, people, views};
use super::{APPROVERS, FLOOR, READERS, WRITERS, called_said};
use crate::editing::{self, Editor};
use crate::kernel::Moment;
use crate::rooms::{House, minute_of};
use crate::web::{Aloud, At, Frame, OnDuty, Place, Problem, Reader, Want};
use crate::words;

/// An act as the page lists it.
#[derive(Serialize)]
struct Past {
    id: i64,
    at: Moment,
    kind: String,
    #[serde(skip)]
    said: String,
    by: Option<String>,
    undone_at: Option<Moment>,
    #[serde(skip)]
    when: String,
}

/// A line of the history: an act, a question to a supervisor, or the answer.
struct Line {
    mark: String,
    at: Moment,
    said: String,
    by: Option<String>,
    undone: bool,
    when: String,
}

#[derive(Template, Serialize)]
#[template(path = "bookings/one.html")]
pub(super) struct OnePage {
    #[serde(skip)]
    frame: Frame,
    #[serde(flatten)]
    booking: BookingView,
    acts: Vec<Past>,
    /// The same with what was asked for and answered, the newest first.
    #[serde(skip)]
    past: Vec<Line>,
    /// Who else is changing it.
    editors: Vec<Editor>,
    #[serde(skip)]
    edits: String,
    #[serde(skip)]
    house: House,
    /// What waits for a supervisor's word.
    #[serde(skip)]
    waits: Vec<String>,
    /// A room of it is not ready: who seats them all the same says why.
    #[serde(skip)]
    unready: bool,
    /// The part of the day on the board in which it stands.
    #[serde(skip)]
    period: String,
    #[serde(skip)]
    writer: bool,
    #[serde(skip)]
    approver: bool,
    /// Others who have a room at the same time, to change places or share a table with.
    #[serde(skip)]
    others: Vec<(String, String)>,
    /// The script for a guest who is late.
    #[serde(skip)]
    script: String,
    /// They have put it off before, and rooms are short: they come now, or it is called off with this press
    /// (clause 1-6c).
    #[serde(skip)]
    call_off: Option<String>,
    #[serde(skip)]
    read_aloud: String,
    /// The same while it is written anew.
    #[serde(skip)]
    aloud: Aloud,
    /// What was typed into a form and refused.
    #[serde(skip)]
    again: Again,
}

impl Line {
    fn of(act: &Past) -> Self {
        Self {
            mark: format!("act-{}", act.id),
            at: act.at,
            said: act.said.clone(),
            by: act.by.clone(),
            undone: act.undone_at.is_some(),
            when: act.when.clone(),
        }
    }
}

impl OnePage {
    fn is(&self, names: &str) -> bool {
        names.split(' ').any(|name| self.booking.state.name() == name)
    }

    /// Whether the reader says what happens on the floor.
    fn on_the_floor(&self) -> bool {
        self.frame.reader.as_ref().is_some_and(|reader| reader.roles.has_any(FLOOR))
    }

    /// How they came, as it is kept or was chosen.
    fn comes_by(&self, name: &str) -> bool {
        self.again.typed("attribution", "source", self.booking.source.name()) == name
    }

    /// What stands in a field of the form that changes what is written.
    fn edited(&self, name: &str) -> String {
        let booking = &self.booking;
        let kept = match name {
            "version" => booking.version.to_string(),
            "name" => booking.name.clone(),
            "party" => booking.party.to_string(),
            "phone" => booking.said.phone.clone(),
            "wishes" => booking.wishes.join("，"),
            "occasion" => booking.occasion.clone(),
            "deposit" => booking.said.deposit.clone(),
            "note" => booking.note.clone(),
            _ => String::new(),
        };
        self.again.typed("edit", name, &kept)
    }

    /// What stands in a field of the form that says whose sale it is.
    fn sold(&self, name: &str) -> String {
        let kept = match name {
            "sold_by" => self.booking.sold_by.as_deref(),
            "sold_dept" => self.booking.sold_dept.as_deref(),
            _ => None,
        };
        self.again.typed("attribution", name, kept.unwrap_or_default())
    }
}

pub(super) async fn show(
    want: Want,
    reader: Reader,
    At(no): At<String>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    want.page(&page(&want, &reader, &no, Again::default()).await?)
}

/// The page; one of its forms may stand there as it was typed and refused.
pub(super) async fn page(
    want: &Want,
    reader: &OnDuty,
    no: &str,
    again: Again,
) -> Result<OnePage, Problem> {
    let booking = found(want, no).await?;
    let db = &want.kit.db;
    let house = crate::rooms::store::house(db).await?;
    let (l, spelling) = (want.messages(), want.spelling());
    let people = people(want).await?;
    let subject = format!("bookings/{}", booking.no);
    let acts = kept::of_subject(db, &subject).await?.into_iter().map(|act| Past {
        id: act.id,
        at: act.at,
        by: act.by_staff.and_then(|id| people.get(&id).cloned()),
        undone_at: act.undone_at,
        when: when(spelling, want.now, act.at),
        said: words::change_of(&l, "booking", &act.kind),
        kind: act.kind,
    });
    let acts: Vec<Past> = acts.collect();
    let mut past: Vec<Line> = acts.iter().map(Line::of).collect();
    for one in history(want, &house, &booking).await? {
        past.push(Line {
            said: reader.closed.text(&one.said),
            by: one.by.and_then(|id| people.get(&id).cloned()),
            undone: false,
            when: when(spelling, want.now, one.at),
            mark: one.mark,
            at: one.at,
        });
    }
    // what was granted and what was done by it are of one moment: the act stays above
    past.sort_by_key(|line| std::cmp::Reverse(line.at));
    let open = booking.state.is_open();
    let beside = if open { store::span::beside(db, &booking).await? } else { Vec::new() };
    let others = beside
        .iter()
        .map(|one| {
            let called = reader.closed.text(&called_said(&l, one));
            (one.no.clone(), format!("{} {called}", spelling.minute(one.starts_at)))
        })
        .collect();
    let waits = waiting(want, &house, &booking).await?;
    let waits = waits.iter().map(|said| reader.closed.text(said)).collect();
    let pressed = booking.delay_count >= 1 && short(want, &booking).await?;
    let name = reader.closed.text(&booking.name);
    let script = if pressed {
        l.bookings_script_short(name.as_str()).to_string()
    } else {
        l.bookings_script_late(name.as_str(), spelling.minute(booking.starts_at)).to_string()
    };
    let view = views(want, reader, &house, vec![booking]).await?.pop();
    let booking = view.ok_or_else(Problem::not_found)?;
    let called = format!("{} {}", booking.name, l.bookings_guests(booking.party));
    let (said_when, phone) = (booking.said.when.as_str(), booking.said.phone.as_str());
    let read_aloud = match booking.said.rooms.as_str() {
        "" => l.bookings_read_aloud_unplaced(called.as_str(), said_when, phone).to_string(),
        rooms => l.bookings_read_aloud(called.as_str(), said_when, rooms, phone).to_string(),
    };
    let unready = booking
        .rooms
        .iter()
        .any(|place| house.room(place.room_id).is_some_and(|room| !room.readiness.is_ready()));
    let edits = format!("bookings/{}", booking.no);
    let said = &booking.said;
    let name = again.typed("edit", "name", &booking.name);
    let party = again.typed("edit", "party", &booking.party.to_string());
    let wishes = again.typed("edit", "wishes", &booking.wishes.join("，"));
    let phone = again.typed("edit", "phone", &said.phone);
    let words = [name.as_str(), &party, &said.when, &said.rooms, &wishes, &phone];
    let heard = booking.readback_at.is_some() && again.errors("edit").is_empty();
    let aloud = super::new::sentence(&l, None, words).heard(heard);
    Ok(OnePage {
        editors: editing::store::others(db, &edits, reader.staff()).await?,
        edits,
        frame: want.frame(Place::Bookings),
        aloud,
        waits,
        unready,
        period: period(want, &house, booking.starts_at),
        booking,
        acts,
        past,
        house,
        writer: reader.roles.has_any(WRITERS),
        approver: reader.roles.has_any(APPROVERS),
        others,
        script,
        call_off: pressed.then(|| l.bookings_call_off_delay().to_string()),
        read_aloud,
        again,
    })
}

/// The period of the board that shows a moment; the whole day where none does.
fn period(want: &Want, house: &House, at: Moment) -> String {
    let minute = minute_of(&want.kit.day, at);
    let here = house.periods.iter().find(|one| (one.from_minute..one.to_minute).contains(&minute));
    here.map_or_else(|| "all".to_owned(), |one| one.id.to_string())
}

/// Whether rooms are short for a guest who puts it off: somebody waits whom the room would fit, or too
/// few of the kind are free (clause 1-6c).
pub(super) async fn short(
    want: &Want,
    booking: &super::super::booking::Booking,
) -> Result<bool, Problem> {
    let db = &want.kit.db;
    let segments = store::segments_of(db, &[booking.id]).await?;
    let house = crate::rooms::store::house(db).await?;
    let live = segments.iter().find(|one| one.is_live());
    let Some(room) = live.and_then(|one| house.room(one.room_id)) else { return Ok(false) };
    let Some(segment) = live else { return Ok(false) };
    let waiting = store::waiting::open(db, want.now).await?;
    let gap = super::super::waitlist::Gap {
        room,
        from: want.now,
        to: segment.to_at.plus_millis(house.buffer_ms(room.id)),
        buffer_ms: house.buffer_ms(room.id),
    };
    let waits = waiting.iter().any(|entry| gap.start_for(entry, want.now).is_some());
    let rules = super::new::rules(want).await?;
    let from = want.now.max(booking.starts_at);
    let until = from.plus_millis(booking.planned_minutes * 60_000);
    let claims = crate::claims::store::between(db, from, until, want.now).await?;
    let free = house.rooms.iter().filter(|one| {
        one.class_id == room.class_id
            && !claims
                .iter()
                .any(|claim| claim.resource.room_id() == Some(one.id) && !claim.kind.is_soft())
    });
    let free = i64::try_from(free.count()).unwrap_or(i64::MAX);
    Ok(waits || free < rules.short_below)
}
