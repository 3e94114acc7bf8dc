-- A policy is a whole document: statements that deny, of several principals, with conditions of any kind.
ALTER TABLE function_policies ADD COLUMN document json;
UPDATE function_policies SET document = json_build_object('Version', '2012-10-17', 'Id', 'default', 'Statement', statements);
ALTER TABLE function_policies ALTER COLUMN document SET NOT NULL;
ALTER TABLE function_policies DROP COLUMN statements;
