# A function that a rule of an own bus runs, with everything of EventBridge that Hearth has around it.
provider "aws" {}

variable "second" {
  type    = bool
  default = false
}

data "aws_caller_identity" "me" {}

resource "aws_sqs_queue" "results" {
  name = "results"
}

resource "aws_sqs_queue" "dead" {
  name = "undelivered"
}

resource "aws_sqs_queue_policy" "dead" {
  queue_url = aws_sqs_queue.dead.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "events.amazonaws.com" }, Action = "sqs:SendMessage", Resource = aws_sqs_queue.dead.arn }]
  })
}

resource "aws_iam_role" "worker" {
  name = "worker"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = ["lambda.amazonaws.com", "events.amazonaws.com"] }, Action = "sts:AssumeRole" }]
  })
  inline_policy {
    name   = "own"
    policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["sqs:SendMessage", "logs:*", "events:*"], Resource = "*" }] })
  }
}

resource "aws_lambda_function" "worker" {
  function_name    = "worker"
  role             = aws_iam_role.worker.arn
  runtime          = "nodejs22.x"
  handler          = "index.handler"
  filename         = "function.zip"
  source_code_hash = filebase64sha256("function.zip")
}

resource "aws_lambda_function_event_invoke_config" "worker" {
  function_name = aws_lambda_function.worker.function_name
  destination_config {
    on_success {
      destination = aws_sqs_queue.results.arn
    }
  }
}

resource "aws_cloudwatch_event_bus" "orders" {
  name        = "orders"
  description = var.second ? "all orders" : "orders"
  tags        = { team = var.second ? "b" : "a" }
}

resource "aws_cloudwatch_event_permission" "neighbour" {
  principal      = "111122223333"
  statement_id   = "neighbour"
  action         = "events:PutEvents"
  event_bus_name = aws_cloudwatch_event_bus.orders.name
}

resource "aws_cloudwatch_event_rule" "placed" {
  name           = "placed"
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  description    = "orders of value"
  event_pattern  = jsonencode({ source = ["shop"], detail = { value = [{ numeric = [">", var.second ? 100 : 10] }] } })
  tags           = { team = "a" }
}

resource "aws_cloudwatch_event_target" "worker" {
  rule           = aws_cloudwatch_event_rule.placed.name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  target_id      = "worker"
  arn            = aws_lambda_function.worker.arn
  retry_policy {
    maximum_event_age_in_seconds = 300
    maximum_retry_attempts       = var.second ? 3 : 2
  }
  dead_letter_config {
    arn = aws_sqs_queue.dead.arn
  }
  input_transformer {
    input_paths    = { order = "$.detail.id", value = "$.detail.value" }
    input_template = "{\"order\": <order>, \"value\": <value>, \"rule\": <aws.events.rule-name>}"
  }
}

resource "aws_lambda_permission" "placed" {
  statement_id  = "placed"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.worker.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.placed.arn
}

resource "aws_cloudwatch_event_rule" "nightly" {
  name                = "nightly"
  schedule_expression = var.second ? "cron(0 3 * * ? *)" : "rate(1 day)"
  state               = var.second ? "DISABLED" : "ENABLED"
}

resource "aws_cloudwatch_event_target" "nightly" {
  rule  = aws_cloudwatch_event_rule.nightly.name
  arn   = aws_sqs_queue.results.arn
  input = jsonencode({ nightly = true })
}

resource "aws_cloudwatch_event_archive" "orders" {
  name             = "orders"
  event_source_arn = aws_cloudwatch_event_bus.orders.arn
  retention_days   = var.second ? 14 : 7
  event_pattern    = jsonencode({ source = ["shop"] })
}

resource "aws_cloudwatch_event_connection" "basic" {
  name               = "basic"
  authorization_type = "BASIC"
  auth_parameters {
    basic {
      username = "user"
      password = var.second ? "other" : "secret"
    }
    invocation_http_parameters {
      header {
        key             = "x-origin"
        value           = "shop"
        is_value_secret = false
      }
    }
  }
}

resource "aws_cloudwatch_event_connection" "key" {
  name               = "key"
  authorization_type = "API_KEY"
  auth_parameters {
    api_key {
      key   = "x-api-key"
      value = "secret"
    }
  }
}

resource "aws_cloudwatch_event_api_destination" "hook" {
  name                             = "hook"
  invocation_endpoint              = "https://example.com/orders/*"
  http_method                      = var.second ? "PUT" : "POST"
  invocation_rate_limit_per_second = 20
  connection_arn                   = aws_cloudwatch_event_connection.basic.arn
}

resource "aws_cloudwatch_event_rule" "cancelled" {
  name           = "cancelled"
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  event_pattern  = jsonencode({ source = ["cancellations"] })
}

resource "aws_cloudwatch_event_target" "hook" {
  rule           = aws_cloudwatch_event_rule.cancelled.name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  arn            = aws_cloudwatch_event_api_destination.hook.arn
  role_arn       = aws_iam_role.worker.arn
  http_target {
    path_parameter_values   = ["$.detail.id"]
    query_string_parameters = { from = "shop" }
    header_parameters       = { x-id = "$.id" }
  }
}

output "results" {
  value = aws_sqs_queue.results.id
}
