//! All our subscriptions: whose NOTIFY it is, what it changes, and whether all positions are busy.
//!
//! A pure machine around [`super::subscribe::Subscription`] and [`dialog_info::Picture`], one of
//! each for every watched extension.
//! All extensions of a PBX share one way to it.

mod site;

use std::collections::VecDeque;
use std::net::SocketAddr;

use rand::rngs::StdRng;

use self::site::Site;
use super::answer::Answer;
use super::dialog_end;
use super::dialog_info::{self, Taken};
use super::read::{self, Message, Name};
use super::register::Shown;
use super::subscribe::{Heeded, Notice, Standing};
use super::transaction::Ms;
use super::transport::Route;
use super::{Source, Watched};
use crate::config::Pbx;
use crate::kernel::{Moment, PbxId};

/// What the subscriptions want done, in this order.
#[derive(Debug)]
pub(crate) enum Do {
    /// Send these bytes.
    Send(Route, Vec<u8>),
    /// Find the way to this PBX anew.
    Reach(PbxId),
    /// Show this of a subscription.
    Show(Source, Shown),
    /// The PBX told something of an extension.
    Heard(PbxId, u16, Moment),
    /// Tell the house.
    Tell(Watched),
    /// Count a NOTIFY, by what it told.
    Count(&'static str),
    /// All have been given back.
    Over,
}

/// The subscriptions of the house.
#[derive(Debug, Default)]
pub(crate) struct Watchers {
    sites: Vec<Site>,
    leaving: bool,
    said_over: bool,
    outs: VecDeque<Do>,
}

impl Watchers {
    /// One subscription for each extension that is watched at a PBX where we have an account.
    /// `fixed`: our address is configured and not learnt.
    pub(crate) fn new(pbx: &[Pbx], now: Ms, fixed: bool, rng: &mut StdRng) -> Self {
        let all = pbx.iter().zip(0_u16..);
        let sites = all.filter_map(|(one, index)| Site::new(PbxId(index), one, now, fixed, rng));
        let mut watchers = Self { sites: sites.collect(), ..Self::default() };
        watchers.settle(now);
        watchers
    }

    /// What is to be done next; call until it gives `None` after each of the calls below.
    pub(crate) fn poll(&mut self) -> Option<Do> {
        self.outs.pop_front()
    }

    /// When [`Watchers::wake`] wants to be called.
    pub(crate) fn next_timer(&self) -> Option<Ms> {
        self.sites.iter().filter_map(Site::next_timer).min()
    }

    /// Time has passed.
    pub(crate) fn wake(&mut self, now: Ms) {
        for site in &mut self.sites {
            site.wake(now);
        }
        self.settle(now);
    }

    /// The PBX can be spoken to, and reaches us at `contact`.
    pub(crate) fn reached(&mut self, now: Ms, pbx: PbxId, route: Route, contact: SocketAddr) {
        if let Some(site) = self.site(pbx) {
            site.reached(route, contact);
        }
        self.settle(now);
    }

    /// No way to the PBX was found. `reason` is a key of the locale files.
    pub(crate) fn shut(&mut self, now: Ms, pbx: PbxId, reason: &'static str) {
        if let Some(site) = self.site(pbx) {
            site.shut(now, reason);
        }
        self.settle(now);
    }

    /// The connection to the PBX is gone.
    pub(crate) fn broken(&mut self, now: Ms, pbx: PbxId) {
        if let Some(site) = self.site(pbx) {
            site.broken(now);
        }
        self.settle(now);
    }

    /// A response came; false when it is to none of our requests.
    pub(crate) fn hear(&mut self, now: Ms, call_id: &str, answer: &Answer) -> bool {
        let known = self.sites.iter_mut().any(|site| site.hear(now, call_id, answer));
        self.settle(now);
        known
    }

    /// A NOTIFY came; the status it is to be answered with.
    pub(crate) fn notified(&mut self, now: Ms, at: Moment, message: &Message<'_>) -> u16 {
        let (status, kind) = self.heed(now, at, message).unwrap_or((481, "unknown"));
        self.outs.push_back(Do::Count(kind));
        self.settle(now);
        status
    }

