import { ValidationException } from "@hearth/model";

export type ExpressionKind =
  | "ConditionExpression"
  | "FilterExpression"
  | "KeyConditionExpression"
  | "ProjectionExpression"
  | "UpdateExpression";

/** `Invalid UpdateExpression: …` */
export function expressionError(kind: ExpressionKind, reason: string): ValidationException {
  return new ValidationException(`Invalid ${kind}: ${reason}`);
}
