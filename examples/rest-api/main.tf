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

resource "aws_api_gateway_rest_api" "notes" {
  name = "example-notes"
  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_resource" "notes" {
  rest_api_id = aws_api_gateway_rest_api.notes.id
  parent_id   = aws_api_gateway_rest_api.notes.root_resource_id
  path_part   = "notes"
}

resource "aws_api_gateway_resource" "note" {
  rest_api_id = aws_api_gateway_rest_api.notes.id
  parent_id   = aws_api_gateway_resource.notes.id
  path_part   = "{id}"
}

locals {
  methods = {
    "GET /notes"         = { method = "GET", resource = aws_api_gateway_resource.notes.id }
    "POST /notes"        = { method = "POST", resource = aws_api_gateway_resource.notes.id }
    "GET /notes/{id}"    = { method = "GET", resource = aws_api_gateway_resource.note.id }
    "DELETE /notes/{id}" = { method = "DELETE", resource = aws_api_gateway_resource.note.id }
  }
}

resource "aws_api_gateway_method" "notes" {
  for_each      = local.methods
  rest_api_id   = aws_api_gateway_rest_api.notes.id
  resource_id   = each.value.resource
  http_method   = each.value.method
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "notes" {
  for_each                = local.methods
  rest_api_id             = aws_api_gateway_rest_api.notes.id
  resource_id             = each.value.resource
  http_method             = aws_api_gateway_method.notes[each.key].http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = aws_lambda_function.notes.invoke_arn
}

# A deployment is a copy of the API: a change of the methods needs another one. The trigger names what the methods are. Hashing whole resources would
# also hash members that are filled in only later, and the next plan would show a change.
resource "aws_api_gateway_deployment" "notes" {
  rest_api_id = aws_api_gateway_rest_api.notes.id
  triggers = {
    methods = sha1(jsonencode([
      local.methods,
      [for method in aws_api_gateway_method.notes : [method.id, method.authorization]],
      [for integration in aws_api_gateway_integration.notes : [integration.id, integration.uri]],
    ]))
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "live" {
  rest_api_id   = aws_api_gateway_rest_api.notes.id
  deployment_id = aws_api_gateway_deployment.notes.id
  stage_name    = "live"
}

resource "aws_lambda_permission" "notes" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.notes.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.notes.execution_arn}/*/*"
}

output "api" {
  value = aws_api_gateway_rest_api.notes.id
}
