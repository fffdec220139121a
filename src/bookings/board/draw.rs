//! Drawing the board of a day: rows of rooms by area, bars over time, totals, and what stands beside.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use chrono::NaiveDate;
use serde::Serialize;

use super::super::booking::{Booking, Segment, State};
use super::super::rules::Rules;
use super::super::store;
use super::super::store::span::Taken;
use super::super::web::{Sight, called_said, face_said};
use super::Key;
use super::around::{Choice, Count, choices, counts, hours, totals, window};
use super::bars::{Bar, Window, merged, of_claim, of_cleaning, of_segment};
use super::face::{Face, seen};
use super::known::{Booked, Known, Party, Place};
use super::pieces::Pieces;
use super::rail::{Arrival, Beside, Rail, arrival, is_arriving, rail};
use super::shown::{Shown, shown, unassigned};
use crate::claims;
use crate::kernel::{BookingId, Moment, RoomId, StaffId};
use crate::rooms::{House, Room, RoomKind};
use crate::web::{Problem, Want};
use crate::words::Messages;

/// A row of the board.
#[derive(Serialize)]
pub(super) struct Row {
    pub(super) room_id: RoomId,
    pub(super) name: String,
    pub(super) alias: String,
    pub(super) seats: String,
    /// So many sit there, with chairs brought in.
    #[serde(skip)]
    pub(super) most: i64,
    pub(super) face: Face,
    #[serde(skip)]
    pub(super) said: String,
    /// Whose it is now or next, for the tile.
    pub(super) guest: String,
    #[serde(skip)]
    pub(super) aside: String,
    pub(super) no: Option<String>,
    #[serde(skip)]
    pub(super) r: usize,
}

/// A part of the house.
#[derive(Serialize)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) rows: Vec<Row>,
    #[serde(skip)]
    pub(super) r: usize,
}

/// The board.
#[derive(Template, Serialize)]
#[template(path = "bookings/board_main.html")]
pub(super) struct Board {
    #[serde(skip)]
    pub(super) l: Messages,
    pub(super) date: NaiveDate,
    #[serde(skip)]
    pub(super) day: String,
    #[serde(skip)]
    pub(super) lunar: String,
    #[serde(skip)]
    pub(super) before: NaiveDate,
    #[serde(skip)]
    pub(super) after: NaiveDate,
    pub(super) today: bool,
    pub(super) period: String,
    pub(super) periods: Vec<Choice>,
    pub(super) from_at: Moment,
    pub(super) to_at: Moment,
    #[serde(skip)]
    pub(super) columns: i64,
    /// Column and label of every full hour, and whether the label of now lies over it.
    #[serde(skip)]
    pub(super) hours: Vec<(i64, String, bool)>,
    /// The column of now, where the board shows it.
    #[serde(skip)]
    pub(super) now: Option<(i64, String)>,
    pub(super) counts: Vec<Count>,
    pub(super) parts: Vec<Part>,
    /// Told to programs; a page has them as they are written.
    pub(super) bars: Vec<Shown>,
    /// Bookings without a room.
    pub(super) unassigned: Vec<Shown>,
    /// The bars of a page.
    #[serde(skip)]
    pub(super) drawn: Vec<Arc<str>>,
    /// Those without a room.
    #[serde(skip)]
    pub(super) loose: Vec<Arc<str>>,
    /// Arrivals of every quarter of an hour: column, how many.
    #[serde(skip)]
    pub(super) totals: Vec<(i64, usize)>,
    /// Guests of the whole day.
    pub(super) guests: i64,
    pub(super) bookings: usize,
    #[serde(skip)]
    pub(super) last_row: usize,
    #[serde(flatten)]
    pub(super) rail: Rail,
    #[serde(skip)]
    pub(super) writes: bool,
    /// The reader prepares calls, which are then known to be about the booking.
    #[serde(skip)]
    pub(super) calls: bool,
}

/// What the rows are drawn from.
pub(super) struct Day {
    pub(super) house: Arc<House>,
    pub(super) rules: Arc<Rules>,
    pub(super) bookings: Booked,
    pub(super) people: Arc<BTreeMap<StaffId, String>>,
}

/// A booking and one of its stretches.
type Stay<'d> = (&'d Booking, &'d Segment);

impl Day {
    /// Every stretch of the bookings, also those that are over.
    pub(super) fn stays(&self) -> impl Iterator<Item = Stay<'_>> {
        self.bookings.values().flat_map(|party| {
            let booking = &party.booking;
            party.segments.iter().map(move |one| (booking, one))
        })
    }
}

