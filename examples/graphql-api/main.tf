# Without AWS_ENDPOINT_URL this goes to AWS; run.sh sets it.
provider "aws" {}

resource "aws_iam_role" "library" {
  name = "example-library"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_lambda_function" "library" {
  function_name    = "example-library"
  role             = aws_iam_role.library.arn
  runtime          = "nodejs22.x"
  handler          = "index.handler"
  memory_size      = 256
  filename         = "function.zip"
  source_code_hash = filebase64sha256("function.zip")
}

resource "aws_lambda_function_url" "library" {
  function_name      = aws_lambda_function.library.function_name
  authorization_type = "NONE"
  cors {
    allow_origins = ["*"]
    allow_methods = ["POST"]
    allow_headers = ["content-type"]
  }
}

# Everybody may call the URL, and the function through it.
resource "aws_lambda_permission" "url" {
  action                 = "lambda:InvokeFunctionUrl"
  function_name          = aws_lambda_function.library.function_name
  principal              = "*"
  function_url_auth_type = "NONE"
}

resource "aws_lambda_permission" "invoke" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.library.function_name
  principal     = "*"
}

output "url" {
  value = aws_lambda_function_url.library.function_url
}
