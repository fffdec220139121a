//! The same number with the same fault, within a week (telephony.md §4 item 14).

use sqlx::FromRow;

use crate::db::{Db, Result, Tx, statements};
use crate::kernel::Moment;

statements! {
    /// What a number reported since a moment, the newest first.
    LATELY = "SELECT id, no, serial, place, category FROM tickets WHERE caller_number = $1 AND caller_number <> '' AND opened_at >= $2
              AND state NOT IN ('duplicate', 'cancelled') ORDER BY opened_at DESC, id DESC LIMIT 50";
}

/// Within so long the same fault is the same caller's once more, in milliseconds: seven days.
pub const WITHIN_MS: i64 = 7 * 24 * 3_600_000;

/// A fault as far as it says whether another is the same.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Reported {
    /// Its row.
    pub id: i64,
    /// `F26-0312`.
    pub no: String,
    /// Which thing.
    pub serial: String,
    /// Where.
    pub place: String,
    /// What sort of thing.
    pub category: String,
}

impl Reported {
    /// Whether both are about one fault: the same thing, or where nobody said which the same sort at
    /// the same place.
    pub fn is_like(&self, other: &Self) -> bool {
        let words = |one: &Self| {
            let text = |text: &str| text.trim().to_lowercase();
            (text(&one.serial), text(&one.place), text(&one.category))
        };
        let ((thing, place, sort), (other_thing, other_place, other_sort)) =
            (words(self), words(other));
        if !thing.is_empty() || !other_thing.is_empty() {
            return thing == other_thing;
        }
        !sort.is_empty() && place == other_place && sort == other_sort
    }
}

/// What a number reported within a week before a moment, the newest first.
pub async fn lately(db: &Db, number: &str, now: Moment) -> Result<Vec<Reported>> {
    db.read(LATELY).bind(number).bind(now.plus_millis(-WITHIN_MS)).all().await
}

/// The same inside a change.
pub async fn lately_in(tx: &mut Tx, number: &str) -> Result<Vec<Reported>> {
    let since = tx.now().plus_millis(-WITHIN_MS);
    tx.q(LATELY).bind(number).bind(since).all().await
}

/// The newest of several alike, with how often it came; `None` where nothing came twice.
pub fn repeated(all: &[Reported]) -> Option<(&Reported, usize)> {
    let often = all.iter().map(|one| (one, all.iter().filter(|other| one.is_like(other)).count()));
    often.filter(|(_, times)| *times > 1).max_by_key(|(one, times)| (*times, one.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(id: i64, serial: &str, place: &str, category: &str) -> Reported {
        let text = |text: &str| text.to_owned();
        let (no, serial) = (format!("F26-{id:04}"), text(serial));
        Reported { id, no, serial, place: text(place), category: text(category) }
    }

    #[test]
    fn one_thing_is_one_fault_and_where_nobody_says_which_place_and_sort_are() {
        let ups = fault(1, "HX-7", "3楼", "UPS");
        assert!(ups.is_like(&fault(2, "hx-7 ", "4楼", "")));
        assert!(!ups.is_like(&fault(3, "HX-8", "3楼", "UPS")));
        assert!(!ups.is_like(&fault(4, "", "3楼", "UPS")), "which thing was said of one alone");
        let printer = fault(5, "", "3楼", "打印");
        assert!(printer.is_like(&fault(6, "", "3楼", "打印")));
        assert!(!printer.is_like(&fault(7, "", "4楼", "打印")));
        assert!(!fault(8, "", "3楼", "").is_like(&fault(9, "", "3楼", "")), "nobody said what");
        let all = [fault(9, "", "3楼", "打印"), ups, printer];
        assert_eq!(repeated(&all).map(|(one, times)| (one.id, times)), Some((9, 2)));
        assert_eq!(repeated(&all[..2]), None);
    }
}
