# The function of apis.tf behind a REST API, with every resource of it that Hearth has.
resource "aws_lambda_permission" "rest" {
  statement_id  = "rest"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.api.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.pets.execution_arn}/*/*"
}

resource "aws_api_gateway_account" "logs" {
  cloudwatch_role_arn = aws_iam_role.api.arn
}

resource "aws_api_gateway_rest_api" "pets" {
  name                     = "pets-${local.stage}"
  description              = "pets of stage ${local.stage}"
  binary_media_types       = var.second ? ["image/gif"] : ["image/png", "image/jpeg"]
  minimum_compression_size = var.second ? 2048 : 1024
  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_rest_api_policy" "pets" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "execute-api:Invoke"
      Resource  = "${aws_api_gateway_rest_api.pets.execution_arn}/*"
    }]
  })
}

resource "aws_api_gateway_model" "pet" {
  rest_api_id  = aws_api_gateway_rest_api.pets.id
  name         = "Pet"
  description  = "a pet of ${local.stage}"
  content_type = "application/json"
  schema       = jsonencode({ type = "object", required = ["name"] })
}

resource "aws_api_gateway_request_validator" "all" {
  rest_api_id                 = aws_api_gateway_rest_api.pets.id
  name                        = "all"
  validate_request_body       = true
  validate_request_parameters = var.second
}

resource "aws_api_gateway_authorizer" "tokens" {
  rest_api_id                      = aws_api_gateway_rest_api.pets.id
  name                             = "tokens"
  authorizer_uri                   = aws_lambda_function.api.invoke_arn
  authorizer_result_ttl_in_seconds = var.second ? 0 : 60
}

resource "aws_api_gateway_gateway_response" "closed" {
  rest_api_id         = aws_api_gateway_rest_api.pets.id
  response_type       = "UNAUTHORIZED"
  status_code         = var.second ? "403" : "401"
  response_parameters = { "gatewayresponse.header.X-Stage" = "'${local.stage}'" }
  response_templates  = { "application/json" = "{\"message\":$context.error.messageString}" }
}

resource "aws_api_gateway_resource" "pets" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  parent_id   = aws_api_gateway_rest_api.pets.root_resource_id
  path_part   = "pets"
}

resource "aws_api_gateway_resource" "pet" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  parent_id   = aws_api_gateway_resource.pets.id
  path_part   = "{id}"
}

resource "aws_api_gateway_resource" "closed" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  parent_id   = aws_api_gateway_rest_api.pets.root_resource_id
  path_part   = "closed"
}

resource "aws_api_gateway_method" "pet" {
  rest_api_id        = aws_api_gateway_rest_api.pets.id
  resource_id        = aws_api_gateway_resource.pet.id
  http_method        = "GET"
  authorization      = "NONE"
  request_parameters = var.second ? { "method.request.header.X-A" = false } : { "method.request.querystring.size" = false }
}

resource "aws_api_gateway_integration" "pet" {
  rest_api_id             = aws_api_gateway_rest_api.pets.id
  resource_id             = aws_api_gateway_resource.pet.id
  http_method             = aws_api_gateway_method.pet.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = aws_lambda_function.api.invoke_arn
  timeout_milliseconds    = var.second ? 9000 : 10000
}

resource "aws_api_gateway_method" "new" {
  rest_api_id          = aws_api_gateway_rest_api.pets.id
  resource_id          = aws_api_gateway_resource.pets.id
  http_method          = "POST"
  authorization        = "NONE"
  api_key_required     = true
  request_validator_id = aws_api_gateway_request_validator.all.id
  request_models       = { "application/json" = aws_api_gateway_model.pet.name }
}

resource "aws_api_gateway_integration" "new" {
  rest_api_id       = aws_api_gateway_rest_api.pets.id
  resource_id       = aws_api_gateway_resource.pets.id
  http_method       = aws_api_gateway_method.new.http_method
  type              = "MOCK"
  request_templates = { "application/json" = "{\"statusCode\": 200}" }
}

resource "aws_api_gateway_method_response" "new" {
  rest_api_id         = aws_api_gateway_rest_api.pets.id
  resource_id         = aws_api_gateway_resource.pets.id
  http_method         = aws_api_gateway_method.new.http_method
  status_code         = "200"
  response_models     = { "application/json" = "Empty" }
  response_parameters = { "method.response.header.X-Stage" = true }
}

resource "aws_api_gateway_integration_response" "new" {
  rest_api_id         = aws_api_gateway_rest_api.pets.id
  resource_id         = aws_api_gateway_resource.pets.id
  http_method         = aws_api_gateway_integration.new.http_method
  status_code         = aws_api_gateway_method_response.new.status_code
  response_parameters = { "method.response.header.X-Stage" = "'${local.stage}'" }
  response_templates  = { "application/json" = "{\"stage\": \"${local.stage}\"}" }
}

resource "aws_api_gateway_method" "closed" {
  rest_api_id   = aws_api_gateway_rest_api.pets.id
  resource_id   = aws_api_gateway_resource.closed.id
  http_method   = "ANY"
  authorization = "CUSTOM"
  authorizer_id = aws_api_gateway_authorizer.tokens.id
}

resource "aws_api_gateway_integration" "closed" {
  rest_api_id             = aws_api_gateway_rest_api.pets.id
  resource_id             = aws_api_gateway_resource.closed.id
  http_method             = aws_api_gateway_method.closed.http_method
  type                    = "HTTP_PROXY"
  integration_http_method = "ANY"
  uri                     = "https://${local.stage}.example.org/"
}

resource "aws_api_gateway_method" "events" {
  rest_api_id   = aws_api_gateway_rest_api.pets.id
  resource_id   = aws_api_gateway_resource.pet.id
  http_method   = "POST"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "events" {
  rest_api_id             = aws_api_gateway_rest_api.pets.id
  resource_id             = aws_api_gateway_resource.pet.id
  http_method             = aws_api_gateway_method.events.http_method
  type                    = "AWS"
  integration_http_method = "POST"
  uri                     = "arn:aws:apigateway:us-east-1:events:action/PutEvents"
  credentials             = aws_iam_role.events.arn
  request_templates = {
    "application/json" = jsonencode({ Entries = [{ Source = "pets", DetailType = local.stage, Detail = "{}" }] })
  }
}

resource "aws_api_gateway_method_response" "events" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  resource_id = aws_api_gateway_resource.pet.id
  http_method = aws_api_gateway_method.events.http_method
  status_code = "200"
}

resource "aws_api_gateway_integration_response" "events" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  resource_id = aws_api_gateway_resource.pet.id
  http_method = aws_api_gateway_integration.events.http_method
  status_code = aws_api_gateway_method_response.events.status_code
}

resource "aws_api_gateway_deployment" "pets" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  triggers    = { stage = local.stage }
  lifecycle {
    create_before_destroy = true
  }
  depends_on = [
    aws_api_gateway_integration.pet,
    aws_api_gateway_integration.closed,
    aws_api_gateway_integration_response.new,
    aws_api_gateway_integration_response.events,
    aws_api_gateway_gateway_response.closed,
    aws_api_gateway_rest_api_policy.pets,
  ]
}

resource "aws_cloudwatch_log_group" "rest" {
  name = "/apis/rest"
}

resource "aws_api_gateway_stage" "dev" {
  rest_api_id   = aws_api_gateway_rest_api.pets.id
  deployment_id = aws_api_gateway_deployment.pets.id
  stage_name    = "dev"
  variables     = { stage = local.stage }
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.rest.arn
    format          = "$context.requestId $context.status"
  }
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  stage_name  = aws_api_gateway_stage.dev.stage_name
  method_path = "*/*"
  settings {
    logging_level          = "ERROR"
    throttling_rate_limit  = var.second ? 50 : 100
    throttling_burst_limit = 200
  }
  depends_on = [aws_api_gateway_account.logs]
}

