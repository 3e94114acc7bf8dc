import { AwsError } from "@hearth/model";

/** SQS's errors, by their codes in JSON. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html */
abstract class SqsError extends AwsError {
  readonly httpStatus: number = 400;
}

export class InvalidParameterValueException extends SqsError {
  readonly code = "InvalidParameterValueException";
}

export class MissingRequiredParameterException extends SqsError {
  readonly code = "MissingRequiredParameterException";
}

export class QueueDoesNotExist extends SqsError {
  readonly code = "QueueDoesNotExist";
  constructor() {
    super("The specified queue does not exist.");
  }
}

export class InvalidMessageContents extends SqsError {
  readonly code = "InvalidMessageContents";
}

export class OverLimit extends SqsError {
  readonly code = "OverLimit";
}

export class ReceiptHandleIsInvalid extends SqsError {
  readonly code = "ReceiptHandleIsInvalid";
}

export class MessageNotInflight extends SqsError {
  readonly code = "MessageNotInflight";
  constructor() {
    super("The message referred to is not in flight.");
  }
}

/** `Value 1000 for parameter DelaySeconds is invalid. Reason: …` */
export function invalidValue(value: unknown, parameter: string, reason: string): InvalidParameterValueException {
  return new InvalidParameterValueException(
    `Value ${String(value)} for parameter ${parameter} is invalid. Reason: ${reason}`,
  );
}

export function missingParameter(parameter: string): MissingRequiredParameterException {
  return new MissingRequiredParameterException(`The request must contain the parameter ${parameter}.`);
}
