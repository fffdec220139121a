//! The test call: somebody calls the hotline once, and every source says what it saw of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::mpsc;

use super::evidence::{Gives, Hep, Watch, Watching};
use crate::calls::store::{self, Filter, Message};
use crate::calls::{Call, Evidence, State};
use crate::config::Config;
use crate::db::{self, Db};
use crate::kernel::{Moment, PbxId};
use crate::sip::{DialogState, Heard, LegKey, LineState, Mirror, Role, Source, WatchLine, What};

/// How long after the end of a call there may still come something of it.
const AFTERWARDS: Duration = Duration::from_secs(3);
/// How often the log of a running service is looked into.
const LOOK: Duration = Duration::from_millis(500);

/// What was heard, gathered by PBX.
pub(super) struct Gathered {
    gives: Vec<Gives>,
    /// What each source saw, in order: when, by our own clock, and what.
    seen: BTreeMap<String, Vec<(Moment, String)>>,
    /// What rings or talks: legs, and watched extensions.
    live: BTreeSet<Alive>,
    began: bool,
    /// PBXes at which a call was seen, and those whose mirror showed one.
    called: BTreeSet<PbxId>,
    mirrored: BTreeSet<PbxId>,
}

/// Something that rings or talks.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Alive {
    Leg(LegKey),
    Phone(PbxId, String),
}

impl Gathered {
    /// Nothing heard yet of the PBXes of a configuration.
    pub(super) fn new(config: &Config) -> Self {
        let gives = config.pbx.iter().map(|pbx| Gives {
            pbx: pbx.name.clone(),
            watches: pbx
                .watch
                .iter()
                .map(|extension| Watch {
                    extension: extension.to_string(),
                    position: pbx.positions.contains(extension),
                    state: Watching::NoNotify,
                    number: None,
                })
                .collect(),
            hep: config.hep.as_ref().map(|_| Hep::default()),
            ..Gives::default()
        });
        Self {
            gives: gives.collect(),
            seen: BTreeMap::new(),
            live: BTreeSet::new(),
            began: false,
            called: BTreeSet::new(),
            mirrored: BTreeSet::new(),
        }
    }

    /// What every PBX gives, as far as was heard.
    pub(super) fn gives(&mut self) -> &mut [Gives] {
        &mut self.gives
    }

    fn pbx(&mut self, pbx: PbxId) -> Option<&mut Gives> {
        self.gives.get_mut(usize::from(pbx.0))
    }

    fn note(&mut self, source: String, at: Moment, what: impl Into<String>) {
        self.seen.entry(source).or_default().push((at, what.into()));
    }

    fn lives(&mut self, one: Alive, lives: bool) {
        self.began |= lives;
        if lives {
            self.live.insert(one);
        } else {
            self.live.remove(&one);
        }
    }

    /// A call was seen, and nothing of it rings or talks any more.
    fn is_over(&self) -> bool {
        self.began && self.live.is_empty()
    }

    /// Takes in one thing that was heard.
    pub(super) fn hear(&mut self, heard: &Heard) {
        match heard {
            Heard::Line(change) => self.line(change.source, &change.state),
            Heard::Wire(_) | Heard::SetBack(_) => {}
            Heard::Watched(watched) => {
                let name = watched.extension.to_string();
                let Some(gives) = self.pbx(watched.pbx) else { return };
                let pbx = gives.pbx.clone();
                let rings = watched.dialogs.iter().any(|one| one.state == DialogState::Early);
                let number = watched.dialogs.iter().any(|one| one.remote.user.is_some());
                if let Some(watch) = gives.watches.iter_mut().find(|one| one.extension == name) {
                    watch.state = Watching::Granted;
                    if rings {
                        watch.number = Some(number || watch.number == Some(true));
                    }
                }
                let state = watched.dialogs.iter().map(|one| one.state).max();
                if !watched.fresh {
                    self.lives(Alive::Phone(watched.pbx, name.clone()), state.is_some());
                }
                let says = match state {
                    _ if watched.fresh => return,
                    None => "idle",
                    Some(DialogState::Trying) => "is called",
                    Some(DialogState::Early) if number => "rings, with the caller's number",
                    Some(DialogState::Early) => "rings, without a number",
                    Some(DialogState::Confirmed) => "talks",
                };
                self.note(format!("{pbx} dialog-info {name}"), watched.at, says);
            }
            Heard::Sighting(sighting) => {
                let id = sighting.source.pbx();
                self.called.insert(id);
                if matches!(sighting.source, Source::Mirror { .. }) {
                    self.mirrored.insert(id);
                }
                let Some(gives) = self.pbx(id) else { return };
                let pbx = gives.pbx.clone();
                let says = told(gives, &sighting.what);
                let source = match sighting.source {
                    Source::Member { .. } => format!("{pbx} member"),
                    Source::Watch { .. } => format!("{pbx} dialog-info"),
                    Source::Mirror { .. } => format!("{pbx} HEP"),
                };
                let ended = matches!(
                    sighting.what,
                    What::Withdrawn(_) | What::Refused(_) | What::Ended(_) | What::Lost
                );
                let returned = matches!(&sighting.what, What::Offered(offer) if matches!(offer.role, Role::Returned(_)));
                if !returned {
                    self.lives(Alive::Leg(sighting.leg.clone()), !ended);
                }
                self.note(source, sighting.heard_at, says);
            }
        }
    }

