-- The few calls that are being added to the sums are found however many wait for it.
CREATE INDEX report_new_taken ON report_new (call_id) WHERE taken = 1;

-- Bookings are found by when they begin.
CREATE INDEX bookings_start ON bookings (starts_at);
