# One function that a stream, a table, a bucket and a rule of IoT run.
resource "aws_iam_role" "sources" {
  name               = "sources"
  assume_role_policy = data.aws_iam_policy_document.trust.json
  inline_policy {
    name = "own"
    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = ["logs:*", "kinesis:*", "dynamodb:*"], Resource = "*" }]
    })
  }
}

resource "aws_lambda_function" "sources" {
  function_name    = "sources"
  role             = aws_iam_role.sources.arn
  runtime          = "nodejs22.x"
  handler          = "index.handler"
  filename         = "sources.zip"
  source_code_hash = filebase64sha256("sources.zip")
}

resource "aws_lambda_permission" "sources" {
  for_each      = { s3 = aws_s3_bucket.inbox.arn, iot = aws_iot_topic_rule.warm.arn }
  statement_id  = each.key
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.sources.function_name
  principal     = "${each.key}.amazonaws.com"
  source_arn    = each.value
}

resource "aws_kinesis_stream" "clicks" {
  name        = "clicks"
  shard_count = 1
}

resource "aws_dynamodb_table" "pets" {
  name             = "pets"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "id"
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"
  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_lambda_event_source_mapping" "sources" {
  for_each          = { stream = aws_kinesis_stream.clicks.arn, table = aws_dynamodb_table.pets.stream_arn }
  event_source_arn  = each.value
  function_name     = aws_lambda_function.sources.arn
  starting_position = "TRIM_HORIZON"
}

resource "aws_s3_bucket" "inbox" {
  bucket        = "inbox-of-sources"
  force_destroy = true
}

resource "aws_s3_bucket_notification" "inbox" {
  bucket = aws_s3_bucket.inbox.id
  lambda_function {
    lambda_function_arn = aws_lambda_function.sources.arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = "in/"
  }
  depends_on = [aws_lambda_permission.sources]
}

resource "aws_iot_topic_rule" "warm" {
  name        = "warm_sources"
  enabled     = true
  sql         = "SELECT temperature FROM 'sensors/+/data' WHERE temperature > 20"
  sql_version = "2016-03-23"
  lambda {
    function_arn = aws_lambda_function.sources.arn
  }
}
