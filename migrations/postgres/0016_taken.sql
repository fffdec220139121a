-- Calls that are being added to the sums, summed hour by hour; empty but for the change that adds them.
CREATE UNLOGGED TABLE report_taken (LIKE report_hours INCLUDING DEFAULTS);
