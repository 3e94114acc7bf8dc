-- ARNs of IAM lie in the partition of the installation's region. Until now all were written with the partition aws.
ALTER TABLE iam_attached_role_policies DROP CONSTRAINT iam_attached_role_policies_check;
ALTER TABLE iam_attached_user_policies DROP CONSTRAINT iam_attached_user_policies_check;

DO $$
DECLARE
  region constant text := current_setting('hearth.region');
  own constant text := CASE WHEN region LIKE 'cn-%' THEN 'arn:aws-cn:' WHEN region LIKE 'us-gov-%' THEN 'arn:aws-us-gov:'
                            WHEN region LIKE 'eusc-%' THEN 'arn:aws-eusc:' ELSE 'arn:aws:' END;
BEGIN
  UPDATE iam_attached_role_policies SET "PolicyArn" = regexp_replace("PolicyArn", '^arn:aws:', own) WHERE own <> 'arn:aws:';
  UPDATE iam_attached_user_policies SET "PolicyArn" = regexp_replace("PolicyArn", '^arn:aws:', own) WHERE own <> 'arn:aws:';
  UPDATE iam_roles SET "PermissionsBoundary" = regexp_replace("PermissionsBoundary", '^arn:aws:', own) WHERE own <> 'arn:aws:';
  UPDATE iam_users SET "PermissionsBoundary" = regexp_replace("PermissionsBoundary", '^arn:aws:', own) WHERE own <> 'arn:aws:';
END $$;

ALTER TABLE iam_attached_role_policies ADD CONSTRAINT iam_attached_role_policies_check
  CHECK (("PolicyName" IS NULL) = ("PolicyArn" ~ '^arn:aws[a-z-]*:iam::aws:policy/'));
ALTER TABLE iam_attached_user_policies ADD CONSTRAINT iam_attached_user_policies_check
  CHECK (("PolicyName" IS NULL) = ("PolicyArn" ~ '^arn:aws[a-z-]*:iam::aws:policy/'));
