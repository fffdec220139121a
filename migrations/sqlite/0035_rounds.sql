-- How often its fault had come back when an order was written, and then sent: what an earlier visit did says nothing of
-- where the fault stands now.
ALTER TABLE work_orders ADD COLUMN round INTEGER NOT NULL DEFAULT 0;
UPDATE work_orders SET round = coalesce((SELECT max(c.round) FROM ticket_clocks c JOIN ticket_clock_intervals i ON i.clock_id = c.id
    WHERE c.ticket_id = work_orders.ticket_id AND i.from_at <= coalesce(work_orders.issued_at, work_orders.created_at)), 0);
