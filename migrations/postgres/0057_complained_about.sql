-- Whom of the house a complaint is about: who neither handles nor closes it.
ALTER TABLE follow_ups ADD COLUMN concerns BIGINT REFERENCES staff (id);
-- Which bookings a call led to.
CREATE INDEX bookings_call ON bookings (call_id) WHERE call_id IS NOT NULL;
