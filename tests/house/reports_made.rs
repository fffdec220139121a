//! Made calls with known truth, and the figures counted once more from that truth alone: loops over
//! structs, no SQL, nothing of the reports' own code.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use switchboard::db::{Db, Sql, Stamp};
use switchboard::kernel::{BusinessDay, Moment, StaffId};

/// A call that was made up.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) id: i64,
    pub(crate) date: String,
    pub(crate) weekday: i64,
    pub(crate) hour: i64,
    pub(crate) hotline: Option<&'static str>,
    pub(crate) staff: Option<i64>,
    pub(crate) outcome: Option<&'static str>,
    pub(crate) excluded: Option<&'static str>,
    pub(crate) offered: i64,
    pub(crate) rang: Option<i64>,
    pub(crate) answered: Option<i64>,
    pub(crate) ended: Option<i64>,
    pub(crate) rings: Option<i64>,
    pub(crate) ended_by: &'static str,
    pub(crate) end_seen: bool,
    pub(crate) leg: Leg,
    pub(crate) evidence: &'static str,
}

/// What one telephone of the call showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leg {
    Nothing,
    Busy,
    Unreachable,
    Fetched,
}

const EVIDENCE: [&str; 4] = ["position_180", "dialog", "trunk_180", "member"];
pub(crate) const TARGET_MS: i64 = 15_000;
const OUTCOMES: [&str; 12] = [
    "met",
    "met",
    "met",
    "met",
    "met",
    "late",
    "late",
    "abandoned",
    "abandoned_short",
    "not_offered",
    "machine_only",
    "unmeasured",
];

pub(crate) fn nanjing() -> BusinessDay {
    let cutoff = chrono::NaiveTime::from_hms_opt(6, 0, 0).unwrap();
    BusinessDay { zone: chrono_tz::Asia::Shanghai, cutoff }
}

/// So many calls in the days before `until`, the same for the same seed.
pub(crate) fn made(
    seed: u64,
    count: i64,
    days: i64,
    until: Moment,
    people: &[StaffId],
) -> Vec<Made> {
    use chrono::Datelike as _;
    let mut chance = StdRng::seed_from_u64(seed);
    let day = nanjing();
    let call = |id: i64| {
        let offered = until.millis() - chance.random_range(1_000_000..days * 86_400_000);
        let at = Moment::from_millis(offered);
        let outcome = OUTCOMES[chance.random_range(0..OUTCOMES.len())];
        let outcome = (chance.random_range(0..60) > 0).then_some(outcome);
        let lifted = matches!(outcome, Some("met" | "late"));
        let alerted = !matches!(outcome, Some("not_offered" | "machine_only")) && outcome.is_some();
        let rang = alerted.then(|| offered + [60, 90, 2_000, 4_300][chance.random_range(0..4)]);
        let after = match outcome {
            Some("met") => chance.random_range(100..TARGET_MS),
            Some("late") => chance.random_range(TARGET_MS..60_000),
            Some("abandoned_short") => chance.random_range(0..5_000),
            _ => chance.random_range(5_000..40_000),
        };
        let answered = rang.filter(|_| lifted).map(|rang| rang + after);
        let end_seen = chance.random_range(0..5) > 0;
        let over = answered.unwrap_or(rang.unwrap_or(offered) + after);
        let talk = if lifted { chance.random_range(5_000..400_000) } else { 0 };
        let leg = match chance.random_range(0..8) {
            0 => Leg::Busy,
            1 if !lifted => Leg::Unreachable,
            2 if lifted => Leg::Fetched,
            _ => Leg::Nothing,
        };
        Made {
            id,
            date: day.date(at).to_string(),
            weekday: i64::from(day.date(at).weekday().number_from_monday()),
            hour: day.local_hour(at),
            hotline: [Some("4008001234"), Some("4008001234"), Some("4008005678"), None]
                [chance.random_range(0..4)],
            staff: answered.and_then(|_| {
                let who = chance.random_range(0..=people.len());
                people.get(who).map(|person| person.0)
            }),
            excluded: match chance.random_range(0..25) {
                0 => Some("after_hours"),
                1 => Some("outage"),
                2 => Some("test"),
                _ => None,
            },
            evidence: if rang.is_some() {
                EVIDENCE[chance.random_range(0..EVIDENCE.len())]
            } else {
                "none"
            },
            rang,
            answered,
            ended: outcome.filter(|_| !lifted || end_seen).map(|_| over + talk),
            rings: answered.map(|at| (at - rang.unwrap()) / 5_000 + 1),
            ended_by: ["caller", "us", "unknown"][chance.random_range(0..3)],
            end_seen,
            leg,
            outcome,
            offered,
        }
    };
    (1..=count).map(call).collect()
}

