-- Chunks that wait for filters are claimed by account, so that one account's slow filters or many chunks do not hold up the others.
ALTER TABLE log_chunks_to_filter ADD COLUMN account_id text;
UPDATE log_chunks_to_filter f SET account_id = g.account_id FROM log_groups g WHERE g.id = f.group_id;
ALTER TABLE log_chunks_to_filter ALTER COLUMN account_id SET NOT NULL;
DROP INDEX log_chunks_to_filter_due;
CREATE INDEX log_chunks_to_filter_account_due ON log_chunks_to_filter (account_id, due_at, seq);

-- What the results of an account's queries take on disk: an account beyond its limit loses its oldest results.
ALTER TABLE log_queries ADD COLUMN result_bytes bigint NOT NULL DEFAULT 0;
UPDATE log_queries SET result_bytes = length(results) WHERE results IS NOT NULL;

-- When an endpoint that has not confirmed its subscription was last asked to: subscribing it again does not ask again at once.
ALTER TABLE sns_subscriptions ADD COLUMN asked_at timestamptz;
CREATE INDEX sns_subscriptions_pending ON sns_subscriptions (owner) WHERE state = 'pending';
