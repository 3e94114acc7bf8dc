-- The name by which a function's image was asked for; its digest is the code's. Such a version has no archive, and no size.
ALTER TABLE function_versions ADD COLUMN "ImageUri" text;
ALTER TABLE function_versions DROP CONSTRAINT "function_versions_CodeSize_check";
ALTER TABLE function_versions ADD CONSTRAINT function_versions_code_check
  CHECK (CASE WHEN "ImageUri" IS NULL THEN "CodeSize" > 0 ELSE "CodeSize" = 0 END);

-- What control asks of the invoker, whose launcher alone reaches an engine: what an image's name means. Whoever asked deletes the row.
CREATE TABLE image_requests (
  id           uuid PRIMARY KEY,
  "ImageUri"   text NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  claimed_at   timestamptz,
  answer       json
);
