-- What was said of a record to somebody, in order: whether something newer was said of it since.
CREATE INDEX outbox_about ON outbox (about, staff_id, id);
