//! `/lines`: what every PBX lets us hear: registrations, subscriptions, mirrored signalling, and
//! when something could not be heard.

use askama::Template;
use serde::Serialize;

use super::super::store::{self, Outage};
use super::outages::{Period, Together};
use crate::db;
use crate::kernel::{Closed, Moment};
use crate::web::{
    Frame, HeardBy, LineView, Lost, MirrorView, OnDuty, Place, SocketView, Sources, Want,
    WatchView, why_down,
};
use crate::words::{Messages, Spelling};

/// So many outages are looked at ...
const OUTAGES_MOST: i64 = 200;
/// ... and so many lines of them shown, those that belong together in one.
const PERIODS_MOST: usize = 50;

/// The page; as JSON the states themselves.
#[derive(Template, Serialize)]
#[template(path = "calls/lines.html")]
pub(super) struct Lines {
    #[serde(skip)]
    frame: Frame,
    pbxes: Vec<PbxState>,
    mirrors: Vec<MirrorView>,
    sockets: Vec<SocketView>,
    lost: Vec<Lost>,
    outages: Vec<Outage>,
    #[serde(skip)]
    ports: Vec<Port>,
    #[serde(skip)]
    losses: Vec<(String, u64)>,
    #[serde(skip)]
    senders: Vec<Sender>,
    #[serde(skip)]
    periods: Vec<Period>,
    #[serde(skip)]
    as_of: String,
}

/// One PBX and what it tells.
#[derive(Serialize)]
pub(super) struct PbxState {
    name: String,
    registrations: Vec<LineView>,
    /// What is mirrored of it; null where no mirrored signalling is to be heard at all.
    mirrored: Option<LineView>,
    watches: Vec<WatchView>,
    #[serde(skip)]
    shown: Vec<Shown>,
    #[serde(skip)]
    mirror: Vec<Shown>,
    #[serde(skip)]
    watched: Vec<Watched>,
}

impl PbxState {
    /// Whether its mirrored signalling tells who answers.
    fn mirror_tells(&self) -> bool {
        self.mirrored.as_ref().is_some_and(|line| line.up)
    }
}

/// A registration, or what is mirrored of a PBX, as the page says it.
pub(super) struct Shown {
    name: String,
    state: State,
    last: String,
}

/// A subscription as the page says it.
pub(super) struct Watched {
    name: String,
    position: bool,
    state: State,
    last: String,
    notifies: u64,
}

/// A mirror as the page says it.
pub(super) struct Sender {
    name: String,
    state: State,
    packets: u64,
    last: String,
    clock: String,
    clock_off: bool,
}

/// A socket as the page says it.
pub(super) struct Port {
    listen: String,
    hears: &'static str,
    state: State,
}

/// Up, down or being tried: a word, a tint, since when, why.
pub(super) struct State {
    word: String,
    /// `t1` up, `t4` down, `t2` being tried.
    tint: &'static str,
    since: String,
    why: String,
}

/// What the states are said with.
struct Teller<'a> {
    l: &'a Messages,
    spelling: Spelling,
}

