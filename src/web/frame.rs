//! What stands around every page: places, lines, clock, who is reading.

use std::borrow::Borrow;
use std::fmt::Display;

use super::doors::{
    BOOKERS, BOOKING_RULES, CALLS, ENGINEERS, FLOOR, HOUSE, JOURNAL, OUTBOX, REPORT_SETTINGS,
    REPORTS, ROOMS, SCRIPTS, STAFF,
};
use super::{Kit, LineView, OnDuty, Sources, Theme, Want, asset, fresh_secret, why_down};
use crate::kernel::{Language, Moment, Role};
use crate::words::{self, Messages, Spelling};

/// The places of the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The operator's page.
    Console,
    /// The call log.
    Calls,
    /// The people and companies that call.
    Contacts,
    /// Who is owed a call back.
    Missed,
    /// Who owes what by when.
    FollowUps,
    /// What was told to whom.
    Notices,
    /// What happened, and who did it.
    Journal,
    /// The live board of rooms.
    Board,
    /// The rooms, their fact sheets and their set-up.
    Rooms,
    /// Bookings, the waitlist, banquets.
    Bookings,
    /// The greeter's page.
    Floor,
    /// What every PBX lets us hear.
    Lines,
    /// Message slips.
    Messages,
    /// What is said.
    Scripts,
    /// What the supervisor proves.
    Reports,
    /// How talks were spoken.
    Quality,
    /// People and programs.
    Staff,
    /// Faults by state, one fault, work orders.
    Faults,
    /// The engineer's own jobs.
    Jobs,
    /// Sites, contracts, devices, goals.
    Sites,
    /// The summary of faults.
    FaultReport,
    /// What goes out of the house.
    Outbox,
    /// Who is who.
    Directory,
    /// Who is there, the roster.
    Shifts,
    /// When the house works.
    Calendars,
    /// The reader's own settings.
    Me,
    /// None of them: signing in, a problem.
    Elsewhere,
}

/// Everything the layout needs; `frame` in every page's view struct, skipped in JSON.
pub struct Frame {
    /// The sentences in the reader's language.
    pub l: Messages,
    /// The reader's language.
    pub language: Language,
    /// How times are written for the reader.
    pub spelling: Spelling,
    /// The theme they chose.
    pub theme: Option<Theme>,
    /// Who reads; `None` before signing in.
    pub reader: Option<OnDuty>,
    /// Where they are.
    pub place: Place,
    /// Where they may go.
    pub nav: Vec<NavItem>,
    /// The site's name.
    pub site: String,
    /// The lines to the PBXes.
    pub lines: Vec<LineView>,
    /// Subscriptions, mirrors, sockets.
    pub sources: Sources,
    /// Whether the store takes what is written.
    pub store_ok: bool,
    /// When the page was made.
    pub now: Moment,
    /// The journal number the page is true for; its stream goes on from here.
    pub seq: Option<i64>,
    /// The page's number for one act, so that a form sent twice acts once.
    pub op_id: String,
    /// Whether the clock moves only when told, as in the demo; screens must not carry it on.
    pub clock_stands: bool,
    /// The version of the program.
    pub version: &'static str,
    /// What stands above the page for its reader, drawn.
    pub above: Option<String>,
}

/// One place in the bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavItem {
    /// Its address.
    pub href: &'static str,
    /// Its name in the reader's language.
    pub label: String,
    /// Its icon: the name after `i-` in the sprite.
    pub icon: &'static str,
    /// Whether the reader is there.
    pub current: bool,
}

/// So many places stand in the bar; the others are behind "more".
const IN_THE_BAR: usize = 5;

/// So many fit at a phone's thumb, "more" among them.
const AT_THE_THUMB: usize = 5;

/// Whether the reader is at one of these places.
fn any_current(places: &[NavItem]) -> bool {
    places.iter().any(|item| item.current)
}

