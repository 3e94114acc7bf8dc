-- Connections of EventBridge: how API destinations authorize requests. `sealed` holds AuthParameters, secrets included.
CREATE TABLE event_connections (
  account_id    text        NOT NULL,
  region        text        NOT NULL,
  "Name"        text        NOT NULL,
  id            uuid        NOT NULL,
  "Description" text,
  type          text        NOT NULL CHECK (type IN ('BASIC', 'API_KEY', 'OAUTH_CLIENT_CREDENTIALS')),
  sealed        text        NOT NULL,
  is_authorized boolean     NOT NULL DEFAULT true,
  -- Counts changes: tokens that were fetched for an older one are not used.
  version       integer     NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  modified_at   timestamptz NOT NULL DEFAULT now(),
  authorized_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, region, "Name")
);

CREATE FUNCTION check_event_connection() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM check_sealed(NEW.sealed);
  RETURN NEW;
END $$;
CREATE TRIGGER check_sealed BEFORE INSERT OR UPDATE OF sealed ON event_connections FOR EACH ROW EXECUTE FUNCTION check_event_connection();

-- API destinations: HTTP endpoints that are targets of rules.
CREATE TABLE event_api_destinations (
  account_id  text        NOT NULL,
  region      text        NOT NULL,
  "Name"      text        NOT NULL,
  id          uuid        NOT NULL,
  connection  text        NOT NULL,
  -- Description, InvocationEndpoint, HttpMethod, InvocationRateLimitPerSecond.
  settings    json        NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  modified_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, region, "Name"),
  FOREIGN KEY (account_id, region, connection) REFERENCES event_connections (account_id, region, "Name")
);
CREATE INDEX event_api_destinations_by_connection ON event_api_destinations (account_id, region, connection);
