# What of Lambda, IAM and CloudWatch Logs is in no other configuration of these tests.
data "aws_iam_policy_document" "permissions" {
  statement {
    sid       = "Some"
    actions   = [var.second ? "sqs:*" : "s3:*", "logs:*", "lambda:*", "sns:Publish"]
    resources = ["*"]
  }
}

resource "aws_iam_role" "worker" {
  name                  = "worker"
  path                  = "/service/"
  description           = "stage ${local.stage}"
  max_session_duration  = var.second ? 7200 : 3600
  assume_role_policy    = data.aws_iam_policy_document.trust.json
  permissions_boundary  = var.second ? null : aws_iam_policy.own.arn
  force_detach_policies = true
  tags                  = { stage = local.stage }
}

resource "aws_iam_role_policy" "inline" {
  name   = "inline"
  role   = aws_iam_role.worker.id
  policy = data.aws_iam_policy_document.permissions.json
}

resource "aws_iam_role_policy_attachment" "worker" {
  for_each   = toset(["AWSLambdaBasicExecutionRole", "AWSLambdaSQSQueueExecutionRole"])
  role       = aws_iam_role.worker.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/${each.key}"
}

resource "aws_iam_role" "listed" {
  name_prefix         = "listed-"
  assume_role_policy  = data.aws_iam_policy_document.trust.json
  managed_policy_arns = var.second ? [] : ["arn:aws:iam::aws:policy/AWSLambda_ReadOnlyAccess", aws_iam_policy.own.arn]
  inline_policy {
    name   = "some"
    policy = data.aws_iam_policy_document.permissions.json
  }
}

resource "aws_iam_role" "exclusive" {
  name                 = "exclusive"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.second ? aws_iam_policy.own.arn : null
}

resource "aws_iam_role_policies_exclusive" "none" {
  role_name    = aws_iam_role.exclusive.name
  policy_names = []
}

resource "aws_iam_role_policy_attachments_exclusive" "one" {
  role_name   = aws_iam_role.exclusive.name
  policy_arns = [var.second ? aws_iam_policy.own.arn : "arn:aws:iam::aws:policy/AWSLambda_FullAccess"]
}

resource "aws_iam_policy" "own" {
  name        = "own"
  path        = "/team/"
  description = "own"
  policy      = data.aws_iam_policy_document.permissions.json
  tags        = { stage = local.stage }
}

resource "aws_iam_policy_attachment" "both" {
  name       = "both"
  roles      = [aws_iam_role.worker.name]
  users      = var.second ? [] : [aws_iam_user.deployer.name]
  policy_arn = aws_iam_policy.prefixed.arn
}

resource "aws_iam_policy" "prefixed" {
  name_prefix = "prefixed"
  policy      = data.aws_iam_policy_document.permissions.json
}

resource "aws_iam_user" "deployer" {
  name          = "deployer"
  path          = var.second ? "/team/" : "/"
  force_destroy = true
  tags          = { stage = local.stage }
}

resource "aws_iam_access_key" "deployer" {
  user   = aws_iam_user.deployer.name
  status = var.second ? "Inactive" : "Active"
}

resource "aws_iam_user_policy" "inline" {
  name   = "inline"
  user   = aws_iam_user.deployer.name
  policy = data.aws_iam_policy_document.permissions.json
}

resource "aws_iam_user_policy_attachment" "managed" {
  user       = aws_iam_user.deployer.name
  policy_arn = "arn:aws:iam::aws:policy/AWSLambda_FullAccess"
}

resource "aws_cloudwatch_log_group" "logs" {
  name              = "/aws/lambda/whole"
  retention_in_days = var.second ? 30 : 14
  tags              = { stage = local.stage }
}

resource "aws_cloudwatch_log_group" "other" {
  name_prefix = "other"
}

resource "aws_cloudwatch_log_stream" "stream" {
  name           = "stream-${local.stage}"
  log_group_name = aws_cloudwatch_log_group.logs.name
}

resource "aws_lambda_layer_version" "lib" {
  layer_name          = "lib"
  filename            = "layer.zip"
  compatible_runtimes = ["nodejs22.x", "nodejs20.x"]
}