impl Frame {
    pub(super) fn of(want: &Want, place: Place) -> Self {
        let l = want.messages();
        let reader = want.reader.clone();
        let nav = reader.as_ref().map(|reader| nav(&l, reader, place)).unwrap_or_default();
        let kit: &Kit = &want.kit;
        Self {
            nav,
            l,
            language: want.language,
            spelling: want.spelling(),
            theme: reader.as_ref().and_then(|reader| reader.theme),
            reader,
            place,
            site: kit.site_name.clone(),
            lines: kit.lines.borrow().clone(),
            sources: kit.sources.borrow().clone(),
            store_ok: *kit.store_ok.borrow(),
            now: want.now,
            seq: want.seq,
            op_id: fresh_secret(&mut rand::rng()),
            clock_stands: kit.clock.is_manual(),
            version: kit.version,
            above: want.above.clone(),
        }
    }

    /// The address of an asset: `css/base.css`.
    #[expect(clippy::unused_self, reason = "templates know the frame, not this crate's functions")]
    pub fn asset(&self, path: &str) -> String {
        asset(path)
    }

    /// How many lines are up.
    pub fn lines_up(&self) -> usize {
        self.lines.iter().filter(|line| line.up).count()
    }

    /// Whether everything that should be heard is heard.
    pub fn all_heard(&self) -> bool {
        self.lines_up() == self.lines.len() && !self.sources.any_down()
    }

    /// Whether the reader may open the page that says what is heard.
    pub fn sees_lines(&self) -> bool {
        self.reader.as_ref().is_some_and(|reader| reader.roles.has_any(CALLS))
    }

    /// Whether the reader is offered to prepare calls.
    pub fn makes_calls(&self) -> bool {
        self.reader.as_ref().is_some_and(|reader| reader.makes_calls() && reader.in_browser())
    }

    /// Whether a page that a key leads to is open to the reader: a key to a closed door is not shown.
    pub fn opens(&self, page: &str) -> bool {
        let roles = match page {
            "/bookings/new" => BOOKERS,
            "/admin/booking-rules" => BOOKING_RULES,
            "/reports/settings" => REPORT_SETTINGS,
            // a slip is taken by whoever speaks with people from outside
            "/messages/new" => return self.leads_to("/calls") || self.leads_to("/my/floor"),
            _ => return self.makes_calls(),
        };
        self.reader.as_ref().is_some_and(|reader| reader.roles.has_any(roles))
    }

    /// Whether a place is among those the reader may go to.
    pub fn leads_to(&self, href: &str) -> bool {
        self.nav.iter().any(|item| item.href == href)
    }

    /// Whether the reader looks at what is heard.
    pub fn on_lines(&self) -> bool {
        self.place == Place::Lines
    }

    /// How many of the subscriptions and mirrors tell us something, in words; `None` where all do.
    pub fn partly_heard(&self) -> Option<String> {
        let (up, all) = self.sources.heard();
        (up < all).then(|| self.l.layout_lines_partly(up, all).to_string())
    }

    /// The lines that are down and why, for a sentence; empty when all are up.
    pub fn lines_down(&self) -> String {
        let down = self.lines.iter().filter(|line| !line.up && line.since.is_some());
        let down: Vec<String> = down.map(|line| line_down(&self.l, line)).collect();
        down.join(match self.language {
            Language::ZhCn => "、",
            Language::En => ", ",
        })
    }

    /// Whether calls are heard beside the lines: by a watched extension, or mirrored.
    pub fn heard_otherwise(&self) -> bool {
        self.sources.heard().0 > 0
    }

    /// The name of a role.
    pub fn role(&self, role: impl Borrow<Role>) -> String {
        words::role(&self.l, *role.borrow())
    }

    /// Whether the reader looks at their own settings.
    pub fn on_me(&self) -> bool {
        self.place == Place::Me
    }

    /// The places that stand in the bar.
    pub fn nav_bar(&self) -> &[NavItem] {
        &self.nav[..self.nav.len().min(IN_THE_BAR)]
    }

    /// The places behind "more".
    pub fn nav_more(&self) -> &[NavItem] {
        &self.nav[self.nav.len().min(IN_THE_BAR)..]
    }

