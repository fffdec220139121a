-- Which lines of the list of what is to do an engineer has ticked, a line each.
ALTER TABLE work_orders ADD COLUMN ticked TEXT NOT NULL DEFAULT '';
-- When whoever took a photograph took it back: it is shown nowhere and counts for nothing.
ALTER TABLE work_order_pictures ADD COLUMN withdrawn_at BIGINT;