resource "aws_lambda_layer_version_permission" "organization" {
  layer_name      = aws_lambda_layer_version.lib.layer_name
  version_number  = aws_lambda_layer_version.lib.version
  statement_id    = "organization"
  action          = "lambda:GetLayerVersion"
  principal       = "*"
  organization_id = "o-a1b2c3d4e5f"
}

resource "aws_lambda_function" "whole" {
  function_name                  = "whole"
  description                    = var.second ? null : "one"
  runtime                        = var.second ? "nodejs20.x" : "nodejs22.x"
  role                           = aws_iam_role.worker.arn
  handler                        = "index.handler"
  filename                       = "function.zip"
  source_code_hash               = local.stage
  publish                        = true
  architectures                  = ["x86_64"]
  memory_size                    = var.second ? 256 : 128
  timeout                        = var.second ? 10 : 3
  reserved_concurrent_executions = var.second ? 7 : 5
  kms_key_arn                    = var.second ? null : "arn:aws:kms:${local.here}:key/01234567-89ab-cdef-0123-456789abcdef"
  layers                         = var.second ? [] : [aws_lambda_layer_version.lib.arn]
  tags                           = var.second ? {} : { stage = "a" }
  ephemeral_storage {
    size = var.second ? 1024 : 512
  }
  logging_config {
    log_format            = var.second ? "Text" : "JSON"
    log_group             = aws_cloudwatch_log_group.logs.name
    application_log_level = var.second ? null : "DEBUG"
    system_log_level      = var.second ? null : "INFO"
  }
  dynamic "environment" {
    for_each = var.second ? [] : [1]
    content {
      variables = { NAME = "x" }
    }
  }
  dynamic "vpc_config" {
    for_each = var.second ? [] : [1]
    content {
      subnet_ids         = ["subnet-0123456789abcdef0"]
      security_group_ids = ["sg-0123456789abcdef0"]
    }
  }
  dynamic "dead_letter_config" {
    for_each = var.second ? [] : [1]
    content {
      target_arn = "arn:aws:sns:${local.here}:dead"
    }
  }
  # Whether the role may send to the dead letter target is checked when the function is created.
  depends_on = [aws_iam_role_policy.inline]
}

resource "aws_lambda_function" "snapped" {
  function_name = "snapped"
  runtime       = "python3.13"
  role          = aws_iam_role.worker.arn
  handler       = "app.handler"
  filename      = "function.zip"
  dynamic "snap_start" {
    for_each = var.second ? [] : [1]
    content {
      apply_on = "PublishedVersions"
    }
  }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = local.stage
  function_name    = aws_lambda_function.whole.arn
  function_version = "1"
  dynamic "routing_config" {
    for_each = var.second ? [1] : []
    content {
      additional_version_weights = { (aws_lambda_function.whole.version) = 0.5 }
    }
  }
}

# Not `live`: an alias with weights takes no provisioned concurrency.
resource "aws_lambda_alias" "warm" {
  name             = "warm"
  function_name    = aws_lambda_function.whole.arn
  function_version = "1"
}

resource "aws_lambda_provisioned_concurrency_config" "warm" {
  function_name                     = aws_lambda_alias.warm.function_name
  qualifier                         = aws_lambda_alias.warm.name
  provisioned_concurrent_executions = var.second ? 2 : 1
}

resource "aws_lambda_permission" "bucket" {
  statement_id   = "bucket-${local.stage}"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.whole.function_name
  principal      = "s3.amazonaws.com"
  source_arn     = "arn:aws:s3:::bucket"
  source_account = data.aws_caller_identity.me.account_id
}

resource "aws_lambda_permission" "rule" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.whole.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "events.amazonaws.com"
  source_arn    = "arn:aws:events:${local.here}:rule/r"
}

resource "aws_lambda_permission" "account" {
  action        = "lambda:GetFunction"
  function_name = aws_lambda_function.whole.function_name
  qualifier     = "1"
  principal     = "arn:aws:iam::111122223333:root"
}