/// Draws it as it is at `head`, a number of the journal that was read before. What does not follow from
/// each other is asked for together: each question is a way to the store and back. `pieces`: for a page, its
/// bars as they were last written.
pub(super) async fn draw(
    want: &Want,
    known: &Known,
    head: i64,
    key: &Key,
    pieces: Option<&mut Pieces>,
) -> Result<Board, Problem> {
    let Key { date, writes, calls, .. } = *key;
    let sight = &key.sight;
    let db = &want.kit.db;
    // what is in the window of the house as it was last read, which it nearly always still is
    let guess = known.last_house().await.map(|house| window(want, &house, date, &key.period).0);
    let taken = |window: Window| store::span::taken(db, window.from, window.to, want.now);
    let guessed = async {
        match guess {
            Some(guess) => taken(guess).await.map(Some),
            None => Ok(None),
        }
    };
    let asked = Box::pin(async {
        let (place, beside) = (known.place(want, head), Beside::read(want));
        tokio::try_join!(place, beside, guessed, known.refresh(db))
    });
    let (Place { house, rules, people }, beside, guessed, ()) = asked.await?;
    let (window, period) = window(want, &house, date, &key.period);
    let taken = match guessed {
        Some(found) if guess == Some(window) => found,
        _ => taken(window).await?,
    };
    let mut bookings = known.booked(db, &taken.versions).await?;
    if !sight.is_clear() {
        for party in bookings.values_mut() {
            sight.clear(&mut Arc::make_mut(party).booking);
        }
    }
    let day = Day { house, rules, bookings, people };

    let mut row_of: BTreeMap<RoomId, usize> = BTreeMap::new();
    // cleaning is drawn, and says nothing of how a room is now
    let here = taken.claims.iter();
    let here = here.filter(|claim| claim.meets(want.now, want.now.plus_millis(1)));
    let here: Vec<claims::Claim> = here.cloned().collect();
    let mut parts = parts(want, &day, &here, &mut row_of);
    let bars = bars(want, &day, window, &taken, sight);
    let bars = merged(bars, |room| row_of.get(&room).copied());
    let loose = unassigned(want, &day, window);
    let (many, shift) = (loose.len(), usize::from(!loose.is_empty()));
    for part in &mut parts {
        part.r += shift;
        for row in &mut part.rows {
            row.r += shift;
        }
    }
    let last_row = row_of.values().max().copied().unwrap_or(1) + shift;
    let placed = bars.into_iter().map(|(bar, r)| (bar, r + shift));
    let all: Vec<(Bar, usize)> = loose.into_iter().map(|bar| (bar, 2)).chain(placed).collect();
    let (mut loose, mut unassigned) = (Vec::new(), Vec::new());
    match pieces {
        Some(pieces) => loose = pieces.write(want, &day, all)?,
        None => unassigned = all.into_iter().map(|(bar, r)| shown(want, &day, bar, r)).collect(),
    }
    let drawn = loose.split_off(many.min(loose.len()));
    let bars = unassigned.split_off(many.min(unassigned.len()));
    let arrivals = arrivals(want, &day, date, sight);
    let late = day.bookings.values().filter(|one| {
        one.business_date == date && day.rules.releases(&want.kit.day, one, want.now)
    });
    let arrivals = (arrivals, late.count());
    let rail = rail(want, (&day.house, &day.people), arrivals, beside, sight);
    let (l, spelling) = (want.messages(), want.spelling());
    let now = (window.from <= want.now && want.now < window.to)
        .then(|| (window.column(want.now), spelling.minute(want.now)));
    let open = || {
        day.bookings
            .values()
            .filter(|one| one.business_date == date && one.state != State::Cancelled)
    };
    let today = date == want.kit.day.date(want.now);
    Ok(Board {
        day: spelling.day_from(date, want.now),
        lunar: super::super::lunar::of((&l, spelling.language), date).unwrap_or_default(),
        before: date.pred_opt().unwrap_or(date),
        after: date.succ_opt().unwrap_or(date),
        today,
        periods: choices(&l, &day.house, &period),
        period,
        from_at: window.from,
        to_at: window.to,
        columns: window.columns(),
        hours: hours(want, window, date, now.as_ref().map(|(column, _)| *column)),
        now,
        counts: counts(&l, &parts),
        parts,
        bars,
        unassigned,
        drawn,
        loose,
        totals: totals(&day, window),
        guests: open().map(|one| one.party).sum(),
        bookings: open().count(),
        last_row,
        rail,
        writes,
        calls,
        date,
        l,
    })
}

/// The bars of stays, of cleaning, and of what else is taken.
fn bars(
    want: &Want,
    day: &Day,
    window: Window,
    taken: &Taken,
    sight: &Sight,
) -> impl Iterator<Item = Bar> {
    let stay = move |(booking, segment): Stay<'_>| {
        of_segment(window, segment, booking, &day.rules, want.now)
    };
    let stays = day.stays().filter_map(stay);
    let cleaning = taken.cleaning.iter().filter_map(move |one| of_cleaning(window, one));
    let claims = taken.claims.iter().filter_map(move |claim| {
        let bar = of_claim(window, claim)?;
        Some(Bar { note: kept_for(want, day, claim, sight.text(&bar.note)), ..bar })
    });
    stays.chain(cleaning).chain(claims)
}

/// What is kept says for whom, or by whom, and until when.
fn kept_for(want: &Want, day: &Day, claim: &claims::Claim, note: String) -> String {
    let Some(until) = claim.expires_at.filter(|_| claim.kind == claims::Kind::Hold) else {
        return note;
    };
    let by = claim.by_staff.and_then(|id| day.people.get(&id).cloned());
    let who = Some(note).filter(|note| !note.is_empty()).or(by).unwrap_or_default();
    let l = want.messages();
    let until = l.bookings_option_until(want.spelling().minute(until));
    format!("{who}{}{until}", l.layout_dot())
}