    /// The places at a phone's thumb.
    pub fn nav_thumb(&self) -> &[NavItem] {
        &self.nav[..self.thumbs()]
    }

    /// The places a phone shows behind "more".
    pub fn nav_thumb_more(&self) -> &[NavItem] {
        &self.nav[self.thumbs()..]
    }

    /// Whether the reader is at a place behind the bar's "more".
    pub fn in_more(&self) -> bool {
        any_current(self.nav_more())
    }

    /// Whether the reader is at a place behind the phone's "more".
    pub fn in_thumb_more(&self) -> bool {
        any_current(self.nav_thumb_more())
    }

    fn thumbs(&self) -> usize {
        // one thumb is "more" where not all fit
        if self.nav.len() <= AT_THE_THUMB { self.nav.len() } else { AT_THE_THUMB - 1 }
    }

    /// The title of a page as the browser's tab shows it.
    pub fn title(&self, page: impl Display) -> String {
        format!("{page}·{}", self.site)
    }
}

fn line_down(l: &Messages, line: &LineView) -> String {
    let name = l.layout_line_down(format!("{} {}", line.pbx, line.account)).to_string();
    match line.reason {
        Some(reason) => {
            let why = why_down(l, reason, line.status);
            l.layout_line_down_why(name, why).to_string()
        }
        None => name,
    }
}

fn nav(l: &Messages, reader: &OnDuty, place: Place) -> Vec<NavItem> {
    // the order is the order of use: the first stand in the bar
    let all = [
        (Place::Console, "/console", l.layout_console(), "phone", CALLS),
        (Place::Jobs, "/my/jobs", l.layout_jobs(), "wrench", ENGINEERS),
        (Place::Floor, "/my/floor", l.bookings_floor(), "radio", FLOOR),
        (Place::Board, "/rooms/board", l.bookings_board(), "door", ROOMS),
        (Place::Faults, "/faults", l.layout_faults(), "wrench", CALLS),
        (Place::Contacts, "/contacts", l.layout_contacts(), "user", CALLS),
        (Place::Reports, "/reports/answering", l.layout_reports(), "chart", REPORTS),
        (Place::Calls, "/calls", l.layout_calls(), "list", CALLS),
        (Place::FollowUps, "/follow-ups", l.layout_followups(), "checks", HOUSE),
        (Place::Missed, "/calls/missed", l.layout_missed(), "in", CALLS),
        (Place::Bookings, "/bookings", l.bookings_list(), "book", ROOMS),
        (Place::Messages, "/messages", l.messages_title(), "note", HOUSE),
        (Place::Notices, "/notices", l.layout_notices(), "bell", HOUSE),
        (Place::Rooms, "/rooms", l.rooms_list(), "key", ROOMS),
        (Place::Directory, "/directory", l.layout_directory(), "user", HOUSE),
        (Place::Shifts, "/shifts", l.layout_shifts(), "users", HOUSE),
        (Place::Quality, "/quality", l.quality_title(), "checks", CALLS),
        (Place::FaultReport, "/reports/faults", l.layout_fault_report(), "list", CALLS),
        (Place::Scripts, "/admin/scripts", l.scripts_title(), "volume", SCRIPTS),
        (Place::Sites, "/sites", l.layout_sites(), "pin", CALLS),
        (Place::Journal, "/journal", l.layout_journal(), "note", JOURNAL),
        (Place::Outbox, "/admin/outbox", l.layout_outbox(), "send", OUTBOX),
        (Place::Staff, "/staff", l.layout_staff(), "users", STAFF),
        (Place::Calendars, "/admin/calendars", l.layout_calendars(), "clock", STAFF),
    ];
    all.into_iter()
        .filter(|(.., roles)| reader.roles.has_any(roles))
        .map(|(there, href, label, icon, _)| NavItem {
            href,
            label: label.to_string(),
            icon,
            current: there == place,
        })
        .collect()
}
