-- Archives of EventBridge, and the events in them.
CREATE TABLE event_archives (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id  text        NOT NULL,
  region      text        NOT NULL,
  "Name"      text        NOT NULL,
  bus         text        NOT NULL,
  -- Description, EventPattern, RetentionDays, KmsKeyIdentifier.
  settings    json        NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  UNIQUE (account_id, region, "Name"),
  FOREIGN KEY (account_id, region, bus) REFERENCES event_buses (account_id, region, "Name") ON DELETE CASCADE
);
CREATE INDEX event_archives_by_bus ON event_archives (account_id, region, bus);
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON event_archives FOR EACH ROW EXECUTE FUNCTION announce_event_bus();

-- Rows of an archive that is gone may be left over for a while: there is no foreign key, because every event would lock the archive's row.
CREATE TABLE archived_events (
  archive_id bigint      NOT NULL,
  stored_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  id         uuid        NOT NULL,
  event      text        NOT NULL,
  PRIMARY KEY (archive_id, stored_at, id)
);

-- How much archives hold, in several rows each, so that events that are stored at the same time rarely wait for each other.
CREATE TABLE event_archive_sizes (
  archive_id bigint   NOT NULL,
  stripe     smallint NOT NULL,
  events     bigint   NOT NULL,
  bytes      bigint   NOT NULL,
  PRIMARY KEY (archive_id, stripe)
);

-- Replays send archived events to their bus again. A worker that runs one renews `lease_until`.
CREATE TABLE event_replays (
  account_id   text        NOT NULL,
  region       text        NOT NULL,
  "Name"       text        NOT NULL,
  archive      text        NOT NULL,
  archive_id   bigint      NOT NULL,
  bus          text        NOT NULL,
  "Description" text,
  -- Rules that get the events; null: all rules of the bus.
  filter_arns  json,
  from_at      timestamptz NOT NULL,
  to_at        timestamptz NOT NULL,
  state        text        NOT NULL CHECK (state IN ('STARTING', 'RUNNING', 'CANCELLING', 'COMPLETED', 'CANCELLED', 'FAILED')),
  state_reason text,
  -- The last event that was sent.
  last_stored_at timestamptz,
  last_id      uuid,
  started_at   timestamptz NOT NULL DEFAULT now(),
  ended_at     timestamptz,
  lease_until  timestamptz,
  PRIMARY KEY (account_id, region, "Name")
);
CREATE INDEX event_replays_running ON event_replays (coalesce(lease_until, started_at)) WHERE state IN ('STARTING', 'RUNNING', 'CANCELLING');
