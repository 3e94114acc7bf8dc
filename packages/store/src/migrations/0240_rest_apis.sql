-- What REST APIs of API Gateway have besides their parts: API keys, usage plans and the settings of accounts.
CREATE TABLE apigateway_api_keys (
  key_id     text PRIMARY KEY,
  account_id text NOT NULL,
  region     text NOT NULL,
  value      text NOT NULL, -- what clients send; shown again to who may read it
  settings   jsonb NOT NULL,
  tags       jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (account_id, region, value)
);
CREATE INDEX apigateway_api_keys_of_account ON apigateway_api_keys (account_id, region, key_id);

CREATE TABLE apigateway_usage_plans (
  plan_id    text PRIMARY KEY,
  account_id text NOT NULL,
  region     text NOT NULL,
  settings   jsonb NOT NULL, -- name, description, throttle, quota, productCode
  tags       jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX apigateway_usage_plans_of_account ON apigateway_usage_plans (account_id, region, plan_id);

CREATE TABLE apigateway_usage_plan_stages (
  plan_id  text NOT NULL REFERENCES apigateway_usage_plans ON DELETE CASCADE,
  api_id   text NOT NULL REFERENCES apigateway_apis ON DELETE CASCADE,
  stage    text NOT NULL,
  throttle jsonb NOT NULL DEFAULT '{}', -- by method, such as /pets/GET
  PRIMARY KEY (plan_id, api_id, stage)
);
CREATE INDEX apigateway_usage_plan_stages_of_api ON apigateway_usage_plan_stages (api_id, stage);

CREATE TABLE apigateway_usage_plan_keys (
  plan_id text NOT NULL REFERENCES apigateway_usage_plans ON DELETE CASCADE,
  key_id  text NOT NULL REFERENCES apigateway_api_keys ON DELETE CASCADE,
  PRIMARY KEY (plan_id, key_id)
);
CREATE INDEX apigateway_usage_plan_keys_of_key ON apigateway_usage_plan_keys (key_id);

-- Requests by day, kept as long as AWS keeps them: 90 days.
CREATE TABLE apigateway_usage (
  plan_id text NOT NULL,
  key_id  text NOT NULL,
  day     date NOT NULL, -- in UTC
  used    bigint NOT NULL DEFAULT 0,
  granted bigint NOT NULL DEFAULT 0, -- requests that UpdateUsage added to the quota of the period
  PRIMARY KEY (plan_id, key_id, day),
  FOREIGN KEY (plan_id, key_id) REFERENCES apigateway_usage_plan_keys ON DELETE CASCADE
);

CREATE TABLE apigateway_accounts (
  account_id text NOT NULL,
  region     text NOT NULL,
  settings   jsonb NOT NULL,
  PRIMARY KEY (account_id, region)
);

-- Processes keep an API with the usage plans of its stages, and an API key under the digest of its value, which a client sends.
CREATE FUNCTION announce_api_key(changed apigateway_api_keys) RETURNS void LANGUAGE sql AS $$
  SELECT pg_notify('hearth_apigateway', 'key ' || changed.account_id || ' ' || changed.region || ' ' || encode(sha256(convert_to(changed.value, 'UTF8')), 'hex'));
$$;
CREATE FUNCTION announce_api_key_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM announce_api_key(coalesce(NEW, OLD));
  RETURN NULL;
END $$;
CREATE FUNCTION announce_usage_plan_key() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed apigateway_usage_plan_keys := coalesce(NEW, OLD);
BEGIN
  PERFORM announce_api_key(key) FROM apigateway_api_keys AS key WHERE key.key_id = changed.key_id;
  RETURN NULL;
END $$;
CREATE FUNCTION announce_usage_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('hearth_apigateway', 'api ' || api_id) FROM apigateway_usage_plan_stages WHERE plan_id = NEW.plan_id;
  RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON apigateway_api_keys FOR EACH ROW EXECUTE FUNCTION announce_api_key_change();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON apigateway_usage_plan_keys FOR EACH ROW EXECUTE FUNCTION announce_usage_plan_key();
CREATE TRIGGER announce AFTER UPDATE ON apigateway_usage_plans FOR EACH ROW EXECUTE FUNCTION announce_usage_plan();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON apigateway_usage_plan_stages FOR EACH ROW EXECUTE FUNCTION announce_api();
