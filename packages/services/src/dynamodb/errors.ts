import { ValidationException } from "@hearth/model";

export {
  ConditionalCheckFailedException,
  IdempotentParameterMismatchException,
  ItemCollectionSizeLimitExceededException,
  LimitExceededException,
  ProvisionedThroughputExceededException,
  ResourceInUseException,
  ResourceNotFoundException,
  TransactionCanceledException,
} from "@hearth/tables";

/** `One or more parameter values were invalid: …` */
export function invalid(reason: string): ValidationException {
  return new ValidationException(`One or more parameter values were invalid: ${reason}`);
}
