-- A list that the publisher did not give is null; an empty one was given as such.
ALTER TABLE layer_versions ALTER COLUMN "CompatibleRuntimes" DROP NOT NULL, ALTER COLUMN "CompatibleArchitectures" DROP NOT NULL;
UPDATE layer_versions SET "CompatibleRuntimes" = nullif("CompatibleRuntimes", '{}'), "CompatibleArchitectures" = nullif("CompatibleArchitectures", '{}');
