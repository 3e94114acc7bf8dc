-- Which invoker holds a pool of execution environments, and with it counts the concurrent executions of the functions in the pool. Today there is one pool
-- for all functions, `all`. The fence grows with every new holder, also when the same invoker has been started again.
CREATE TABLE pool_leases (
  pool        text PRIMARY KEY,
  owner       text        NOT NULL,
  fence       bigint      NOT NULL CHECK (fence > 0),
  lease_until timestamptz NOT NULL
);
