//! When the house was deaf, as the pages say it: what could not be heard, from when to when, why.

use super::super::sources::SourceKind;
use super::super::store::{self, Outage};
use crate::db;
use crate::kernel::Moment;
use crate::web::{Want, why_down};
use crate::words::{Messages, Spelling};

/// A period in which calls could not be heard.
pub struct Period {
    /// Its number.
    pub id: i64,
    /// RFC 3339, for `datetime`.
    pub at: String,
    /// When it began, as a list says it.
    pub began: String,
    /// What was deaf: `线路“main listener”`.
    pub source: String,
    /// From when to when.
    pub when: String,
    /// Why.
    pub why: String,
    /// Calls could not be heard; otherwise less was told of them.
    pub deaf: bool,
    /// It goes on.
    pub ongoing: bool,
}

/// Two moments, the day once where it is the same.
fn from_to(l: &Messages, spelling: Spelling, from: Moment, to: Option<Moment>) -> String {
    let began = spelling.exact(from);
    let Some(to) = to else { return l.lines_since(began).to_string() };
    let ended = spelling.exact(to);
    let day = |text: &str| text.rsplit_once(' ').map(|(day, _)| day.to_owned());
    let ended = if day(&began) == day(&ended) { spelling.second(to) } else { ended };
    format!("{began} – {ended}")
}

/// What was deaf.
fn source(l: &Messages, outage: &Outage) -> String {
    let (pbx, account) = (outage.pbx.as_str(), outage.account.as_str());
    match outage.source {
        SourceKind::Service => l.lines_outage_service().to_string(),
        SourceKind::Watch => l.lines_outage_watch(pbx, account).to_string(),
        SourceKind::Mirror => l.lines_outage_mirror(pbx).to_string(),
        SourceKind::Pbx => l.lines_outage_pbx(pbx).to_string(),
        SourceKind::Line => l.lines_outage_line(pbx, account).to_string(),
    }
}

impl Period {
    /// An outage in the reader's words.
    pub fn of(l: &Messages, spelling: Spelling, outage: &Outage) -> Self {
        Self {
            id: outage.id.0,
            at: outage.from_at.to_string(),
            began: spelling.moment(outage.from_at),
            source: source(l, outage),
            when: from_to(l, spelling, outage.from_at, outage.to_at),
            why: why_down(l, &outage.reason, None),
            deaf: outage.deaf,
            ongoing: outage.to_at.is_none(),
        }
    }
}

/// The periods that touch the time between two moments, newest first.
pub(super) async fn during(
    want: &Want,
    l: &Messages,
    from: Moment,
    to: Moment,
) -> db::Result<Vec<Period>> {
    let found = store::outages_between(&want.kit.db, from, to).await?;
    let spelling = want.spelling();
    Ok(found.iter().map(|outage| Period::of(l, spelling, outage)).collect())
}
