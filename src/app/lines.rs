//! The lines to the PBXes, told from the SIP side to the screens.

use tokio::sync::watch;

use crate::sip::{Line, LineState, SocketProblem, SocketState};
use crate::web::{LineView, SocketView, Sources};

/// Keeps the screens' picture of the lines up to date, until the SIP side is gone.
pub(super) async fn follow(
    mut lines: watch::Receiver<Vec<Line>>,
    screens: watch::Sender<Vec<LineView>>,
) {
    loop {
        let seen: Vec<LineView> = lines.borrow_and_update().iter().filter_map(view).collect();
        screens.send_if_modified(|shown| {
            let changed = *shown != seen;
            *shown = seen;
            changed
        });
        if lines.changed().await.is_err() {
            return;
        }
    }
}

/// How a line looks on the screens; one that is off on purpose does not.
pub(super) fn view(line: &Line) -> Option<LineView> {
    let (up, since, reason, status) = match line.state {
        LineState::Off => return None,
        LineState::Trying => (false, None, None, None),
        LineState::Registered { .. } | LineState::Hearing => (true, Some(line.since), None, None),
        LineState::Down { reason, status } => (false, Some(line.since), Some(reason), status),
    };
    let (pbx, account) = (line.pbx_name.clone(), line.username.clone());
    Some(LineView { pbx, account, up, since, reason, status })
}

/// Keeps the screens' picture of everything beside the registrations up to date.
pub(super) async fn follow_sources(
    mut sockets: watch::Receiver<Vec<SocketState>>,
    screens: watch::Sender<Sources>,
) {
    loop {
        let seen = sources(&sockets.borrow_and_update());
        screens.send_if_modified(|shown| {
            let changed = *shown != seen;
            *shown = seen;
            changed
        });
        if sockets.changed().await.is_err() {
            return;
        }
    }
}

/// What the screens show beside the registrations.
pub(super) fn sources(sockets: &[SocketState]) -> Sources {
    let sockets = sockets.iter().map(|socket| socket_view("sip", socket)).collect();
    Sources { watches: Vec::new(), mirrors: Vec::new(), sockets }
}

/// How a socket looks on the screens; `hears` is `sip` or `hep`.
pub(super) fn socket_view(hears: &'static str, socket: &SocketState) -> SocketView {
    SocketView {
        hears,
        listen: format!("{}://{}", socket.listen.transport.name(), socket.listen.addr),
        ok: socket.bound.is_some(),
        reason: socket.problem.as_ref().map(|problem| match problem {
            SocketProblem::PortTaken => "port-taken",
            SocketProblem::NoSuchAddress => "no-such-address",
            SocketProblem::Forbidden => "forbidden",
            SocketProblem::Certificate(_) => "certificate",
            SocketProblem::Other(_) => "other",
        }),
        problem: socket.problem.as_ref().map(ToString::to_string),
    }
}
