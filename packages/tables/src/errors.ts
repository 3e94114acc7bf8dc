import { AwsError } from "@hearth/model";
import type { Item } from "./attributeValue.ts";

/** DynamoDB's errors. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
abstract class DynamoError extends AwsError {
  readonly httpStatus: number = 400;
}

export class ConditionalCheckFailedException extends DynamoError {
  readonly code = "ConditionalCheckFailedException";
  override readonly members: Readonly<Record<string, unknown>>;
  /** `item`: the one that did not fulfil the condition, where the caller has asked for it. */
  constructor(item?: Item) {
    super("The conditional request failed");
    this.members = item ? { Item: item } : {};
  }
}

export class ResourceNotFoundException extends DynamoError {
  readonly code = "ResourceNotFoundException";
  constructor(message = "Requested resource not found") {
    super(message);
  }
}

export class ResourceInUseException extends DynamoError {
  readonly code = "ResourceInUseException";
}

export class LimitExceededException extends DynamoError {
  readonly code = "LimitExceededException";
}

export class TransactionConflictException extends DynamoError {
  readonly code = "TransactionConflictException";
  constructor() {
    super("Transaction is ongoing for the item");
  }
}

export class ProvisionedThroughputExceededException extends DynamoError {
  readonly code = "ProvisionedThroughputExceededException";
}

/** The items of one partition key, with their entries in local indexes, are too large to grow. */
export class ItemCollectionSizeLimitExceededException extends DynamoError {
  readonly code = "ItemCollectionSizeLimitExceededException";
  constructor() {
    super("Collection size exceeded.");
  }
}

export class IdempotentParameterMismatchException extends DynamoError {
  readonly code = "IdempotentParameterMismatchException";
}

/** Why a part of a transaction failed; `None` for a part that did not. */
export interface CancellationReason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: Item;
}

export class TransactionCanceledException extends DynamoError {
  readonly code = "TransactionCanceledException";
  readonly reasons: readonly CancellationReason[];
  override readonly members: Readonly<Record<string, unknown>>;
  constructor(reasons: readonly CancellationReason[]) {
    super(
      `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(", ")}]`,
    );
    this.reasons = reasons;
    this.members = { CancellationReasons: reasons };
  }
}
