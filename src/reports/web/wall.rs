//! `/wall`: a screen that everybody can read and that can read nothing else.

use std::time::Duration;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::unfold;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use super::Office;
use super::figures::against;
use crate::bus::News;
use crate::db;
use crate::kernel::Role;
use crate::reports::tally::Digits;
use crate::reports::wall::{Wall, look};
use crate::reports::watch::Cause;
use crate::reports::{said, store};
use crate::web::doubt::{Doubt, Look};
use crate::web::live::StillOnDuty;
use crate::web::{At, Frame, Place, Problem, Want, cookie, fingerprint, go};
use crate::words::minutes;

/// The cookie of a screen; it goes to `/wall` alone.
const COOKIE: &str = "switchboard_wall";
/// A screen forgets its key after a year without being opened by its link.
const KEPT_S: i64 = 365 * 24 * 60 * 60;
/// A time without hearing shorter than this, as a new start of the service makes one, is kept and not
/// cried out across the room.
const DEAF_SHOWN_MS: i64 = 60_000;
/// How often a stream shows that it is alive.
const BEAT: Duration = Duration::from_secs(2);
/// After so many beats a stream asks whether its screen may still look.
const BEATS_A_ROUND: u32 = 5;
/// A change is told at most so often: nobody reads a wall faster.
const TOLD_EVERY: Duration = Duration::from_millis(500);
/// News that change something on the wall.
const HEARD: [&str; 4] = ["call", "line", "report", "presence"];

/// Who may look at the wall with an account.
const LOOKERS: &[Role] =
    &[Role::Wallboard, Role::Operator, Role::Supervisor, Role::Head, Role::Manager, Role::Admin];

#[derive(Template, Serialize)]
#[template(path = "reports/wall.html")]
struct Page {
    #[serde(skip)]
    frame: Frame,
    #[serde(flatten)]
    wall: Wall,
    #[serde(skip)]
    rate: Digits,
    #[serde(skip)]
    tint: &'static str,
    #[serde(skip)]
    said: String,
    #[serde(skip)]
    longest: String,
    #[serde(skip)]
    deaf: Option<String>,
    #[serde(skip)]
    alerts: Vec<String>,
}

/// What a screen shows instead of a session: made of its link and not the other way round.
fn screen_secret(key: &str) -> String {
    hex::encode(Sha256::digest(format!("switchboard wall {key}")))
}

/// The two fingerprints of a key that are kept: of its link, and of the cookie it becomes.
pub(super) fn fingerprints(key: &str) -> (String, String) {
    (fingerprint(key), fingerprint(&screen_secret(key)))
}

/// Whether this request may look: an account with a role, or the cookie of a screen.
async fn may_look(want: &Want, headers: &HeaderMap) -> Result<bool, Problem> {
    if want.reader.as_ref().is_some_and(|reader| reader.roles.has_any(LOOKERS)) {
        return Ok(true);
    }
    Ok(is_screen(want, headers).await?)
}

/// Whether this is a screen that was opened by a link which is still good.
async fn is_screen(want: &Want, headers: &HeaderMap) -> db::Result<bool> {
    match cookie(headers, COOKIE).filter(|secret| !secret.is_empty()) {
        Some(secret) => store::on_the_wall(&want.kit.db, &fingerprint(secret)).await,
        None => Ok(false),
    }
}

/// Somebody known without the role is refused, everybody else is shown the way in.
fn turned_away(want: &Want) -> Result<Response, Problem> {
    match &want.reader {
        Some(_) => Err(Problem::forbidden()),
        None if want.json => Err(Problem::unauthorized()),
        None => Ok(go("/sign-in?next=/wall")),
    }
}

pub(super) async fn show(
    State(office): State<Office>,
    want: Want,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !may_look(&want, &headers).await? {
        return turned_away(&want);
    }
    let wall = look(&want.kit, &office.live, want.now).await?;
    let frame = want.frame(Place::Elsewhere);
    let (tint, said) = against(&frame.l, wall.strict_permille, wall.target_permille);
    let named = |word: &String| Some(said::cause(&frame.l, Cause::from_word(word)?));
    let alerts = wall.alerts.iter().filter_map(named).collect();
    want.page(&Page {
        rate: Digits::of(wall.strict_permille),
        longest: wall.waiting_longest_ms.map_or_else(|| "–".to_owned(), minutes),
        deaf: (wall.deaf_ms >= DEAF_SHOWN_MS)
            .then(|| frame.l.reports_wall_deaf(minutes(wall.deaf_ms)).to_string()),
        tint,
        said,
        alerts,
        wall,
        frame,
    })
}

