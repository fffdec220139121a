//! Calls for help from the road that nobody at the desk has taken yet.

use crate::db::{Db, Result, Tx, statements};
use crate::kernel::{Moment, StaffId};

statements! {
    /// Calls for help on faults that are not over, which nobody has taken since, oldest first. What was asked for
    /// before a fault came back is past.
    OPEN = "SELECT t.no, n.at, coalesce(s.name, '') AS name, n.text FROM ticket_notes n JOIN tickets t ON t.id = n.ticket_id LEFT JOIN staff s ON s.id = n.by_staff
            WHERE n.kind = 'help' AND t.state NOT IN ('closed', 'duplicate', 'cancelled') AND (t.resolved_at IS NULL OR n.at > t.resolved_at)
              AND NOT EXISTS (SELECT 1 FROM ticket_notes m WHERE m.ticket_id = n.ticket_id AND m.id > n.id AND m.kind IN ('helping', 'reopened'))
            ORDER BY n.id LIMIT 50";
    /// Who asked for what nobody has taken yet, of a fault.
    OF_TICKET = "SELECT n.by_staff FROM ticket_notes n WHERE n.kind = 'help' AND n.ticket_id = $1
                 AND NOT EXISTS (SELECT 1 FROM ticket_notes m WHERE m.ticket_id = n.ticket_id AND m.id > n.id AND m.kind IN ('helping', 'reopened')) ORDER BY n.id";
}

/// A call for help.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Help {
    /// The fault.
    pub no: String,
    /// When.
    pub at: Moment,
    /// Who asks.
    pub name: String,
    /// What for.
    pub text: String,
}

/// All that nobody has taken, oldest first.
pub async fn open(db: &Db) -> Result<Vec<Help>> {
    db.read(OPEN).all().await
}

/// Who still waits for help on a fault; empty where nobody does.
pub async fn asked(tx: &mut Tx, ticket: i64) -> Result<Vec<Option<StaffId>>> {
    tx.q(OF_TICKET).bind(ticket).values().await
}
