# Without AWS_ENDPOINT_URL this goes to AWS; run.sh sets it.
provider "aws" {}

# The last reading of each room.
resource "aws_dynamodb_table" "rooms" {
  name         = "example-rooms"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "room"
  attribute {
    name = "room"
    type = "S"
  }
}

resource "aws_iam_role" "climate" {
  name = "example-climate"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "climate" {
  role = aws_iam_role.climate.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "logs:*", Resource = "*" },
      { Effect = "Allow", Action = "dynamodb:UpdateItem", Resource = aws_dynamodb_table.rooms.arn },
      { Effect = "Allow", Action = ["dynamodb:Scan", "dynamodb:PutItem", "dynamodb:DeleteItem"], Resource = aws_dynamodb_table.screens.arn },
      { Effect = "Allow", Action = "execute-api:ManageConnections", Resource = "${aws_apigatewayv2_api.screens.execution_arn}/*" },
    ]
  })
}

resource "aws_lambda_function" "climate" {
  function_name    = "example-climate"
  role             = aws_iam_role.climate.arn
  runtime          = "python3.13"
  handler          = "app.handler"
  timeout          = 30
  filename         = "function.zip"
  source_code_hash = filebase64sha256("function.zip")
  environment {
    variables = {
      TABLE   = aws_dynamodb_table.rooms.name
      SCREENS = aws_dynamodb_table.screens.name
      # ws://… becomes http://…: where messages to the screens are sent.
      CONNECTIONS = "${replace(aws_apigatewayv2_api.screens.api_endpoint, "/^ws/", "http")}/live"
    }
  }
}

# Only readings of warm rooms call the function.
resource "aws_iot_topic_rule" "climate" {
  name        = "example_climate"
  enabled     = true
  sql         = "SELECT temperature, topic(2) AS room, timestamp() AS at FROM 'rooms/+/climate' WHERE temperature > 25"
  sql_version = "2016-03-23"
  lambda {
    function_arn = aws_lambda_function.climate.arn
  }
}

resource "aws_lambda_permission" "climate" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.climate.function_name
  principal     = "iot.amazonaws.com"
  source_arn    = aws_iot_topic_rule.climate.arn
}

# Screens connect to a WebSocket API, and are shown each new reading.
resource "aws_dynamodb_table" "screens" {
  name         = "example-screens"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "connection"
  attribute {
    name = "connection"
    type = "S"
  }
}

resource "aws_apigatewayv2_api" "screens" {
  name                       = "example-screens"
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.action"
}

resource "aws_lambda_function" "screens" {
  function_name    = "example-screens"
  role             = aws_iam_role.climate.arn
  runtime          = "python3.13"
  handler          = "screens.handler"
  timeout          = 30
  filename         = "function.zip"
  source_code_hash = filebase64sha256("function.zip")
  environment {
    variables = { SCREENS = aws_dynamodb_table.screens.name }
  }
}

resource "aws_apigatewayv2_integration" "screens" {
  api_id           = aws_apigatewayv2_api.screens.id
  integration_type = "AWS_PROXY"
  integration_uri  = aws_lambda_function.screens.invoke_arn
}

resource "aws_apigatewayv2_route" "screens" {
  for_each  = toset(["$connect", "$disconnect"])
  api_id    = aws_apigatewayv2_api.screens.id
  route_key = each.key
  target    = "integrations/${aws_apigatewayv2_integration.screens.id}"
}

resource "aws_apigatewayv2_stage" "live" {
  api_id      = aws_apigatewayv2_api.screens.id
  name        = "live"
  auto_deploy = true
}

resource "aws_lambda_permission" "screens" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.screens.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.screens.execution_arn}/live/*"
}

output "screens" {
  value = "${aws_apigatewayv2_api.screens.api_endpoint}/live"
}

output "table" {
  value = aws_dynamodb_table.rooms.name
}
