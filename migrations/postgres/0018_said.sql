-- What the house itself tells, in every language of the panel as JSON ({"zh-CN": …, "en": …}); NULL where
-- people typed it. Words; can be erased.
ALTER TABLE notices ADD COLUMN said TEXT;
