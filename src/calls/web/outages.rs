//! When the house was deaf, as the pages say it: what could not be heard, from when to when, why.

use super::super::sources::SourceKind;
use super::super::store::{self, Outage};
use crate::db;
use crate::kernel::{Language, Moment};
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

/// Watches of one PBX that are lost, and come back, within so many milliseconds of each other were lost
/// in one go.
const IN_ONE_GO_MS: i64 = 5_000;
/// So many extensions are named.
const NAMED: usize = 8;

/// What a line of a page says: an outage, or those of several watched extensions at once.
pub(super) struct Together<'o> {
    /// The newest of them.
    pub(super) newest: &'o Outage,
    /// The others.
    rest: Vec<&'o Outage>,
}

impl<'o> Together<'o> {
    fn takes(&self, outage: &Outage) -> bool {
        let near =
            |one: Moment, other: Moment| one.millis_since(other).saturating_abs() <= IN_ONE_GO_MS;
        let of = |outage: &'_ Outage| (outage.source, outage.deaf);
        outage.source == SourceKind::Watch
            && of(self.newest) == of(outage)
            && (&self.newest.pbx, &self.newest.reason) == (&outage.pbx, &outage.reason)
            && match (self.newest.to_at, outage.to_at) {
                (Some(one), Some(other)) => near(one, other),
                (one, other) => one.is_none() && other.is_none(),
            }
    }

    /// The outages of a page, newest first, those that belong together in one.
    pub(super) fn all(outages: &'o [Outage]) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for outage in outages {
            let near =
                |one: &&mut Self| one.newest.from_at.millis_since(outage.from_at) <= IN_ONE_GO_MS;
            let known = found.iter_mut().rev().take_while(near).find(|one| one.takes(outage));
            match known {
                Some(one) => one.rest.push(outage),
                None => found.push(Self { newest: outage, rest: Vec::new() }),
            }
        }
        found
    }

    /// In the reader's words.
    pub(super) fn said(&self, l: &Messages, spelling: Spelling) -> Period {
        let mut period = Period::of(l, spelling, self.newest);
        if !self.rest.is_empty() {
            let all = self.rest.iter().copied().chain([self.newest]);
            let mut names: Vec<&str> = all.map(|outage| outage.account.as_str()).collect();
            names.sort_unstable();
            let many = i64::try_from(names.len()).unwrap_or(i64::MAX);
            if names.len() > NAMED {
                names.truncate(NAMED);
                names.push("…");
            }
            let comma = if spelling.language == Language::ZhCn { "、" } else { ", " };
            let pbx = self.newest.pbx.as_str();
            period.source = l.lines_outage_watches(pbx, many, names.join(comma)).to_string();
        }
        period
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
    Ok(Together::all(&found).iter().map(|one| one.said(l, spelling)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::OutageId;
    use crate::words;

    fn outage(id: i64, account: &str, from: i64, to: Option<i64>, reason: &str) -> Outage {
        let at = |millis: i64| Moment::from_millis(1_795_406_400_000 + millis);
        let source = if account == "hep" { SourceKind::Mirror } else { SourceKind::Watch };
        Outage {
            id: OutageId(id),
            pbx: "main".into(),
            account: account.into(),
            source,
            service: false,
            deaf: false,
            from_at: at(from),
            to_at: to.map(at),
            reason: reason.into(),
        }
    }

    #[test]
    fn watches_that_were_lost_in_one_go_and_came_back_so_are_one_line() {
        let outages = [
            outage(9, "803", 61_000, None, "unreachable"),
            outage(8, "hep", 60_500, None, "silent"),
            outage(7, "801", 60_000, None, "unreachable"),
            outage(6, "802", 60_000, Some(62_000), "unreachable"),
            outage(5, "804", 60_000, None, "no-hint"),
            outage(4, "801", 0, Some(9_000), "unreachable"),
            outage(3, "802", 0, Some(9_500), "unreachable"),
        ];
        let spelling = Spelling { language: Language::En, zone: chrono_tz::Asia::Shanghai };
        let l = words::of(Language::En);
        let said: Vec<_> = Together::all(&outages)
            .iter()
            .map(|one| one.said(&l, spelling))
            .map(|period| (period.id, period.source))
            .collect();
        let lines = [
            (9, "the watch on 2 extensions of “main” (801, 803)"),
            (8, "mirrored signalling of “main”"),
            (6, "the watch on extension 802 of “main”"),
            (5, "the watch on extension 804 of “main”"),
            (4, "the watch on 2 extensions of “main” (801, 802)"),
        ];
        assert_eq!(said, lines.map(|(id, source)| (id, source.to_owned())));
    }

    #[test]
    fn of_many_extensions_the_first_are_named() {
        let outages: Vec<_> = (0..30)
            .map(|n| outage(30 - n, &format!("8{:02}", 30 - n), 0, None, "unreachable"))
            .collect();
        let spelling = Spelling { language: Language::ZhCn, zone: chrono_tz::Asia::Shanghai };
        let all = Together::all(&outages);
        assert_eq!(all.len(), 1);
        assert_eq!(
            all[0].said(&words::of(Language::ZhCn), spelling).source,
            "对“main”30 个分机（801、802、803、804、805、806、807、808、…）的监视"
        );
    }
}
