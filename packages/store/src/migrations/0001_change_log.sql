-- One row: its lock, held until the commit, makes the numbers of changes follow the order of commits.
CREATE TABLE change_counter (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  seq      bigint  NOT NULL
);
INSERT INTO change_counter (seq) VALUES (0);

CREATE TABLE change_log (
  seq            bigint PRIMARY KEY,
  account_id     text   NOT NULL,
  "FunctionName" text   NOT NULL
);

-- Every invoker that answers from an index, and the number of the change up to which that index is right.
CREATE TABLE invokers (
  id          text PRIMARY KEY,
  description text        NOT NULL,
  applied_seq bigint      NOT NULL,
  lease_until timestamptz NOT NULL
);
