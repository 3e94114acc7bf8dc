# Without AWS_ENDPOINT_URL this goes to AWS; run.sh sets it.
provider "aws" {}

# What the audit shall find: a role that may do everything, and a user with two active keys.
resource "aws_iam_role" "powerful" {
  name = "example-powerful"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "powerful" {
  name   = "everything"
  role   = aws_iam_role.powerful.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })
}

resource "aws_iam_user" "busy" {
  name = "example-busy"
}

resource "aws_iam_access_key" "busy" {
  count = 2
  user  = aws_iam_user.busy.name
}

resource "aws_sns_topic" "findings" {
  name = "example-findings"
}

resource "aws_sqs_queue" "findings" {
  name = "example-findings"
}

resource "aws_sqs_queue_policy" "findings" {
  queue_url = aws_sqs_queue.findings.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.findings.arn
      Condition = { ArnEquals = { "aws:SourceArn" = aws_sns_topic.findings.arn } }
    }]
  })
}

resource "aws_sns_topic_subscription" "findings" {
  topic_arn            = aws_sns_topic.findings.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.findings.arn
  raw_message_delivery = true
}

resource "aws_iam_role" "audit" {
  name = "example-audit"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = ["lambda.amazonaws.com", "scheduler.amazonaws.com"] } }]
  })
}

resource "aws_iam_role_policy" "audit" {
  role = aws_iam_role.audit.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["logs:*", "iam:List*", "iam:Get*"], Resource = "*" },
      { Effect = "Allow", Action = "sns:Publish", Resource = aws_sns_topic.findings.arn },
      { Effect = "Allow", Action = "lambda:InvokeFunction", Resource = aws_lambda_function.audit.arn },
    ]
  })
}

resource "aws_lambda_function" "audit" {
  function_name    = "example-audit"
  role             = aws_iam_role.audit.arn
  runtime          = "python3.13"
  handler          = "app.handler"
  timeout          = 120
  filename         = "function.zip"
  source_code_hash = filebase64sha256("function.zip")
  environment {
    variables = { TOPIC = aws_sns_topic.findings.arn }
  }
}

# Every minute, so that one need not wait for long; `rate(1 day)` is more usual.
resource "aws_scheduler_schedule" "audit" {
  name                = "example-audit"
  schedule_expression = "rate(1 minute)"
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = aws_lambda_function.audit.arn
    role_arn = aws_iam_role.audit.arn
  }
  depends_on = [
    aws_iam_role_policy.audit, aws_iam_role_policy.powerful, aws_iam_access_key.busy,
    aws_sns_topic_subscription.findings, aws_sqs_queue_policy.findings,
  ]
}

output "queue" {
  value = aws_sqs_queue.findings.url
}