resource "aws_lambda_permission" "organization" {
  statement_id_prefix = "org-"
  action              = "lambda:InvokeFunction"
  function_name       = aws_lambda_function.whole.function_name
  principal           = "*"
  principal_org_id    = "o-a1b2c3d4e5f"
}

resource "aws_lambda_permission" "skill" {
  action             = "lambda:InvokeFunction"
  function_name      = aws_lambda_function.whole.function_name
  principal          = "alexa-appkit.amazon.com"
  event_source_token = "amzn1.ask.skill.1"
}

resource "aws_lambda_permission" "url" {
  action                 = "lambda:InvokeFunctionUrl"
  function_name          = aws_lambda_function.whole.function_name
  principal              = "*"
  function_url_auth_type = "NONE"
}

resource "aws_lambda_function_url" "live" {
  function_name      = aws_lambda_function.whole.function_name
  qualifier          = aws_lambda_alias.live.name
  authorization_type = "AWS_IAM"
}

resource "aws_lambda_invocation" "once" {
  function_name   = aws_lambda_function.whole.function_name
  lifecycle_scope = "CRUD"
  input           = jsonencode({ stage = local.stage })
}

resource "aws_lambda_code_signing_config" "signing" {
  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:${local.here}:/signing-profiles/p/abcdefghij"]
  }
}

data "aws_lambda_function" "live" {
  function_name = aws_lambda_function.whole.function_name
  qualifier     = aws_lambda_alias.live.name
}

data "aws_lambda_functions" "all" {
  depends_on = [aws_lambda_function.whole, aws_lambda_function.snapped, aws_lambda_function.ordered]
}

data "aws_lambda_alias" "live" {
  function_name = aws_lambda_function.whole.function_name
  name          = aws_lambda_alias.live.name
}

data "aws_lambda_layer_version" "lib" {
  layer_name         = aws_lambda_layer_version.lib.layer_name
  compatible_runtime = "nodejs22.x"
}

data "aws_lambda_function_url" "live" {
  function_name = aws_lambda_function.whole.function_name
  qualifier     = aws_lambda_function_url.live.qualifier
}

data "aws_lambda_code_signing_config" "signing" {
  arn = aws_lambda_code_signing_config.signing.arn
}

data "aws_lambda_invocation" "live" {
  function_name = aws_lambda_function.whole.function_name
  qualifier     = aws_lambda_alias.live.name
  input         = jsonencode({ from = "data" })
}

data "aws_iam_role" "worker" {
  name = aws_iam_role.worker.name
}

data "aws_iam_policy" "own" {
  arn = aws_iam_policy.own.arn
}

data "aws_iam_policy" "managed" {
  name = "AWSLambdaBasicExecutionRole"
}

data "aws_iam_user" "deployer" {
  user_name = aws_iam_user.deployer.name
}

data "aws_cloudwatch_log_groups" "all" {
  log_group_name_prefix = "/aws/lambda/"
  depends_on            = [aws_cloudwatch_log_group.logs]
}

output "seen" {
  value = {
    functions = sort(data.aws_lambda_functions.all.function_names)
    qualified = data.aws_lambda_function.live.qualified_arn
    alias     = data.aws_lambda_alias.live.function_version
    layer     = data.aws_lambda_layer_version.lib.version == tonumber(aws_lambda_layer_version.lib.version)
    url       = data.aws_lambda_function_url.live.function_url == aws_lambda_function_url.live.function_url
    signing   = data.aws_lambda_code_signing_config.signing.policies[0].untrusted_artifact_on_deployment
    role      = data.aws_iam_role.worker.arn
    policy    = data.aws_iam_policy.own.name
    managed   = data.aws_iam_policy.managed.arn
    user      = data.aws_iam_user.deployer.user_id == aws_iam_user.deployer.unique_id
    groups    = data.aws_cloudwatch_log_groups.all.log_group_names
    invoked   = jsondecode(aws_lambda_invocation.once.result).stage
    data      = jsondecode(data.aws_lambda_invocation.live.result)
  }
}
