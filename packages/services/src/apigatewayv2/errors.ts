import { AwsError } from "@hearth/model";

/** API Gateway's errors. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html */
abstract class ApiGatewayError extends AwsError {
  override readonly messageKey = "message";
  override readonly withType = false;
}

export class BadRequestException extends ApiGatewayError {
  readonly code = "BadRequestException";
  readonly httpStatus = 400;
}

export class ConflictException extends ApiGatewayError {
  readonly code = "ConflictException";
  readonly httpStatus = 409;
}

export class NotFoundException extends ApiGatewayError {
  readonly code = "NotFoundException";
  readonly httpStatus = 404;
}

export class TooManyRequestsException extends ApiGatewayError {
  readonly code = "TooManyRequestsException";
  readonly httpStatus = 429;
}

/** Of REST APIs. https://docs.aws.amazon.com/apigateway/latest/api/CommonErrors.html */
export class LimitExceededException extends ApiGatewayError {
  readonly code = "LimitExceededException";
  readonly httpStatus = 429;
}
