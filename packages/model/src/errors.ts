/**
 * AWS's errors, one class per code. `messageKey` is the name of the message member in the body, which differs by error.
 * https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
 */
export abstract class AwsError extends Error {
  abstract readonly code: string;
  abstract readonly httpStatus: number;
  readonly fault: "client" | "server" = "client";
  readonly messageKey: "message" | "Message" = "message";
  /** Further members of the body, such as `Reason`. */
  readonly members: Readonly<Record<string, unknown>> = {};
  /** Further response headers, such as `Retry-After`. */
  readonly headers: Readonly<Record<string, string>> = {};
  /** Whether the body of Lambda's answer has `Type`. */
  readonly withType: boolean = true;
}

interface ErrorOptions {
  readonly withType?: boolean;
}

/** Its body is `{"message": …}` without `Type`. */
export class ValidationException extends AwsError {
  readonly code = "ValidationException";
  readonly httpStatus = 400;
}

/** A member of the body has a JSON type that differs from AWS's model. */
export class SerializationException extends AwsError {
  readonly code = "SerializationException";
  readonly httpStatus = 400;
}

export class InvalidParameterValueException extends AwsError {
  readonly code = "InvalidParameterValueException";
  readonly httpStatus = 400;
  override readonly withType: boolean;

  constructor(message: string, { withType = true }: ErrorOptions = {}) {
    super(message);
    this.withType = withType;
  }
}

export class ResourceNotFoundException extends AwsError {
  readonly code = "ResourceNotFoundException";
  readonly httpStatus = 404;
  override readonly messageKey = "Message";
  override readonly withType: boolean;

  constructor(message: string, { withType = true }: ErrorOptions = {}) {
    super(message);
    this.withType = withType;
  }
}

export class ResourceConflictException extends AwsError {
  readonly code = "ResourceConflictException";
  readonly httpStatus = 409;
}

/** A change of the resource is under way. */
export class ResourceInUseException extends AwsError {
  readonly code = "ResourceInUseException";
  readonly httpStatus = 400;
  override readonly messageKey = "Message";
}

export class PreconditionFailedException extends AwsError {
  readonly code = "PreconditionFailedException";
  readonly httpStatus = 412;
}

export class InvalidRequestContentException extends AwsError {
  readonly code = "InvalidRequestContentException";
  readonly httpStatus = 400;
}

export class RequestTooLargeException extends AwsError {
  readonly code = "RequestTooLargeException";
  readonly httpStatus = 413;
}

export class RequestEntityTooLargeException extends AwsError {
  readonly code = "RequestEntityTooLargeException";
  readonly httpStatus = 413;
}

export class InvalidZipFileException extends AwsError {
  readonly code = "InvalidZipFileException";
  readonly httpStatus = 502;
  override readonly fault = "server";
  override readonly messageKey = "Message";
}

export class PolicyLengthExceededException extends AwsError {
  readonly code = "PolicyLengthExceededException";
  readonly httpStatus = 400;
}

export class CodeStorageExceededException extends AwsError {
  readonly code = "CodeStorageExceededException";
  readonly httpStatus = 400;
}

export class ProvisionedConcurrencyConfigNotFoundException extends AwsError {
  readonly code = "ProvisionedConcurrencyConfigNotFoundException";
  readonly httpStatus = 404;
}

export class CodeSigningConfigNotFoundException extends AwsError {
  readonly code = "CodeSigningConfigNotFoundException";
  readonly httpStatus = 404;
  override readonly messageKey = "Message";
}

/** The code's signature is not accepted and the code signing configuration enforces one. */
export class CodeVerificationFailedException extends AwsError {
  readonly code = "CodeVerificationFailedException";
  readonly httpStatus = 400;
  override readonly messageKey = "Message";
}

export class UnsupportedMediaTypeException extends AwsError {
  readonly code = "UnsupportedMediaTypeException";
  readonly httpStatus = 415;
}

export class ServiceException extends AwsError {
  readonly code = "ServiceException";
  readonly httpStatus: number = 500;
  override readonly fault = "server";
  override readonly messageKey = "Message";
}

/** A write was refused, before anything of it was stored, because the disk is almost full. */
export class DiskFullException extends ServiceException {
  override readonly httpStatus = 503;

  constructor() {
    super(
      "The host has too little free disk space for this. Nothing was stored; what is stored already goes on working.",
    );
  }
}

/** Hearth does not implement this. 400, because SDKs retry a 5xx for minutes. */
export class NotImplementedException extends AwsError {
  readonly code = "NotImplementedException";
  readonly httpStatus = 400;
}
/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html */
export class RecursiveInvocationException extends AwsError {
  readonly code = "RecursiveInvocationException";
  readonly httpStatus = 400;
  override readonly messageKey = "Message";

  constructor() {
    super(
      "Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped your function's invocation.",
    );
  }
}

export class UnknownOperationException extends AwsError {
  readonly code = "UnknownOperationException";
  readonly httpStatus = 404;
}

export type ThrottleReason =
  | "ReservedFunctionConcurrentInvocationLimitExceeded"
  | "ConcurrentInvocationLimitExceeded"
  | "FunctionInvocationRateLimitExceeded"
  | "CallerRateLimitExceeded";

const CONCURRENCY_REASONS: ReadonlySet<ThrottleReason> = new Set([
  "ReservedFunctionConcurrentInvocationLimitExceeded",
  "ConcurrentInvocationLimitExceeded",
]);

export class TooManyRequestsException extends AwsError {
  readonly code = "TooManyRequestsException";
  readonly httpStatus = 429;
  override readonly members: Readonly<Record<string, string>>;
  override readonly headers: Readonly<Record<string, string>>;

  constructor(reason: ThrottleReason, message = "Rate Exceeded.") {
    super(message);
    this.members = { Reason: reason };
    // AWS names no time for limits of concurrency: it depends on the running invocations.
    this.headers = CONCURRENCY_REASONS.has(reason) ? {} : { "Retry-After": "1" };
  }
}

/** What services other than Lambda say to a caller whose requests come too fast. */
export class ThrottlingException extends AwsError {
  readonly code = "ThrottlingException";
  readonly httpStatus = 400;

  constructor(message = "Rate exceeded") {
    super(message);
  }
}

export class AccessDeniedException extends AwsError {
  readonly code = "AccessDeniedException";
  readonly httpStatus = 403;
  override readonly messageKey = "Message";
}

export class MissingAuthenticationTokenException extends AwsError {
  readonly code = "MissingAuthenticationTokenException";
  readonly httpStatus = 403;
}

export class UnrecognizedClientException extends AwsError {
  readonly code = "UnrecognizedClientException";
  readonly httpStatus = 403;
}

export class InvalidSignatureException extends AwsError {
  readonly code = "InvalidSignatureException";
  readonly httpStatus = 403;
}

export class IncompleteSignatureException extends AwsError {
  readonly code = "IncompleteSignatureException";
  readonly httpStatus = 403;
}

export class ExpiredTokenException extends AwsError {
  readonly code = "ExpiredTokenException";
  readonly httpStatus = 403;
}
