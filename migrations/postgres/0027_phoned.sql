-- Who does not answer an offer is telephoned before the next is asked: until when that call has, none where nobody
-- was to be called.
ALTER TABLE work_order_offers ADD COLUMN phone_by BIGINT;
