import type { Random } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import type { Outbound } from "@hearth/outbound";
import { DeliveryRefused } from "../deliveryRefused.ts";
import type { OutsideKind } from "../outsideKind.ts";
import type { RateLimits } from "./rateLimits.ts";
import { sendOutside } from "./sendOutside.ts";

/** The `parameters` of a message whose target is an HTTP endpoint of a subscription. */
export interface HttpNotificationParameters {
  readonly type: "Notification" | "SubscriptionConfirmation" | "UnsubscribeConfirmation";
  readonly messageId: string;
  readonly topicArn: string;
  readonly subscriptionArn: string;
  /** The body is the message alone. */
  readonly isRaw?: boolean;
  /** `requestPolicy.headerContentType` of the delivery policy. */
  readonly contentType?: string;
  /** `throttlePolicy.maxReceivesPerSecond` of the delivery policy. */
  readonly maxReceivesPerSecond?: number;
}

export interface HttpNotificationDeps {
  readonly limits: Pick<RateLimits, "take">;
  readonly outbound: Pick<Outbound, "request">;
  readonly random: Random;
}

/** https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html */
const TIMEOUT_MS = 15_000;
/** Nothing in the answer matters except its status. */
const MAX_RESPONSE_BYTES = 1_024;
const USER_AGENT = "Amazon Simple Notification Service Agent";
const CONTENT_TYPE = "text/plain; charset=UTF-8";

/** Messages of SNS to HTTP and HTTPS endpoints. A status of 5xx or 429 is tried again; other statuses than 2xx are final, as AWS documents. */
export function httpNotification(deps: HttpNotificationDeps): OutsideKind {
  return {
    name: "http",
    targets: ["http", "https"],
    async attempt(message, signal) {
      const { sender, TargetArn, body } = message;
      const parameters = parametersOf(message);
      const { maxReceivesPerSecond } = parameters;
      if (maxReceivesPerSecond !== undefined) {
        await deps.limits.take(parameters.subscriptionArn, maxReceivesPerSecond);
      }
      const { url, authorization } = withoutUser(TargetArn);
      const { status } = await sendOutside(deps.outbound, deps.random, {
        accountId: sender.accountId,
        url,
        method: "POST",
        headers: { ...headersOf(parameters), ...(authorization !== undefined && { Authorization: authorization }) },
        body,
        timeoutMs: TIMEOUT_MS,
        maxResponseBytes: MAX_RESPONSE_BYTES,
        signal,
      });
      if (status >= 200 && status < 300) return;
      const error = `the endpoint answered with status ${status}`;
      throw status >= 500 || status === 429 ? new Error(error) : new DeliveryRefused(error);
    },
  };
}

function parametersOf({ parameters, TargetArn }: OutgoingMessage): HttpNotificationParameters {
  if (typeof parameters?.["type"] !== "string") {
    throw new DeliveryRefused(`a message to ${new URL(TargetArn).host} has no parameters of an HTTP notification`);
  }
  return parameters as unknown as HttpNotificationParameters;
}

function headersOf(parameters: HttpNotificationParameters): Readonly<Record<string, string>> {
  const { type, messageId, topicArn, subscriptionArn, isRaw, contentType } = parameters;
  return {
    "x-amz-sns-message-type": type,
    "x-amz-sns-message-id": messageId,
    "x-amz-sns-topic-arn": topicArn,
    ...(type !== "SubscriptionConfirmation" && { "x-amz-sns-subscription-arn": subscriptionArn }),
    ...(isRaw && { "x-amz-sns-rawdelivery": "true" }),
    "Content-Type": contentType ?? CONTENT_TYPE,
    "User-Agent": USER_AGENT,
  };
}

/** AWS takes a user name and a password in the endpoint's URL for basic authentication. */
function withoutUser(text: string): { readonly url: string; readonly authorization?: string } {
  if (!URL.canParse(text)) return { url: text };
  const url = new URL(text);
  const { username, password } = url;
  if (username === "" && password === "") return { url: text };
  url.username = "";
  url.password = "";
  const user = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString("base64");
  return { url: url.href, authorization: `Basic ${user}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
