-- An account is a tenant. The owner's is always there; its configured key is not in access_keys.
CREATE TABLE accounts (
  account_id text PRIMARY KEY CHECK (account_id ~ '^[0-9]{12}$'),
  name       text NOT NULL DEFAULT '' CHECK (length(name) <= 128),
  created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO accounts (account_id, name) VALUES ('000000000000', 'owner');
INSERT INTO accounts (account_id) SELECT DISTINCT account_id FROM access_keys ON CONFLICT DO NOTHING;

CREATE TABLE iam_users (
  account_id            text NOT NULL CHECK (account_id ~ '^[0-9]{12}$'),
  "UserName"            text COLLATE "C" NOT NULL CHECK ("UserName" ~ '^[\w+=,.@-]{1,64}$'),
  "UserId"              text NOT NULL UNIQUE,
  "Path"                text NOT NULL,
  "PermissionsBoundary" text,
  "Tags"                jsonb NOT NULL CHECK (jsonb_typeof("Tags") = 'object'),
  "CreateDate"          timestamptz NOT NULL,
  PRIMARY KEY (account_id, "UserName")
);
CREATE UNIQUE INDEX iam_users_name ON iam_users (account_id, lower("UserName"));

-- As for roles. A user that has policies or keys cannot be deleted; a new name is theirs too.
CREATE TABLE iam_user_policies (
  account_id       text NOT NULL,
  "UserName"       text COLLATE "C" NOT NULL,
  "PolicyName"     text COLLATE "C" NOT NULL CHECK ("PolicyName" ~ '^[\w+=,.@-]{1,128}$'),
  "PolicyDocument" text NOT NULL,
  PRIMARY KEY (account_id, "UserName", "PolicyName"),
  FOREIGN KEY (account_id, "UserName") REFERENCES iam_users ON UPDATE CASCADE
);

CREATE TABLE iam_attached_user_policies (
  account_id   text NOT NULL,
  "UserName"   text COLLATE "C" NOT NULL,
  "PolicyArn"  text COLLATE "C" NOT NULL,
  "PolicyName" text COLLATE "C",
  PRIMARY KEY (account_id, "UserName", "PolicyArn"),
  FOREIGN KEY (account_id, "UserName") REFERENCES iam_users ON UPDATE CASCADE,
  CONSTRAINT iam_attached_policy FOREIGN KEY (account_id, "PolicyName") REFERENCES iam_policies,
  CHECK (("PolicyName" IS NULL) = ("PolicyArn" LIKE 'arn:aws:iam::aws:policy/%'))
);
CREATE INDEX iam_attached_user_policies_policy ON iam_attached_user_policies (account_id, "PolicyArn");

-- A key without a user is its account's root.
ALTER TABLE access_keys
  ADD COLUMN "UserName" text COLLATE "C",
  ADD COLUMN status text NOT NULL DEFAULT 'Active' CHECK (status IN ('Active', 'Inactive')),
  ADD CONSTRAINT access_keys_account FOREIGN KEY (account_id) REFERENCES accounts,
  ADD CONSTRAINT access_keys_user FOREIGN KEY (account_id, "UserName") REFERENCES iam_users ON UPDATE CASCADE;
CREATE INDEX access_keys_of ON access_keys (account_id, "UserName");

-- What seals session tokens: 32 random bytes, written by the first process that needs them.
CREATE TABLE session_secret (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  secret   bytea NOT NULL CHECK (octet_length(secret) = 32)
);

-- Whoever holds keys, users, roles or policies in memory is told which account's have changed: by triggers, so that no statement can forget it.
CREATE FUNCTION notify_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify(TG_ARGV[0], coalesce(NEW.account_id, OLD.account_id));
  RETURN NULL;
END $$;
CREATE TRIGGER notify_keys AFTER INSERT OR UPDATE OR DELETE ON access_keys FOR EACH ROW EXECUTE FUNCTION notify_account('hearth_access_keys');
CREATE TRIGGER notify_keys AFTER INSERT OR UPDATE OR DELETE ON iam_users FOR EACH ROW EXECUTE FUNCTION notify_account('hearth_access_keys');
CREATE TRIGGER notify_iam AFTER INSERT OR UPDATE OR DELETE ON iam_users FOR EACH ROW EXECUTE FUNCTION notify_account('hearth_iam');
CREATE TRIGGER notify_iam AFTER INSERT OR UPDATE OR DELETE ON iam_user_policies FOR EACH ROW EXECUTE FUNCTION notify_account('hearth_iam');
CREATE TRIGGER notify_iam AFTER INSERT OR UPDATE OR DELETE ON iam_attached_user_policies FOR EACH ROW EXECUTE FUNCTION notify_account('hearth_iam');
CREATE TRIGGER notify_iam AFTER INSERT OR UPDATE OR DELETE ON iam_roles FOR EACH ROW EXECUTE FUNCTION notify_account('hearth_iam');
CREATE TRIGGER notify_iam AFTER INSERT OR UPDATE OR DELETE ON iam_role_policies FOR EACH ROW EXECUTE FUNCTION notify_account('hearth_iam');
CREATE TRIGGER notify_iam AFTER INSERT OR UPDATE OR DELETE ON iam_attached_role_policies FOR EACH ROW EXECUTE FUNCTION notify_account('hearth_iam');
CREATE TRIGGER notify_iam AFTER INSERT OR UPDATE OR DELETE ON iam_policies FOR EACH ROW EXECUTE FUNCTION notify_account('hearth_iam');
