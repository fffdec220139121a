-- Why something was granted or refused, in the words of whoever decided.
ALTER TABLE booking_approvals ADD COLUMN why TEXT NOT NULL DEFAULT '';
