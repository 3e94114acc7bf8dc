import { AwsError } from "@hearth/model";

export {
  InvalidParameterException,
  InvalidParameterValueException,
  invalidParameter,
  NotFoundException,
  noSuchSubscription,
  noSuchTopic,
} from "@hearth/topics";

export class AuthorizationErrorException extends AwsError {
  readonly code = "AuthorizationErrorException";
  readonly httpStatus = 403;
}

export class TopicLimitExceededException extends AwsError {
  readonly code = "TopicLimitExceededException";
  readonly httpStatus = 403;
  constructor() {
    super("Topic limit exceeded");
  }
}

export class SubscriptionLimitExceededException extends AwsError {
  readonly code = "SubscriptionLimitExceededException";
  readonly httpStatus = 403;
  constructor() {
    super("Subscription limit exceeded");
  }
}

export class FilterPolicyLimitExceededException extends AwsError {
  readonly code = "FilterPolicyLimitExceededException";
  readonly httpStatus = 403;
  constructor() {
    super("Filter policy limit exceeded");
  }
}

export class ResourceNotFoundException extends AwsError {
  readonly code = "ResourceNotFoundException";
  readonly httpStatus = 404;
  constructor() {
    super("Resource does not exist");
  }
}

export class TagLimitExceededException extends AwsError {
  readonly code = "TagLimitExceededException";
  readonly httpStatus = 400;
  constructor() {
    super("Could not complete request: tag quota of per resource exceeded");
  }
}

export class BatchEntryIdsNotDistinctException extends AwsError {
  readonly code = "BatchEntryIdsNotDistinctException";
  readonly httpStatus = 400;
  constructor() {
    super("Two or more batch entries in the request have the same Id.");
  }
}

export class BatchRequestTooLongException extends AwsError {
  readonly code = "BatchRequestTooLongException";
  readonly httpStatus = 400;
  constructor() {
    super("The length of all the batch messages put together is more than the limit.");
  }
}

export class EmptyBatchRequestException extends AwsError {
  readonly code = "EmptyBatchRequestException";
  readonly httpStatus = 400;
  constructor() {
    super("The batch request doesn't contain any entries.");
  }
}

export class InvalidBatchEntryIdException extends AwsError {
  readonly code = "InvalidBatchEntryIdException";
  readonly httpStatus = 400;
  constructor() {
    super("The Id of a batch entry in a batch request doesn't abide by the specification.");
  }
}

export class TooManyEntriesInBatchRequestException extends AwsError {
  readonly code = "TooManyEntriesInBatchRequestException";
  readonly httpStatus = 400;
  constructor() {
    super("The batch request contains more entries than permissible.");
  }
}

/** Codes in the query protocol, which is the only one that SNS has. */
export const QUERY_ERRORS: Readonly<Record<string, string>> = {
  AccessDeniedException: "AuthorizationError",
  AuthorizationErrorException: "AuthorizationError",
  BatchEntryIdsNotDistinctException: "BatchEntryIdsNotDistinct",
  BatchRequestTooLongException: "BatchRequestTooLong",
  EmptyBatchRequestException: "EmptyBatchRequest",
  FilterPolicyLimitExceededException: "FilterPolicyLimitExceeded",
  InvalidBatchEntryIdException: "InvalidBatchEntryId",
  InvalidParameterException: "InvalidParameter",
  InvalidParameterValueException: "ParameterValueInvalid",
  NotFoundException: "NotFound",
  ResourceNotFoundException: "ResourceNotFound",
  SubscriptionLimitExceededException: "SubscriptionLimitExceeded",
  TagLimitExceededException: "TagLimitExceeded",
  ThrottlingException: "Throttling",
  TooManyEntriesInBatchRequestException: "TooManyEntriesInBatchRequest",
  TopicLimitExceededException: "TopicLimitExceeded",
  ValidationException: "ValidationError",
};
