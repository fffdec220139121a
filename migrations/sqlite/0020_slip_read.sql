-- When a message was read back to whoever left it, and they said yes; null where it was not.
ALTER TABLE messages ADD COLUMN readback_at INTEGER;
