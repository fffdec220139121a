-- A signature belongs to the act it came with: only that of a signing that was taken is the order's. One that comes
-- with no act (a program's) waits for the next.
ALTER TABLE work_order_pictures ADD COLUMN act TEXT;      -- the number of the act it came with
ALTER TABLE work_order_pictures ADD COLUMN became TEXT CHECK (became IN ('signed', 'late'));
UPDATE work_order_pictures SET became = 'late' WHERE kind = 'signature' AND EXISTS (
    SELECT 1 FROM work_order_events e WHERE e.order_id = work_order_pictures.order_id AND e.verb = 'sign' AND e.at_server >= work_order_pictures.at);
UPDATE work_order_pictures SET became = 'signed' WHERE id IN (
    SELECT max(p.id) FROM work_order_pictures p JOIN work_order_events e ON e.order_id = p.order_id
    WHERE e.verb = 'sign' AND e.applied AND p.kind = 'signature' AND p.at <= e.at_server GROUP BY p.order_id);
