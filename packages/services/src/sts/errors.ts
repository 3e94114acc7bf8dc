import { AwsError } from "@hearth/model";

/** STS's error; IAM has one of the same name. */
export class MalformedPolicyDocument extends AwsError {
  readonly code = "MalformedPolicyDocument";
  readonly httpStatus = 400;
}
