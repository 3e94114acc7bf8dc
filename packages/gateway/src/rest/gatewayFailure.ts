/**
 * What a REST API answers itself where no integration does. Each type may be customized. Status, message and the value of `x-amzn-ErrorType`:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
const TYPES = {
  ACCESS_DENIED: [403, "User is not authorized to access this resource", "AccessDeniedException"],
  API_CONFIGURATION_ERROR: [500, "Internal server error", "InternalServerErrorException"],
  AUTHORIZER_CONFIGURATION_ERROR: [500, null, "AuthorizerConfigurationException"],
  AUTHORIZER_FAILURE: [500, null, "AuthorizerConfigurationException"],
  BAD_REQUEST_BODY: [400, "Invalid request body", "BadRequestException"],
  BAD_REQUEST_PARAMETERS: [400, "Missing required request parameters", "BadRequestException"],
  EXPIRED_TOKEN: [403, "The security token included in the request is expired", "ExpiredTokenException"],
  INTEGRATION_FAILURE: [504, "Network error communicating with endpoint", "InternalServerErrorException"],
  INTEGRATION_TIMEOUT: [504, "Endpoint request timed out", "InternalServerErrorException"],
  INVALID_API_KEY: [403, "Forbidden", "ForbiddenException"],
  INVALID_SIGNATURE: [403, "The request signature is invalid", "InvalidSignatureException"],
  MISSING_AUTHENTICATION_TOKEN: [403, "Missing Authentication Token", "MissingAuthenticationTokenException"],
  QUOTA_EXCEEDED: [429, "Limit Exceeded", "LimitExceededException"],
  REQUEST_TOO_LARGE: [413, "HTTP content length exceeded 10485760 bytes.", "RequestEntityTooLargeException"],
  THROTTLED: [429, "Too Many Requests", "TooManyRequestsException"],
  UNAUTHORIZED: [401, "Unauthorized", "UnauthorizedException"],
  UNSUPPORTED_MEDIA_TYPE: [415, "Unsupported Media Type", "UnsupportedMediaTypeException"],
} as const satisfies Record<string, readonly [status: number, message: string | null, errorType: string]>;

export type GatewayResponseType = keyof typeof TYPES;

/** The answer to a request is one of the API's own. */
export class GatewayFailure extends Error {
  readonly type: GatewayResponseType;
  readonly status: number;
  readonly errorType: string;
  /** `$context.error.message`; `null` where AWS gives none. */
  readonly text: string | null;
  /** `$context.error.validationErrorString`. */
  readonly validation: string | undefined;

  constructor(
    type: GatewayResponseType,
    {
      status,
      text,
      validation,
      cause,
    }: {
      readonly status?: number;
      readonly text?: string;
      readonly validation?: string;
      readonly cause?: unknown;
    } = {},
  ) {
    const [usual, message, errorType] = TYPES[type];
    super(text ?? message ?? type, { cause });
    this.type = type;
    this.status = status ?? usual;
    this.text = text ?? message;
    this.errorType = errorType;
    this.validation = validation;
  }
}

/** The API, its function or the function's answer is wrong: AWS gives this answer with status 502 where a function's answer has a wrong form. */
export function configurationError(status: 500 | 502 = 500, cause?: unknown): GatewayFailure {
  return new GatewayFailure("API_CONFIGURATION_ERROR", { status, cause });
}
