-- A person may be taken out of what is otherwise never changed: an archived order once, with the moment it
-- was done, and what engineers said of it.
ALTER TABLE work_orders ADD COLUMN erased_at BIGINT;
CREATE OR REPLACE FUNCTION work_order_archived_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'archived' AND NEW.erased_at IS NOT DISTINCT FROM OLD.erased_at THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'work_order_archived', MESSAGE = 'work_order_archived';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION work_order_events_no_update_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.text <> '' OR ROW(NEW.id, NEW.order_id, NEW.op_id, NEW.verb, NEW.by_staff, NEW.at_client, NEW.at_server, NEW.applied, NEW.state)
       IS DISTINCT FROM ROW(OLD.id, OLD.order_id, OLD.op_id, OLD.verb, OLD.by_staff, OLD.at_client, OLD.at_server, OLD.applied, OLD.state) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'work_order_events_append_only', MESSAGE = 'work_order_events_append_only';
    END IF;
    RETURN NEW;
END $$;
