import { AwsError } from "@hearth/model";

/** Errors of AWS IoT. https://docs.aws.amazon.com/iot/latest/apireference/CommonErrors.html */
export class InvalidRequestException extends AwsError {
  readonly code = "InvalidRequestException";
  readonly httpStatus = 400;
}

export class SqlParseException extends AwsError {
  readonly code = "SqlParseException";
  readonly httpStatus = 400;
}

export class MalformedPolicyException extends AwsError {
  readonly code = "MalformedPolicyException";
  readonly httpStatus = 400;
}

export class CertificateValidationException extends AwsError {
  readonly code = "CertificateValidationException";
  readonly httpStatus = 400;
}

/** Also of a topic rule that does not exist: AWS does not say which of both it is. */
export class UnauthorizedException extends AwsError {
  readonly code = "UnauthorizedException";
  readonly httpStatus = 401;
}

export class ResourceNotFoundException extends AwsError {
  readonly code = "ResourceNotFoundException";
  readonly httpStatus = 404;
}

export class CertificateStateException extends AwsError {
  readonly code = "CertificateStateException";
  readonly httpStatus = 406;
}

export class ResourceAlreadyExistsException extends AwsError {
  readonly code = "ResourceAlreadyExistsException";
  readonly httpStatus = 409;
}

export class DeleteConflictException extends AwsError {
  readonly code = "DeleteConflictException";
  readonly httpStatus = 409;
}

export class VersionsLimitExceededException extends AwsError {
  readonly code = "VersionsLimitExceededException";
  readonly httpStatus = 409;
}

export class LimitExceededException extends AwsError {
  readonly code = "LimitExceededException";
  readonly httpStatus = 410;
}

export class ThrottlingException extends AwsError {
  readonly code = "ThrottlingException";
  readonly httpStatus = 400;
}

export function noRule(ruleName: string): UnauthorizedException {
  return new UnauthorizedException(`Access to topic rule '${ruleName}' was denied`);
}

export function noPolicy(policyName: string): ResourceNotFoundException {
  return new ResourceNotFoundException(`Policy not found: ${policyName}`);
}

export function noCertificate(certificateId: string): ResourceNotFoundException {
  return new ResourceNotFoundException(`Certificate not found: ${certificateId}`);
}
