//! What our lines are, told to all who want to know.

use tokio::sync::{mpsc, watch};

use super::{Heard, Line, LineChange, LineState, Source};
use crate::config::Pbx;
use crate::kernel::{Moment, PbxId};
use crate::meters::{self, Meters};

/// The lines of the house.
#[derive(Clone)]
pub(crate) struct Board {
    /// In the order of the file.
    pub(crate) lines: watch::Sender<Vec<Line>>,
    out: mpsc::Sender<Heard>,
    meters: Meters,
}

impl Board {
    /// All lines trying, or off where the PBX is not joined as a member.
    pub(crate) fn new(pbx: &[Pbx], now: Moment, out: mpsc::Sender<Heard>, meters: Meters) -> Self {
        let mut lines = Vec::new();
        for (one, index) in pbx.iter().zip(0_u16..) {
            for (account, place) in one.accounts.iter().zip(0_u16..) {
                lines.push(Line {
                    pbx: PbxId(index),
                    pbx_name: one.name.clone(),
                    account: place,
                    username: account.username.clone(),
                    state: if one.member { LineState::Trying } else { LineState::Off },
                    since: now,
                });
            }
        }
        let board = Self { lines: watch::Sender::new(lines), out, meters };
        for line in board.lines.borrow().iter() {
            board.gauge(line);
        }
        board
    }

    /// A line is this since then. A refresh, which only moves the end of a registration, is shown
    /// and not told upward.
    pub(crate) fn show(&self, source: Source, since: Moment, state: &LineState) {
        let Source::Member { pbx, account } = source else { return };
        let mut turned = false;
        self.lines.send_modify(|lines| {
            let place = |line: &&mut Line| line.pbx == pbx && line.account == account;
            let Some(line) = lines.iter_mut().find(place) else { return };
            let was_up = line.state.is_up();
            let is_up = state.is_up();
            turned = line.state != *state && !(was_up && is_up);
            if was_up != is_up || turned {
                line.since = since;
            }
            line.state = state.clone();
            self.gauge(line);
            if turned {
                log(line);
            }
        });
        if turned {
            let change = LineChange { at: since, source, state: state.clone() };
            if self.out.try_send(Heard::Line(change)).is_err() {
                self.meters.drop_one("queue_full");
            }
        }
    }

    fn gauge(&self, line: &Line) {
        let up = line.state.is_up();
        let label = meters::Line { pbx: line.pbx_name.clone(), account: line.username.clone() };
        self.meters.registered.get_or_create(&label).set(i64::from(up));
    }
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
