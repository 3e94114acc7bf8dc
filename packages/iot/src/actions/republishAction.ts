import { isTopicName, isTopicWithinLimits } from "@hearth/patterns";
import { topicArn } from "../iotArn.ts";
import type { MqttProperties } from "../publication.ts";
import { type ActionFields } from "./actionFields.ts";
import { type ActionInput, InvalidIotAction, IotActionFailed, type RuleAction } from "./ruleAction.ts";
import { IotTemplate } from "@hearth/patterns";

type Fill = (input: Pick<ActionInput, "message" | "budget">) => MqttProperties;

const TEXTS = ["payloadFormatIndicator", "contentType", "responseTopic", "correlationData", "messageExpiry"] as const;
const MAX_USER_PROPERTIES = 100;

/** Publishes to another topic of the account and region. */
export function republishAction(fields: ActionFields): RuleAction {
  const resource = fields.text("topic");
  const topic = fields.template("topic");
  const qos = fields.value("qos") ?? 0;
  if (qos !== 0 && qos !== 1) throw new InvalidIotAction("republish.qos must be 0 or 1");
  const headers = headersOf(fields.value("headers"));
  return {
    name: "RepublishAction",
    resource,
    roleArn: fields.roleArn(),
    message(input, where) {
      const name = topic(input);
      if (!isTopicName(name) || !isTopicWithinLimits(name) || name.startsWith("$")) {
        throw new IotActionFailed(`Hearth cannot publish to the topic ${name}`);
      }
      const properties = headers?.(input);
      return {
        TargetArn: topicArn(where, name),
        body: input.body,
        parameters: { qos, ...(properties && { properties }) },
      };
    },
  };
}

function headersOf(given: unknown): Fill | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== "object" || given === null) throw new InvalidIotAction("republish.headers must be an object");
  const headers = given as Readonly<Record<string, unknown>>;
  const texts = TEXTS.flatMap((name) => {
    const value = headers[name];
    return typeof value === "string" ? [{ name, template: new IotTemplate(value) }] : [];
  });
  const pairs = Array.isArray(headers["userProperties"]) ? (headers["userProperties"] as readonly unknown[]) : [];
  if (pairs.length > MAX_USER_PROPERTIES) {
    throw new InvalidIotAction(`republish.headers takes at most ${MAX_USER_PROPERTIES} user properties`);
  }
  const user = pairs.map((pair) => {
    const { key, value } = (pair ?? {}) as { readonly key?: unknown; readonly value?: unknown };
    if (typeof key !== "string" || typeof value !== "string") {
      throw new InvalidIotAction("republish.headers.userProperties has pairs of key and value");
    }
    return { key: new IotTemplate(key), value: new IotTemplate(value) };
  });
  return ({ message, budget }) => {
    const filled = Object.fromEntries(texts.map(({ name, template }) => [name, template.fill(message, budget)]));
    const { payloadFormatIndicator, messageExpiry, ...rest } = filled;
    const expiry = Number(messageExpiry);
    return {
      ...rest,
      ...(payloadFormatIndicator !== undefined && { payloadFormatIndicator: payloadFormatIndicator === "UTF8_DATA" }),
      ...(messageExpiry !== undefined && Number.isSafeInteger(expiry) && expiry >= 0 && { messageExpiry: expiry }),
      ...(user.length > 0 && {
        userProperties: user.map(({ key, value }) => ({
          key: key.fill(message, budget),
          value: value.fill(message, budget),
        })),
      }),
    };
  };
}
