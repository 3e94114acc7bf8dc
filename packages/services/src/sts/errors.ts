import { AwsError } from "@hearth/model";

/** Of STS; IAM's is the same word. */
export class MalformedPolicyDocument extends AwsError {
  readonly code = "MalformedPolicyDocument";
  readonly httpStatus = 400;
}
