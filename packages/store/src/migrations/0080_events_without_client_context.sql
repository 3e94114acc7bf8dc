-- A client context reaches functions that are invoked synchronously, and no others.
ALTER TABLE events DROP COLUMN client_context;
