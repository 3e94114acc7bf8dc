# Without AWS_ENDPOINT_URL this goes to AWS; run.sh sets it.
provider "aws" {}

resource "aws_dynamodb_table" "notes" {
  name         = "example-notes"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_iam_role" "notes" {
  name = "example-notes"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "notes" {
  role = aws_iam_role.notes.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "logs:*", Resource = "*" },
      { Effect = "Allow", Action = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Scan"], Resource = aws_dynamodb_table.notes.arn },
    ]
  })
}

resource "aws_lambda_function" "notes" {
  function_name    = "example-notes"
  role             = aws_iam_role.notes.arn
  runtime          = "nodejs22.x"
  handler          = "index.handler"
  filename         = "function.zip"
  source_code_hash = filebase64sha256("function.zip")
  environment {
    variables = { TABLE = aws_dynamodb_table.notes.name }
  }
}

resource "aws_apigatewayv2_api" "notes" {
  name          = "example-notes"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "notes" {
  api_id                 = aws_apigatewayv2_api.notes.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.notes.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "notes" {
  for_each  = toset(["GET /notes", "POST /notes", "GET /notes/{id}", "DELETE /notes/{id}"])
  api_id    = aws_apigatewayv2_api.notes.id
  route_key = each.value
  target    = "integrations/${aws_apigatewayv2_integration.notes.id}"
}

resource "aws_apigatewayv2_stage" "notes" {
  api_id      = aws_apigatewayv2_api.notes.id
  name        = "$default"
  auto_deploy = true
}

resource "aws_lambda_permission" "notes" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.notes.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.notes.execution_arn}/*/*"
}

output "url" {
  value = aws_apigatewayv2_api.notes.api_endpoint
}
