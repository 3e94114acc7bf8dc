-- APIs of API Gateway. What belongs to an API (routes, integrations, stages and so on) is one table of parts: each kind is a document that its door validates.
CREATE TABLE apigateway_apis (
  api_id     text PRIMARY KEY, -- unique in all accounts and regions, because it is part of a host name
  account_id text NOT NULL,
  region     text NOT NULL,
  protocol   text NOT NULL, -- HTTP, WEBSOCKET or REST
  settings   jsonb NOT NULL,
  tags       jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX apigateway_apis_of_account ON apigateway_apis (account_id, region, api_id);

CREATE TABLE apigateway_parts (
  api_id     text NOT NULL REFERENCES apigateway_apis ON DELETE CASCADE,
  kind       text NOT NULL, -- route, integration, stage, deployment …
  part_id    text NOT NULL,
  settings   jsonb NOT NULL,
  -- Of a deployment: the parts of the API when it was made. A stage that deploys by itself serves the parts as they are.
  snapshot   jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (api_id, kind, part_id)
);

CREATE TABLE apigateway_domains (
  domain_name text PRIMARY KEY, -- in lower case; unique in all accounts and regions
  account_id  text NOT NULL,
  region      text NOT NULL,
  settings    jsonb NOT NULL,
  tags        jsonb NOT NULL DEFAULT '{}',
  created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX apigateway_domains_of_account ON apigateway_domains (account_id, region, domain_name);

CREATE TABLE apigateway_mappings (
  domain_name text NOT NULL REFERENCES apigateway_domains ON DELETE CASCADE,
  mapping_id  text NOT NULL,
  mapping_key text NOT NULL, -- the first segments of the path; empty: every path that has no other mapping
  api_id      text NOT NULL REFERENCES apigateway_apis,
  stage       text NOT NULL,
  PRIMARY KEY (domain_name, mapping_id),
  UNIQUE (domain_name, mapping_key)
);
CREATE INDEX apigateway_mappings_of_api ON apigateway_mappings (api_id);

-- Processes keep APIs and domain names in memory; this tells them which one to read again. Changes are rare, so that it may be part of their commit.
CREATE FUNCTION announce_api() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record := coalesce(NEW, OLD);
BEGIN
  IF TG_TABLE_NAME IN ('apigateway_domains', 'apigateway_mappings') THEN
    PERFORM pg_notify('hearth_apigateway', 'domain ' || changed.domain_name);
  ELSE
    PERFORM pg_notify('hearth_apigateway', 'api ' || changed.api_id);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON apigateway_apis FOR EACH ROW EXECUTE FUNCTION announce_api();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON apigateway_parts FOR EACH ROW EXECUTE FUNCTION announce_api();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON apigateway_domains FOR EACH ROW EXECUTE FUNCTION announce_api();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON apigateway_mappings FOR EACH ROW EXECUTE FUNCTION announce_api();
