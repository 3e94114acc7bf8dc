# Without AWS_ENDPOINT_URL this goes to AWS; run.sh sets it.
provider "aws" {
  s3_use_path_style = true
}

resource "aws_s3_bucket" "backups" {
  bucket        = "example-backups"
  force_destroy = true
}

# Three backups, two of which are too old.
resource "aws_s3_object" "backups" {
  for_each = toset(["2020-02-29", "2021-12-31", "2999-01-01"])
  bucket   = aws_s3_bucket.backups.id
  key      = "database/${each.value}.dump"
  content  = "the rows of ${each.value}"
}

resource "aws_iam_role" "cleanup" {
  name = "example-cleanup"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = ["lambda.amazonaws.com", "scheduler.amazonaws.com"] } }]
  })
}

resource "aws_iam_role_policy" "cleanup" {
  role = aws_iam_role.cleanup.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "logs:*", Resource = "*" },
      { Effect = "Allow", Action = "s3:ListBucket", Resource = aws_s3_bucket.backups.arn },
      { Effect = "Allow", Action = "s3:DeleteObject", Resource = "${aws_s3_bucket.backups.arn}/*" },
      { Effect = "Allow", Action = "lambda:InvokeFunction", Resource = aws_lambda_function.cleanup.arn },
    ]
  })
}

resource "aws_lambda_function" "cleanup" {
  function_name    = "example-cleanup"
  role             = aws_iam_role.cleanup.arn
  runtime          = "nodejs22.x"
  handler          = "index.handler"
  timeout          = 60
  filename         = "function.zip"
  source_code_hash = filebase64sha256("function.zip")
}

# Every minute, so that one need not wait for long; `cron(0 3 * * ? *)` would be every night at three.
resource "aws_scheduler_schedule" "cleanup" {
  name                         = "example-cleanup"
  schedule_expression          = "rate(1 minute)"
  schedule_expression_timezone = "Europe/Berlin"
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = aws_lambda_function.cleanup.arn
    role_arn = aws_iam_role.cleanup.arn
    input    = jsonencode({ bucket = aws_s3_bucket.backups.id, prefix = "database/", keepDays = 30 })
  }
  depends_on = [aws_iam_role_policy.cleanup, aws_s3_object.backups]
}

output "bucket" {
  value = aws_s3_bucket.backups.id
}
