import { AwsError } from "@hearth/model";

export {
  InvalidMessageContents,
  InvalidParameterValueException,
  invalidValue,
  MessageNotInflight,
  missingParameter,
  MissingRequiredParameterException,
  OverLimit,
  QueueDoesNotExist,
  ReceiptHandleIsInvalid,
} from "@hearth/queues";

export class InvalidAddress extends AwsError {
  readonly code = "InvalidAddress";
  readonly httpStatus = 400;
}

export class InvalidAttributeName extends AwsError {
  readonly code = "InvalidAttributeName";
  readonly httpStatus = 400;
  constructor(name: string) {
    super(`Unknown Attribute ${name}.`);
  }
}

export class InvalidAttributeValue extends AwsError {
  readonly code = "InvalidAttributeValue";
  readonly httpStatus = 400;
}

export class QueueNameExists extends AwsError {
  readonly code = "QueueNameExists";
  readonly httpStatus = 400;
  constructor(attribute: string) {
    super(`A queue already exists with the same name and a different value for attribute ${attribute}`);
  }
}

export class PurgeQueueInProgress extends AwsError {
  readonly code = "PurgeQueueInProgress";
  readonly httpStatus = 400;
  constructor(QueueName: string) {
    super(`Only one PurgeQueue operation on ${QueueName} is allowed every 60 seconds.`);
  }
}

export class UnsupportedOperation extends AwsError {
  readonly code = "UnsupportedOperation";
  readonly httpStatus = 400;
}

export class ResourceNotFoundException extends AwsError {
  readonly code = "ResourceNotFoundException";
  readonly httpStatus = 404;
}

export class EmptyBatchRequest extends AwsError {
  readonly code = "EmptyBatchRequest";
  readonly httpStatus = 400;
  constructor(entry: string) {
    super(`There should be at least one ${entry} in the request.`);
  }
}

export class TooManyEntriesInBatchRequest extends AwsError {
  readonly code = "TooManyEntriesInBatchRequest";
  readonly httpStatus = 400;
}

export class BatchEntryIdsNotDistinct extends AwsError {
  readonly code = "BatchEntryIdsNotDistinct";
  readonly httpStatus = 400;
}

export class InvalidBatchEntryId extends AwsError {
  readonly code = "InvalidBatchEntryId";
  readonly httpStatus = 400;
}

export class BatchRequestTooLong extends AwsError {
  readonly code = "BatchRequestTooLong";
  readonly httpStatus = 400;
}

const NAMESPACE = "AWS.SimpleQueueService.";

/** HTTP statuses in the query protocol, where they are not 400. */
export const QUERY_STATUSES: Readonly<Record<string, number>> = { OverLimit: 403, PurgeQueueInProgress: 403 };

/** Codes in the query protocol, and in the header and the batch results of JSON, where they differ. */
export const QUERY_ERRORS: Readonly<Record<string, string>> = {
  BatchEntryIdsNotDistinct: `${NAMESPACE}BatchEntryIdsNotDistinct`,
  BatchRequestTooLong: `${NAMESPACE}BatchRequestTooLong`,
  EmptyBatchRequest: `${NAMESPACE}EmptyBatchRequest`,
  InvalidBatchEntryId: `${NAMESPACE}InvalidBatchEntryId`,
  InvalidParameterValueException: "InvalidParameterValue",
  MessageNotInflight: `${NAMESPACE}MessageNotInflight`,
  MissingRequiredParameterException: "MissingParameter",
  PurgeQueueInProgress: `${NAMESPACE}PurgeQueueInProgress`,
  QueueDoesNotExist: `${NAMESPACE}NonExistentQueue`,
  QueueNameExists: "QueueAlreadyExists",
  TooManyEntriesInBatchRequest: `${NAMESPACE}TooManyEntriesInBatchRequest`,
  UnsupportedOperation: `${NAMESPACE}UnsupportedOperation`,
  ValidationException: "InvalidParameterValue",
};
