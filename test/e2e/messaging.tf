# Topics and queues around a function: a message to the topic is filtered, the function gets it, and its destinations lead to a queue and to another topic.
resource "aws_sns_topic" "orders" {
  name                        = "orders"
  display_name                = var.second ? "Orders" : null
  signature_version           = var.second ? 2 : 1
  sqs_success_feedback_sample_rate = var.second ? 20 : 10
  delivery_policy = jsonencode({
    http = {
      defaultHealthyRetryPolicy = {
        minDelayTarget     = 20
        maxDelayTarget     = var.second ? 40 : 20
        numRetries         = 3
        numMaxDelayRetries = 0
        numNoDelayRetries  = 0
        numMinDelayRetries = 0
        backoffFunction    = "linear"
      }
      disableSubscriptionOverrides = false
    }
  })
  tags = { stage = local.stage }
}

resource "aws_sns_topic" "results" {
  name = "results"
}

resource "aws_sns_topic" "ordered" {
  name                        = "ordered.fifo"
  fifo_topic                  = true
  content_based_deduplication = var.second
}

resource "aws_sns_topic_policy" "orders" {
  arn = aws_sns_topic.orders.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "own"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
      Action    = var.second ? ["sns:Publish", "sns:Subscribe"] : ["sns:Publish"]
      Resource  = aws_sns_topic.orders.arn
    }]
  })
}

resource "aws_sqs_queue" "dead" {
  name = "dead"
}

resource "aws_sqs_queue" "audit" {
  name                       = "audit"
  visibility_timeout_seconds = var.second ? 60 : 30
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 3 })
}

resource "aws_sqs_queue_policy" "topics" {
  for_each  = { dead = aws_sqs_queue.dead, audit = aws_sqs_queue.audit }
  queue_url = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = each.value.arn
      Condition = { ArnLike = { "aws:SourceArn" = "arn:aws:sns:${local.here}:*" } }
    }]
  })
}

resource "aws_sns_topic_subscription" "function" {
  topic_arn           = aws_sns_topic.orders.arn
  protocol            = "lambda"
  endpoint            = aws_lambda_function.ordered.arn
  filter_policy       = jsonencode({ kind = var.second ? ["order", "return"] : ["order"] })
  filter_policy_scope = "MessageAttributes"
  redrive_policy      = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn })
}

resource "aws_sns_topic_subscription" "results" {
  topic_arn            = aws_sns_topic.results.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.audit.arn
  raw_message_delivery = var.second
}

resource "aws_iam_role" "ordered" {
  name               = "ordered"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "ordered" {
  role = aws_iam_role.ordered.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["sns:Publish", "sqs:SendMessage", "logs:*"], Resource = "*" }]
  })
}

resource "aws_lambda_function" "ordered" {
  function_name = "ordered"
  runtime       = "nodejs22.x"
  role          = aws_iam_role.ordered.arn
  handler       = "index.handler"
  filename      = "function.zip"
}

resource "aws_lambda_permission" "topic" {
  statement_id  = "topic"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.ordered.function_name
  principal     = "sns.amazonaws.com"
  source_arn    = aws_sns_topic.orders.arn
}

resource "aws_lambda_function_event_invoke_config" "ordered" {
  function_name          = aws_lambda_function.ordered.function_name
  maximum_retry_attempts = var.second ? 1 : 0
  destination_config {
    on_success {
      destination = aws_sns_topic.results.arn
    }
    on_failure {
      destination = aws_sqs_queue.dead.arn
    }
  }
  # Whether the role may send there is checked when this is set.
  depends_on = [aws_iam_role_policy.ordered]
}

data "aws_sns_topic" "orders" {
  name = aws_sns_topic.orders.name
}

output "messaging" {
  value = {
    topic = data.aws_sns_topic.orders.arn
    audit = aws_sqs_queue.audit.url
  }
}
