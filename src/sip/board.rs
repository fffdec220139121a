//! What our lines and subscriptions are, told to all who want to know.

use tokio::sync::{mpsc, watch};

use super::{Heard, Line, LineChange, LineState, Source, WatchLine};
use crate::config::Pbx;
use crate::kernel::{Extension, Moment, PbxId};
use crate::meters::{self, Meters};

/// The lines of the house, and the extensions it watches.
#[derive(Clone)]
pub(crate) struct Board {
    /// In the order of the file.
    pub(crate) lines: watch::Sender<Vec<Line>>,
    /// In the order of the file.
    pub(crate) watches: watch::Sender<Vec<WatchLine>>,
    out: mpsc::Sender<Heard>,
    meters: Meters,
}

impl Board {
    /// All trying, or off: lines where the PBX is not joined as a member, subscriptions where it
    /// has no account of ours.
    pub(crate) fn new(pbx: &[Pbx], now: Moment, out: mpsc::Sender<Heard>, meters: Meters) -> Self {
        let (mut lines, mut watches) = (Vec::new(), Vec::new());
        for (one, index) in pbx.iter().zip(0_u16..) {
            for (account, place) in one.accounts.iter().zip(0_u16..) {
                lines.push(Line {
                    pbx: PbxId(index),
                    pbx_name: one.name.clone(),
                    account: place,
                    username: account.username.clone(),
                    state: if one.member { LineState::Trying } else { LineState::Off },
                    since: now,
                    last_heard_at: None,
                });
            }
            for (extension, place) in one.watch.iter().zip(0_u16..) {
                let off = one.accounts.is_empty();
                watches.push(WatchLine {
                    pbx: PbxId(index),
                    pbx_name: one.name.clone(),
                    place,
                    extension: extension.clone(),
                    position: one.positions.contains(extension),
                    state: if off { LineState::Off } else { LineState::Trying },
                    since: now,
                    last_notify_at: None,
                    rang_at: None,
                    notifies: 0,
                });
            }
        }
        let (lines, watches) = (watch::Sender::new(lines), watch::Sender::new(watches));
        let board = Self { lines, watches, out, meters };
        for line in board.lines.borrow().iter() {
            board.gauge(line);
        }
        board.gauge_watches(&board.watches.borrow());
        board
    }

    /// A line or a subscription is this since then. A refresh, which only moves its end, is shown
    /// and not told upward.
    pub(crate) fn show(&self, source: Source, since: Moment, state: &LineState) {
        let turned = match source {
            Source::Member { pbx, account } => self.show_line(pbx, account, since, state),
            Source::Watch { pbx, place } => self.show_watch(pbx, place, since, state),
            Source::Mirror { .. } => return,
        };
        if turned {
            let change = LineChange { at: since, since, source, state: state.clone() };
            if self.out.try_send(Heard::Line(change)).is_err() {
                self.meters.drop_one("queue_full");
            }
        }
    }

    /// The PBX said something on one of our lines. Nobody is woken for it.
    pub(crate) fn heard(&self, source: Source, at: Moment) {
        let Source::Member { pbx, account } = source else { return };
        self.lines.send_if_modified(|lines| {
            let place = |line: &&mut Line| line.pbx == pbx && line.account == account;
            if let Some(line) = lines.iter_mut().find(place) {
                line.last_heard_at = Some(at);
            }
            false
        });
    }

    /// The PBX told something of an extension. Nobody is woken for it.
    pub(crate) fn notified(&self, pbx: PbxId, place: u16, at: Moment) {
        self.watches.send_if_modified(|watches| {
            let found = watches.iter_mut().find(|one| one.pbx == pbx && one.place == place);
            if let Some(watch) = found {
                watch.last_notify_at = Some(at);
                watch.notifies = watch.notifies.saturating_add(1);
            }
            false
        });
    }

    /// The PBX told that an extension rings or talks. Nobody is woken for it.
    pub(crate) fn rang(&self, pbx: PbxId, extension: &Extension, at: Moment) {
        self.watches.send_if_modified(|watches| {
            for watch in watches.iter_mut() {
                if watch.pbx == pbx && watch.extension == *extension {
                    watch.rang_at = Some(at);
                }
            }
            false
        });
    }

    fn show_line(&self, pbx: PbxId, account: u16, since: Moment, state: &LineState) -> bool {
        let mut turned = false;
        self.lines.send_modify(|lines| {
            let place = |line: &&mut Line| line.pbx == pbx && line.account == account;
            let Some(line) = lines.iter_mut().find(place) else { return };
            turned = turn(&mut line.state, &mut line.since, since, state);
            self.gauge(line);
            if turned {
                log(line);
            }
        });
        turned
    }

    fn show_watch(&self, pbx: PbxId, place: u16, since: Moment, state: &LineState) -> bool {
        let mut turned = false;
        self.watches.send_modify(|watches| {
            let place = |one: &&mut WatchLine| one.pbx == pbx && one.place == place;
            let Some(watch) = watches.iter_mut().find(place) else { return };
            turned = turn(&mut watch.state, &mut watch.since, since, state);
            if turned {
                log_watch(watch);
                self.gauge_watches(watches);
            }
        });
        turned
    }

    fn gauge(&self, line: &Line) {
        let up = line.state.is_up();
        let label = meters::Line { pbx: line.pbx_name.clone(), account: line.username.clone() };
        self.meters.registered.get_or_create(&label).set(i64::from(up));
    }

    fn gauge_watches(&self, watches: &[WatchLine]) {
        let first = |place: &&WatchLine| place.place == 0;
        for watch in watches.iter().filter(first) {
            let up = watches.iter().filter(|one| one.pbx == watch.pbx && one.state.is_up()).count();
            let label = meters::Pbx { pbx: watch.pbx_name.clone() };
            let up = i64::try_from(up).unwrap_or(i64::MAX);
            self.meters.subscribed.get_or_create(&label).set(up);
        }
    }
}

/// Makes it this since then; true when that is more than a refresh.
fn turn(now: &mut LineState, now_since: &mut Moment, since: Moment, state: &LineState) -> bool {
    let (was_up, is_up) = (now.is_up(), state.is_up());
    let turned = now != state && !(was_up && is_up);
    if was_up != is_up || turned {
        *now_since = since;
    }
    *now = state.clone();
    turned
}

fn log(line: &Line) {
    let (pbx, user) = (&line.pbx_name, &line.username);
    match &line.state {
        LineState::Registered { .. } => {
            tracing::info!(pbx.name = %pbx, account = %user, "registered at {pbx} as {user}: the hotline is heard");
        }
        LineState::Down { reason, status } => {
            tracing::warn!(pbx.name = %pbx, account = %user, reason, status, "not registered at {pbx} as {user} ({reason}): calls there are not heard");
        }
        LineState::Hearing | LineState::Trying | LineState::Off => {}
    }
}

fn log_watch(watch: &WatchLine) {
    let (pbx, extension) = (&watch.pbx_name, watch.extension.as_str());
    match &watch.state {
        LineState::Registered { .. } => {
            tracing::info!(pbx.name = %pbx, extension, "{pbx} tells what {extension} does");
        }
        LineState::Down { reason, status } => {
            tracing::warn!(pbx.name = %pbx, extension, reason, status, "{pbx} does not tell what {extension} does ({reason})");
        }
        LineState::Hearing | LineState::Trying | LineState::Off => {}
    }
}
