//! The live stream: tells a reader what changed, without a gap and without a double.
//!
//! A stream listens to the bus first, then reads the journal up to its head, then follows. A jump
//! in the numbers or a lag behind the bus's ring sends it back to the journal; a reader more than
//! [`TOO_FAR`] behind is told to reload instead. What a slow reader has not taken stays in the
//! journal, so it costs no memory.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use futures_util::future::BoxFuture;
use futures_util::stream::unfold;
use serde::Serialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use super::doubt::{Doubt, Look};
use super::{Filter, OnDuty, Problem, Reader, Want};
use crate::bus::News;
use crate::db;
use crate::kernel::Moment;
use crate::meters::Meters;

/// A reader so many journal numbers behind is told to reload.
pub const TOO_FAR: i64 = 1000;

/// How often a stream shows that it is alive.
const BEAT: Duration = Duration::from_secs(2);

/// After so many beats a stream asks whether its reader is still on duty, and looks into the
/// journal for what another program wrote.
const BEATS_A_ROUND: u32 = 5;

/// What a room says about its own news: who may see them and what they look like.
pub trait Fragments: Send + Sync + 'static {
    /// The kinds of news it speaks for, such as `call`. News nobody speaks for reach nobody.
    fn kinds(&self) -> &'static [&'static str];

    /// Whether this reader may know of it.
    fn may_see(&self, reader: &OnDuty, news: &News) -> bool;

    /// The piece of page that shows it to this reader, in their language; only asked for readers in
    /// a browser.
    fn html<'a>(
        &'a self,
        _want: &'a Want,
        _reader: &'a OnDuty,
        _news: &'a News,
    ) -> BoxFuture<'a, Option<String>> {
        Box::pin(std::future::ready(None))
    }
}

/// What the staff room answers of somebody: who they are now, nobody any more, or that the store did not say.
pub type Known = db::Result<Option<OnDuty>>;

/// Asks whether the one behind a stream is still on duty, and with which roles; put into the
/// request by the staff room.
#[derive(Clone)]
pub struct StillOnDuty(pub Arc<dyn Fn() -> BoxFuture<'static, Known> + Send + Sync>);

/// The state of a line is for everyone who is signed in.
struct Lines;

impl Fragments for Lines {
    fn kinds(&self) -> &'static [&'static str] {
        &["line"]
    }

    fn may_see(&self, _: &OnDuty, _: &News) -> bool {
        true
    }
}

#[derive(Clone)]
struct Speakers(Arc<[Arc<dyn Fragments>]>);

/// `/live`, with the rooms that speak there.
pub fn routes(rooms: Vec<Arc<dyn Fragments>>) -> Router {
    let mut speakers: Vec<Arc<dyn Fragments>> = vec![Arc::new(Lines)];
    speakers.extend(rooms);
    Router::new().route("/live", get(open)).with_state(Speakers(speakers.into()))
}

/// `?after=seq`.
#[derive(serde::Deserialize)]
struct Since {
    after: Option<i64>,
}

