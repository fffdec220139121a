//! Calls that are found by what their own columns do not say: that a colleague fetched them, that a telephone was
//! not registered, what became of the call back. They stand in a table of their own in the order of the log, with
//! some that are not what was asked for, so that each is looked at.

use super::super::call::{Evidence, Outcome, State};
use super::super::figure::Figure;
use super::super::missed::CallBack;
use super::list::{Asked, Filter};
use crate::db::{Db, Result, statements};
use crate::kernel::{CallId, Moment, StaffId};

/// A person of at most so many calls is rarer than anything that is found here.
const FEW: usize = 1_000;
/// The most candidates that are looked at in one go, and at all where something else may lead.
pub(super) const MOST: usize = 4_096;

/// The newest `$5` that may be `$1`, offered from `$2` on and before the place `$3`, `$4`, of which `$more` holds.
macro_rules! newest {
    ($($more:expr),*) => {
        concat!("SELECT f.offered_at, f.call_id FROM call_finds f WHERE f.what = $1 AND f.offered_at >= $2
                 AND (f.offered_at, f.call_id) < ($3, $4)", $($more,)* "
                 ORDER BY f.offered_at DESC, f.call_id DESC LIMIT $5")
    };
}

/// That there was contact: the newest of what is owed are still owed, hundreds where many call. As a number it is
/// asked of one call after the other, whatever a planner thinks of the debts.
macro_rules! contact {
    () => {
        " AND (SELECT count(*) FROM missed_debt_calls m JOIN missed_debts d ON d.id = m.debt_id
               WHERE m.call_id = f.call_id AND d.closed_how IN ('called_again', 'called_back')) > 0"
    };
}

/// That it came in local hour `$6`.
macro_rules! of_hour {
    () => {
        " AND f.local_hour = $6"
    };
}

statements! {
    /// The newest candidates.
    NEWEST = of newest!();
    /// The same of an hour.
    NEWEST_OF_HOUR = of newest!(of_hour!());
    /// Those of what is owed where there was contact.
    KEPT = of newest!(contact!());
    /// The same of an hour.
    KEPT_OF_HOUR = of newest!(contact!(), of_hour!());
    /// Calls of a time that person `$1` answered, as many as tell whether they are few.
    ANSWERED = "SELECT s.id FROM calls s WHERE s.answered_staff = $1 AND s.offered_at >= $2 AND s.offered_at < $3 LIMIT 1001";
    /// The same of those they took.
    TAKEN = "SELECT s.id FROM calls s WHERE s.taken_by = $1 AND s.offered_at >= $2 AND s.offered_at < $3 LIMIT 1001";
}

/// The word of what a filter's calls are found by, if they are.
fn what(filter: &Filter) -> Option<&'static str> {
    match filter.call_back {
        Some(CallBack::Owed | CallBack::Kept) => return Some("owed"),
        Some(CallBack::KeptLate) => return Some("kept_late"),
        // few, and found by their debts
        Some(CallBack::Open | CallBack::Waived) => return None,
        None => {}
    }
    if filter.figure == Some(Figure::Pickups) {
        Some("fetched")
    } else if filter.figure == Some(Figure::WhyUnreachable) {
        Some("unreachable")
    } else {
        None
    }
}

/// The same where nothing else that is asked is rarer by its nature.
pub(super) fn leading(filter: &Filter, asked: &Asked) -> Option<&'static str> {
    let live = filter.state.is_some_and(|state| state != State::Ended);
    let named = asked.few.is_some() || asked.caller.is_some();
    let timed_else = filter.evidence.is_some_and(|evidence| evidence != Evidence::Position180);
    let rare = [Some(Outcome::MachineOnly), Some(Outcome::Unmeasured)].contains(&filter.outcome);
    let nobody = filter.answered_by == Some(StaffId(0));
    let other = live || named || timed_else || rare || nobody;
    what(filter).filter(|_| !other)
}

/// Whether something that is asked may be so rare that the rest of a page is better found by it.
pub(super) fn has_another(filter: &Filter) -> bool {
    filter.hotline.as_deref() == Some("-")
}

/// The newest candidates behind a place.
pub(super) async fn newest(
    db: &Db,
    what: &'static str,
    filter: &Filter,
    place: Option<(Moment, CallId)>,
    most: usize,
) -> Result<Vec<(Moment, CallId)>> {
    let from = filter.from.unwrap_or(Moment::from_millis(0));
    let to = filter.to.unwrap_or(Moment::from_millis(i64::MAX));
    let (before, id) = place.unwrap_or((to, CallId(0)));
    let sql = match (filter.call_back == Some(CallBack::Kept), filter.hour.is_some()) {
        (false, false) => NEWEST,
        (false, true) => NEWEST_OF_HOUR,
        (true, false) => KEPT,
        (true, true) => KEPT_OF_HOUR,
    };
    let query = db.read(sql).bind(what).bind(from).bind(before).bind(id);
    let mut query = query.bind(i64::try_from(most).unwrap_or(i64::MAX));
    if let Some(hour) = filter.hour {
        query = query.bind(hour);
    }
    query.all().await
}

/// The calls of the person a filter names, where they are few and something else is asked that many calls may have.
pub(super) async fn of_person(db: &Db, filter: &Filter) -> Result<Option<Vec<i64>>> {
    if filter.evidence.is_none() && what(filter).is_none() {
        return Ok(None);
    }
    let reads = match (filter.answered_by.filter(|who| who.0 != 0), filter.staff) {
        (Some(who), _) => vec![(ANSWERED, who)],
        (None, Some(who)) => vec![(ANSWERED, who), (TAKEN, who)],
        (None, None) => return Ok(None),
    };
    let from = filter.from.unwrap_or(Moment::from_millis(0));
    let to = filter.to.unwrap_or(Moment::from_millis(i64::MAX));
    let mut found = Vec::new();
    for (sql, who) in reads {
        let calls: Vec<i64> = db.read(sql).bind(who).bind(from).bind(to).values().await?;
        if calls.len() > FEW {
            return Ok(None);
        }
        found.extend(calls);
    }
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_telephones_and_debts_say_leads_unless_something_rarer_is_asked() {
        let all = Asked { caller: None, words: Vec::new(), few: None };
        let leads = |filter: &Filter| leading(filter, &all);
        let fetched = Filter { figure: Some(Figure::Pickups), ..Filter::default() };
        assert_eq!(leads(&fetched), Some("fetched"));
        let machine = Filter { outcome: Some(Outcome::MachineOnly), ..fetched.clone() };
        assert_eq!(leads(&machine), None);
        let lamp = Filter { evidence: Some(Evidence::Dialog), ..fetched.clone() };
        assert_eq!(leads(&lamp), None);
        let late = Filter { call_back: Some(CallBack::KeptLate), ..fetched.clone() };
        assert_eq!(leads(&late), Some("kept_late"));
        assert_eq!(leads(&Filter { call_back: Some(CallBack::Open), ..fetched.clone() }), None);
        let few = Asked { few: Some(vec![7]), ..all };
        assert_eq!(leading(&fetched, &few), None);
    }
}
