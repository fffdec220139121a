//! When the house was deaf: lines that were down, and the service itself.

use sqlx::FromRow;

use super::super::sources::{SourceKind, SourceName};
use crate::db::{Change, Db, Error, Result, Tx, statements};
use crate::kernel::{Moment, OutageId};

statements! {
    /// A line goes deaf; nothing happens where it already is.
    OPEN = "INSERT INTO outages (pbx, source, from_at, reason, deaf) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (pbx, source) WHERE to_at IS NULL DO NOTHING";
    /// It hears again.
    CLOSE = "UPDATE outages SET to_at = CASE WHEN from_at > $3 THEN from_at ELSE $3 END
             WHERE pbx = $1 AND source = $2 AND to_at IS NULL";
    /// A period that is over when it is known.
    ENTIRE = "INSERT INTO outages (pbx, source, from_at, to_at, reason) VALUES ($1, $2, $3, $4, $5)";
    /// Those that go on.
    STILL = "SELECT id, pbx, source, from_at, to_at, reason, deaf FROM outages WHERE to_at IS NULL ORDER BY from_at, id";
    /// The newest `$1`.
    NEWEST = "SELECT id, pbx, source, from_at, to_at, reason, deaf FROM outages ORDER BY from_at DESC, id DESC LIMIT $1";
    /// Those that touch the time from `$1` to `$2`, newest first, at most `$3`: such as began in it or
    /// a day before, the few that lasted longer, and those that go on. What was before is not looked at.
    BETWEEN = "SELECT id, pbx, source, from_at, to_at, reason, deaf FROM outages
               WHERE from_at >= CAST($1 AS bigint) - 86400000 AND from_at <= $2 AND to_at >= $1
               UNION ALL
               SELECT id, pbx, source, from_at, to_at, reason, deaf FROM outages
               WHERE to_at - from_at > 86400000 AND from_at < CAST($1 AS bigint) - 86400000 AND to_at >= $1
               UNION ALL
               SELECT id, pbx, source, from_at, to_at, reason, deaf FROM outages WHERE to_at IS NULL AND from_at <= $2
               ORDER BY from_at DESC, id DESC LIMIT $3";
    /// The same of those in which calls could not be heard.
    DEAF = "SELECT id, pbx, source, from_at, to_at, reason, deaf FROM outages
               WHERE deaf AND from_at >= CAST($1 AS bigint) - 86400000 AND from_at <= $2 AND to_at >= $1
               UNION ALL
               SELECT id, pbx, source, from_at, to_at, reason, deaf FROM outages
               WHERE deaf AND to_at - from_at > 86400000 AND from_at < CAST($1 AS bigint) - 86400000 AND to_at >= $1
               UNION ALL
               SELECT id, pbx, source, from_at, to_at, reason, deaf FROM outages WHERE deaf AND to_at IS NULL AND from_at <= $2
               ORDER BY from_at DESC, id DESC LIMIT $3";
}

/// A line came up or went down, as the log is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::calls) struct LineEntry {
    pub(in crate::calls) source: SourceName,
    pub(in crate::calls) at: Moment,
    pub(in crate::calls) turn: Turn,
}

/// Which way a line turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::calls) enum Turn {
    /// It hears.
    Up,
    /// It is deaf, since when and why.
    Down { since: Moment, reason: &'static str },
}

/// A period in which calls could not be heard.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Outage {
    /// Its number.
    pub id: OutageId,
    /// At which PBX.
    pub pbx: String,
    /// With which of our accounts; of a watched extension that, of a mirror `hep`, of all that tells of
    /// a PBX `all`.
    pub account: String,
    /// What was deaf.
    pub source: SourceKind,
    /// The service itself was down, not the line.
    pub service: bool,
    /// Calls could not be heard meanwhile; otherwise less was told of them.
    pub deaf: bool,
    /// From.
    pub from_at: Moment,
    /// To; null while it goes on.
    pub to_at: Option<Moment>,
    /// Why: `unreachable`, `wrong-password`, …; `stopped` of the service.
    pub reason: String,
}

#[derive(FromRow)]
struct Row {
    id: OutageId,
    pbx: String,
    source: String,
    from_at: Moment,
    to_at: Option<Moment>,
    reason: String,
    deaf: bool,
}

impl Row {
    fn outage(self) -> Result<Outage> {
        let unreadable = || Error::Unreadable(format!("the source of outage {}", self.id));
        let (word, account) = self.source.split_once('/').ok_or_else(unreadable)?;
        let source = SourceKind::from_word(word).ok_or_else(unreadable)?;
        Ok(Outage {
            id: self.id,
            pbx: self.pbx,
            account: account.to_owned(),
            source,
            service: source == SourceKind::Service,
            deaf: self.deaf,
            from_at: self.from_at,
            to_at: self.to_at,
            reason: self.reason,
        })
    }
}

