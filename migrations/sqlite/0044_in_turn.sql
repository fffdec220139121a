-- Whoever changes claims asks first what is taken on one thing from a moment on: what was before, and what is taken
-- elsewhere, is not looked at for it.
CREATE INDEX claims_from ON claims (resource, to_at, from_at) WHERE released_at IS NULL;
-- The board of a day shows what is no stay of guests: few of all that is taken from then on.
CREATE INDEX claims_beside ON claims (to_at) WHERE released_at IS NULL AND kind <> 'booking';
-- Who sits where is asked by every change of a booking: of all bookings there ever were, those in a room are few.
CREATE INDEX bookings_sitting ON bookings (id) WHERE state = 'in_room';
