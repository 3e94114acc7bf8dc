-- The audit trail: calls that changed something or were denied, a row each, in the account whose trail it is. Partitions are days (UTC) and made as
-- events arrive; past their retention whole days are dropped.
CREATE TABLE audit_events (
  event_time        timestamptz NOT NULL,
  event_id          uuid        NOT NULL,
  account_id        text        NOT NULL,
  region            text        NOT NULL,
  request_id        text        NOT NULL,
  caller_kind       text        NOT NULL,
  caller_account_id text        NOT NULL,
  caller_arn        text        NOT NULL,
  caller_id         text        NOT NULL,
  user_name         text        NOT NULL,
  access_key_id     text,
  source_ip         text,
  user_agent        text,
  service           text        NOT NULL,
  operation         text        NOT NULL,
  is_read_only      boolean     NOT NULL,
  is_data_event     boolean     NOT NULL,
  resources         text[]      NOT NULL,
  input             json        NOT NULL,
  status            integer     NOT NULL,
  error_code        text,
  error_message     text,
  -- The transaction that wrote the row: readers who follow the trail go by it, because rows do not become visible in the order of their times.
  written           xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (event_time, event_id, account_id)
) PARTITION BY RANGE (event_time);
CREATE INDEX audit_events_by_account ON audit_events (account_id, event_time, event_id, region);
CREATE INDEX audit_events_by_transaction ON audit_events (written);

CREATE FUNCTION audit_events_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of audit_events are neither changed nor deleted';
END $$;
CREATE TRIGGER audit_events_stay BEFORE UPDATE OR DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_events_stay();
