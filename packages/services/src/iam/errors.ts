import { AwsError } from "@hearth/model";

/** IAM's errors. https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html */
export class NoSuchEntity extends AwsError {
  readonly code = "NoSuchEntity";
  readonly httpStatus = 404;
}

export class EntityAlreadyExists extends AwsError {
  readonly code = "EntityAlreadyExists";
  readonly httpStatus = 409;
}

export class DeleteConflict extends AwsError {
  readonly code = "DeleteConflict";
  readonly httpStatus = 409;
}

export class LimitExceeded extends AwsError {
  readonly code = "LimitExceeded";
  readonly httpStatus = 409;
}

export class MalformedPolicyDocument extends AwsError {
  readonly code = "MalformedPolicyDocument";
  readonly httpStatus = 400;
}

export class InvalidInput extends AwsError {
  readonly code = "InvalidInput";
  readonly httpStatus = 400;
}

export function roleNotFound(RoleName: string): NoSuchEntity {
  return new NoSuchEntity(`The role with name ${RoleName} cannot be found.`);
}

export function userNotFound(UserName: string): NoSuchEntity {
  return new NoSuchEntity(`The user with name ${UserName} cannot be found.`);
}

export function policyNotFound(PolicyArn: string): NoSuchEntity {
  return new NoSuchEntity(`Policy ${PolicyArn} was not found.`);
}

export function awsPolicyNotKnown(PolicyArn: string): NoSuchEntity {
  return new NoSuchEntity(`Policy ${PolicyArn} was not found. ${CREATE_ONE}`);
}

/** For the error about a permissions boundary that AWS manages and Hearth does not know. */
export function awsBoundaryNotKnown(PolicyArn: string): NoSuchEntity {
  return new NoSuchEntity(`Scope ARN: ${PolicyArn} does not exist or is not attachable. ${CREATE_ONE}`);
}

const CREATE_ONE =
  "Hearth does not know this AWS managed policy: create a customer managed policy with its statements and use that instead.";
