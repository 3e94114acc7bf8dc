import { AwsError } from "@hearth/model";

/** Parameter Store's errors. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html#API_PutParameter_Errors */
abstract class SsmError extends AwsError {
  readonly httpStatus = 400;
}

export class HierarchyLevelLimitExceededException extends SsmError {
  readonly code = "HierarchyLevelLimitExceededException";
}

export class InvalidAllowedPatternException extends SsmError {
  readonly code = "InvalidAllowedPatternException";
}

export class InvalidFilterKey extends SsmError {
  readonly code = "InvalidFilterKey";
}

export class InvalidFilterOption extends SsmError {
  readonly code = "InvalidFilterOption";
}

export class InvalidFilterValue extends SsmError {
  readonly code = "InvalidFilterValue";
}

export class InvalidNextToken extends SsmError {
  readonly code = "InvalidNextToken";
}

export class InvalidResourceId extends SsmError {
  readonly code = "InvalidResourceId";
}

export class InvalidResourceType extends SsmError {
  readonly code = "InvalidResourceType";
}

export class ParameterAlreadyExists extends SsmError {
  readonly code = "ParameterAlreadyExists";
}

export class ParameterLimitExceeded extends SsmError {
  readonly code = "ParameterLimitExceeded";
}

export class ParameterMaxVersionLimitExceeded extends SsmError {
  readonly code = "ParameterMaxVersionLimitExceeded";
}

export class ParameterNotFound extends SsmError {
  readonly code = "ParameterNotFound";
}

export class ParameterPatternMismatchException extends SsmError {
  readonly code = "ParameterPatternMismatchException";
}

export class ParameterVersionLabelLimitExceeded extends SsmError {
  readonly code = "ParameterVersionLabelLimitExceeded";
}

export class ParameterVersionNotFound extends SsmError {
  readonly code = "ParameterVersionNotFound";
}

export class TooManyTagsError extends SsmError {
  readonly code = "TooManyTagsError";
}
