import { AwsError } from "@hearth/model";

/** Secrets Manager's errors. https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html */
abstract class SecretsError extends AwsError {
  readonly httpStatus = 400;
  override readonly messageKey = "Message";
}

export class InvalidNextTokenException extends SecretsError {
  readonly code = "InvalidNextTokenException";
}

export class InvalidParameterException extends SecretsError {
  readonly code = "InvalidParameterException";
}

export class InvalidRequestException extends SecretsError {
  readonly code = "InvalidRequestException";
}

export class LimitExceededException extends SecretsError {
  readonly code = "LimitExceededException";
}

export class MalformedPolicyDocumentException extends SecretsError {
  readonly code = "MalformedPolicyDocumentException";
}

export class PublicPolicyException extends SecretsError {
  readonly code = "PublicPolicyException";
}

export class ResourceExistsException extends SecretsError {
  readonly code = "ResourceExistsException";
}

export class ResourceNotFoundException extends SecretsError {
  readonly code = "ResourceNotFoundException";
}

export function noSecret(): ResourceNotFoundException {
  return new ResourceNotFoundException("Secrets Manager can't find the specified secret.");
}

export function isMarkedForDeletion(): InvalidRequestException {
  return new InvalidRequestException(
    "You can't perform this operation on the secret because it was marked for deletion.",
  );
}
