//! The subscriptions at one PBX.

use std::collections::VecDeque;
use std::net::{Ipv6Addr, SocketAddr};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::Do;
use crate::config::{Pbx, WhenAllBusy};
use crate::kernel::PbxId;
use crate::sip::Source;
use crate::sip::answer::Answer;
use crate::sip::dialog_info::Picture;
use crate::sip::digest::Credentials;
use crate::sip::subscribe::{Act, Form, Subscription};
use crate::sip::transaction::{Ms, Way};
use crate::sip::transport::Route;

/// New requests go out so far apart: a hundred subscriptions are no burst.
const PACE: Ms = 20;

/// One watched extension.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) form: Form,
    pub(super) machine: Subscription,
    pub(super) picture: Picture,
    /// The last request, as it was sent.
    last: Vec<u8>,
}

/// All that is watched at one PBX.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) pbx: PbxId,
    /// In the order of the configuration: the place of each is its number.
    pub(super) seats: Vec<Seat>,
    /// The seats of all positions, where calls are to be refused when all are busy.
    pub(super) positions: Option<Vec<usize>>,
    pub(super) way: Option<(Route, SocketAddr)>,
    /// Nobody answered there: it is looked for anew before it is taken again.
    stale: bool,
    finding: bool,
    /// Who waits for the way, or for their turn.
    queue: VecDeque<usize>,
    /// When the next may have its turn.
    turn: Ms,
}

impl Site {
    /// `None` where nothing is watched or we have no account.
    pub(super) fn new(
        id: PbxId,
        pbx: &Pbx,
        now: Ms,
        fixed: bool,
        rng: &mut StdRng,
    ) -> Option<Self> {
        let account = pbx.accounts.first().filter(|_| !pbx.watch.is_empty())?;
        let bare_ipv6 = pbx.domain.parse::<Ipv6Addr>().is_ok();
        let domain = if bare_ipv6 { format!("[{}]", pbx.domain) } else { pbx.domain.clone() };
        let mut seats = Vec::new();
        for extension in &pbx.watch {
            let form = Form {
                username: account.username.clone(),
                domain: domain.clone(),
                extension: extension.clone(),
                call_id: format!("{:016x}{:016x}", rng.next_u64(), rng.next_u64()),
                tag: format!("{:016x}", rng.next_u64()),
                transport: pbx.address.transport,
            };
            let who = Credentials {
                username: account.username.clone(),
                password: account.password.clone(),
            };
            let chance = StdRng::seed_from_u64(rng.next_u64());
            let machine = Subscription::new(now, who, form.watched(), fixed, chance);
            let picture = Picture::new(extension.clone());
            seats.push(Seat { form, machine, picture, last: Vec::new() });
        }
        let place = |wanted| pbx.watch.iter().position(|one| one == wanted);
        let positions = (pbx.when_all_busy == WhenAllBusy::Decline && !pbx.positions.is_empty())
            .then(|| pbx.positions.iter().map(place).collect::<Option<Vec<_>>>())
            .flatten();
        Some(Self {
            pbx: id,
            seats,
            positions,
            way: None,
            stale: false,
            finding: false,
            queue: VecDeque::new(),
            turn: now,
        })
    }

    pub(super) fn next_timer(&self) -> Option<Ms> {
        let waits = self.way.is_some() && !self.stale && !self.queue.is_empty();
        let turn = waits.then_some(self.turn).filter(|_| !self.finding);
        self.seats.iter().filter_map(|seat| seat.machine.next_timer()).chain(turn).min()
    }

    pub(super) fn wake(&mut self, now: Ms) {
        for seat in &mut self.seats {
            while seat.machine.next_timer().is_some_and(|next| next <= now) {
                seat.machine.wake(now);
            }
        }
    }

    pub(super) fn reached(&mut self, route: Route, contact: SocketAddr) {
        self.finding = false;
        self.stale = false;
        self.way = Some((route, contact));
    }

    pub(super) fn shut(&mut self, now: Ms, reason: &'static str) {
        self.finding = false;
        for place in std::mem::take(&mut self.queue) {
            if let Some(seat) = self.seats.get_mut(place) {
                seat.machine.failed(now, reason);
            }
        }
    }

    pub(super) fn broken(&mut self, now: Ms) {
        self.way = None;
        self.queue.clear();
        for seat in &mut self.seats {
            seat.machine.failed(now, "unreachable");
        }
    }

