-- A web socket of an API is open in one process. What another process wants of it goes through these tables. Nothing in them outlives the sockets, so they
-- may be empty after a crash of PostgreSQL.
CREATE UNLOGGED TABLE web_socket_processes (
  process_id  text PRIMARY KEY,
  lease_until timestamptz NOT NULL
);

CREATE UNLOGGED TABLE web_socket_commands (
  id         uuid PRIMARY KEY,
  process_id text NOT NULL, -- has the socket
  command    jsonb NOT NULL,
  body       bytea,
  reply      jsonb, -- NULL until the process has done it
  expires_at timestamptz NOT NULL
);
CREATE INDEX web_socket_commands_to_do ON web_socket_commands (process_id) WHERE reply IS NULL;
