-- What was sent and is taken back before anybody set out is not dispatched any more (operations.md §2.6 asks for an
-- order that was issued): the fault is the desk's again, and may be solved on the telephone.
CREATE OR REPLACE FUNCTION ticket_move_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> NEW.state AND NOT EXISTS (SELECT 1 FROM ticket_moves WHERE from_state = OLD.state AND to_state = NEW.state)
        AND NOT EXISTS (SELECT 1 FROM acts WHERE undoing AND room = 'faults')
        AND NOT (OLD.state = 'dispatched' AND NEW.state = 'accepted'
        AND NOT EXISTS (SELECT 1 FROM work_orders o WHERE o.ticket_id = OLD.id AND o.round = OLD.reopened AND o.state NOT IN ('draft', 'recalled'))) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'ticket_move', MESSAGE = 'ticket_move';
    END IF;
    RETURN NEW;
END $$;

-- And so are those whose last order was taken back before this.
UPDATE tickets SET state = 'accepted', version = version + 1
WHERE state = 'dispatched' AND NOT EXISTS (SELECT 1 FROM work_orders o WHERE o.ticket_id = tickets.id AND o.round = tickets.reopened AND o.state <> 'recalled');