async fn open(
    State(speakers): State<Speakers>,
    want: Want,
    Reader(reader): Reader,
    Filter(since): Filter<Since>,
    still: Option<Extension<StillOnDuty>>,
    request: Request,
) -> Result<Response, Problem> {
    let last = request.headers().get("last-event-id").and_then(|id| id.to_str().ok());
    // the header is the newer of the two: a browser that comes back repeats its first address
    let after = last.and_then(|id| id.parse().ok()).or(since.after);
    let kit = want.kit.clone();
    let told = kit.db.bus().listen();
    let head = db::head(&kit.db).await?;
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut follow = Follow {
        reader,
        speakers,
        still: still.map(|Extension(still)| still),
        doubt: Doubt::default(),
        heard: told,
        waiting: VecDeque::new(),
        queued: after.unwrap_or(head),
        beat,
        beats: 0,
        reset: None,
        _open: Open::new(&kit.meters),
        want,
    };
    follow.catch_up_to(head).await;
    let events = unfold(follow, async |mut follow| {
        let event = follow.next().await?;
        Some((Ok::<_, Infallible>(event), follow))
    });
    let mut response = Sse::new(events).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // a proxy in front must not hold events back
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// One reader's way through the journal.
struct Follow {
    want: Want,
    reader: OnDuty,
    speakers: Speakers,
    still: Option<StillOnDuty>,
    /// Nothing is told while it is not known whether they may look.
    doubt: Doubt,
    heard: Receiver<Arc<[News]>>,
    /// Read but not sent yet; never more than [`TOO_FAR`] and one commit.
    waiting: VecDeque<News>,
    /// The newest number that was put in `waiting` or skipped by a reset.
    queued: i64,
    beat: Interval,
    beats: u32,
    reset: Option<i64>,
    _open: Open,
}

impl Follow {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if !self.doubt.is_there() {
                if let Some(seq) = self.reset.take() {
                    self.waiting.clear();
                    return Some(
                        Event::default().event("reset").data(format!("{{\"seq\":{seq}}}")),
                    );
                }
                if let Some(news) = self.waiting.pop_front() {
                    match self.event(&news).await {
                        Some(event) => return Some(event),
                        None => continue,
                    }
                }
            }
            let stop = self.want.kit.stop.clone();
            tokio::select! {
                biased;
                () = stop.cancelled() => return None,
                told = self.heard.recv() => match told {
                    Ok(commit) => self.take(&commit).await?,
                    Err(RecvError::Lagged(_)) => self.look_again().await,
                    Err(RecvError::Closed) => return None,
                },
                beat = self.beat.tick() => {
                    self.round(beat).await?;
                    if !self.doubt.is_there() {
                        return Some(self.pulse());
                    }
                }
            }
        }
    }

    /// Queues a commit's news, or reads the journal where numbers are missing before them.
    /// `None`: the reader went off duty.
    async fn take(&mut self, commit: &[News]) -> Option<()> {
        let Some(newest) = commit.last().map(|news| news.seq) else { return Some(()) };
        if commit.iter().any(|news| matches!(news.kind.as_str(), "staff" | "token")) {
            self.check(None).await?;
        }
        if self.doubt.is_there() {
            return Some(()); // it is in the journal, where it is read once they are known again
        }
        let follows = commit.first().is_some_and(|first| first.seq == self.queued + 1);
        if follows {
            self.waiting.extend(commit.iter().cloned());
            self.queued = newest;
        } else if newest > self.queued {
            self.look_again().await;
        }
        Some(())
    }

    async fn look_again(&mut self) {
        // while the store is away nothing is lost: the next round looks again
        if let Ok(head) = db::head(&self.want.kit.db).await {
            self.catch_up_to(head).await;
        }
    }

    /// Reads the journal up to `head`, or gives up and has the reader reload.
    async fn catch_up_to(&mut self, head: i64) {
        if head.abs_diff(self.queued) > TOO_FAR.unsigned_abs() || head < self.queued {
            self.reset = Some(head);
            self.queued = head;
            return;
        }
        let Ok(missed) = db::news_after(&self.want.kit.db, self.queued, TOO_FAR).await else {
            return;
        };
        if let Some(newest) = missed.last() {
            self.queued = newest.seq;
        }
        self.waiting.extend(missed);
    }

    /// Counts a beat; every few of them, and each while it is in doubt, asks whether the reader may still look.
    async fn round(&mut self, beat: Instant) -> Option<()> {
        self.beats = self.beats.wrapping_add(1);
        if self.beats.is_multiple_of(BEATS_A_ROUND) || self.doubt.is_there() {
            self.check(Some(beat)).await?;
            if !self.doubt.is_there() {
                self.look_again().await;
            }
        }
        Some(())
    }

    fn pulse(&self) -> Event {
        let now = self.want.kit.clock.now();
        let event = Event::default().event("beat").data(format!("{{\"at\":\"{now}\"}}"));
        if self.beats == 1 { event.retry(Duration::from_secs(1)) } else { event }
    }

    /// Asks the staff room at a beat, or at news of it. `None`: the stream ends.
    async fn check(&mut self, beat: Option<Instant>) -> Option<()> {
        let Some(StillOnDuty(ask)) = &self.still else { return Some(()) };
        let answer = ask().await;
        match self.doubt.heard(answer, beat) {
            Look::Yes(reader) => self.reader = reader,
            Look::Unsaid => {}
            Look::No => return None,
        }
        Some(())
    }

    async fn event(&self, news: &News) -> Option<Event> {
        let speaks = |room: &&Arc<dyn Fragments>| room.kinds().contains(&news.kind.as_str());
        let room = self.speakers.0.iter().find(speaks)?;
        if !room.may_see(&self.reader, news) {
            return None;
        }
        let html = if self.reader.in_browser() {
            room.html(&self.want, &self.reader, news).await
        } else {
            None
        };
        let told = Told {
            seq: news.seq,
            at: news.at,
            kind: &news.kind,
            subject: &news.subject,
            change: &news.change,
            version: news.version,
            html,
        };
        let data = serde_json::to_string(&told).ok()?;
        Some(Event::default().id(news.seq.to_string()).event(&news.kind).data(data))
    }
}

/// One event's data; the fields of the contract.
#[derive(Serialize)]
struct Told<'n> {
    seq: i64,
    at: Moment,
    kind: &'n str,
    subject: &'n str,
    change: &'n str,
    version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
}

/// Counts a stream while it is open.
struct Open(Meters);

impl Open {
    fn new(meters: &Meters) -> Self {
        meters.live_streams.inc();
        Self(meters.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.live_streams.dec();
    }
}
