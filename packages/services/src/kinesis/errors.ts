import { AwsError } from "@hearth/model";

/** Kinesis' errors. https://docs.aws.amazon.com/kinesis/latest/APIReference/CommonErrors.html */
abstract class KinesisError extends AwsError {
  readonly httpStatus: number = 400;
}

export class InvalidArgumentException extends KinesisError {
  readonly code = "InvalidArgumentException";
}

export class LimitExceededException extends KinesisError {
  readonly code = "LimitExceededException";
}

export class ResourceInUseException extends KinesisError {
  readonly code = "ResourceInUseException";
}

export class ResourceNotFoundException extends KinesisError {
  readonly code = "ResourceNotFoundException";
}

export class ExpiredIteratorException extends KinesisError {
  readonly code = "ExpiredIteratorException";
}

export class ExpiredNextTokenException extends KinesisError {
  readonly code = "ExpiredNextTokenException";
}

export class ProvisionedThroughputExceededException extends KinesisError {
  readonly code = "ProvisionedThroughputExceededException";
}