resource "aws_api_gateway_method_settings" "pet" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  stage_name  = aws_api_gateway_stage.dev.stage_name
  method_path = "pets/{id}/GET"
  settings {
    metrics_enabled = true
  }
  depends_on = [aws_api_gateway_method_settings.all]
}

resource "aws_api_gateway_api_key" "client" {
  name        = "client"
  description = "of ${local.stage}"
}

resource "aws_api_gateway_usage_plan" "clients" {
  name = "clients"
  api_stages {
    api_id = aws_api_gateway_rest_api.pets.id
    stage  = aws_api_gateway_stage.dev.stage_name
    throttle {
      path        = "/pets/POST"
      rate_limit  = var.second ? 5 : 10
      burst_limit = 20
    }
  }
  quota_settings {
    limit  = var.second ? 2000 : 1000
    period = "MONTH"
  }
  throttle_settings {
    rate_limit  = 20
    burst_limit = 40
  }
}

resource "aws_api_gateway_usage_plan_key" "client" {
  key_id        = aws_api_gateway_api_key.client.id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.clients.id
}

resource "aws_api_gateway_domain_name" "pets" {
  domain_name              = "rest.example.org"
  regional_certificate_arn = "arn:aws:acm:us-east-1:${data.aws_caller_identity.me.account_id}:certificate/11111111-2222-3333-4444-555555555555"
  security_policy          = "TLS_1_2"
  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_base_path_mapping" "pets" {
  api_id      = aws_api_gateway_rest_api.pets.id
  stage_name  = aws_api_gateway_stage.dev.stage_name
  domain_name = aws_api_gateway_domain_name.pets.domain_name
  base_path   = var.second ? "v2" : "v1"
}

output "rest" {
  value = aws_api_gateway_rest_api.pets.id
}

output "key" {
  value     = aws_api_gateway_api_key.client.value
  sensitive = true
}
