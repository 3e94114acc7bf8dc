-- The sum of an account's archives is asked for by each create and update.
CREATE INDEX function_versions_sizes ON function_versions (account_id) INCLUDE ("CodeSize");
