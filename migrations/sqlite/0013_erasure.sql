-- A person may be taken out of what is otherwise never changed: an archived order once, with the moment it
-- was done, and what engineers said of it.
ALTER TABLE work_orders ADD COLUMN erased_at INTEGER;
DROP TRIGGER work_order_archived;
CREATE TRIGGER work_order_archived BEFORE UPDATE OF no, ticket_id, skills, tasks, tools, instructions, cause, work_done, parts, readings, next_step, fee_fen, customer, satisfaction, unsigned_why, signed_at, finished_at, arrived_at ON work_orders
WHEN OLD.state = 'archived' AND NEW.erased_at IS OLD.erased_at
BEGIN SELECT RAISE(ABORT, 'work_order_archived'); END;
DROP TRIGGER work_order_events_no_update;
CREATE TRIGGER work_order_events_no_update BEFORE UPDATE ON work_order_events
WHEN NEW.text <> '' OR NEW.id <> OLD.id OR NEW.order_id <> OLD.order_id OR NEW.op_id IS NOT OLD.op_id OR NEW.verb <> OLD.verb
  OR NEW.by_staff IS NOT OLD.by_staff OR NEW.at_client <> OLD.at_client OR NEW.at_server <> OLD.at_server OR NEW.applied <> OLD.applied
  OR NEW.state <> OLD.state
BEGIN SELECT RAISE(ABORT, 'work_order_events_append_only'); END;