fn text(value: Option<&str>) -> String {
    value.map_or_else(|| "NULL".to_owned(), |value| format!("'{value}'"))
}

fn number(value: Option<i64>) -> String {
    value.map_or_else(|| "NULL".to_owned(), |value| value.to_string())
}

/// Puts them into the log as rows.
pub(crate) async fn put(db: &Db, calls: &[Made]) {
    let mut rows = Vec::new();
    for part in calls.chunks(200) {
        let lines: Vec<String> = part.iter().map(row).collect();
        rows.push(format!(
            "INSERT INTO calls (id, uid, version, pbx, hotline_number, withheld, state, offered_at, rang_at, answered_at, \
             ended_at, rings, answer_rings, answer_ms, caller_wait_ms, answered_extension, answered_staff, outcome, excluded, \
             ended_by, end_seen, evidence, cycle_ms, target_rings, target_ms, colleague_rings, business_date, local_hour) VALUES {}",
            lines.join(", ")
        ));
        let legs: Vec<String> = part.iter().filter_map(leg).collect();
        if !legs.is_empty() {
            rows.push(format!(
                "INSERT INTO call_legs (call_id, leg, kind, extension, offered_at, rang_at, answered_at, ending) VALUES {}",
                legs.join(", ")
            ));
        }
    }
    change(db, rows).await;
}

/// Runs statements of a story.
pub(crate) async fn change(db: &Db, rows: Vec<String>) {
    let rows: Vec<Sql> = rows.into_iter().map(|row| Sql::both(row.leak())).collect();
    let stamp = Stamp { now: Moment::from_millis(0), by: None };
    let write = db.write(stamp, move |tx| {
        let rows = rows.clone();
        Box::pin(async move {
            for row in rows {
                tx.keep(row).run().await?;
            }
            Ok(())
        })
    });
    write.await.unwrap();
}

fn row(call: &Made) -> String {
    let state = if call.outcome.is_some() { "ended" } else { "ringing" };
    let answer_ms = call.answered.map(|at| at - call.rang.unwrap());
    format!(
        "({id}, 'u{id}', 1, 'main', {}, FALSE, '{state}', {offered}, {}, {}, {}, 1, {}, {}, {}, {}, {}, {}, {}, '{}', {}, \
         '{}', 5000, 3, {TARGET_MS}, 2, '{}', {})",
        text(call.hotline),
        number(call.rang),
        number(call.answered),
        number(call.ended),
        number(call.rings),
        number(answer_ms),
        number(call.wait_ms()),
        text(call.answered.map(|_| "801")),
        number(call.staff),
        text(call.outcome),
        text(call.excluded),
        call.ended_by,
        if call.end_seen { "TRUE" } else { "FALSE" },
        call.evidence,
        call.date,
        call.hour,
        id = call.id,
        offered = call.offered,
    )
}

fn leg(call: &Made) -> Option<String> {
    let (id, offered) = (call.id, call.offered);
    let (kind, rang, answered, ending) = match call.leg {
        Leg::Nothing => return None,
        Leg::Busy => ("position", None, None, "busy"),
        Leg::Unreachable => ("position", None, None, "unreachable"),
        Leg::Fetched => ("extension", None, call.answered, "answered"),
    };
    let (rang, answered) = (number(rang), number(answered));
    Some(format!("({id}, 'leg {id}', '{kind}', '801', {offered}, {rang}, {answered}, '{ending}')"))
}

impl Made {
    pub(crate) fn counts(&self) -> bool {
        self.excluded.is_none()
    }

