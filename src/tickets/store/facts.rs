//! What questions are asked of: faults as plain facts, one line each.

use sqlx::FromRow;

use crate::db::{Db, Result, statements};
use crate::kernel::Moment;

statements! {
    /// Faults that were reported between two business dates, the newest first.
    FACTS = "SELECT t.no, t.business_date, t.opened_at, t.state, t.category, t.company, t.symptom, coalesce(t.owner, 0) AS owner,
                 t.reopened, coalesce(t.solved_how, '') AS solved_how
             FROM tickets t WHERE t.business_date >= $1 AND t.business_date <= $2 ORDER BY t.opened_at DESC, t.id DESC";
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct FaultFact {
    /// Its number: `F26-0312`.
    pub no: String,
    /// On which business date it was reported.
    pub business_date: String,
    /// When.
    pub opened_at: Moment,
    /// What it is now.
    pub state: String,
    /// Of what sort; empty where nobody said.
    pub category: String,
    /// Whose; empty where nobody said.
    pub company: String,
    /// What does not work.
    pub symptom: String,
    /// Who looks after it; 0 is nobody.
    pub owner: i64,
    /// How often it came back.
    pub reopened: i64,
    /// `phone` or `site`; empty while it is not solved.
    pub solved_how: String,
}

/// The faults between two business dates, first and last included.
pub async fn facts(db: &Db, from: &str, to: &str) -> Result<Vec<FaultFact>> {
    db.read(FACTS).bind(from).bind(to).all().await
}
