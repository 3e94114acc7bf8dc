import { AwsError } from "@hearth/model";

/** EventBridge Scheduler's errors. https://docs.aws.amazon.com/scheduler/latest/APIReference/CommonErrors.html */
export class ValidationException extends AwsError {
  readonly code = "ValidationException";
  readonly httpStatus = 400;
  override readonly messageKey = "Message";
}

export class ConflictException extends AwsError {
  readonly code = "ConflictException";
  readonly httpStatus = 409;
  override readonly messageKey = "Message";
}

export class ResourceNotFoundException extends AwsError {
  readonly code = "ResourceNotFoundException";
  readonly httpStatus = 404;
  override readonly messageKey = "Message";
}

export class ServiceQuotaExceededException extends AwsError {
  readonly code = "ServiceQuotaExceededException";
  readonly httpStatus = 402;
  override readonly messageKey = "Message";
}

export class ThrottlingException extends AwsError {
  readonly code = "ThrottlingException";
  readonly httpStatus = 429;
  override readonly messageKey = "Message";
}

export function noSchedule(Name: string): ResourceNotFoundException {
  return new ResourceNotFoundException(`Schedule ${Name} does not exist.`);
}

export function noGroup(Name: string): ResourceNotFoundException {
  return new ResourceNotFoundException(`Schedule group ${Name} does not exist.`);
}
