-- A policy has a revision of its own: it changes with the policy alone.
ALTER TABLE function_policies ADD COLUMN "RevisionId" uuid NOT NULL DEFAULT gen_random_uuid();
ALTER TABLE function_policies ALTER COLUMN "RevisionId" DROP DEFAULT;
-- NULL where it was never given: answers to changes then leave it out.
ALTER TABLE function_urls ALTER COLUMN "InvokeMode" DROP NOT NULL;