    pub(crate) fn lifted(&self) -> bool {
        self.counts() && matches!(self.outcome, Some("met" | "late"))
    }

    pub(crate) fn unserved(&self) -> bool {
        self.counts() && matches!(self.outcome, Some("abandoned" | "not_offered" | "machine_only"))
    }

    pub(crate) fn answer_ms(&self) -> Option<i64> {
        Some(self.answered? - self.rang?)
    }

    pub(crate) fn wait_ms(&self) -> Option<i64> {
        Some(self.answered.or(self.ended)? - self.offered)
    }

    pub(crate) fn gone_in_time(&self) -> bool {
        let begin = self.rang.unwrap_or(self.offered);
        self.unserved() && self.ended.is_some_and(|ended| ended - begin < TARGET_MS)
    }

    /// Why a promise was not kept, by the rules in the order of the definition.
    pub(crate) fn why(&self, all: &[Self]) -> Option<&'static str> {
        if !self.counts() || !matches!(self.outcome, Some("late" | "abandoned" | "not_offered")) {
            return None;
        }
        let talked_already = |other: &Self| {
            other.staff.is_some()
                && other.staff == self.staff
                && other.offered < self.offered
                && other.offered >= self.offered - 7_200_000
                && other.answered.zip(self.rang).is_some_and(|(lifted, rang)| lifted <= rang)
                && other.ended.zip(self.rang).is_some_and(|(over, rang)| over > rang)
                && other.end_seen
        };
        Some(if self.leg == Leg::Unreachable {
            "unreachable"
        } else if self.leg == Leg::Busy || all.iter().any(talked_already) {
            "busy"
        } else if self.rang.is_some_and(|rang| rang - self.offered >= 2_000) {
            "pbx"
        } else if self.rang.is_some() {
            "away"
        } else {
            "unknown"
        })
    }

    /// Whether the call belongs to a figure, by its word.
    pub(crate) fn is(&self, figure: &str, all: &[Self]) -> bool {
        let outcome = |word: &str| self.counts() && self.outcome == Some(word);
        let why = |word: &str| self.why(all) == Some(word);
        let rings = |n: i64| self.lifted() && self.rings == Some(n);
        match figure {
            "presented" => self.counts(),
            "live" => self.counts() && self.outcome.is_none(),
            "excluded" => !self.counts(),
            "after_hours" | "outage" | "test" => self.excluded == Some(figure),
            "counted" => self.lifted() || self.unserved(),
            "unserved" => self.unserved(),
            "gone_in_time" => self.gone_in_time(),
            "patient" => (self.lifted() || self.unserved()) && !self.gone_in_time(),
            "in_time" => outcome("met") || self.gone_in_time(),
            "answered" | "measured" | "waited" => self.lifted(),
            "ring_1" => rings(1),
            "ring_2" => rings(2),
            "ring_3" => rings(3),
            "ring_4" => rings(4),
            "ring_5" => rings(5),
            "ring_6" => self.lifted() && self.rings >= Some(6),
            "hung_caller" => self.lifted() && self.ended_by == "caller",
            "hung_us" => self.lifted() && self.ended_by == "us",
            "hung_unknown" => self.lifted() && self.ended_by == "unknown",
            "pickups" => self.lifted() && self.leg == Leg::Fetched,
            "why_busy" => why("busy"),
            "why_away" => why("away"),
            "why_unreachable" => why("unreachable"),
            "why_pbx" => why("pbx"),
            "why_unknown" => why("unknown"),
            "pbx_late" => {
                self.counts() && self.rang.is_some_and(|rang| rang - self.offered >= 2_000)
            }
            "rang" => self.counts() && self.rang.is_some(),
            "talked" => self.lifted() && self.end_seen && self.ended.is_some(),
            word => outcome(word),
        }
    }
}

/// The nearest rank, cut to a tenth of a second.
pub(crate) fn percentile(mut waits: Vec<i64>, permille: usize) -> Option<i64> {
    waits.sort_unstable();
    let rank = (waits.len() * permille).div_ceil(1000).max(1);
    waits.get(rank - 1).map(|wait| wait / 100 * 100)
}
