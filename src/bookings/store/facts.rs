//! What questions are asked of: bookings as plain facts, one line each.

use sqlx::FromRow;

use crate::db::{Db, Result, statements};
use crate::kernel::Moment;

statements! {
    /// Bookings for the days between two business dates, the latest first.
    FACTS = "SELECT b.no, b.business_date, b.local_hour, b.starts_at, b.state, b.source, b.party, coalesce(b.handled_by, 0) AS handled_by,
                 coalesce(b.sold_dept, '') AS sold_dept
             FROM bookings b WHERE b.business_date >= $1 AND b.business_date <= $2 ORDER BY b.starts_at DESC, b.id DESC";
}

/// One booking; nothing in it says who the guests are.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct BookingFact {
    /// Its number: `B261123-014`.
    pub no: String,
    /// For which business date.
    pub business_date: String,
    /// In which local hour it begins.
    pub local_hour: i64,
    /// When it begins.
    pub starts_at: Moment,
    /// What it is now.
    pub state: String,
    /// How the guests came to the house.
    pub source: String,
    /// How many guests.
    pub party: i64,
    /// Who looked after it; 0 is nobody.
    pub handled_by: i64,
    /// The department that sold it; empty where none did.
    pub sold_dept: String,
}

/// The bookings for the days between two business dates, first and last included.
pub async fn facts(db: &Db, from: &str, to: &str) -> Result<Vec<BookingFact>> {
    db.read(FACTS).bind(from).bind(to).all().await
}
