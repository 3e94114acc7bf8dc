import type { OutgoingAttribute, OutgoingMessage } from "@hearth/model";
import { type AccountRegion, arn, functionArn, parseFunctionReference } from "@hearth/model";
import { ValidationException } from "./errors.ts";
import { jsonObject } from "./json.ts";

/** What a message has of its target. */
export type Sent = Pick<
  OutgoingMessage,
  "TargetArn" | "body" | "attributes" | "messageGroupId" | "messageDeduplicationId" | "parameters"
>;

type Members = Readonly<Record<string, unknown>>;

/** One operation that a universal target may call: the members that it understands, and the message that stands for the call. */
interface UniversalAction {
  readonly members: readonly string[];
  readonly sent: (input: Members, where: AccountRegion) => Sent;
}

/** The operations of Hearth that a schedule can call, by service and operation as in the target's ARN. */
const ACTIONS: Readonly<Record<string, UniversalAction>> = {
  "lambda:invoke": {
    members: ["FunctionName", "InvocationType", "Payload", "Qualifier"],
    sent(input, where) {
      const InvocationType = optionalText(input, "InvocationType") ?? "Event";
      if (!["Event", "RequestResponse"].includes(InvocationType))
        throw wrong("InvocationType must be Event or RequestResponse");
      const named = parseFunctionReference(text(input, "FunctionName"));
      if (!named) throw wrong("FunctionName is not the name or ARN of a function");
      const { accountId = where.accountId, region = where.region, FunctionName } = named;
      const Qualifier = optionalText(input, "Qualifier") ?? named.Qualifier;
      const payload = input["Payload"] ?? "{}";
      return {
        TargetArn: functionArn({ accountId, region, FunctionName, Qualifier }),
        body: Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload)),
        attributes: {},
      };
    },
  },
  "sqs:sendMessage": {
    members: ["QueueUrl", "MessageBody", "MessageAttributes", "MessageGroupId", "MessageDeduplicationId"],
    sent(input, where) {
      const [QueueName = "", accountId = ""] = text(input, "QueueUrl").split("/").reverse();
      if (!/^\d{12}$/.test(accountId)) throw wrong("QueueUrl is not the URL of a queue");
      const messageGroupId = optionalText(input, "MessageGroupId");
      const messageDeduplicationId = optionalText(input, "MessageDeduplicationId");
      return {
        TargetArn: arn({ service: "sqs", region: where.region, accountId, resource: QueueName }),
        body: Buffer.from(text(input, "MessageBody")),
        attributes: attributesOf(input),
        ...(messageGroupId !== undefined && { messageGroupId }),
        ...(messageDeduplicationId !== undefined && { messageDeduplicationId }),
      };
    },
  },
  "sns:publish": {
    members: ["TopicArn", "Message", "Subject", "MessageAttributes", "MessageGroupId", "MessageDeduplicationId"],
    sent(input) {
      const messageGroupId = optionalText(input, "MessageGroupId");
      const messageDeduplicationId = optionalText(input, "MessageDeduplicationId");
      const subject = optionalText(input, "Subject");
      return {
        TargetArn: text(input, "TopicArn"),
        body: Buffer.from(text(input, "Message")),
        attributes: attributesOf(input),
        ...(messageGroupId !== undefined && { messageGroupId }),
        ...(messageDeduplicationId !== undefined && { messageDeduplicationId }),
        ...(subject !== undefined && { parameters: { subject } }),
      };
    },
  },
  "eventbridge:putEvents": {
    members: ["Entries"],
    sent({ Entries }, where) {
      const entries: readonly unknown[] = Array.isArray(Entries) ? Entries : [];
      const [entry] = entries;
      if (entries.length !== 1 || typeof entry !== "object" || entry === null)
        throw wrong("Entries must have one entry");
      const members = entry as Members;
      refuseOthers("Entries", members, ["Source", "DetailType", "Detail", "EventBusName"]);
      const bus = optionalText(members, "EventBusName") ?? "default";
      const Source = text(members, "Source");
      if (Source.toLowerCase().startsWith("aws.")) throw wrong("Source must not start with aws.");
      return {
        TargetArn: bus.startsWith("arn:") ? bus : arn({ service: "events", ...where, resource: `event-bus/${bus}` }),
        body: Buffer.from(text(members, "Detail")),
        attributes: {},
        parameters: { Source, DetailType: text(members, "DetailType") },
      };
    },
  },
};

const PREFIX = /^arn:aws[a-z-]*:scheduler:::aws-sdk:(.*)$/;

/** Whether the ARN is that of a universal target, which names an operation instead of a resource. */
export function isUniversal(TargetArn: string): boolean {
  return PREFIX.test(TargetArn);
}

/** The message that a universal target sends. Throws ValidationException for an operation or an input that Hearth cannot carry out. */
export function universalMessage(TargetArn: string, Input: string | undefined, where: AccountRegion): Sent {
  const called = PREFIX.exec(TargetArn)?.[1] ?? "";
  const action = ACTIONS[called];
  if (!action) {
    throw new ValidationException(
      `Hearth does not call ${called} for schedules. Universal targets can call ${Object.keys(ACTIONS).join(", ")}.`,
    );
  }
  const input = jsonObject(Input ?? "");
  if (!input) throw wrong("Input must be a JSON object");
  refuseOthers(called, input, action.members);
  return action.sent(input, where);
}

function refuseOthers(name: string, input: Members, known: readonly string[]): void {
  const unknown = Object.keys(input).filter((member) => !known.includes(member));
  if (unknown.length > 0) throw wrong(`Hearth does not understand ${unknown.join(", ")} in the input of ${name}`);
}

function wrong(reason: string): ValidationException {
  return new ValidationException(`Invalid RequestJson provided. Reason: ${reason}.`);
}

function optionalText(input: Members, member: string): string | undefined {
  const value = input[member];
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw wrong(`${member} must be a text`);
  checkCharacters(value, member);
  return value;
}

/** Escapes in JSON can write what PostgreSQL cannot store: such a message could never be sent. */
function checkCharacters(value: string, member: string): void {
  if (value.includes("\0") || !value.isWellFormed()) throw wrong(`${member} has characters that are not allowed`);
}

function text(input: Members, member: string): string {
  const value = optionalText(input, member);
  if (value === undefined || value === "") throw wrong(`${member} is missing`);
  return value;
}

function attributesOf({ MessageAttributes = {} }: Members): Readonly<Record<string, OutgoingAttribute>> {
  if (typeof MessageAttributes !== "object" || MessageAttributes === null || Array.isArray(MessageAttributes)) {
    throw wrong("MessageAttributes must be an object");
  }
  const attributes: Record<string, OutgoingAttribute> = {};
  for (const [name, value] of Object.entries(MessageAttributes as Record<string, unknown>)) {
    const { DataType, StringValue, BinaryValue } = (value ?? {}) as Record<string, unknown>;
    if (typeof DataType !== "string") throw wrong(`MessageAttributes.${name} has no DataType`);
    for (const each of [name, DataType, StringValue, BinaryValue])
      if (typeof each === "string") checkCharacters(each, "MessageAttributes");
    attributes[name] = {
      DataType,
      ...(typeof StringValue === "string" && { StringValue }),
      ...(typeof BinaryValue === "string" && { BinaryValue }),
    };
  }
  return attributes;
}