    /// Every position of this PBX is told to be talking and none to be ringing, and the PBX wants
    /// further calls refused then.
    pub(crate) fn declines(&self, pbx: PbxId) -> bool {
        self.sites.iter().any(|site| site.pbx == pbx && site.is_all_busy())
    }

    /// The service ends: gives all subscriptions back.
    pub(crate) fn leave(&mut self, now: Ms) {
        if !self.leaving {
            self.leaving = true;
            for site in &mut self.sites {
                site.leave(now);
            }
            self.settle(now);
        }
    }

    fn heed(&mut self, now: Ms, at: Moment, message: &Message<'_>) -> Option<(u16, &'static str)> {
        let call_id = read::text(message.get(Name::CallId)?);
        let tag = dialog_end::tag(message, Name::To)?;
        let found = self.sites.iter_mut().find_map(|site| {
            let place = site.place_of(&call_id, &tag)?;
            Some((site.pbx, site.seats.get_mut(usize::from(place))?, place))
        });
        let (pbx, seat, place) = found?;
        let package = message.get(Name::Event).unwrap_or(b"dialog");
        let package = package.split(|&byte| byte == b';').next().unwrap_or_default();
        if !package.trim_ascii().eq_ignore_ascii_case(b"dialog") {
            return Some((489, "foreign"));
        }
        let notice = Notice::of(message)?;
        let Heeded::Known { later } = seat.machine.notified(now, &notice) else { return None };
        if later {
            self.outs.push_back(Do::Heard(pbx, place, at));
        }
        if let Standing::Terminated(_) = notice.state {
            return Some((200, "ended"));
        }
        if notice.state == Standing::Pending && message.body.is_empty() {
            return Some((200, "empty"));
        }
        let Some(body) = body_of(message) else { return Some((200, "foreign")) };
        let kind = match body {
            Err(_) => "unreadable",
            Ok(body) => match seat.picture.take(&body, later) {
                Taken::Changed { fresh } => {
                    let dialogs = seat.picture.dialogs().cloned().collect();
                    let extension = seat.form.extension.clone();
                    let watched = Watched { at, pbx, extension, fresh, dialogs };
                    self.outs.push_back(Do::Tell(watched));
                    "changed"
                }
                Taken::Same => "same",
                Taken::Old => "old",
            },
        };
        if seat.picture.is_lacking() {
            seat.machine.look_in(now);
        }
        Some((200, kind))
    }

    fn site(&mut self, pbx: PbxId) -> Option<&mut Site> {
        self.sites.iter_mut().find(|site| site.pbx == pbx)
    }

    /// Does what the machines ask for.
    fn settle(&mut self, now: Ms) {
        for site in &mut self.sites {
            site.settle(now, &mut self.outs);
        }
        if self.leaving && !self.said_over && self.sites.iter().all(Site::is_over) {
            self.said_over = true;
            self.outs.push_back(Do::Over);
        }
    }
}

/// The dialogs a NOTIFY tells; `None` when its body is about something else. Without a body there
/// is nothing to tell: no dialogs (Kamailio says so of a telephone it never saw calling).
fn body_of(
    message: &Message<'_>,
) -> Option<Result<dialog_info::Document, dialog_info::Unreadable>> {
    const KIND: &[u8] = b"application/dialog-info+xml";
    if message.body.trim_ascii().is_empty() {
        let entity = String::new();
        let none = dialog_info::Document { entity, version: None, full: true, dialogs: vec![] };
        return Some(Ok(none));
    }
    let kind = message.get(Name::ContentType).unwrap_or(KIND);
    let kind = kind.split(|&byte| byte == b';').next().unwrap_or_default();
    let is_ours = kind.trim_ascii().eq_ignore_ascii_case(KIND);
    is_ours.then(|| dialog_info::read(message.body))
}

#[cfg(test)]
pub(super) mod tests;
