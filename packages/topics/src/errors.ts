import { AwsError } from "@hearth/model";

/** SNS's errors, by their names in the SDKs. https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html */
export class InvalidParameterException extends AwsError {
  readonly code = "InvalidParameterException";
  readonly httpStatus = 400;
}

export class InvalidParameterValueException extends AwsError {
  readonly code = "InvalidParameterValueException";
  readonly httpStatus = 400;
}

export class NotFoundException extends AwsError {
  readonly code = "NotFoundException";
  readonly httpStatus = 404;
}

/** `Invalid parameter: Subject`, with the reason if there is one. */
export function invalidParameter(parameter: string, reason?: string): InvalidParameterException {
  return new InvalidParameterException(
    `Invalid parameter: ${parameter}${reason === undefined ? "" : ` Reason: ${reason}`}`,
  );
}

export function noSuchTopic(): NotFoundException {
  return new NotFoundException("Topic does not exist");
}

export function noSuchSubscription(): NotFoundException {
  return new NotFoundException("Subscription does not exist");
}
