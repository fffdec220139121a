//! The lines to the PBXes, told from the SIP side to the screens.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::config::Config;
use crate::kernel::Moment;
use crate::meters::Meters;
use crate::sip::{
    Handle, Line, LineState, Mirror, MirrorLine, SocketProblem, SocketState, Telephone, WatchLine,
};
use crate::web::{
    HeardBy, LineView, Lost, MirrorView, SocketView, Sources, TelephoneView, WatchView,
};

/// How often counts are brought up to date that nobody is woken for.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Keeps the screens' picture of the lines up to date, until the SIP side is gone.
pub(super) async fn follow(
    mut told: Handle,
    config: Arc<Config>,
    screens: watch::Sender<Vec<LineView>>,
) {
    loop {
        let seen = lines(&told, &config);
        screens.send_if_modified(|shown| {
            // when something was heard last is shown and wakes nobody
            let quiet = |line: &LineView| LineView { last_heard_at: None, ..line.clone() };
            let changed = !shown.iter().map(quiet).eq(seen.iter().map(quiet));
            *shown = seen;
            changed
        });
        let changed = tokio::select! {
            changed = told.lines.changed() => changed,
            changed = told.watches.changed() => changed,
            // where nothing is mirrored it is gone from the start
            Ok(()) = told.mirrored.changed() => Ok(()),
            () = tokio::time::sleep(LOOK_AGAIN) => Ok(()),
        };
        if changed.is_err() {
            return;
        }
    }
}

/// By what each PBX is heard: our accounts there, and where we have none what stands for them.
pub(super) fn lines(told: &Handle, config: &Config) -> Vec<LineView> {
    let accounts: Vec<LineView> = told.lines.borrow().iter().filter_map(view).collect();
    let (mirrored, watched) = (mirrored(told, config), watched(told));
    let mut lines = Vec::new();
    for pbx in &config.pbx {
        let of = |line: &&LineView| line.pbx == pbx.name;
        let own = accounts.iter().filter(of).cloned();
        let before = lines.len();
        lines.extend(own);
        if lines.len() == before {
            let mirror = mirrored.iter().find(of);
            let watch = watched.iter().find(of);
            // one of the two that tells something is enough
            let heard = [mirror, watch].into_iter().flatten();
            lines.extend(heard.clone().find(|line| line.up).or(heard.clone().next()).cloned());
        }
    }
    lines
}

/// What is mirrored of each PBX.
fn mirrored(told: &Handle, config: &Config) -> Vec<LineView> {
    let view = |line: &MirrorLine| {
        let pbx = config.pbx.get(usize::from(line.pbx.0))?.name.clone();
        let (up, since, reason, status) = turned(&line.state, line.since)?;
        let last_heard_at = line.last_at;
        let account = "HEP".to_owned();
        Some(LineView {
            pbx,
            by: HeardBy::Mirror,
            account,
            up,
            since,
            reason,
            status,
            last_heard_at,
        })
    };
    told.mirrored.borrow().iter().filter_map(view).collect()
}

/// What the watched extensions of each PBX are worth together: one that tells something is enough.
fn watched(told: &Handle) -> Vec<LineView> {
    let mut lines: Vec<LineView> = Vec::new();
    for watch in told.watches.borrow().iter() {
        let Some((up, since, reason, status)) = turned(&watch.state, watch.since) else { continue };
        let last_heard_at = watch.last_notify_at;
        let (pbx, account) = (watch.pbx_name.clone(), "dialog-info".to_owned());
        let line =
            LineView { pbx, by: HeardBy::Watch, account, up, since, reason, status, last_heard_at };
        match lines.iter_mut().find(|known| known.pbx == line.pbx) {
            None => lines.push(line),
            Some(known) => {
                let last = known.last_heard_at.max(line.last_heard_at);
                if line.up && !known.up {
                    *known = line;
                }
                known.last_heard_at = last;
            }
        }
    }
    lines
}

/// Whether it is up, since when, and why it is not; `None` of what is off on purpose.
fn turned(state: &LineState, since: Moment) -> Option<Turned> {
    match *state {
        LineState::Off => None,
        LineState::Trying => Some((false, None, None, None)),
        LineState::Registered { .. } | LineState::Hearing => Some((true, Some(since), None, None)),
        LineState::Down { reason, status } => Some((false, Some(since), Some(reason), status)),
    }
}