impl Teller<'_> {
    fn state(
        &self,
        up: bool,
        since: Option<Moment>,
        reason: Option<&str>,
        status: Option<u16>,
    ) -> State {
        let l = self.l;
        let (word, tint) = match (up, since) {
            (true, _) => (l.lines_up(), "t1"),
            (false, Some(_)) => (l.lines_down(), "t4"),
            (false, None) => (l.lines_trying(), "t2"),
        };
        State {
            word: word.to_string(),
            tint,
            since: since
                .map(|at| l.lines_since(self.spelling.exact(at)).to_string())
                .unwrap_or_default(),
            why: reason.map(|reason| why_down(l, reason, status)).unwrap_or_default(),
        }
    }

    fn last(&self, at: Option<Moment>) -> String {
        at.map_or_else(|| "–".to_owned(), |at| self.spelling.exact(at))
    }

    fn line(&self, line: &LineView) -> Shown {
        let mut state = self.state(line.up, line.since, line.reason, line.status);
        if line.by == HeardBy::Mirror && !line.up && line.since.is_none() {
            // nobody tries: it comes or it does not
            state.word = self.l.lines_mirror_never().to_string();
        }
        Shown { name: line.account.clone(), state, last: self.last(line.last_heard_at) }
    }

    fn watch(&self, watch: &WatchView) -> Watched {
        Watched {
            name: watch.extension.clone(),
            position: watch.position,
            state: self.state(watch.up, watch.since, watch.reason, watch.status),
            last: self.last(watch.last_notify_at),
            notifies: watch.notifies,
        }
    }

    fn port(&self, socket: &SocketView) -> Port {
        let (word, tint) =
            if socket.ok { (self.l.lines_up(), "t1") } else { (self.l.lines_down(), "t4") };
        let why = match (socket.reason, &socket.problem) {
            (Some(reason @ ("certificate" | "other")), Some(problem)) => {
                format!("{}: {problem}", why_down(self.l, reason, None))
            }
            (Some(reason), _) => why_down(self.l, reason, None),
            (None, problem) => problem.clone().unwrap_or_default(),
        };
        let state = State { word: word.to_string(), tint, since: String::new(), why };
        Port { listen: socket.listen.clone(), hears: socket.hears, state }
    }

    /// Several at one address are told apart by the numbers of their captures.
    fn mirrors(&self, mirrors: &[MirrorView]) -> Vec<Sender> {
        let at = |peer: &str| mirrors.iter().filter(|mirror| mirror.peer == peer).count();
        mirrors.iter().map(|mirror| self.mirror(mirror, at(&mirror.peer) == 1)).collect()
    }

    fn mirror(&self, mirror: &MirrorView, alone: bool) -> Sender {
        let l = self.l;
        let silent = mirror.silent_since;
        let offset = format!("{:+}", mirror.clock_offset_ms);
        let clock = if mirror.clock_corrected {
            l.lines_clock_corrected(offset)
        } else {
            l.lines_clock_right(offset)
        };
        Sender {
            name: {
                let number = (!alone).then(|| format!("#{}", mirror.capture_id));
                let parts = [mirror.pbx.clone(), Some(mirror.peer.clone()), number];
                parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
            },
            state: self.state(silent.is_none(), silent, silent.map(|_| "silent"), None),
            packets: mirror.packets,
            last: self.last(mirror.last_at),
            clock: clock.to_string(),
            clock_off: mirror.clock_off,
        }
    }
}

/// The PBXes that are named anywhere, in the order of the configuration.
fn pbxes(
    teller: &Teller<'_>,
    lines: &[LineView],
    sources: &Sources,
    closed: &Closed,
) -> Vec<PbxState> {
    let mut names: Vec<&str> = Vec::new();
    let told = lines.iter().chain(&sources.mirrored).map(|line| line.pbx.as_str());
    for name in told.chain(sources.watches.iter().map(|watch| watch.pbx.as_str())) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let of = |name: &str| {
        let registered = |line: &&LineView| line.pbx == name && line.by == HeardBy::Member;
        let registrations: Vec<_> = lines.iter().filter(registered).cloned().collect();
        let mirrored = sources.mirrored.iter().find(|line| line.pbx == name).cloned();
        let watches = sources.watches.iter().filter(|watch| watch.pbx == name).cloned();
        let seen =
            |watch: WatchView| WatchView { extension: closed.number(watch.extension), ..watch };
        let watches: Vec<_> = watches.map(seen).collect();
        PbxState {
            name: name.to_owned(),
            shown: registrations.iter().map(|line| teller.line(line)).collect(),
            mirror: mirrored.iter().map(|line| teller.line(line)).collect(),
            watched: watches.iter().map(|watch| teller.watch(watch)).collect(),
            registrations,
            mirrored,
            watches,
        }
    };
    names.into_iter().map(of).collect()
}

