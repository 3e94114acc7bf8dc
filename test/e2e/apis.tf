# A function behind an HTTP API: routes, an authorizer, stages, and a custom domain name.
resource "aws_iam_role" "api" {
  name               = "api"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_lambda_function" "api" {
  function_name    = "api"
  role             = aws_iam_role.api.arn
  runtime          = "nodejs22.x"
  handler          = "index.handler"
  filename         = "api.zip"
  source_code_hash = filebase64sha256("api.zip")
}

resource "aws_lambda_permission" "api" {
  statement_id  = "api"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.api.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.pets.execution_arn}/*/*"
}

resource "aws_apigatewayv2_api" "pets" {
  name          = "pets"
  protocol_type = "HTTP"
  description   = "pets of stage ${local.stage}"
  cors_configuration {
    allow_origins = ["https://${local.stage}.example.org"]
    allow_methods = ["GET", "POST"]
    allow_headers = ["content-type"]
    max_age       = 60
  }
}

resource "aws_apigatewayv2_integration" "function" {
  api_id                 = aws_apigatewayv2_api.pets.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.api.invoke_arn
  payload_format_version = var.second ? "1.0" : "2.0"
  timeout_milliseconds   = 10000
}

resource "aws_apigatewayv2_authorizer" "tokens" {
  api_id           = aws_apigatewayv2_api.pets.id
  name             = "tokens"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]
  jwt_configuration {
    issuer   = "https://issuer.example.org"
    audience = var.second ? ["pets", "cats"] : ["pets"]
  }
}

resource "aws_apigatewayv2_route" "pet" {
  api_id    = aws_apigatewayv2_api.pets.id
  route_key = var.second ? "ANY /pets/{id}" : "GET /pets/{id}"
  target    = "integrations/${aws_apigatewayv2_integration.function.id}"
}

# Events in the name of a role, without a function.
resource "aws_iam_role" "events" {
  name = "events-of-apis"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "apigateway.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "events" {
  role = aws_iam_role.events.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "events:PutEvents", Resource = "*" }]
  })
}

resource "aws_apigatewayv2_integration" "events" {
  api_id              = aws_apigatewayv2_api.pets.id
  credentials_arn     = aws_iam_role.events.arn
  integration_type    = "AWS_PROXY"
  integration_subtype = "EventBridge-PutEvents"
  request_parameters = {
    Detail     = "$request.body"
    DetailType = var.second ? "$request.querystring.type" : "$request.header.type"
    Source     = "pets"
  }
}

resource "aws_apigatewayv2_route" "events" {
  api_id    = aws_apigatewayv2_api.pets.id
  route_key = "POST /events"
  target    = "integrations/${aws_apigatewayv2_integration.events.id}"
}

resource "aws_apigatewayv2_route" "closed" {
  api_id               = aws_apigatewayv2_api.pets.id
  route_key            = "GET /closed"
  target               = "integrations/${aws_apigatewayv2_integration.function.id}"
  authorization_type   = "JWT"
  authorizer_id        = aws_apigatewayv2_authorizer.tokens.id
  authorization_scopes = ["read"]
}

resource "aws_cloudwatch_log_group" "access" {
  name = "/apis/pets"
}

resource "aws_apigatewayv2_stage" "standard" {
  api_id          = aws_apigatewayv2_api.pets.id
  name            = "$default"
  auto_deploy     = true
  stage_variables = { stage = local.stage }
  default_route_settings {
    throttling_burst_limit = 100
    throttling_rate_limit  = 50
  }
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = "$context.requestId $context.status"
  }
}

resource "aws_apigatewayv2_deployment" "fixed" {
  api_id      = aws_apigatewayv2_api.pets.id
  description = "for the stage fixed"
  depends_on  = [aws_apigatewayv2_route.pet, aws_apigatewayv2_route.closed]
}

resource "aws_apigatewayv2_stage" "fixed" {
  api_id        = aws_apigatewayv2_api.pets.id
  name          = "fixed"
  deployment_id = aws_apigatewayv2_deployment.fixed.id
}

resource "aws_apigatewayv2_domain_name" "pets" {
  domain_name = "pets.example.org"
  domain_name_configuration {
    certificate_arn = "arn:aws:acm:us-east-1:${data.aws_caller_identity.me.account_id}:certificate/11111111-2222-3333-4444-555555555555"
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "pets" {
  api_id          = aws_apigatewayv2_api.pets.id
  domain_name     = aws_apigatewayv2_domain_name.pets.id
  stage           = aws_apigatewayv2_stage.standard.id
  api_mapping_key = var.second ? "v2" : "v1"
}

output "api" {
  value = aws_apigatewayv2_api.pets.api_endpoint
}

# A WebSocket API: messages that name the action "echo" are answered.
resource "aws_apigatewayv2_api" "chat" {
  name                       = "chat"
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.action"
}

resource "aws_apigatewayv2_integration" "chat" {
  api_id           = aws_apigatewayv2_api.chat.id
  integration_type = "AWS_PROXY"
  integration_uri  = aws_lambda_function.chat.invoke_arn
}

resource "aws_apigatewayv2_route" "chat" {
  for_each                            = var.second ? toset(["echo", "more"]) : toset(["echo"])
  api_id                              = aws_apigatewayv2_api.chat.id
  route_key                           = each.key
  target                              = "integrations/${aws_apigatewayv2_integration.chat.id}"
  route_response_selection_expression = "$default"
}

resource "aws_apigatewayv2_route_response" "chat" {
  for_each           = aws_apigatewayv2_route.chat
  api_id             = aws_apigatewayv2_api.chat.id
  route_id           = each.value.id
  route_response_key = "$default"
}

# A route whose integration is no proxy: a model lets messages in, templates shape what goes in and out.
resource "aws_apigatewayv2_model" "word" {
  api_id       = aws_apigatewayv2_api.chat.id
  content_type = "application/json"
  name         = "Word"
  description  = var.second ? "longer words" : "words"
  schema = jsonencode({
    type       = "object"
    required   = ["word"]
    properties = { word = { type = "string", minLength = var.second ? 3 : 1 } }
  })
}

resource "aws_apigatewayv2_integration" "mock" {
  api_id                        = aws_apigatewayv2_api.chat.id
  integration_type              = "MOCK"
  passthrough_behavior          = "WHEN_NO_TEMPLATES"
  template_selection_expression = "\\$default"
  request_templates             = { "$default" = jsonencode({ statusCode = 200 }) }
}

resource "aws_apigatewayv2_integration_response" "mock" {
  api_id                        = aws_apigatewayv2_api.chat.id
  integration_id                = aws_apigatewayv2_integration.mock.id
  integration_response_key      = "/2\\d\\d/"
  template_selection_expression = "\\$default"
  response_templates            = { "$default" = var.second ? "second $context.routeKey" : "first $context.routeKey" }
}

resource "aws_apigatewayv2_route" "mock" {
  api_id                              = aws_apigatewayv2_api.chat.id
  route_key                           = "mock"
  target                              = "integrations/${aws_apigatewayv2_integration.mock.id}"
  route_response_selection_expression = "$default"
  model_selection_expression          = "$request.body.action"
  request_models                      = { "mock" = aws_apigatewayv2_model.word.name }
}

resource "aws_apigatewayv2_route_response" "mock" {
  api_id             = aws_apigatewayv2_api.chat.id
  route_id           = aws_apigatewayv2_route.mock.id
  route_response_key = "$default"
}

resource "aws_apigatewayv2_stage" "chat" {
  api_id      = aws_apigatewayv2_api.chat.id
  name        = "live"
  auto_deploy = true
}

resource "aws_lambda_function" "chat" {
  function_name    = "chat"
  role             = aws_iam_role.api.arn
  runtime          = "nodejs22.x"
  handler          = "index.handler"
  filename         = "chat.zip"
  source_code_hash = filebase64sha256("chat.zip")
}

resource "aws_lambda_permission" "chat" {
  statement_id  = "chat"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.chat.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.chat.execution_arn}/live/*"
}

output "chat" {
  value = aws_apigatewayv2_api.chat.api_endpoint
}
