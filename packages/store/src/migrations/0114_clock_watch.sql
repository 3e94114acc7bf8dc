-- When the clock of the database was last looked at (by role events, which compares it with its own monotonic clock), and how often it has jumped.
CREATE TABLE clock_watch (
  one     boolean     PRIMARY KEY DEFAULT true CHECK (one),
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  jumps   bigint      NOT NULL DEFAULT 0
);
INSERT INTO clock_watch DEFAULT VALUES;
