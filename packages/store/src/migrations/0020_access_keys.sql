-- Keys that sign requests. The key that configuration names is not here.
CREATE TABLE access_keys (
  access_key_id     text PRIMARY KEY CHECK (access_key_id ~ '^\w{3,128}$'),
  account_id        text NOT NULL CHECK (account_id ~ '^[0-9]{12}$'),
  secret_access_key text NOT NULL CHECK (length(secret_access_key) >= 4),
  created_at        timestamptz NOT NULL
);
