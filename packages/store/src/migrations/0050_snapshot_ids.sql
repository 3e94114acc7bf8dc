-- What runs has an id of its own: "RevisionId" also changes when nothing that runs does.
ALTER TABLE function_versions ADD COLUMN snapshot_id uuid;
UPDATE function_versions SET
  snapshot_id = "RevisionId",
  -- As text: jsonb would lose the order of variables.
  active_snapshot = ('{"snapshotId":' || to_json(active_snapshot->>'RevisionId') || ',' || substr(ltrim(active_snapshot::text), 2))::json;
ALTER TABLE function_versions ALTER COLUMN snapshot_id SET NOT NULL;
-- A policy's revision is the one of the version or alias that has it.
ALTER TABLE function_policies DROP COLUMN "RevisionId";
