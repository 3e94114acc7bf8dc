-- A series is a metric with its dimensions. `hash` is made of all three parts of its name; `last_at` is up to ten minutes late.
CREATE TABLE cloudwatch_series (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id  text        NOT NULL,
  region      text        NOT NULL,
  namespace   text        NOT NULL,
  metric_name text        NOT NULL,
  dimensions  jsonb       NOT NULL CHECK (jsonb_typeof(dimensions) = 'object'),
  hash        text        NOT NULL,
  -- The time of its latest value, in seconds since the epoch.
  last_at     bigint      NOT NULL,
  UNIQUE (account_id, region, hash)
);
CREATE INDEX cloudwatch_series_by_name ON cloudwatch_series (account_id, region, namespace, metric_name, id);

-- Adds up two histograms. Without one of them the sum is unknown, and so it is where it would have too many buckets.
CREATE FUNCTION cloudwatch_merge(a jsonb, b jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN a IS NULL OR b IS NULL THEN NULL
              WHEN a = b AND a = '{}' THEN a
              ELSE (SELECT CASE WHEN count(*) <= 4000 THEN jsonb_object_agg(key, total) END
                      FROM (SELECT key, sum(value::float8) AS total
                              FROM (SELECT * FROM jsonb_each_text(a) UNION ALL SELECT * FROM jsonb_each_text(b)) parts GROUP BY key) sums) END
$$;

-- What was measured in one second, minute, 5 minutes or hour, each kept for another time as on AWS. Every write adds to all of them, so that values that
-- come late count too. `at` is the beginning, in seconds since the epoch; `metricPoints.ts` makes the partitions. `histogram` is absent where
-- only sums are known.
CREATE TABLE cloudwatch_seconds (
  series_id bigint NOT NULL,
  at        bigint NOT NULL,
  unit      smallint NOT NULL,
  count     double precision NOT NULL,
  sum       double precision NOT NULL,
  min       double precision NOT NULL,
  max       double precision NOT NULL,
  histogram jsonb,
  PRIMARY KEY (series_id, at, unit)
) PARTITION BY RANGE (at);
CREATE TABLE cloudwatch_minutes (LIKE cloudwatch_seconds INCLUDING ALL) PARTITION BY RANGE (at);
CREATE TABLE cloudwatch_five_minutes (LIKE cloudwatch_seconds INCLUDING ALL) PARTITION BY RANGE (at);
CREATE TABLE cloudwatch_hours (LIKE cloudwatch_seconds INCLUDING ALL) PARTITION BY RANGE (at);

-- Writes of buffers that must not be repeated: each has an id, and is written with it in one transaction.
CREATE TABLE cloudwatch_writes (
  id         text        PRIMARY KEY,
  written_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE cloudwatch_dashboards (
  account_id      text        NOT NULL,
  region          text        NOT NULL,
  "DashboardName" text        COLLATE "C" NOT NULL,
  "DashboardBody" text        NOT NULL,
  tags            jsonb       NOT NULL CHECK (jsonb_typeof(tags) = 'object'),
  modified_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, region, "DashboardName")
);

CREATE AGGREGATE cloudwatch_sum (jsonb) (SFUNC = cloudwatch_merge, STYPE = jsonb, INITCOND = '{}');
