# Without AWS_ENDPOINT_URL this goes to AWS; run.sh sets it.
provider "aws" {
  s3_use_path_style = true
}

resource "aws_s3_bucket" "photos" {
  bucket        = "example-photos"
  force_destroy = true
}

resource "aws_iam_role" "thumbnails" {
  name = "example-thumbnails"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "thumbnails" {
  role = aws_iam_role.thumbnails.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "logs:*", Resource = "*" },
      { Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.photos.arn}/uploads/*" },
      { Effect = "Allow", Action = "s3:PutObject", Resource = "${aws_s3_bucket.photos.arn}/thumbnails/*" },
    ]
  })
}

resource "aws_lambda_function" "thumbnails" {
  function_name    = "example-thumbnails"
  role             = aws_iam_role.thumbnails.arn
  runtime          = "nodejs22.x"
  handler          = "index.handler"
  memory_size      = 512
  timeout          = 30
  filename         = "function.zip"
  source_code_hash = filebase64sha256("function.zip")
  environment {
    variables = { WIDTH = "64" }
  }
}

resource "aws_lambda_permission" "photos" {
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.thumbnails.function_name
  principal      = "s3.amazonaws.com"
  source_arn     = aws_s3_bucket.photos.arn
  source_account = data.aws_caller_identity.own.account_id
}

data "aws_caller_identity" "own" {}

resource "aws_s3_bucket_notification" "uploads" {
  bucket = aws_s3_bucket.photos.id
  lambda_function {
    lambda_function_arn = aws_lambda_function.thumbnails.arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = "uploads/"
    filter_suffix       = ".png"
  }
  # Whether the bucket may call the function is checked when this is set.
  depends_on = [aws_lambda_permission.photos, aws_iam_role_policy.thumbnails]
}

output "bucket" {
  value = aws_s3_bucket.photos.id
}
