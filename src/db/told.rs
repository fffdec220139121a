//! Nobody's record changes without a line of the journal: a change that touched one and recorded nothing
//! is a defect of the house, and every story that does it says so. A release build does not look: reading
//! each statement would cost every call that is stored.

use super::journal::Change;

/// Tables that hold nobody's record, only what the machine keeps for itself: the journal, secrets and
/// signs of life, what is still being typed, timers, what is derived and can be built again, and the
/// courier's own notes of messages that were written down with their cause.
const OWN: &[&str] = &[
    "acts",
    "call_drafts",
    "call_grams",
    "call_messages",
    "counters",
    "coverage_due",
    "coverage_head",
    "editors",
    "idempotency",
    "journal",
    "journal_head",
    "notice_keys",
    "outages",
    "outbox",
    "outbox_browsers",
    "outbox_keys",
    "outbox_pauses",
    "report_call_backs",
    "report_days",
    "report_halves",
    "report_head",
    "report_hours",
    "report_line_days",
    "report_lines",
    "report_marks",
    "report_month_hours",
    "report_month_lines",
    "report_month_person_lines",
    "report_month_person_seconds",
    "report_month_seconds",
    "report_month_weekdays",
    "report_months",
    "report_new",
    "report_person_seconds",
    "report_seconds",
    "report_taken",
    "sessions",
    "setup_links",
    "site",
    "ticket_grams",
];

/// The first table of people's records that a statement changes. `None` for a question, for what the
/// machine keeps for itself, and for a row that is only held until the end of the change
/// (`SET version = version`).
pub(super) fn table(sql: &'static str) -> Option<&'static str> {
    if sql.contains("SET version = version WHERE") {
        return None;
    }
    let mut before = "";
    let mut words = sql.split_ascii_whitespace().map(|word| word.trim_start_matches('('));
    while let Some(word) = words.next() {
        let changed = match (before, word) {
            ("DO" | "FOR", "UPDATE") => None,
            ("INSERT", "INTO") | ("DELETE", "FROM") | (_, "UPDATE") => words.next(),
            _ => None,
        };
        if let Some(changed) = changed.filter(|table| !OWN.contains(table)) {
            return Some(changed);
        }
        before = word;
    }
    None
}

/// Looks at a change that is about to be committed, where stories run: a debug build panics.
pub(super) fn look(touched: Option<&'static str>, changes: &[Change]) {
    if let Some(table) = touched.filter(|_| changes.is_empty()) {
        debug_assert!(false, "a row of {table} was changed and nothing was recorded");
    }
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn what_a_statement_changes_is_read_from_it() {
        assert_eq!(table("SELECT id FROM calls"), None);
        assert_eq!(table("SELECT id FROM calls FOR UPDATE SKIP LOCKED"), None);
        assert_eq!(table("INSERT INTO calls (id) VALUES ($1)"), Some("calls"));
        assert_eq!(table("UPDATE tickets SET version = version WHERE no = $1"), None);
        assert_eq!(
            table("UPDATE tickets SET version = version + 1 WHERE no = $1"),
            Some("tickets")
        );
        assert_eq!(
            table("INSERT INTO sessions (id) VALUES ($1) ON CONFLICT DO UPDATE SET at = $2"),
            None
        );
        assert_eq!(
            table("WITH gone AS (DELETE FROM sessions RETURNING id) DELETE FROM staff"),
            Some("staff")
        );
    }
}
