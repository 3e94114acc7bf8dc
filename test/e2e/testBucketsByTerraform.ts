import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type RunningHearth, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TerraformProject } from "../support/terraformProject.ts";

interface Wish {
  readonly tag: string;
  readonly versioning: "Enabled" | "Suspended";
  readonly prefix: string;
  readonly content: string;
  readonly origin: string;
  readonly restricts: boolean;
}

const QUEUE_ARN = "arn:aws:sqs:us-east-1:000000000000:told";
const configuration = ({ tag, versioning, prefix, content, origin, restricts }: Wish): string => `
provider "aws" {}

resource "aws_s3_bucket" "photos" {
  bucket        = "terraform-photos"
  force_destroy = true
  tags          = { stage = "${tag}" }
}

resource "aws_s3_bucket_versioning" "photos" {
  bucket = aws_s3_bucket.photos.id
  versioning_configuration { status = "${versioning}" }
}

resource "aws_s3_bucket_public_access_block" "photos" {
  bucket                  = aws_s3_bucket.photos.id
  block_public_acls       = true
  block_public_policy     = false
  ignore_public_acls      = true
  restrict_public_buckets = ${restricts}
}

resource "aws_s3_bucket_policy" "photos" {
  depends_on = [aws_s3_bucket_public_access_block.photos]
  bucket     = aws_s3_bucket.photos.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "${tag}", Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "\${aws_s3_bucket.photos.arn}/open/*" }]
  })
}

resource "aws_s3_bucket_ownership_controls" "photos" {
  bucket = aws_s3_bucket.photos.id
  rule { object_ownership = "BucketOwnerEnforced" }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "photos" {
  bucket = aws_s3_bucket.photos.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "AES256" }
  }
}

resource "aws_s3_bucket_cors_configuration" "photos" {
  bucket = aws_s3_bucket.photos.id
  cors_rule {
    allowed_headers = ["*"]
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["${origin}"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3000
  }
}

resource "aws_iam_role" "f" {
  name = "buckets"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_s3_object" "code" {
  bucket     = aws_s3_bucket.photos.id
  key        = "code/f.zip"
  source     = "\${path.module}/f.zip"
  etag       = filemd5("\${path.module}/f.zip")
  depends_on = [aws_s3_bucket_versioning.photos]
}

resource "aws_lambda_function" "f" {
  function_name    = "of-bucket"
  role             = aws_iam_role.f.arn
  runtime          = "nodejs22.x"
  handler          = "index.handler"
  s3_bucket        = aws_s3_bucket.photos.id
  s3_key           = aws_s3_object.code.key
  source_code_hash = filebase64sha256("\${path.module}/f.zip")
}

resource "aws_lambda_permission" "s3" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.f.function_name
  principal     = "s3.amazonaws.com"
  source_arn    = aws_s3_bucket.photos.arn
}

resource "aws_s3_bucket_notification" "photos" {
  depends_on  = [aws_lambda_permission.s3]
  bucket      = aws_s3_bucket.photos.id
  eventbridge = true
  queue {
    queue_arn     = "${QUEUE_ARN}"
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "${prefix}"
    filter_suffix = ".txt"
  }
  lambda_function {
    lambda_function_arn = aws_lambda_function.f.arn
    events              = ["s3:ObjectRemoved:*"]
  }
}

resource "aws_s3_object" "note" {
  depends_on   = [aws_s3_bucket_notification.photos]
  bucket       = aws_s3_bucket.photos.id
  key          = "${prefix}note.txt"
  content      = "${content}"
  content_type = "text/plain"
  metadata     = { by = "terraform" }
  tags         = { stage = "${tag}" }
}
`;

/** A bucket with its companions, managed by Terraform. */
export function testBucketsByTerraform(hearth: () => RunningHearth): void {
  let sqs: SQSClient;
  beforeAll(async () => {
    sqs = new SQSClient(hearth().clientConfig);
    // Terraform's own queue would take a minute to be created and deleted.
    const Principal = { Service: "s3.amazonaws.com" };
    const Statement = [{ Effect: "Allow", Principal, Action: "sqs:SendMessage", Resource: QUEUE_ARN }];
    const Attributes = { Policy: JSON.stringify({ Version: "2012-10-17", Statement }) };
    await sqs.send(new CreateQueueCommand({ QueueName: "told", Attributes }));
  });
  afterAll(async () => {
    sqs.destroy();
  });

  /** The key of the next object in the queue's messages. */
  async function told(): Promise<string> {
    const QueueUrl = `${hearth().endpoint}/000000000000/told`;
    for (;;) {
      const receive = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, VisibilityTimeout: 3_600 });
      const { Messages = [] } = await sqs.send(receive);
      const [message] = Messages;
      if (!message) throw new Error("no message came");
      const { Records } = JSON.parse(message.Body ?? "") as { Records?: { s3: { object: { key: string } } }[] };
      if (Records?.[0]) return Records[0].s3.object.key;
    }
  }

  test("apply without drift, update without drift, events flow, and destroy removes everything", async () => {
    await using project = await TerraformProject.open(hearth().clientConfig);
    await project.write(
      "f.zip",
      await zipOf({ "index.mjs": "export const handler = async () => 'code of a bucket';" }),
    );
    const first: Wish = {
      ...{ tag: "a", versioning: "Enabled", prefix: "in/", content: "one" },
      ...{ origin: "https://a.example.org", restricts: false },
    };
    await project.write("main.tf", configuration(first));
    await project.apply();
    expect(await told()).toBe("in/note.txt");
    const lambda = new LambdaClient(hearth().clientConfig);
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: "of-bucket" }));
    expect(Buffer.from(Payload ?? []).toString()).toBe('"code of a bucket"');

    const second: Wish = {
      ...{ tag: "b", versioning: "Suspended", prefix: "inbox/", content: "two" },
      ...{ origin: "https://b.example.org", restricts: true },
    };
    await project.write("main.tf", configuration(second));
    await project.apply();
    expect(await told()).toBe("inbox/note.txt");

    await project.destroy();
    const s3 = new S3Client(hearth().clientConfig);
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets.map(({ Name }) => Name)).not.toContain("terraform-photos");
  });
}
