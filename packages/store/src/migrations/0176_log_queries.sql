-- Queries of CloudWatch Logs Insights. One runs under a lease: when its process dies, another one begins it anew. `due_at` is the end of the lease.
CREATE TABLE log_queries (
  id           uuid    PRIMARY KEY,
  account_id   text    NOT NULL,
  region       text    NOT NULL,
  query        text    NOT NULL,
  -- Ids and names of the groups; a group may be deleted while a query about it is kept.
  groups       json    NOT NULL,
  -- Milliseconds since the epoch, both inclusive.
  from_ms      bigint  NOT NULL,
  to_ms        bigint  NOT NULL,
  max_rows     integer,
  status       text    NOT NULL CHECK (status IN ('Scheduled', 'Running', 'Complete', 'Failed', 'Cancelled', 'Timeout')),
  created_at   bigint  NOT NULL,
  ended_at     bigint,
  statistics   json    NOT NULL DEFAULT '{}',
  -- Rows of the answer, as compressed JSON; those so far while it runs are not shown.
  results      bytea,
  lease_owner  text,
  due_at       timestamptz NOT NULL DEFAULT now(),
  attempts     integer NOT NULL DEFAULT 0
);
ALTER TABLE log_queries ALTER COLUMN results SET STORAGE EXTERNAL;
CREATE INDEX log_queries_due ON log_queries (due_at) WHERE status IN ('Scheduled', 'Running');
CREATE INDEX log_queries_account ON log_queries (account_id, region, created_at DESC, id);
CREATE INDEX log_queries_created ON log_queries (created_at);

CREATE TABLE log_query_definitions (
  account_id      text   NOT NULL,
  region          text   NOT NULL,
  id              uuid   NOT NULL,
  name            text   COLLATE "C" NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
  "queryString"   text   NOT NULL,
  "logGroupNames" json   NOT NULL,
  "lastModified"  bigint NOT NULL,
  PRIMARY KEY (account_id, region, id)
);

CREATE TABLE log_resource_policies (
  account_id        text   NOT NULL,
  region            text   NOT NULL,
  "policyName"      text   COLLATE "C" NOT NULL,
  "policyDocument"  text   NOT NULL,
  "lastUpdatedTime" bigint NOT NULL,
  PRIMARY KEY (account_id, region, "policyName")
);
