-- The image that the runtime of a version is, by its digest, where images of runtimes come from a registry: what runs now, not what is wanted.
ALTER TABLE function_versions ADD COLUMN runtime_version text CHECK (runtime_version ~ '^[0-9a-f]{64}$');
CREATE INDEX function_versions_runtime_version ON function_versions (runtime_version) WHERE runtime_version IS NOT NULL;