/// Why messages were lost, in the reader's language.
fn why_lost(l: &Messages, reason: &str) -> String {
    match reason {
        "untrusted" => l.lines_lost_untrusted(),
        "budget" => l.lines_lost_budget(),
        "hep_untrusted" => l.lines_lost_hep_untrusted(),
        "hep_budget" => l.lines_lost_hep_budget(),
        "hep_auth" => l.lines_lost_hep_auth(),
        "hep_compressed" => l.lines_lost_hep_compressed(),
        "hep_unreadable" => l.lines_lost_hep_unreadable(),
        "hep_message_unreadable" => l.lines_lost_hep_message_unreadable(),
        "unreadable" => l.lines_lost_unreadable(),
        "book_full" | "transactions_full" => l.lines_lost_calls_full(),
        "hep_kernel" => l.lines_lost_hep_kernel(),
        "hep_too_many_legs" | "hep_too_many_forks" => l.lines_lost_hep_too_many(),
        "connections_full" => l.lines_lost_connections(),
        "refused_by_store" => l.lines_lost_refused(),
        "store_full" => l.lines_lost_store_full(),
        "ladder_full" => l.lines_lost_ladder_full(),
        _ => l.lines_lost_queue_full(),
    }
    .to_string()
}

/// Gathers the page.
pub(super) async fn lines(want: &Want, reader: &OnDuty) -> db::Result<Lines> {
    let closed = reader.closed.clone();
    let outages = store::outages(&want.kit.db, OUTAGES_MOST).await?;
    let frame = want.frame(Place::Lines);
    let teller = Teller { l: &frame.l, spelling: frame.spelling };
    let Sources { mirrors, sockets, lost, .. } = &frame.sources;
    Ok(Lines {
        pbxes: pbxes(&teller, &frame.lines, &frame.sources, &closed),
        senders: teller.mirrors(mirrors),
        ports: sockets.iter().map(|socket| teller.port(socket)).collect(),
        losses: lost.iter().map(|one| (why_lost(teller.l, one.reason), one.count)).collect(),
        lost: lost.clone(),
        periods: Together::all(&outages)
            .iter()
            .take(PERIODS_MOST)
            .map(|one| one.said(teller.l, teller.spelling))
            .collect(),
        as_of: teller.spelling.second(want.now),
        mirrors: mirrors.clone(),
        sockets: sockets.clone(),
        outages,
        frame,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::kernel::Language;
    use crate::words;

    #[test]
    fn senders_at_one_address_are_told_apart_by_their_capture() {
        let mirror = |peer: &str, capture_id| MirrorView {
            peer: peer.into(),
            capture_id,
            pbx: Some("main".into()),
            packets: 1,
            last_at: None,
            clock_offset_ms: 0,
            clock_corrected: false,
            clock_off: false,
            silent_since: None,
        };
        let (l, spelling) = (
            words::of(Language::En),
            Spelling { language: Language::En, zone: chrono_tz::Asia::Shanghai },
        );
        let all = [mirror("192.0.2.5", 7), mirror("192.0.2.5", 2022), mirror("192.0.2.6", 2022)];
        let names: Vec<_> =
            Teller { l: &l, spelling }.mirrors(&all).into_iter().map(|one| one.name).collect();
        let expected = ["main · 192.0.2.5 · #7", "main · 192.0.2.5 · #2022", "main · 192.0.2.6"];
        assert_eq!(names, expected);
    }

    #[test]
    fn each_kind_of_loss_is_told_in_words_of_its_own() {
        let reasons = [
            "book_full",
            "budget",
            "hep_kernel",
            "hep_message_unreadable",
            "hep_unreadable",
            "queue_full",
            "unreadable",
            "untrusted",
        ];
        for language in [Language::ZhCn, Language::En] {
            let l = words::of(language);
            let told: BTreeSet<_> = reasons.iter().map(|reason| why_lost(&l, reason)).collect();
            assert_eq!(told.len(), reasons.len(), "{told:?}");
        }
    }
}
