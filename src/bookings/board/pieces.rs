//! Bars as they stand in the page: of hundreds only those are written anew that something changed of.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;

use super::bars::{Bar, BarId};
use super::draw::Day;
use super::shown::{Shown, shown};
use crate::kernel::{RoomId, StaffId};
use crate::web::{Problem, Want};

/// A bar in the page.
#[derive(Template)]
#[template(path = "bookings/board_bar.html")]
struct Written<'s> {
    one: &'s Shown,
}

/// The bars of one board as they were last written. What stands in one follows from the bar, which says the
/// version of its booking, from its row and from what rooms and people are called; and from the time alone
/// where guests are late, about to come or there.
#[derive(Default)]
pub(super) struct Pieces {
    names: Names,
    of: Vec<Piece>,
}

struct Piece {
    bar: Bar,
    r: usize,
    html: Arc<str>,
}

/// What rooms and people are called.
#[derive(Default, PartialEq, Eq)]
struct Names {
    rooms: Vec<(RoomId, String)>,
    people: Arc<BTreeMap<StaffId, String>>,
}

impl Names {
    fn of(day: &Day) -> Self {
        let rooms = day.house.rooms.iter().map(|room| (room.id, room.name.clone()));
        Self { rooms: rooms.collect(), people: Arc::clone(&day.people) }
    }
}

/// Whether the words in a bar change with the time.
fn is_timed(bar: &Bar) -> bool {
    matches!(bar.look, "late" | "due_soon" | "in_use" | "overstay")
}

/// Where a bar was before: they come in nearly the order they had, so it is looked for first at `next`.
fn place(before: &[Piece], next: usize, id: BarId) -> Option<usize> {
    match before.get(next) {
        Some(one) if one.bar.id == id => Some(next),
        _ => before.iter().position(|one| one.bar.id == id),
    }
}

impl Pieces {
    /// The bars of a day, each in its row, in their order.
    pub(super) fn write(
        &mut self,
        want: &Want,
        day: &Day,
        bars: Vec<(Bar, usize)>,
    ) -> Result<Vec<Arc<str>>, Problem> {
        let names = Names::of(day);
        let mut before = std::mem::take(&mut self.of);
        if self.names != names {
            before.clear();
            self.names = names;
        }
        let mut written = Vec::with_capacity(bars.len());
        self.of.reserve(bars.len());
        let mut next = 0;
        for (bar, r) in bars {
            let at = place(&before, next, bar.id);
            next = at.map_or(next, |at| at + 1);
            let kept = at.and_then(|at| before.get(at));
            let kept = kept.filter(|one| one.r == r && one.bar == bar && !is_timed(&bar));
            let piece = if let Some(kept) = kept {
                Piece { bar, r, html: Arc::clone(&kept.html) }
            } else {
                let one = shown(want, day, bar, r);
                let html = Written { one: &one }.render().map_err(Problem::broken)?.into();
                Piece { bar: one.bar, r, html }
            };
            written.push(Arc::clone(&piece.html));
            self.of.push(piece);
        }
        Ok(written)
    }
}
