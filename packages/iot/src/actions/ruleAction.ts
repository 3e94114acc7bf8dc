import type { AccountRegion, OutgoingMessage } from "@hearth/model";
import type { SqlBudget, SqlMessage } from "@hearth/patterns";

/** An action cannot be stored: Hearth has not built it, or its settings are wrong. */
export class InvalidIotAction extends Error {}

/** An action cannot be carried out for this message. */
export class IotActionFailed extends Error {}

/** What an action makes of a message. */
export type ActionMessage = Pick<OutgoingMessage, "TargetArn" | "body"> &
  Partial<Pick<OutgoingMessage, "attributes" | "parameters">>;

/** What the fields of an action are filled from. */
export interface ActionInput {
  /** What the rule has selected. */
  readonly body: Uint8Array;
  readonly message: SqlMessage;
  readonly budget: SqlBudget;
}

/** An action of a rule whose settings are checked and whose templates are compiled. */
export interface RuleAction {
  /** As the error action gets to know it, such as `LambdaAction`. */
  readonly name: string;
  /** As it was set, for the error action. */
  readonly resource: string;
  /** `undefined` for an action that resource policies allow. */
  readonly roleArn: string | undefined;
  /** Throws IotActionFailed, or SqlBudgetExceeded. */
  message(input: ActionInput, where: AccountRegion): ActionMessage;
}
