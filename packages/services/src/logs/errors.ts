import { AwsError } from "@hearth/model";

/** CloudWatch Logs' errors. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html */
export class ResourceNotFoundException extends AwsError {
  readonly code = "ResourceNotFoundException";
  readonly httpStatus = 400;
}

export class ResourceAlreadyExistsException extends AwsError {
  readonly code = "ResourceAlreadyExistsException";
  readonly httpStatus = 400;
}

export class InvalidParameterException extends AwsError {
  readonly code = "InvalidParameterException";
  readonly httpStatus = 400;
}

export class TooManyTagsException extends AwsError {
  readonly code = "TooManyTagsException";
  readonly httpStatus = 400;
}

export class ThrottlingException extends AwsError {
  readonly code = "ThrottlingException";
  readonly httpStatus = 400;
}

export class LimitExceededException extends AwsError {
  readonly code = "LimitExceededException";
  readonly httpStatus = 400;
}

/** A query of Logs Insights is wrong. The offsets are those in its text. */
export class MalformedQueryException extends AwsError {
  readonly code = "MalformedQueryException";
  readonly httpStatus = 400;
  override readonly members: Readonly<Record<string, unknown>>;

  constructor(message: string, startCharOffset: number, endCharOffset: number) {
    super(message);
    this.members = { queryCompileError: { location: { startCharOffset, endCharOffset }, message } };
  }
}

export function groupNotFound(): ResourceNotFoundException {
  return new ResourceNotFoundException("The specified log group does not exist.");
}

export function streamNotFound(): ResourceNotFoundException {
  return new ResourceNotFoundException("The specified log stream does not exist.");
}

export function filterNotFound(kind: "subscription" | "metric"): ResourceNotFoundException {
  return new ResourceNotFoundException(`The specified ${kind} filter does not exist.`);
}
