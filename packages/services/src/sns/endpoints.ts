import { parseFunctionReference } from "@hearth/model";
import { parseQueueArn } from "@hearth/queues";
import { isProtocol, type Protocol, type Topic } from "@hearth/topics";
import { InvalidParameterException, invalidParameter } from "./errors.ts";

const MAX_CHARACTERS = 2_048;
const MAIL = /^[^\s@<>()[\]\\,;:"\p{Cc}]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}$/u;

/** AWS's protocols that Hearth does not serve, with what they would do. */
const NOT_SERVED: Readonly<Record<string, string>> = {
  sms: "does not send SMS",
  application: "does not send mobile push notifications",
  firehose: "has no Firehose",
};

/** The protocol of a subscription. Throws an error that says why it is refused. */
export function checkProtocol(protocol: string, sendsMail: boolean): Protocol {
  const reason = Object.hasOwn(NOT_SERVED, protocol) ? NOT_SERVED[protocol] : undefined;
  if (reason !== undefined)
    throw invalidParameter(
      "Protocol",
      `Hearth ${reason}: subscriptions with the protocol ${protocol} are not possible`,
    );
  if (!isProtocol(protocol)) {
    throw new InvalidParameterException(
      `Invalid parameter: Amazon SNS does not support this protocol string: ${protocol}`,
    );
  }
  if (protocol.startsWith("email") && !sendsMail) {
    throw invalidParameter("Protocol", "this Hearth has no mail server: HEARTH_SMTP_URL names one");
  }
  return protocol;
}

/** Throws AWS's error for an endpoint that messages of the topic cannot be sent to by this protocol. Resolves with the account that owns it, if one does. */
export function checkEndpoint(topic: Pick<Topic, "isFifo">, protocol: Protocol, endpoint: string): string | undefined {
  if (endpoint.length > MAX_CHARACTERS || /[\s\p{Cc}]/u.test(endpoint) || !endpoint.isWellFormed())
    throw invalidParameter("Endpoint");
  if (topic.isFifo && protocol !== "sqs") {
    throw invalidParameter("Invalid parameter: Endpoint", "Please use FIFO SQS queue");
  }
  switch (protocol) {
    case "sqs": {
      const queue = parseQueueArn(endpoint);
      if (!queue || !/^\d{12}$/.test(queue.accountId))
        throw new InvalidParameterException("Invalid parameter: SQS endpoint ARN");
      if (queue.QueueName.endsWith(".fifo") && !topic.isFifo) {
        throw invalidParameter(
          "Invalid parameter: Endpoint",
          "FIFO SQS Queues can not be subscribed to standard SNS topics",
        );
      }
      return queue.accountId;
    }
    case "lambda": {
      const target = endpoint.startsWith("arn:") ? parseFunctionReference(endpoint) : undefined;
      if (target?.accountId === undefined || target.region === undefined) {
        throw new InvalidParameterException("Invalid parameter: Lambda endpoint ARN");
      }
      return target.accountId;
    }
    case "http":
    case "https":
      if (!URL.canParse(endpoint) || new URL(endpoint).protocol !== `${protocol}:`) {
        throw new InvalidParameterException("Invalid parameter: Endpoint must match the specified protocol");
      }
      return undefined;
    default:
      if (!MAIL.test(endpoint)) throw new InvalidParameterException("Invalid parameter: Email address");
      return undefined;
  }
}
