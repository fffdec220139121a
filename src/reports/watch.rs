//! Alerts on thresholds: once for a cause, open until the cause is gone.

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use futures_util::future::BoxFuture;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio_util::sync::CancellationToken;

use super::answering;
use super::period::Period;
use super::store::{self, Raised, Scope, Settings};
use super::tally::Tally;
use crate::bus::News;
use crate::calls::LiveCalls;
use crate::db::{Db, Result, Stamp, Tx};
use crate::kernel::{Moment, Roles};
use crate::web::{Kit, LineView};

/// How often it looks when nothing is heard.
const EVERY: Duration = Duration::from_secs(15);
/// It looks at most so often.
const PAUSE: Duration = Duration::from_secs(1);
/// While nothing but calls is told, the day's calls are counted at one look of so many, or after so many
/// milliseconds: a busy hotline has a look every second, and counting competes with the alarms of calls that ring.
const COUNT_EVERY: u32 = 15;
const COUNTED_MS: i64 = 15_000;

/// Why somebody should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Today's rate is below the target.
    Rate,
    /// Too many callers wait.
    Waiting,
    /// Nobody is on duty while a hotline is open.
    Nobody,
    /// A PBX cannot be heard.
    Pbx,
}

impl Cause {
    /// The one with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Rate, Self::Waiting, Self::Nobody, Self::Pbx];
        all.into_iter().find(|cause| cause.word() == word)
    }

    /// The word in the store and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Waiting => "waiting",
            Self::Nobody => "nobody",
            Self::Pbx => "pbx",
        }
    }
}

/// An alert that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Why.
    pub cause: Cause,
    /// Of what: a business date, a PBX, `calls`, `desk`.
    pub subject: String,
    /// Thousandths, calls or minutes.
    pub figure: i64,
}

/// An alert that was raised or is over, and who is to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What.
    pub alert: Alert,
    /// Its cause is gone.
    pub over: bool,
    /// Everybody with one of these roles.
    pub to: Roles,
    /// By the ways out of the house too.
    pub out: bool,
}

/// Tells people of alerts; handed in by the roof, which knows the ways to them.
pub trait Alarms: Send + Sync + 'static {
    /// Tells those who should know, as part of the change that raises or closes the alert: so once.
    fn tell<'t>(&'t self, tx: &'t mut Tx, told: Told) -> BoxFuture<'t, Result<()>>;

    /// Since when nobody is on duty although a hotline is open; `None` while somebody is, or where
    /// nobody keeps a roster.
    fn nobody_since<'a>(&'a self, db: &'a Db, now: Moment)
    -> BoxFuture<'a, Result<Option<Moment>>>;
}

/// What an alert depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Facts<'a> {
    today: String,
    counted: i64,
    permille: Option<i64>,
    waiting: i64,
    lines: Vec<&'a LineView>,
    nobody_since: Option<Moment>,
}

/// The alerts whose cause is there. What is open stays so until it is really over: callers who wait
/// until none does, a PBX that is not heard until it is. After a start nothing is known of it yet, or
/// only for seconds, and that is not its being heard.
fn due(settings: &Settings, facts: &Facts<'_>, open: &[Raised], now: Moment) -> Vec<Alert> {
    let mut alerts = Vec::new();
    let mut add = |cause, subject: &str, figure| {
        alerts.push(Alert { cause, subject: subject.to_owned(), figure });
    };
    if let Some(rate) = facts.permille
        && facts.counted >= settings.rate_after_calls
        && rate < settings.target_permille
    {
        add(Cause::Rate, &facts.today, rate);
    }
    let waits = open.iter().any(|alert| alert.cause == Cause::Waiting.word());
    let many = settings.waiting_calls > 0 && facts.waiting >= settings.waiting_calls;
    if many || (waits && facts.waiting > 0) {
        add(Cause::Waiting, "calls", facts.waiting);
    }
    let minutes = |since: Moment| now.millis_since(since) / 60_000;
    for line in facts.lines.iter().copied().filter(|line| !line.up) {
        let silent = line.since.map(minutes).unwrap_or_default();
        let subject = format!("{} {}", line.pbx, line.account);
        let missed = silent >= settings.pbx_silent_minutes || stands(open, Cause::Pbx, &subject);
        if settings.pbx_silent_minutes > 0 && missed {
            add(Cause::Pbx, &subject, silent);
        }
    }
    let alone = facts.nobody_since.map(minutes);
    if let Some(alone) = alone.filter(|alone| *alone >= settings.nobody_minutes)
        && settings.nobody_minutes > 0
    {
        add(Cause::Nobody, "desk", alone);
    }
    alerts
}

