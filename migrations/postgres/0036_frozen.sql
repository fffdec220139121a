-- What stood on the paper of an order when it was filed: a reprint says the same whatever becomes of the fault.
CREATE TABLE work_order_papers (
    order_id BIGINT PRIMARY KEY REFERENCES work_orders (id),
    words    TEXT NOT NULL       -- JSON; empty once its person was erased
);
CREATE FUNCTION work_order_papers_frozen_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.words <> '' OR NEW.order_id <> OLD.order_id THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'work_order_papers_frozen', MESSAGE = 'work_order_papers_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER work_order_papers_frozen BEFORE UPDATE ON work_order_papers FOR EACH ROW EXECUTE FUNCTION work_order_papers_frozen_refuse();

-- The faults of a summary as they were when it was handed in.
CREATE TABLE fault_report_lines (
    report_id     BIGINT NOT NULL REFERENCES fault_reports (id),
    ticket_id     BIGINT NOT NULL REFERENCES tickets (id),
    no            TEXT NOT NULL,
    business_date TEXT NOT NULL,
    opened_at     BIGINT NOT NULL,
    company       TEXT NOT NULL,
    place         TEXT NOT NULL,
    serial        TEXT NOT NULL,
    symptom       TEXT NOT NULL,
    category      TEXT NOT NULL,
    priority      BIGINT NOT NULL,
    state         TEXT NOT NULL,
    solved_how    TEXT NOT NULL,
    resolved_at   BIGINT,
    reopened      BIGINT NOT NULL,
    owner         TEXT NOT NULL,
    PRIMARY KEY (report_id, ticket_id)
);
CREATE INDEX fault_report_lines_ticket ON fault_report_lines (ticket_id);
CREATE FUNCTION fault_report_lines_frozen_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'fault_report_lines_frozen', MESSAGE = 'fault_report_lines_frozen';
END $$;
CREATE TRIGGER fault_report_lines_frozen BEFORE UPDATE OF report_id, ticket_id, no, business_date, opened_at, serial, category, priority, state, solved_how, resolved_at, reopened, owner ON fault_report_lines FOR EACH ROW EXECUTE FUNCTION fault_report_lines_frozen_refuse();

-- For which faults one stands.
CREATE INDEX tickets_duplicate ON tickets (duplicate_of) WHERE duplicate_of IS NOT NULL;
