# Without AWS_ENDPOINT_URL this goes to AWS; run.sh sets it.
provider "aws" {}

locals {
  trust = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_sqs_queue" "orders" {
  name                       = "example-orders"
  visibility_timeout_seconds = 10
}

# Orders that the function refused twice.
resource "aws_sqs_queue" "dead" {
  name = "example-orders-dead"
}

resource "aws_sqs_queue" "shipped" {
  name = "example-orders-shipped"
}

resource "aws_sqs_queue_redrive_policy" "orders" {
  queue_url      = aws_sqs_queue.orders.id
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 2 })
}

# Step 1: the queue calls `check`, which puts an event of each order on a bus.
resource "aws_cloudwatch_event_bus" "shop" {
  name = "example-shop"
}

resource "aws_iam_role" "check" {
  name               = "example-check"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "check" {
  role = aws_iam_role.check.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "logs:*", Resource = "*" },
      { Effect = "Allow", Action = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], Resource = aws_sqs_queue.orders.arn },
      { Effect = "Allow", Action = "events:PutEvents", Resource = aws_cloudwatch_event_bus.shop.arn },
    ]
  })
}

resource "aws_lambda_function" "check" {
  function_name    = "example-check"
  role             = aws_iam_role.check.arn
  runtime          = "python3.13"
  handler          = "check.handler"
  timeout          = 10
  filename         = "check.zip"
  source_code_hash = filebase64sha256("check.zip")
  environment {
    variables = { BUS = aws_cloudwatch_event_bus.shop.name }
  }
}

resource "aws_lambda_event_source_mapping" "orders" {
  event_source_arn        = aws_sqs_queue.orders.arn
  function_name           = aws_lambda_function.check.arn
  function_response_types = ["ReportBatchItemFailures"]
  depends_on              = [aws_iam_role_policy.check, aws_sqs_queue_redrive_policy.orders]
}

# Step 2: a rule of the bus calls `ship`; what that returns goes to the queue of shipped orders.
resource "aws_cloudwatch_event_rule" "checked" {
  name           = "example-checked"
  event_bus_name = aws_cloudwatch_event_bus.shop.name
  event_pattern  = jsonencode({ source = ["shop"], "detail-type" = ["order checked"] })
}

resource "aws_cloudwatch_event_target" "ship" {
  rule           = aws_cloudwatch_event_rule.checked.name
  event_bus_name = aws_cloudwatch_event_bus.shop.name
  arn            = aws_lambda_function.ship.arn
  depends_on     = [aws_lambda_permission.checked, aws_lambda_function_event_invoke_config.ship]
}

resource "aws_lambda_permission" "checked" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.ship.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.checked.arn
}

resource "aws_iam_role" "ship" {
  name               = "example-ship"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "ship" {
  role = aws_iam_role.ship.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "logs:*", Resource = "*" },
      { Effect = "Allow", Action = "sqs:SendMessage", Resource = aws_sqs_queue.shipped.arn },
    ]
  })
}

resource "aws_lambda_function" "ship" {
  function_name    = "example-ship"
  role             = aws_iam_role.ship.arn
  runtime          = "ruby3.3"
  handler          = "ship.handler"
  timeout          = 30
  filename         = "ship.zip"
  source_code_hash = filebase64sha256("ship.zip")
}

resource "aws_lambda_function_event_invoke_config" "ship" {
  function_name          = aws_lambda_function.ship.function_name
  maximum_retry_attempts = 2
  destination_config {
    on_success {
      destination = aws_sqs_queue.shipped.arn
    }
  }
  # Whether the role may send there is checked when this is set.
  depends_on = [aws_iam_role_policy.ship]
}

output "orders" {
  value = aws_sqs_queue.orders.url
}

output "dead" {
  value = aws_sqs_queue.dead.url
}

output "shipped" {
  value = aws_sqs_queue.shipped.url
}
