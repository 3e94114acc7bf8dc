CREATE TABLE iam_roles (
  account_id                 text NOT NULL CHECK (account_id ~ '^[0-9]{12}$'),
  "RoleName"                 text COLLATE "C" NOT NULL CHECK ("RoleName" ~ '^[\w+=,.@-]{1,64}$'),
  "RoleId"                   text NOT NULL UNIQUE,
  "Path"                     text NOT NULL,
  "AssumeRolePolicyDocument" text NOT NULL,
  "Description"              text,
  "MaxSessionDuration"       integer NOT NULL CHECK ("MaxSessionDuration" BETWEEN 3600 AND 43200),
  "PermissionsBoundary"      text,
  "Tags"                     jsonb NOT NULL CHECK (jsonb_typeof("Tags") = 'object'),
  "CreateDate"               timestamptz NOT NULL,
  PRIMARY KEY (account_id, "RoleName")
);
-- Names that differ only in case are the same name.
CREATE UNIQUE INDEX iam_roles_name ON iam_roles (account_id, lower("RoleName"));

-- Inline policies. A role that has some cannot be deleted.
CREATE TABLE iam_role_policies (
  account_id       text NOT NULL,
  "RoleName"       text COLLATE "C" NOT NULL,
  "PolicyName"     text COLLATE "C" NOT NULL CHECK ("PolicyName" ~ '^[\w+=,.@-]{1,128}$'),
  "PolicyDocument" text NOT NULL,
  PRIMARY KEY (account_id, "RoleName", "PolicyName"),
  FOREIGN KEY (account_id, "RoleName") REFERENCES iam_roles
);

CREATE TABLE iam_policies (
  account_id       text NOT NULL CHECK (account_id ~ '^[0-9]{12}$'),
  "PolicyName"     text COLLATE "C" NOT NULL CHECK ("PolicyName" ~ '^[\w+=,.@-]{1,128}$'),
  "PolicyId"       text NOT NULL UNIQUE,
  "Path"           text NOT NULL,
  "Description"    text,
  "Tags"           jsonb NOT NULL CHECK (jsonb_typeof("Tags") = 'object'),
  "CreateDate"     timestamptz NOT NULL,
  "UpdateDate"     timestamptz NOT NULL,
  default_version  integer NOT NULL,
  -- Numbers of deleted versions are not given again.
  last_version     integer NOT NULL CHECK (last_version >= default_version),
  PRIMARY KEY (account_id, "PolicyName")
);
CREATE UNIQUE INDEX iam_policies_name ON iam_policies (account_id, lower("PolicyName"));

CREATE TABLE iam_policy_versions (
  account_id   text NOT NULL,
  "PolicyName" text COLLATE "C" NOT NULL,
  number       integer NOT NULL CHECK (number > 0),
  "Document"   text NOT NULL,
  "CreateDate" timestamptz NOT NULL,
  PRIMARY KEY (account_id, "PolicyName", number),
  FOREIGN KEY (account_id, "PolicyName") REFERENCES iam_policies ON DELETE CASCADE
);
-- The default version cannot be deleted, except with its policy.
ALTER TABLE iam_policies ADD CONSTRAINT iam_policies_default FOREIGN KEY (account_id, "PolicyName", default_version)
  REFERENCES iam_policy_versions DEFERRABLE INITIALLY DEFERRED;

-- Managed policies on roles: AWS's own, which are not in iam_policies, or an account's, which then cannot be deleted.
CREATE TABLE iam_attached_role_policies (
  account_id   text NOT NULL,
  "RoleName"   text COLLATE "C" NOT NULL,
  "PolicyArn"  text COLLATE "C" NOT NULL,
  "PolicyName" text COLLATE "C",
  PRIMARY KEY (account_id, "RoleName", "PolicyArn"),
  FOREIGN KEY (account_id, "RoleName") REFERENCES iam_roles,
  CONSTRAINT iam_attached_policy FOREIGN KEY (account_id, "PolicyName") REFERENCES iam_policies,
  CHECK (("PolicyName" IS NULL) = ("PolicyArn" LIKE 'arn:aws:iam::aws:policy/%'))
);
CREATE INDEX iam_attached_role_policies_policy ON iam_attached_role_policies (account_id, "PolicyArn");
