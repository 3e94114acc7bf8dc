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
    variables = { TABLE = aws_dynamodb_table.rooms.name }
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

output "table" {
  value = aws_dynamodb_table.rooms.name
}