    /// Takes in how a subscription is at the end.
    pub(super) fn watched(&mut self, line: &WatchLine) {
        let source = Source::Watch { pbx: line.pbx, place: line.place };
        self.line(source, &line.state);
        let silent = line.state.is_up() && line.notifies == 0;
        let Some(gives) = self.pbx(line.pbx).filter(|_| silent) else { return };
        if let Some(watch) = gives.watches.get_mut(usize::from(line.place)) {
            watch.state = Watching::NoNotify;
        }
    }

    /// Takes in what was mirrored to us in the time we listened.
    pub(super) fn mirrored(&mut self, mirrors: &[Mirror]) {
        let alone = self.gives.len() == 1;
        for (place, gives) in self.gives.iter_mut().enumerate() {
            if gives.hep.is_none() {
                continue;
            }
            // a sender that named no PBX yet is the only one's
            let its = |mirror: &&Mirror| match mirror.pbx {
                Some(pbx) => usize::from(pbx.0) == place,
                None => alone,
            };
            let its: Vec<&Mirror> = mirrors.iter().filter(its).collect();
            let off = its.iter().find(|mirror| mirror.clock.corrected);
            let here = |of: &BTreeSet<PbxId>| of.iter().any(|pbx| usize::from(pbx.0) == place);
            gives.hep = Some(Hep {
                packets: its.iter().map(|mirror| mirror.packets).sum(),
                silent: !its.is_empty() && its.iter().all(|one| one.silent_since.is_some()),
                clock_off_ms: off.map(|mirror| mirror.clock.offset_ms),
                call: here(&self.called).then(|| here(&self.mirrored)),
            });
        }
    }

    fn line(&mut self, source: Source, state: &LineState) {
        let Some(gives) = self.pbx(source.pbx()) else { return };
        if let Source::Watch { place, .. } = source
            && let Some(watch) = gives.watches.get_mut(usize::from(place))
        {
            watch.state = match state {
                LineState::Registered { .. } | LineState::Hearing => Watching::Granted,
                LineState::Down { reason: "no-hint", .. } => Watching::NoHint,
                LineState::Down { status: status @ Some(_), .. } => Watching::Refused(*status),
                LineState::Down { .. } | LineState::Trying | LineState::Off => Watching::NoNotify,
            };
        }
    }

