import { MAX_MESSAGE_BYTES, type Queue } from "@hearth/queues";
import { InvalidAttributeName, InvalidAttributeValue, invalidValue } from "./errors.ts";
import { checkRedriveAllowPolicy } from "./redrive.ts";

type Texts = Readonly<Record<string, string>>;

/** Throws AWS's error for a value that is not allowed. */
type Check = (value: string, name: string) => void;

function whole(min: number, max: number): Check {
  return (value, name) => {
    if (!/^\d{1,9}$/.test(value) || Number(value) < min || Number(value) > max) throw invalidAttribute(name);
  };
}

function oneOf(...values: readonly string[]): Check {
  return (value, name) => {
    if (!values.includes(value)) throw invalidAttribute(name);
  };
}

function invalidAttribute(name: string): InvalidAttributeValue {
  return new InvalidAttributeValue(`Invalid value for the parameter ${name}.`);
}

const policy: Check = (value, name) => {
  if (value === "") return;
  const document = parse(value);
  if (!isObject(document) || !("Statement" in document)) throw invalidAttribute(name);
  const { Statement } = document;
  if (!(Array.isArray(Statement) ? Statement.every(isObject) : isObject(Statement))) throw invalidAttribute(name);
};

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const SETTABLE: Readonly<Record<string, Check>> = {
  DelaySeconds: whole(0, 900),
  MaximumMessageSize: whole(1_024, MAX_MESSAGE_BYTES),
  MessageRetentionPeriod: whole(60, 1_209_600),
  Policy: policy,
  ReceiveMessageWaitTimeSeconds: whole(0, 20),
  VisibilityTimeout: whole(0, 43_200),
  RedrivePolicy: () => undefined, // checked with the queue that it names
  RedriveAllowPolicy: checkRedriveAllowPolicy,
  KmsMasterKeyId: () => undefined,
  KmsDataKeyReusePeriodSeconds: whole(60, 86_400),
  SqsManagedSseEnabled: oneOf("true", "false"),
};

const SETTABLE_ON_FIFO: Readonly<Record<string, Check>> = {
  ...SETTABLE,
  ContentBasedDeduplication: oneOf("true", "false"),
  DeduplicationScope: oneOf("messageGroup", "queue"),
  FifoThroughputLimit: oneOf("perQueue", "perMessageGroupId"),
};

/** What an empty text removes. */
const REMOVABLE: ReadonlySet<string> = new Set(["Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"]);

/** The attributes after `given` was set. Throws AWS's error for what is not allowed. */
export function withAttributes(present: Texts, given: Texts, isFifo: boolean): Texts {
  const checks = isFifo ? SETTABLE_ON_FIFO : SETTABLE;
  const result = { ...present };
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (!check) throw new InvalidAttributeName(name);
    if (value.includes("\0") || !value.isWellFormed()) throw invalidAttribute(name); // PostgreSQL could not read it
    check(value, name);
    if (value === "" && REMOVABLE.has(name)) delete result[name];
    else result[name] = value;
  }
  if (result["FifoThroughputLimit"] === "perMessageGroupId" && result["DeduplicationScope"] !== "messageGroup") {
    throw invalidValue(
      "perMessageGroupId",
      "FifoThroughputLimit",
      "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.",
    );
  }
  if (given["SqsManagedSseEnabled"] === "true" && given["KmsMasterKeyId"]) {
    throw new InvalidAttributeValue("You can use one type of server-side encryption (SSE) at one time.");
  }
  if (given["KmsMasterKeyId"]) delete result["SqsManagedSseEnabled"];
  if (given["SqsManagedSseEnabled"] === "true") delete result["KmsMasterKeyId"];
  return result;
}

/** All attributes that a queue has besides the numbers of its messages, as GetQueueAttributes shows them. */
export function shownAttributes(queue: Queue): Texts {
  const { attributes, isFifo } = queue;
  const isKms = attributes["KmsMasterKeyId"] !== undefined;
  return {
    QueueArn: queue.arn,
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.modifiedAt / 1000)),
    VisibilityTimeout: String(queue.visibilitySeconds),
    MaximumMessageSize: String(queue.maxMessageBytes),
    MessageRetentionPeriod: String(queue.retentionSeconds),
    DelaySeconds: String(queue.delaySeconds),
    ReceiveMessageWaitTimeSeconds: String(queue.waitSeconds),
    SqsManagedSseEnabled: isKms ? "false" : "true",
    ...(isKms && { KmsDataKeyReusePeriodSeconds: "300" }),
    ...(isFifo && {
      FifoQueue: "true",
      ContentBasedDeduplication: "false",
      DeduplicationScope: "queue",
      FifoThroughputLimit: "perQueue",
    }),
    ...attributes,
  };
}

export const COUNTS = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
] as const;

const KNOWN: ReadonlySet<string> = new Set([
  "All",
  "QueueArn",
  "CreatedTimestamp",
  "LastModifiedTimestamp",
  "FifoQueue",
  ...COUNTS,
  ...Object.keys(SETTABLE_ON_FIFO),
]);

/** Throws InvalidAttributeName for a name that no queue has. */
export function checkAttributeNames(names: readonly string[]): void {
  const unknown = names.find((name) => !KNOWN.has(name));
  if (unknown !== undefined) throw new InvalidAttributeName(unknown);
}
