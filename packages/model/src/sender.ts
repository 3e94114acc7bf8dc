import type { AccountRegion } from "./accountRegion.ts";

/** A function, in whose name its destinations and its dead-letter queue get messages. */
export interface FunctionSender extends AccountRegion {
  readonly kind: "function";
  readonly FunctionName: string;
  /** ARN of its execution role, whose policies must allow the sending. */
  readonly Role: string;
  readonly LogGroup: string;
}

/** A service that sends for a resource of the account, such as a topic or a rule. */
export interface ServiceSender extends AccountRegion {
  readonly kind: "service";
  /** As policies name the service, such as `sns.amazonaws.com`. */
  readonly principal: string;
  /** ARN of the resource: the topic, the rule, the schedule. */
  readonly sourceArn: string;
  /** Role of the same account that the service assumes. Without it the target's resource policy must allow the service. */
  readonly RoleArn?: string;
}

/** In whose name something is sent, and whose permissions decide whether it may be. */
export type Sender = FunctionSender | ServiceSender;
