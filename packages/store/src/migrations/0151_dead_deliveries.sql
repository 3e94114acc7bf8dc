-- The size of a body that was dropped when its message was given up: such a message cannot be replayed.
ALTER TABLE deliveries ADD COLUMN body_bytes integer;
-- The messages of one account, latest first.
CREATE INDEX deliveries_by_account ON deliveries (account_id, region, created_at DESC);