/// The link of a screen: exchanged for its cookie.
pub(super) async fn exchange(want: Want, At(key): At<String>) -> Result<Response, Problem> {
    let (link, _) = fingerprints(&key);
    if store::key_of_link(&want.kit.db, want.stamp(), &link).await?.is_none() {
        return Err(Problem::not_found());
    }
    let mut response = go("/wall");
    let secure = if want.kit.secure() { "; Secure" } else { "" };
    let secret = screen_secret(&key);
    let text =
        format!("{COOKIE}={secret}; Max-Age={KEPT_S}; Path=/wall; HttpOnly; SameSite=Lax{secure}");
    let value = HeaderValue::try_from(text).map_err(Problem::broken)?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(response)
}

/// Whether the account or the screen behind a stream may still look.
async fn may_still_look(
    still: Option<&StillOnDuty>,
    want: &Want,
    headers: &HeaderMap,
) -> db::Result<Option<()>> {
    let reader = match still {
        Some(StillOnDuty(ask)) => ask().await?,
        None => want.reader.clone(),
    };
    let looks = reader.is_some_and(|reader| reader.roles.has_any(LOOKERS));
    let may = looks || is_screen(want, headers).await?;
    Ok(may.then_some(()))
}

/// `changed` when the wall should look again, `beat` in between.
pub(super) async fn live(
    want: Want,
    headers: HeaderMap,
    still: Option<Extension<StillOnDuty>>,
) -> Result<Response, Problem> {
    if !may_look(&want, &headers).await? {
        return turned_away(&want);
    }
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let follow = Follow {
        heard: want.kit.db.bus().listen(),
        want,
        headers,
        still: still.map(|Extension(still)| still),
        doubt: Doubt::default(),
        beat,
        beats: 0,
        changed: false,
        told: None,
    };
    let events = unfold(follow, async |mut follow| {
        let event = follow.next().await?;
        Some((Ok::<_, std::convert::Infallible>(event), follow))
    });
    let mut response = Sse::new(events).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

struct Follow {
    want: Want,
    headers: HeaderMap,
    still: Option<StillOnDuty>,
    /// Nothing is told while it is not known whether this screen may look.
    doubt: Doubt,
    heard: Receiver<std::sync::Arc<[News]>>,
    beat: Interval,
    beats: u32,
    changed: bool,
    told: Option<Instant>,
}

impl Follow {
    async fn next(&mut self) -> Option<Event> {
        let stop = self.want.kit.stop.clone();
        loop {
            let due = self.told.map(|told| told + TOLD_EVERY);
            let pause = async {
                if let Some(due) = due {
                    tokio::time::sleep_until(due).await;
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return None,
                told = self.heard.recv() => match told {
                    Ok(news) => {
                        self.changed |= news.iter().any(|one| HEARD.contains(&one.kind.as_str()));
                    }
                    Err(RecvError::Lagged(_)) => self.changed = true,
                    Err(RecvError::Closed) => return None,
                },
                beat = self.beat.tick() => {
                    self.beats = self.beats.wrapping_add(1);
                    if self.beats.is_multiple_of(BEATS_A_ROUND) || self.doubt.is_there() {
                        let still = self.still.as_ref();
                        let may = may_still_look(still, &self.want, &self.headers).await;
                        match self.doubt.heard(may, Some(beat)) {
                            Look::Yes(()) => {}
                            Look::Unsaid => continue,
                            Look::No => return None,
                        }
                    }
                    let now = self.want.kit.clock.now();
                    return Some(Event::default().event("beat").data(format!("{{\"at\":\"{now}\"}}")));
                },
                () = pause, if self.changed && !self.doubt.is_there() => {
                    self.changed = false;
                    // the timer's own now, which asks no clock of the machine here
                    self.told = Some(tokio::time::sleep(Duration::ZERO).deadline());
                    return Some(Event::default().event("changed").data("{}"));
                },
            }
        }
    }
}
