-- EventBridge Scheduler. The group `default` is made when it is first needed.
CREATE TABLE schedule_groups (
  account_id   text        NOT NULL,
  region       text        NOT NULL,
  "Name"       text        NOT NULL,
  tags         json        NOT NULL DEFAULT '{}',
  client_token text,
  created_at   timestamptz NOT NULL DEFAULT now(),
  modified_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, region, "Name")
);

CREATE TABLE schedules (
  account_id   text        NOT NULL,
  region       text        NOT NULL,
  "GroupName"  text        NOT NULL,
  "Name"       text        NOT NULL,
  "State"      text        NOT NULL,
  -- What the owner has set, as in AWS's API; dates are milliseconds.
  settings     json        NOT NULL,
  -- What a rate counts from.
  anchor_at    timestamptz NOT NULL,
  client_token text,
  created_at   timestamptz NOT NULL DEFAULT now(),
  modified_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, region, "GroupName", "Name"),
  FOREIGN KEY (account_id, region, "GroupName") REFERENCES schedule_groups ON DELETE CASCADE
);
