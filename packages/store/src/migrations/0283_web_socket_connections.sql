-- Open web sockets of APIs with a route $disconnect, so that another process, or the next one, can run it when the one that has them dies. Leases of processes are
-- in web_socket_processes: after a crash of PostgreSQL itself there are none, and the living renew theirs.
CREATE TABLE web_socket_connections (
  connection_id text PRIMARY KEY,
  process_id    text NOT NULL, -- has the socket
  facts         jsonb NOT NULL -- what the event of $disconnect says about it
);
CREATE INDEX web_socket_connections_of_process ON web_socket_connections (process_id);