/// Writes down that a line turned, and says so.
pub(super) async fn change(tx: &mut Tx, line: &LineEntry) -> Result<()> {
    let (pbx, source) = (line.source.pbx.clone(), line.source.key());
    let word = match line.turn {
        Turn::Up => {
            tx.q(CLOSE).bind(pbx).bind(source).bind(line.at).run().await?;
            "up"
        }
        Turn::Down { since, reason } => {
            let open = tx.q(OPEN).bind(pbx).bind(source).bind(since);
            open.bind(reason).bind(line.source.deafens).run().await?;
            "down"
        }
    };
    tx.record(Change::new("line", line.source.subject(), word).at(line.at));
    Ok(())
}

/// The service is back: from `since` to now nothing was heard of any PBX, and what was open of a
/// source that is no longer configured is closed.
pub(in crate::calls) async fn back(
    tx: &mut Tx,
    sources: &[SourceName],
    since: Option<Moment>,
) -> Result<()> {
    let now = tx.now();
    if let Some(since) = since.filter(|&since| since < now) {
        for source in deafened(sources) {
            let service = SourceName { kind: SourceKind::Service, deafens: true, ..source.clone() };
            let entire = tx.q(ENTIRE).bind(service.pbx.clone()).bind(service.key()).bind(since);
            entire.bind(now).bind("stopped").run().await?;
        }
    }
    let still: Vec<Row> = tx.q(STILL).all().await?;
    for row in still {
        let known = |source: &SourceName| source.pbx == row.pbx && source.key() == row.source;
        if !sources.iter().any(known) {
            tx.q(CLOSE).bind(row.pbx).bind(row.source).bind(now).run().await?;
        }
    }
    Ok(())
}

/// Those that stand for the service when it was down: of each PBX only its sources of the first
/// kind, for to name every watched extension would tell the same many times.
fn deafened(sources: &[SourceName]) -> impl Iterator<Item = &SourceName> {
    sources.iter().filter(|source| {
        let first = sources.iter().find(|other| other.pbx == source.pbx);
        first.is_some_and(|first| first.kind == source.kind)
    })
}

/// The outages that go on, oldest first.
pub async fn outages_open(db: &Db) -> Result<Vec<Outage>> {
    let rows: Vec<Row> = db.read(STILL).all().await?;
    rows.into_iter().map(Row::outage).collect()
}

/// The newest outages, at most `limit`, newest first.
pub async fn outages(db: &Db, limit: i64) -> Result<Vec<Outage>> {
    let rows: Vec<Row> = db.read(NEWEST).bind(limit).all().await?;
    rows.into_iter().map(Row::outage).collect()
}

/// The outages that touch the time between two moments, newest first; at most 200.
pub async fn outages_between(db: &Db, from: Moment, to: Moment) -> Result<Vec<Outage>> {
    let rows: Vec<Row> = db.read(BETWEEN).bind(from).bind(to).bind(200).all().await?;
    rows.into_iter().map(Row::outage).collect()
}

/// When calls of some PBX, or of one of our accounts, could not be heard between two moments, newest
/// first. At most the newest 2000 are looked at.
pub async fn deaf_between(db: &Db, from: Moment, to: Moment) -> Result<Vec<Outage>> {
    let rows: Vec<Row> = db.read(DEAF).bind(from).bind(to).bind(2_000).all().await?;
    rows.into_iter().map(Row::outage).collect()
}

/// How long some of these went on between two moments, in milliseconds; what two share counts once.
pub fn deaf_ms(outages: &[Outage], from: Moment, to: Moment) -> i64 {
    let cut = |outage: &Outage| (outage.from_at.max(from), outage.to_at.unwrap_or(to).min(to));
    let mut spans: Vec<_> = outages.iter().map(cut).filter(|(from, to)| from < to).collect();
    spans.sort_unstable();
    let mut heard_again = from;
    let mut deaf = 0_i64;
    for (begun, over) in spans {
        let begun = begun.max(heard_again);
        deaf = deaf.saturating_add(over.millis_since(begun).max(0));
        heard_again = heard_again.max(over);
    }
    deaf
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_outages_share_is_counted_once_and_what_lies_outside_not_at_all() {
        let at = Moment::from_millis;
        let outage = |from: i64, to: Option<i64>| Outage {
            id: OutageId(1),
            pbx: "main".into(),
            account: "listener".into(),
            source: SourceKind::Line,
            service: false,
            deaf: true,
            from_at: at(from),
            to_at: to.map(at),
            reason: "unreachable".into(),
        };
        let deaf = |outages: &[Outage]| deaf_ms(outages, at(1_000), at(9_000));
        assert_eq!(deaf(&[]), 0);
        assert_eq!(deaf(&[outage(0, Some(500)), outage(9_500, None)]), 0);
        assert_eq!(deaf(&[outage(0, Some(2_000)), outage(8_000, None)]), 2_000);
        let nested =
            [outage(6_000, Some(7_000)), outage(2_000, Some(5_000)), outage(3_000, Some(4_000))];
        assert_eq!(deaf(&nested), 4_000);
        assert_eq!(deaf(&[outage(2_000, Some(5_000)), outage(4_000, Some(6_000))]), 4_000);
    }
}
