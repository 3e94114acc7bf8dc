import { AwsError } from "@hearth/model";

/** CloudWatch's errors. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html */
export class InvalidParameterValueException extends AwsError {
  readonly code = "InvalidParameterValueException";
  readonly httpStatus = 400;
}

export class InvalidParameterCombinationException extends AwsError {
  readonly code = "InvalidParameterCombinationException";
  readonly httpStatus = 400;
}

export class MissingRequiredParameterException extends AwsError {
  readonly code = "MissingRequiredParameterException";
  readonly httpStatus = 400;
}

export class InvalidNextToken extends AwsError {
  readonly code = "InvalidNextToken";
  readonly httpStatus = 400;
  constructor() {
    super("The value for parameter NextToken is invalid.");
  }
}

export class ResourceNotFound extends AwsError {
  readonly code = "ResourceNotFound";
  readonly httpStatus = 404;
}

export class ResourceNotFoundException extends AwsError {
  readonly code = "ResourceNotFoundException";
  readonly httpStatus = 404;
}

export class DashboardNotFoundError extends AwsError {
  readonly code = "DashboardNotFoundError";
  readonly httpStatus = 404;
}

export class DashboardInvalidInputError extends AwsError {
  readonly code = "DashboardInvalidInputError";
  readonly httpStatus = 400;
}

export class LimitExceededFault extends AwsError {
  readonly code = "LimitExceededFault";
  readonly httpStatus = 400;
}

export class InvalidFormatFault extends AwsError {
  readonly code = "InvalidFormatFault";
  readonly httpStatus = 400;
}

/** Codes in the query protocol, and in the header of JSON and CBOR, where they differ. */
export const QUERY_ERRORS: Readonly<Record<string, string>> = {
  DashboardInvalidInputError: "InvalidParameterInput",
  DashboardNotFoundError: "ResourceNotFound",
  InvalidFormatFault: "InvalidFormat",
  InvalidParameterCombinationException: "InvalidParameterCombination",
  InvalidParameterValueException: "InvalidParameterValue",
  LimitExceededFault: "LimitExceeded",
  MissingRequiredParameterException: "MissingParameter",
  SerializationException: "MalformedInput",
};
