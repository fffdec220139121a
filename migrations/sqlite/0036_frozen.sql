-- What stood on the paper of an order when it was filed: a reprint says the same whatever becomes of the fault.
CREATE TABLE work_order_papers (
    order_id INTEGER PRIMARY KEY REFERENCES work_orders (id),
    words    TEXT NOT NULL       -- JSON; empty once its person was erased
) STRICT;
CREATE TRIGGER work_order_papers_frozen BEFORE UPDATE ON work_order_papers
WHEN NEW.words <> '' OR NEW.order_id <> OLD.order_id
BEGIN SELECT RAISE(ABORT, 'work_order_papers_frozen'); END;

-- The faults of a summary as they were when it was handed in.
CREATE TABLE fault_report_lines (
    report_id     INTEGER NOT NULL REFERENCES fault_reports (id),
    ticket_id     INTEGER NOT NULL REFERENCES tickets (id),
    no            TEXT NOT NULL,
    business_date TEXT NOT NULL,
    opened_at     INTEGER NOT NULL,
    company       TEXT NOT NULL,
    place         TEXT NOT NULL,
    serial        TEXT NOT NULL,
    symptom       TEXT NOT NULL,
    category      TEXT NOT NULL,
    priority      INTEGER NOT NULL,
    state         TEXT NOT NULL,
    solved_how    TEXT NOT NULL,
    resolved_at   INTEGER,
    reopened      INTEGER NOT NULL,
    owner         TEXT NOT NULL,
    PRIMARY KEY (report_id, ticket_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX fault_report_lines_ticket ON fault_report_lines (ticket_id);
CREATE TRIGGER fault_report_lines_frozen BEFORE UPDATE OF report_id, ticket_id, no, business_date, opened_at, serial, category, priority, state, solved_how, resolved_at, reopened, owner ON fault_report_lines
BEGIN SELECT RAISE(ABORT, 'fault_report_lines_frozen'); END;

-- For which faults one stands.
CREATE INDEX tickets_duplicate ON tickets (duplicate_of) WHERE duplicate_of IS NOT NULL;