type Turned = (bool, Option<Moment>, Option<&'static str>, Option<u16>);

/// How a line looks on the screens; one that is off on purpose does not.
fn view(line: &Line) -> Option<LineView> {
    let (up, since, reason, status) = turned(&line.state, line.since)?;
    let (pbx, account) = (line.pbx_name.clone(), line.username.clone());
    let last_heard_at = line.last_heard_at;
    Some(LineView { pbx, by: HeardBy::Member, account, up, since, reason, status, last_heard_at })
}

/// Keeps the screens' picture of everything beside the registrations up to date.
pub(super) async fn follow_sources(
    mut told: Handle,
    config: Arc<Config>,
    meters: Meters,
    screens: watch::Sender<Sources>,
) {
    loop {
        let seen = sources(&told, &config, &meters);
        screens.send_if_modified(|shown| {
            let quiet = Sources { telephones: Arc::clone(&shown.telephones), ..seen.clone() };
            let changed = *shown != quiet;
            *shown = seen;
            changed
        });
        let changed = tokio::select! {
            changed = told.sockets.changed() => changed,
            changed = told.watches.changed() => changed,
            // where nothing is mirrored these are gone from the start
            Ok(()) = told.hep_sockets.changed() => Ok(()),
            Ok(()) = told.mirrors.changed() => Ok(()),
            Ok(()) = told.telephones.changed() => Ok(()),
            Ok(()) = told.mirrored.changed() => Ok(()),
            // a NOTIFY that turns nothing wakes nobody, and is counted
            () = tokio::time::sleep(LOOK_AGAIN) => Ok(()),
        };
        if changed.is_err() {
            return;
        }
    }
}

/// What the screens show beside the registrations.
pub(super) fn sources(told: &Handle, config: &Config, meters: &Meters) -> Sources {
    let sip = told.sockets.borrow();
    let hep = told.hep_sockets.borrow();
    let sockets = sip.iter().map(|socket| socket_view("sip", socket));
    let sockets = sockets.chain(hep.iter().map(|socket| socket_view("hep", socket)));
    Sources {
        watches: told.watches.borrow().iter().map(watch_view).collect(),
        mirrors: told.mirrors.borrow().iter().map(|one| mirror_view(one, config)).collect(),
        mirrored: mirrored(told, config),
        telephones: told
            .telephones
            .borrow()
            .iter()
            .filter_map(|one| telephone_view(one, config))
            .collect(),
        lost: meters.lost().into_iter().map(|(reason, count)| Lost { reason, count }).collect(),
        sockets: sockets.collect(),
    }
}

/// Of a PBX that stands in the configuration.
fn telephone_view(one: &Telephone, config: &Config) -> Option<TelephoneView> {
    Some(TelephoneView {
        pbx: config.pbx.get(usize::from(one.pbx.0))?.name.clone(),
        extension: one.extension.to_string(),
        told_at: one.told_at,
        until: one.until,
        rang_at: one.rang_at,
    })
}

fn watch_view(line: &WatchLine) -> WatchView {
    let (up, since, reason, status) =
        turned(&line.state, line.since).unwrap_or((false, None, None, None));
    WatchView {
        pbx: line.pbx_name.clone(),
        extension: line.extension.to_string(),
        position: line.position,
        up,
        since,
        reason,
        status,
        last_notify_at: line.last_notify_at,
        rang_at: line.rang_at,
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
        clock_off: mirror.clock.corrected,
        silent_since: mirror.silent_since,
    }
}

/// How a socket looks on the screens; `hears` is `sip` or `hep`.
pub(super) fn socket_view(hears: &'static str, socket: &SocketState) -> SocketView {
    // of a port that the system chose, the one it is
    let chosen = socket.bound.filter(|_| socket.listen.addr.port() == 0);
    let addr = chosen.unwrap_or(socket.listen.addr);
    SocketView {
        hears,
        listen: format!("{}://{addr}", socket.listen.transport.name()),
        ok: socket.bound.is_some(),
        reason: socket.problem.as_ref().map(|problem| match problem {
            SocketProblem::PortTaken => "port-taken",
            SocketProblem::NoSuchAddress => "no-such-address",
            SocketProblem::Forbidden => "forbidden",
            SocketProblem::Certificate(_) => "certificate",
            SocketProblem::Other(_) => "other",
        }),
        problem: socket.problem.as_ref().map(|problem| {
            let key = if hears == "hep" { "hep.listen" } else { "sip.listen" };
            problem.advice(key, socket.listen)
        }),
    }
}