/// Today's calls as they were counted, when, and how many looks ago.
#[derive(Debug, Default)]
struct Counted {
    kept: Option<(NaiveDate, Moment, Tally)>,
    looks: u32,
}

impl Counted {
    /// Hears what was changed: after anything but calls the next look counts.
    fn hear(&mut self, news: &[News]) {
        if news.iter().any(|one| one.kind != "call") {
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.kept = None;
    }

    /// What was counted of this day, where that is new enough for one more look.
    fn kept(&mut self, today: NaiveDate, now: Moment) -> Option<Tally> {
        self.looks += 1;
        let (date, at, tally) = self.kept?;
        let is_new = (0..COUNTED_MS).contains(&now.millis_since(at));
        (date == today && is_new && self.looks < COUNT_EVERY).then_some(tally)
    }

    async fn of(&mut self, db: &Db, today: NaiveDate, now: Moment) -> Result<Tally> {
        if let Some(tally) = self.kept(today, now) {
            return Ok(tally);
        }
        let period = Period { name: "today", from: today, to: today };
        let scope = Scope { period, hotline: None, person: None };
        let hours = answering::today(db, &scope).await?;
        let tally = store::sum(hours.iter().map(|hour| &hour.tally));
        *self = Self { kept: Some((today, now, tally)), looks: 0 };
        Ok(tally)
    }
}

/// Whether such an alert is open.
fn stands(open: &[Raised], cause: Cause, subject: &str) -> bool {
    open.iter().any(|raised| raised.cause == cause.word() && raised.subject == subject)
}

/// Looks at the house once: raises what is due, closes what is over.
async fn look(
    kit: &Kit,
    live: &LiveCalls,
    alarms: &Arc<dyn Alarms>,
    counted: &mut Counted,
    now: Moment,
) -> Result<()> {
    let db = &kit.db;
    let settings = store::settings(db).await?;
    let today = kit.day.date(now);
    let tally = counted.of(db, today, now).await?;
    let open = store::open_alerts(db).await?;
    let lines = kit.lines.borrow().clone();
    let sources = kit.sources.borrow().clone();
    let facts = Facts {
        today: today.to_string(),
        counted: tally.counted(),
        permille: tally.strict().permille(),
        waiting: i64::try_from(live.ringing().len()).unwrap_or(i64::MAX),
        // a mirror that fell silent hides who answers, even where the PBX is heard otherwise
        lines: lines.iter().chain(sources.mirrors_missed(&lines)).collect(),
        nobody_since: alarms.nobody_since(db, now).await?,
    };
    let due = due(&settings, &facts, &open, now);
    let stamp = Stamp { now, by: None };
    let store::AlertsTo { roles, out } = store::alerts_to(db).await?;
    let told = |alert: Alert, over| Told { alert, over, to: roles.clone(), out };
    for alert in &due {
        if !stands(&open, alert.cause, &alert.subject) {
            store::raise_alert(db, stamp, told(alert.clone(), false), Arc::clone(alarms)).await?;
        }
    }
    for raised in open {
        let Some(cause) = Cause::from_word(&raised.cause) else { continue };
        let lasts = |alert: &Alert| alert.cause == cause && alert.subject == raised.subject;
        if !due.iter().any(lasts) {
            let alert = Alert { cause, subject: raised.subject, figure: raised.figure };
            store::clear_alert(db, stamp, told(alert, true), Arc::clone(alarms)).await?;
        }
    }
    Ok(())
}

/// Watches until told to stop; for the tasks of the house.
pub async fn watch(kit: Kit, live: LiveCalls, alarms: Arc<dyn Alarms>, stop: CancellationToken) {
    let mut heard = kit.db.bus().listen();
    let mut counted = Counted::default();
    loop {
        let now = kit.clock.now();
        let looking = look(&kit, &live, &alarms, &mut counted, now);
        let looked = stop.run_until_cancelled(looking).await;
        if let Some(Err(error)) = looked {
            tracing::warn!(reason = %error, "the thresholds could not be looked at");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            told = heard.recv() => match told {
                Ok(news) => counted.hear(&news),
                Err(RecvError::Lagged(_)) => counted.forget(),
                Err(RecvError::Closed) => return,
            },
            () = tokio::time::sleep(EVERY) => counted.forget(),
        }
        // whatever else was told meanwhile is looked at in one go
        loop {
            match heard.try_recv() {
                Ok(news) => counted.hear(&news),
                Err(TryRecvError::Lagged(_)) => counted.forget(),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::HeardBy;

    fn settings() -> Settings {
        Settings {
            version: 1,
            target_permille: 950,
            rate_after_calls: 20,
            waiting_calls: 3,
            pbx_silent_minutes: 2,
            nobody_minutes: 1,
        }
    }

    fn quiet() -> Facts<'static> {
        Facts {
            today: "2026-11-23".into(),
            counted: 40,
            permille: Some(960),
            waiting: 0,
            lines: Vec::new(),
            nobody_since: None,
        }
    }

    fn raised(cause: Cause) -> Raised {
        let raised_at = Moment::from_millis(0);
        Raised { cause: cause.word().into(), subject: "calls".into(), figure: 3, raised_at }
    }

    fn causes(facts: &Facts<'_>, open: &[Raised]) -> Vec<Cause> {
        let alerts = due(&settings(), facts, open, Moment::from_millis(600_000));
        alerts.iter().map(|alert| alert.cause).collect()
    }

    #[test]
    fn a_rate_below_the_target_is_told_once_there_are_enough_calls() {
        assert_eq!(causes(&quiet(), &[]), []);
        assert_eq!(causes(&Facts { permille: Some(949), ..quiet() }, &[]), [Cause::Rate]);
        assert_eq!(causes(&Facts { permille: Some(500), counted: 19, ..quiet() }, &[]), []);
        assert_eq!(causes(&Facts { permille: None, counted: 0, ..quiet() }, &[]), []);
    }

    #[test]
    fn the_day_is_counted_at_once_after_a_change_and_now_and_then_while_only_calls_are_told() {
        let told = |kind: &str| News {
            seq: 1,
            at: Moment::from_millis(0),
            kind: kind.to_owned(),
            subject: String::new(),
            change: String::new(),
            version: None,
        };
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let at = Moment::from_millis;
        let fresh = || Counted { kept: Some((today, at(0), Tally::default())), looks: 0 };
        let mut counted = fresh();
        let mut kept = 0;
        while counted.kept(today, at(0)).is_some() {
            counted.hear(&[told("call")]);
            kept += 1;
        }
        assert_eq!(kept, 14);
        let mut counted = fresh();
        counted.hear(&[told("call"), told("report")]);
        assert_eq!(counted.kept(today, at(0)), None);
        assert_eq!(fresh().kept(today.succ_opt().unwrap(), at(0)), None, "another day");
        assert!(fresh().kept(today, at(14_999)).is_some());
        assert_eq!(fresh().kept(today, at(15_000)), None, "a quiet hotline has few looks");
    }

    #[test]
    fn callers_who_wait_are_told_once_until_none_waits() {
        let waiting = |waiting| Facts { waiting, ..quiet() };
        assert_eq!(causes(&waiting(2), &[]), []);
        assert_eq!(causes(&waiting(3), &[]), [Cause::Waiting]);
        assert_eq!(causes(&waiting(1), &[raised(Cause::Waiting)]), [Cause::Waiting]);
        assert_eq!(causes(&waiting(0), &[raised(Cause::Waiting)]), []);
    }

    #[test]
    fn a_silent_line_and_an_empty_desk_are_told_after_their_minutes() {
        let line = |since, up| LineView {
            pbx: "main".into(),
            by: HeardBy::Member,
            account: "listener".into(),
            last_heard_at: None,
            up,
            since: Some(Moment::from_millis(since)),
            reason: None,
            status: None,
        };
        let heard = [line(0, true), line(481_000, false)];
        assert_eq!(causes(&Facts { lines: heard.iter().collect(), ..quiet() }, &[]), []);
        let silent = [line(480_000, false)];
        assert_eq!(causes(&Facts { lines: silent.iter().collect(), ..quiet() }, &[]), [Cause::Pbx]);
        // after a start nothing is known of it yet, then only for seconds
        let open = [Raised { subject: "main listener".into(), ..raised(Cause::Pbx) }];
        for line in [LineView { since: None, ..line(0, false) }, line(599_000, false)] {
            let begun = [line];
            assert_eq!(causes(&Facts { lines: begun.iter().collect(), ..quiet() }, &[]), []);
            let facts = Facts { lines: begun.iter().collect(), ..quiet() };
            assert_eq!(causes(&facts, &open), [Cause::Pbx]);
        }
        let back = [line(599_000, true)];
        assert_eq!(causes(&Facts { lines: back.iter().collect(), ..quiet() }, &open), []);
        let since = |millis| Some(Moment::from_millis(millis));
        assert_eq!(
            causes(&Facts { nobody_since: since(540_000), ..quiet() }, &[]),
            [Cause::Nobody]
        );
        assert_eq!(causes(&Facts { nobody_since: since(541_000), ..quiet() }, &[]), []);
    }
}
