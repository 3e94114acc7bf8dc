-- The ARN of a runtime's version follows from region and runtime, so it is known when a function is created.
ALTER TABLE function_versions DROP COLUMN "RuntimeVersionArn";
