import { AwsError } from "@hearth/model";

/** Errors of the data plane of AWS IoT. https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_Publish.html */
export class InvalidRequestException extends AwsError {
  readonly code = "InvalidRequestException";
  readonly httpStatus = 400;
}

export class ResourceNotFoundException extends AwsError {
  readonly code = "ResourceNotFoundException";
  readonly httpStatus = 404;
}

export class RequestEntityTooLargeException extends AwsError {
  readonly code = "RequestEntityTooLargeException";
  readonly httpStatus = 413;
}

export class ThrottlingException extends AwsError {
  readonly code = "ThrottlingException";
  readonly httpStatus = 429;
}
