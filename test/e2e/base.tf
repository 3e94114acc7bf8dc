# What several configurations of these tests have in common. `second` is the wish after the update.
variable "second" {
  type    = bool
  default = false
}

provider "aws" {
  default_tags {
    tags = { managed = "terraform" }
  }
}

locals {
  here  = "us-east-1:${data.aws_caller_identity.me.account_id}"
  stage = var.second ? "b" : "a"
}

data "aws_caller_identity" "me" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = var.second ? ["lambda.amazonaws.com", "scheduler.amazonaws.com"] : ["lambda.amazonaws.com"]
    }
  }
}
