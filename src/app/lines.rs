//! The lines to the PBXes, told from the SIP side to the screens.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::config::Config;
use crate::sip::{Handle, Line, LineState, Mirror, SocketProblem, SocketState, WatchLine};
use crate::web::{LineView, MirrorView, SocketView, Sources, WatchView};

/// How often counts are brought up to date that nobody is woken for.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

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
    mut told: Handle,
    config: Arc<Config>,
    screens: watch::Sender<Sources>,
) {
    loop {
        let seen = sources(&told, &config);
        screens.send_if_modified(|shown| {
            let changed = *shown != seen;
            *shown = seen;
            changed
        });
        let changed = tokio::select! {
            changed = told.sockets.changed() => changed,
            changed = told.watches.changed() => changed,
            // where nothing is mirrored these two are gone from the start
            Ok(()) = told.hep_sockets.changed() => Ok(()),
            Ok(()) = told.mirrors.changed() => Ok(()),
            // a NOTIFY that turns nothing wakes nobody, and is counted
            () = tokio::time::sleep(LOOK_AGAIN) => Ok(()),
        };
        if changed.is_err() {
            return;
        }
    }
}

/// What the screens show beside the registrations.
pub(super) fn sources(told: &Handle, config: &Config) -> Sources {
    let sip = told.sockets.borrow();
    let hep = told.hep_sockets.borrow();
    let sockets = sip.iter().map(|socket| socket_view("sip", socket));
    let sockets = sockets.chain(hep.iter().map(|socket| socket_view("hep", socket)));
    Sources {
        watches: told.watches.borrow().iter().map(watch_view).collect(),
        mirrors: told.mirrors.borrow().iter().map(|one| mirror_view(one, config)).collect(),
        sockets: sockets.collect(),
    }
}

fn watch_view(line: &WatchLine) -> WatchView {
    let (up, since, reason, status) = match line.state {
        LineState::Off | LineState::Trying => (false, None, None, None),
        LineState::Registered { .. } | LineState::Hearing => (true, Some(line.since), None, None),
        LineState::Down { reason, status } => (false, Some(line.since), Some(reason), status),
    };
    WatchView {
        pbx: line.pbx_name.clone(),
        extension: line.extension.to_string(),
        position: line.position,
        up,
        since,
        reason,
        status,
        last_notify_at: line.last_notify_at,
        notifies: line.notifies,
    }
}

fn mirror_view(mirror: &Mirror, config: &Config) -> MirrorView {
    let pbx = mirror.pbx.and_then(|pbx| config.pbx.get(usize::from(pbx.0)));
    MirrorView {
        pbx: pbx.map(|pbx| pbx.name.clone()),
        peer: mirror.peer.to_string(),
        capture_id: mirror.capture_id,
        packets: mirror.packets,
        last_at: mirror.last_at,
        clock_offset_ms: mirror.clock.offset_ms,
        clock_corrected: mirror.clock.corrected,
        clock_off: mirror.clock.noticed,
        silent_since: mirror.silent_since,
    }
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
