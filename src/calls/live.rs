//! The calls that are not over, as last committed: read by every screen without a lock or a query.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, oneshot};

use super::call::{Call, State};
use super::driver::Command;
use crate::kernel::{CallId, StaffId};
use crate::shifts::Talking;

/// So many ended calls stay in the picture, so that the news of an end can still be drawn.
const ENDED_MOST: usize = 256;
/// Who wants all that was heard stored waits no longer than this: the store may be in trouble.
const WAITS_MOST: Duration = Duration::from_millis(500);

/// The committed picture of live calls. Cheap to clone; all clones see the same.
#[derive(Clone, Default)]
pub struct LiveCalls {
    picture: Arc<ArcSwap<Picture>>,
    driver: Arc<OnceLock<mpsc::Sender<Command>>>,
}

#[derive(Clone, Default)]
struct Picture {
    live: BTreeMap<CallId, Arc<Call>>,
    ended: BTreeMap<CallId, Arc<Call>>,
    /// The ended ones, longest ended first.
    order: VecDeque<CallId>,
}

impl LiveCalls {
    /// A picture that begins with these.
    pub(super) fn new(calls: &[Arc<Call>]) -> Self {
        let live = Self::default();
        live.put(calls);
        live
    }

    /// Says who can be asked to store what was heard.
    pub(super) fn driven_by(&self, driver: mpsc::Sender<Command>) {
        self.driver.get_or_init(|| driver);
    }

    /// Has everything stored that was heard so far, for whoever reads a call's messages from the store:
    /// these wait there for others. Returns after half a second at the latest.
    pub async fn written(&self) {
        let Some(driver) = self.driver.get() else { return };
        let (done, stored) = oneshot::channel();
        let asked = async {
            if driver.send(Command::Write(done)).await.is_ok() {
                drop(stored.await);
            }
        };
        if tokio::time::timeout(WAITS_MOST, asked).await.is_err() {
            tracing::debug!("what was heard is not stored yet");
        }
    }

    /// A call that lives or ended a short while ago.
    pub fn get(&self, id: CallId) -> Option<Arc<Call>> {
        let picture = self.picture.load();
        picture.live.get(&id).or_else(|| picture.ended.get(&id)).cloned()
    }

    /// The calls that are not over, oldest first.
    pub fn all(&self) -> Vec<Arc<Call>> {
        self.picture.load().live.values().cloned().collect()
    }

    /// Those that nobody has answered, oldest first.
    pub fn ringing(&self) -> Vec<Arc<Call>> {
        let waits = |call: &&Arc<Call>| matches!(call.state, State::Offered | State::Ringing);
        self.picture.load().live.values().filter(waits).cloned().collect()
    }

    /// How many are not over.
    pub fn count(&self) -> usize {
        self.picture.load().live.len()
    }

    /// Takes calls as they were committed. Commits are told in any order: the higher version wins.
    pub(super) fn put(&self, calls: &[Arc<Call>]) {
        if calls.is_empty() {
            return;
        }
        self.picture.rcu(|picture| {
            let mut next = Picture::clone(picture);
            for call in calls {
                next.put(call);
            }
            next
        });
    }
}

impl Talking for LiveCalls {
    /// Those who answered a call that is not over.
    fn talking(&self) -> BTreeSet<StaffId> {
        let picture = self.picture.load();
        let answered = picture.live.values().filter(|call| call.state == State::Answered);
        answered
            .filter_map(|call| call.answered_by.as_ref()?.staff.as_ref().map(|staff| staff.id))
            .collect()
    }
}

impl Picture {
    fn put(&mut self, call: &Arc<Call>) {
        let known = self.live.get(&call.id).or_else(|| self.ended.get(&call.id)).cloned();
        let older = known.as_ref().is_some_and(|known| known.version >= call.version);
        let Some(call) = Self::newer(known, call, older) else { return };
        let call = &call;
        if call.state != State::Ended {
            self.live.insert(call.id, call.clone());
            return;
        }
        self.live.remove(&call.id);
        if self.ended.insert(call.id, call.clone()).is_none() {
            self.order.push_back(call.id);
        }
        if self.order.len() > ENDED_MOST
            && let Some(longest) = self.order.pop_front()
        {
            self.ended.remove(&longest);
        }
    }

    /// The call as the picture should hold it: the machine's side of the newer one, and of what
    /// people wrote and of the customer's card the newest that either knows. `None` where nothing
    /// of it is new.
    fn newer(known: Option<Arc<Call>>, call: &Arc<Call>, older: bool) -> Option<Arc<Call>> {
        let Some(known) = known else { return Some(call.clone()) };
        let version = |call: &Call| call.record.as_ref().map(|record| record.version);
        let (new, old) = if older { (&known, call) } else { (call, &known) };
        let record = version(old) > version(new);
        let contact = new.caller.contact.is_none() && old.caller.contact.is_some();
        if older && !record {
            return None;
        }
        if !record && !contact {
            return Some(call.clone());
        }
        let mut merged = Call::clone(new);
        if record {
            merged.record.clone_from(&old.record);
        }
        if contact {
            merged.caller.contact.clone_from(&old.caller.contact);
        }
        Some(merged.into())
    }
}
