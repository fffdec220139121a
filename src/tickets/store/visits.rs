//! Who was last at a caller's.

use sqlx::FromRow;

use crate::db::{Db, Result, statements};
use crate::kernel::Moment;

statements! {
    /// The last arrival for a number, with the order's lead.
    OF_NUMBER = "SELECT o.no, o.arrived_at, s.name AS engineer FROM tickets t JOIN work_orders o ON o.ticket_id = t.id
                 JOIN work_order_crew c ON c.order_id = o.id AND c.lead JOIN staff s ON s.id = c.staff_id
                 WHERE t.caller_number = $1 AND t.caller_number <> '' AND o.arrived_at IS NOT NULL ORDER BY o.arrived_at DESC, o.id DESC LIMIT 1";
    /// The last arrival at a site.
    OF_SITE = "SELECT o.no, o.arrived_at, s.name AS engineer FROM tickets t JOIN work_orders o ON o.ticket_id = t.id
               JOIN work_order_crew c ON c.order_id = o.id AND c.lead JOIN staff s ON s.id = c.staff_id
               WHERE t.site_id = $1 AND o.arrived_at IS NOT NULL ORDER BY o.arrived_at DESC, o.id DESC LIMIT 1";
}

/// An engineer's arrival.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Visit {
    /// The work order's number.
    pub no: String,
    /// When the engineer came.
    pub arrived_at: Moment,
    /// The lead of the order.
    pub engineer: String,
}

/// Who was last at a caller's, by their numbers and their site.
pub async fn last(db: &Db, numbers: &[String], site: Option<i64>) -> Result<Option<Visit>> {
    let mut found: Vec<Visit> = Vec::new();
    for number in numbers {
        found.extend(db.read(OF_NUMBER).bind(number).maybe::<Visit>().await?);
    }
    if let Some(site) = site {
        found.extend(db.read(OF_SITE).bind(site).maybe::<Visit>().await?);
    }
    Ok(found.into_iter().max_by_key(|visit| visit.arrived_at))
}
