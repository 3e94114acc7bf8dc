-- Deleting a version asks whether an alias points to it; without this, deleting a function with n versions and m aliases took n times m steps.
CREATE INDEX aliases_second_version ON aliases (account_id, "FunctionName", second_number) WHERE second_number IS NOT NULL;