    /// Listens for so long, or until a little after the end of a call where `a_call` is waited for.
    pub(super) async fn listen(
        &mut self,
        heard: &mut mpsc::Receiver<Heard>,
        patience: Duration,
        a_call: bool,
    ) {
        let mut end = Box::pin(tokio::time::sleep(patience));
        let mut afterwards = None;
        loop {
            let over = async {
                match &mut afterwards {
                    Some(rest) => rest.await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = &mut end => return,
                () = over => return,
                one = heard.recv() => {
                    let Some(one) = one else { return };
                    self.hear(&one);
                    let over = a_call && self.is_over();
                    // what else is heard meanwhile keeps nobody waiting longer
                    afterwards = over
                        .then(|| afterwards.take().unwrap_or_else(|| Box::pin(tokio::time::sleep(AFTERWARDS))));
                }
            }
        }
    }

    /// What every source saw, one line each fact, with the time since the first of all.
    pub(super) fn report(&self) -> Vec<String> {
        let Some(first) = self.seen.values().flatten().map(|(at, _)| *at).min() else {
            return vec!["no source saw a call".to_owned()];
        };
        let line = |source: &String, (at, says): &(Moment, String)| {
            format!("{source}: {} {says}", after(first, *at))
        };
        let lines = self.seen.iter();
        lines.flat_map(|(source, facts)| facts.iter().map(move |fact| line(source, fact))).collect()
    }
}

fn after(first: Moment, at: Moment) -> String {
    let millis = at.millis_since(first).max(0);
    format!("+{}.{:03} s", millis / 1000, millis % 1000)
}

/// What a sighting says, without anybody's number; also whether the headers were there.
fn told(gives: &mut Gives, what: &What) -> String {
    match what {
        What::Offered(offer) => {
            let there = offer.trunk_call_id.is_some();
            if !matches!(offer.role, Role::Trunk | Role::Returned(_)) {
                gives.headers = Some(there || gives.headers == Some(true));
            }
            gives.unnamed_service |= matches!(&offer.role, Role::Returned(back) if !back.named);
            let who = match &offer.role {
                Role::Member => "this system is called".to_owned(),
                Role::Trunk => "a call arrives from outside".to_owned(),
                Role::Phone(extension) => format!("{extension} is called"),
                Role::Placed(extension) => format!("{extension} calls"),
                Role::Outbound => "a call goes out".to_owned(),
                Role::Detour => "a call goes to a service".to_owned(),
                Role::Returned(_) => "it comes back from there".to_owned(),
            };
            if there { format!("{who}, with X-Hotline-Call-ID") } else { who }
        }
        What::Alerted => "rings".to_owned(),
        What::Answered => "answered".to_owned(),
        What::Withdrawn(why) => {
            let said = why.elsewhere || why.q850.is_some() || why.sip.is_some();
            gives.reason = Some(said || gives.reason == Some(true));
            match (why.elsewhere, why.q850) {
                (true, _) => "taken back: answered elsewhere".to_owned(),
                (false, Some(cause)) => format!("taken back: Q.850 cause {cause}"),
                (false, None) => "taken back, no Reason".to_owned(),
            }
        }
        What::Refused(status) => format!("refused with {status}"),
        What::Ended(_) => "over".to_owned(),
        What::Held(true) => "put on hold".to_owned(),
        What::Held(false) => "taken back from hold".to_owned(),
        What::Referred(_) => "transferred".to_owned(),
        What::Lost => "lost sight of".to_owned(),
    }
}

/// A call that the running service wrote down.
pub(super) struct Logged {
    call: Call,
    /// At which PBX.
    pbx: String,
    messages: Vec<Message>,
}

/// What the running service wrote down of the first call since `begin`, waiting `patience` for it.
/// `None` where no call came.
pub(super) async fn logged(
    db: &Db,
    begin: Moment,
    patience: Duration,
) -> db::Result<Option<Logged>> {
    let filter = Filter { from: Some(begin), ..Filter::default() };
    let looks = patience.as_millis() / LOOK.as_millis();
    for look in 0..=looks {
        let page = store::page(db, &filter, 200, None).await?;
        let first = page.items.into_iter().next_back();
        let done = |call: &Call| call.state == State::Ended || look == looks;
        if let Some(call) = first.filter(done) {
            // what is mirrored may come a little later than the end
            tokio::time::sleep(LOOK).await;
            let messages = store::ladder(db, call.id).await?;
            let pbx = store::pbx_of(db, call.id).await?;
            return Ok(Some(Logged { call, pbx, messages }));
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(None)
}

/// What a call of the log says of the sources, without anybody's number; and what it showed of
/// headers and reasons.
pub(super) fn read(logged: &Logged, gives: &mut [Gives]) -> Vec<String> {
    let Logged { call, pbx, messages } = logged;
    let invite = |message: &&Message| message.text.starts_with("INVITE ");
    let has = |message: &Message, name: &str| {
        let mut lines = message.text.lines().skip(1).take_while(|line| !line.is_empty());
        lines.any(|line| line.to_ascii_lowercase().starts_with(name))
    };
    let headers = messages.iter().filter(invite).any(|message| has(message, "x-hotline-"));
    let mut cancels = messages.iter().filter(|message| message.text.starts_with("CANCEL "));
    let first = cancels.next();
    let reason = first.map(|one| has(one, "reason:") || cancels.any(|one| has(one, "reason:")));
    if let Some(its) = gives.iter_mut().find(|one| one.pbx == *pbx) {
        its.headers = messages.iter().any(|one| invite(&one)).then_some(headers);
        its.reason = reason;
        if let Some(hep) = &mut its.hep {
            // these two are seen in the mirror alone
            let mirrored = matches!(call.evidence, Evidence::Position180 | Evidence::Trunk180);
            hep.call = Some(mirrored);
        }
    }
    let span = |millis: Option<i64>| {
        millis.map_or_else(|| "-".to_owned(), |ms| format!("{}.{:03} s", ms / 1000, ms % 1000))
    };
    let mut lines = vec![
        format!("{pbx} call {}: its clock rests on {}", call.id, call.evidence.word()),
        format!(
            "{pbx} call {}: answered after {}, end {}",
            call.id,
            span(call.answer_ms),
            if call.end_seen { "seen" } else { "not seen" }
        ),
    ];
    for leg in &call.legs {
        let name = leg.extension.as_ref().map_or("member or line".to_owned(), ToString::to_string);
        let rang = leg.rang_at.map_or("did not ring".to_owned(), |at| {
            format!("rang {} after the call arrived", after(call.offered_at, at))
        });
        let end = leg.end.map_or("open", |end| end.word());
        lines.push(format!("{pbx} call {}: {name} {rang}, {end}", call.id));
    }
    lines.push(format!("{pbx} call {}: {} messages on its ladder", call.id, messages.len()));
    lines
}

#[cfg(test)]
mod tests;
