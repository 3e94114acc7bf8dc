-- Usage of hosted services that can have a price, added up by hour. Each process writes rows of its own (`writer`), and always its whole total of
-- the hour, so that writing it again changes nothing.
CREATE TABLE service_usage (
  account_id text             NOT NULL,
  hour       timestamptz      NOT NULL,
  region     text             NOT NULL,
  service    text             NOT NULL,
  unit       text             NOT NULL,
  resource   text             NOT NULL,
  writer     text             NOT NULL,
  quantity   double precision NOT NULL CHECK (quantity >= 0),
  PRIMARY KEY (account_id, hour, region, service, unit, resource, writer)
);