fn parts(
    want: &Want,
    day: &Day,
    claims: &[claims::Claim],
    row_of: &mut BTreeMap<RoomId, usize>,
) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut stays: BTreeMap<RoomId, Vec<Stay<'_>>> = BTreeMap::new();
    for (booking, one) in day.stays().filter(|(_, one)| one.is_live()) {
        stays.entry(one.room_id).or_default().push((booking, one));
    }
    // the first row holds the hours
    let mut r = 1;
    for room in &day.house.rooms {
        let area = day.house.area(room.area_id).map(|area| area.name.clone()).unwrap_or_default();
        if parts.last().is_none_or(|part| part.name != area) {
            r += 1;
            parts.push(Part { name: area, rows: Vec::new(), r });
        }
        r += 1;
        row_of.insert(room.id, r);
        let here = stays.get(&room.id).map_or(&[][..], Vec::as_slice);
        let row = row(want, day, room, (claims, here), r);
        if let Some(part) = parts.last_mut() {
            part.rows.push(row);
        }
    }
    parts
}

/// A room with its live stays.
fn row(
    want: &Want,
    day: &Day,
    room: &Room,
    (claims, stays): (&[claims::Claim], &[Stay<'_>]),
    r: usize,
) -> Row {
    let (l, spelling) = (want.messages(), want.spelling());
    let seen = seen(room, claims, stays.iter().copied(), &day.rules, want.now);
    let about = seen.booking.and_then(|id| day.bookings.get(&id));
    let seats = match (room.kind, room.tables) {
        (RoomKind::Hall, Some(tables)) => l.rooms_tables(tables).to_string(),
        _ => l.rooms_guests(room.cap_max).to_string(),
    };
    let aside = match (about, seen.face) {
        (Some(booking), Face::InUse | Face::Overstay) => {
            let since = booking.seated_at.unwrap_or(booking.starts_at);
            let since = l.bookings_since(spelling.minute(since)).to_string();
            match next_in(stays, booking.id, want.now) {
                Some(next) => {
                    let next = l.bookings_next_at(spelling.minute(next));
                    format!("{since}{}{next}", l.layout_dot())
                }
                None => since,
            }
        }
        (Some(booking), _) => spelling.minute(booking.expected_at()),
        (None, _) => String::new(),
    };
    Row {
        room_id: room.id,
        name: room.name.clone(),
        alias: room.alias.clone(),
        seats,
        most: room.most(),
        face: seen.face,
        said: face_said(&l, seen.face),
        guest: about.map(|one| with_rooms(day, &l, one)).unwrap_or_default(),
        aside,
        no: about.map(|booking| booking.no.clone()),
        r,
    }
}

/// Who has several rooms at once is named with all of them.
fn with_rooms(day: &Day, l: &Messages, party: &Party) -> String {
    let called = called_said(l, party);
    let own = party.segments.iter().filter(|one| one.is_live());
    let rooms: BTreeSet<RoomId> = own.map(|one| one.room_id).collect();
    if rooms.len() > 1 {
        format!("{called}{}{}", l.layout_dot(), day.house.names(&rooms))
    } else {
        called
    }
}

/// When the next party has a room in which another sits.
fn next_in(stays: &[Stay<'_>], but: BookingId, now: Moment) -> Option<Moment> {
    let others = stays.iter().filter(|(booking, one)| {
        booking.id != but && booking.state.is_open() && one.to_at > now && one.seated_at.is_none()
    });
    others.map(|(_, one)| one.from_at).min()
}

fn arrivals(want: &Want, day: &Day, date: NaiveDate, sight: &Sight) -> Vec<Arrival> {
    let comes =
        |one: &&Booking| one.business_date == date && is_arriving(one, &day.rules, want.now);
    let mut expected: Vec<&Booking> =
        day.bookings.values().map(|party| &party.booking).filter(comes).collect();
    expected.sort_by_key(|one| (one.starts_at, one.id));
    let mut rooms_of: BTreeMap<BookingId, Vec<RoomId>> = BTreeMap::new();
    let coming: BTreeSet<BookingId> = expected.iter().map(|one| one.id).collect();
    let theirs = |stay: &Stay<'_>| stay.1.is_live() && coming.contains(&stay.0.id);
    for (booking, segment) in day.stays().filter(theirs) {
        rooms_of.entry(booking.id).or_default().push(segment.room_id);
    }
    let rooms = |booking: &Booking| {
        let own = rooms_of.get(&booking.id).cloned().unwrap_or_default();
        let ready =
            own.iter().all(|id| day.house.room(*id).is_none_or(|room| room.readiness.is_ready()));
        (day.house.names(&own), ready)
    };
    let arrival = |booking: &Booking| arrival(want, booking, rooms(booking), &day.rules, sight);
    expected.into_iter().filter_map(arrival).collect()
}
