-- Everything but IAM belongs to an account and a region. Existing rows get the region that this installation runs in, which `migrate` sets for the
-- transaction; new rows say theirs.
DO $$
DECLARE
  regional constant text[] := ARRAY['functions', 'function_versions', 'function_tags', 'aliases', 'function_policies', 'event_invoke_configs',
    'function_urls', 'runtime_management_configs', 'provisioned_concurrency', 'event_source_mappings', 'code_signing_configs', 'function_code_signing',
    'layers', 'layer_versions', 'events', 'usage_records', 'log_groups', 'change_log'];
  -- These answer for a whole account, whatever the region.
  account_wide constant text[] := ARRAY['function_versions_sizes', 'layer_versions_sizes', 'usage_records_by_account'];
  name text;
  statement text;
  keys text[];
  indexes text[];
BEGIN
  FOREACH name IN ARRAY regional LOOP
    EXECUTE format('ALTER TABLE %I ADD COLUMN region text NOT NULL DEFAULT current_setting(''hearth.region'')', name);
    EXECUTE format('ALTER TABLE %I ALTER COLUMN region DROP DEFAULT', name);
  END LOOP;

  -- Keys that begin with the account go on with the region, and so do the foreign keys to them (contype f: they go first and come last).
  SELECT array_agg(format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
                          regexp_replace(pg_get_constraintdef(oid), '\(account_id\y', '(account_id, region', 'g')) ORDER BY contype = 'f')
    INTO keys FROM pg_constraint
   WHERE conrelid = ANY (regional::regclass[]) AND contype IN ('p', 'u', 'f') AND pg_get_constraintdef(oid) ~ '\(account_id,';
  FOR statement IN
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
     WHERE conrelid = ANY (regional::regclass[]) AND contype IN ('p', 'u', 'f') AND pg_get_constraintdef(oid) ~ '\(account_id,'
     ORDER BY contype = 'f' DESC
  LOOP EXECUTE statement; END LOOP;
  FOREACH statement IN ARRAY keys LOOP EXECUTE statement; END LOOP;

  SELECT array_agg(regexp_replace(pg_get_indexdef(i.indexrelid), '\(account_id\y', '(account_id, region')) INTO indexes
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
   WHERE i.indrelid = ANY (regional::regclass[]) AND c.relname <> ALL (account_wide) AND pg_get_indexdef(i.indexrelid) ~ '\(account_id\y'
     AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'));
  FOR statement IN
    SELECT format('DROP INDEX %s', i.indexrelid::regclass) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = ANY (regional::regclass[]) AND c.relname <> ALL (account_wide) AND pg_get_indexdef(i.indexrelid) ~ '\(account_id\y'
       AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))
  LOOP EXECUTE statement; END LOOP;
  FOREACH statement IN ARRAY indexes LOOP EXECUTE statement; END LOOP;
END $$;

-- A snapshot says where its function lives. As text: jsonb would lose the order of variables.
UPDATE function_versions
   SET active_snapshot = ('{"region":' || to_json(region) || ',' || substr(ltrim(active_snapshot::text), 2))::json
 WHERE active_snapshot IS NOT NULL;

-- A change tells what kind of thing has changed, and readers follow the kinds that they know.
ALTER TABLE change_log RENAME COLUMN "FunctionName" TO name;
ALTER TABLE change_log ADD COLUMN kind text NOT NULL DEFAULT 'function';
ALTER TABLE change_log ALTER COLUMN kind DROP DEFAULT;
