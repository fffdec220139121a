-- An outage says whether calls could not be heard meanwhile, or whether less was told of them: a mirror
-- or a lamp beside a registration. Of those before this only the accounts and the service are known.
ALTER TABLE outages ADD COLUMN deaf INTEGER NOT NULL DEFAULT 1 CHECK (deaf IN (0, 1));
UPDATE outages SET deaf = 0 WHERE source LIKE 'watch/%' OR source LIKE 'mirror/%';
CREATE INDEX outages_deaf ON outages (from_at) WHERE deaf;
