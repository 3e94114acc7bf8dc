# Without AWS_ENDPOINT_URL this goes to AWS; run.sh sets it.
provider "aws" {
  s3_use_path_style = true
}

resource "aws_cloudwatch_log_group" "shop" {
  name = "example-shop/access"
}

resource "aws_cloudwatch_log_stream" "shop" {
  name           = "web-1"
  log_group_name = aws_cloudwatch_log_group.shop.name
}

resource "aws_s3_bucket" "lake" {
  bucket        = "example-lake"
  force_destroy = true
}

resource "aws_iam_role" "etl" {
  name = "example-log-etl"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "etl" {
  role = aws_iam_role.etl.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "logs:*", Resource = "*" },
      { Effect = "Allow", Action = "s3:PutObject", Resource = "${aws_s3_bucket.lake.arn}/*" },
    ]
  })
}

resource "aws_lambda_function" "etl" {
  function_name    = "example-log-etl"
  role             = aws_iam_role.etl.arn
  runtime          = "python3.13"
  handler          = "app.handler"
  timeout          = 30
  filename         = "function.zip"
  source_code_hash = filebase64sha256("function.zip")
  environment {
    variables = { BUCKET = aws_s3_bucket.lake.id }
  }
}

resource "aws_lambda_permission" "logs" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.etl.function_name
  principal     = "logs.amazonaws.com"
  source_arn    = "${aws_cloudwatch_log_group.shop.arn}:*"
}

# Only lines of seven fields, without those of health checks.
resource "aws_cloudwatch_log_subscription_filter" "requests" {
  name            = "requests"
  log_group_name  = aws_cloudwatch_log_group.shop.name
  filter_pattern  = "[ip, user, time, method, path != \"/healthz\", status, bytes]"
  destination_arn = aws_lambda_function.etl.arn
  # Whether the log group may call the function is checked when this is created.
  depends_on = [aws_lambda_permission.logs, aws_iam_role_policy.etl]
}

output "group" {
  value = aws_cloudwatch_log_group.shop.name
}

output "bucket" {
  value = aws_s3_bucket.lake.id
}