    pub(super) fn hear(&mut self, now: Ms, call_id: &str, answer: &Answer) -> bool {
        let ours = |seat: &&mut Seat| seat.form.call_id(seat.machine.dialog()) == call_id;
        let found = self.seats.iter_mut().find(ours);
        found.is_some_and(|seat| {
            seat.machine.hear(now, answer);
            true
        })
    }

    /// Whose dialog it is, by Call-ID and our tag.
    pub(super) fn place_of(&self, call_id: &str, tag: &str) -> Option<u16> {
        let ours = |seat: &Seat| {
            seat.form.tag == tag && seat.form.call_id(seat.machine.dialog()) == call_id
        };
        u16::try_from(self.seats.iter().position(ours)?).ok()
    }

    pub(super) fn leave(&mut self, now: Ms) {
        self.queue.clear();
        for seat in &mut self.seats {
            seat.machine.leave(now);
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.seats.iter().all(|seat| seat.machine.is_over())
    }

    pub(super) fn is_all_busy(&self) -> bool {
        let busy = |&place: &usize| {
            self.seats.get(place).is_some_and(|seat| seat.machine.is_up() && seat.picture.is_busy())
        };
        self.positions.as_ref().is_some_and(|positions| positions.iter().all(busy))
    }

    /// Does what the machines ask for until none asks for more.
    pub(super) fn settle(&mut self, now: Ms, outs: &mut VecDeque<Do>) {
        loop {
            let mut lost = false;
            let mut doubt = false;
            for (place, seat) in self.seats.iter_mut().enumerate() {
                let source = Source::Watch { pbx: self.pbx, place: narrow(place) };
                while let Some(act) = seat.machine.poll() {
                    match act {
                        Act::Send(request) => {
                            seat.last = seat.form.fill(&request);
                            send(self.way.as_ref(), &seat.last, outs);
                        }
                        Act::Again => send(self.way.as_ref(), &seat.last, outs),
                        Act::Reach => self.queue.push_back(place),
                        Act::Doubt => doubt = true,
                        Act::Begin => seat.picture.begin(),
                        Act::Asked => seat.picture.asked(),
                        Act::Lost => lost = true,
                        Act::Show(shown) => outs.push_back(Do::Show(source, shown)),
                        Act::Over => {}
                    }
                }
            }
            if doubt {
                self.doubt(now);
            }
            if lost {
                self.look_in_everywhere(now);
            }
            if !self.give_turn(now, outs) && !doubt {
                return;
            }
        }
    }

    /// The next in the queue may begin; false when it has to wait, or nobody does.
    fn give_turn(&mut self, now: Ms, outs: &mut VecDeque<Do>) -> bool {
        if self.queue.is_empty() {
            return false;
        }
        let open = |(route, _): &&(Route, SocketAddr)| !self.stale && !route.is_closed();
        let Some((route, contact)) = self.way.as_ref().filter(open) else {
            if !std::mem::replace(&mut self.finding, true) {
                outs.push_back(Do::Reach(self.pbx));
            }
            return false;
        };
        if now < self.turn {
            return false;
        }
        let (way, contact) = (route.way(), *contact);
        let next = self.queue.pop_front();
        if let Some(seat) = next.and_then(|place| self.seats.get_mut(place)) {
            seat.machine.reached(now, way, contact);
        }
        self.turn = now.saturating_add(PACE);
        true
    }

    /// Nobody answers there. A stream that may be dead takes all with it; a datagram has nothing to
    /// lose.
    fn doubt(&mut self, now: Ms) {
        self.stale = true;
        if self.way.as_ref().is_some_and(|(route, _)| route.way() == Way::Stream) {
            self.broken(now);
        }
    }

    /// A PBX that lost one subscription, as after a restart, may have lost all.
    fn look_in_everywhere(&mut self, now: Ms) {
        let mut at = now;
        for seat in &mut self.seats {
            seat.machine.look_in(at);
            at = at.saturating_add(PACE);
        }
    }
}

/// Without a way nothing is sent: the machine's timers repeat it.
fn send(way: Option<&(Route, SocketAddr)>, bytes: &[u8], outs: &mut VecDeque<Do>) {
    if let Some((route, _)) = way {
        outs.push_back(Do::Send(route.clone(), bytes.to_vec()));
    }
}

fn narrow(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(u16::MAX)
}
