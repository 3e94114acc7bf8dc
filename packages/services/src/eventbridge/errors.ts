import { AwsError } from "@hearth/model";

/** EventBridge's errors. https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html */
export class ResourceNotFoundException extends AwsError {
  readonly code = "ResourceNotFoundException";
  readonly httpStatus = 400;
}

export class ResourceAlreadyExistsException extends AwsError {
  readonly code = "ResourceAlreadyExistsException";
  readonly httpStatus = 400;
}

export class InvalidEventPatternException extends AwsError {
  readonly code = "InvalidEventPatternException";
  readonly httpStatus = 400;
}

export class LimitExceededException extends AwsError {
  readonly code = "LimitExceededException";
  readonly httpStatus = 400;
  constructor(message = "The requested resource exceeds the maximum number allowed.") {
    super(message);
  }
}

export class PolicyLengthExceededException extends AwsError {
  readonly code = "PolicyLengthExceededException";
  readonly httpStatus = 400;
}

export class IllegalStatusException extends AwsError {
  readonly code = "IllegalStatusException";
  readonly httpStatus = 400;
}

export function busNotFound(bus: string): ResourceNotFoundException {
  return new ResourceNotFoundException(`Event bus ${bus} does not exist.`);
}

export function ruleNotFound({
  bus,
  rule,
}: {
  readonly bus: string;
  readonly rule: string;
}): ResourceNotFoundException {
  return new ResourceNotFoundException(`Rule ${rule} does not exist on EventBus ${bus}.`);
}

export function connectionNotFound(name: string): ResourceNotFoundException {
  return new ResourceNotFoundException(`Failed to describe the connection(s). Connection '${name}' does not exist.`);
}

export function apiDestinationNotFound(name: string): ResourceNotFoundException {
  return new ResourceNotFoundException(
    `Failed to describe the api-destination(s). An api-destination '${name}' does not exist.`,
  );
}

export function archiveNotFound(name: string): ResourceNotFoundException {
  return new ResourceNotFoundException(`Archive ${name} does not exist.`);
}

export function replayNotFound(name: string): ResourceNotFoundException {
  return new ResourceNotFoundException(`Replay ${name} does not exist.`);
}
