import { INTEGRATION_SERVICES, type IntegrationSubtype } from "@hearth/apis";
import { parsedJson } from "@hearth/kit";

type Parameters = Readonly<Record<string, string>>;

/** What is sent to a service, besides its path, which is `/`. */
export interface SubtypeRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A parameter of an integration has no form that its service takes. */
export class WrongParameter extends Error {}

/** The request that calls the operation of a subtype. `parameters`: those of the operation, without the region. Throws WrongParameter. */
export function subtypeRequest({ service, operation }: IntegrationSubtype, parameters: Parameters): SubtypeRequest {
  if (service === "sqs") return queryRequest(operation, parameters);
  return jsonRequest(
    service,
    operation,
    service === "events" ? { Entries: [eventOf(parameters)] } : recordOf(parameters),
  );
}

function jsonRequest(service: string, operation: string, input: object): SubtypeRequest {
  const actions = INTEGRATION_SERVICES[service]?.actions;
  const [prefix, contentType] = actions?.kind === "json" ? [actions.prefix, actions.contentType] : ["", ""];
  return {
    headers: { "content-type": contentType, "x-amz-target": `${prefix}.${operation}` },
    body: Buffer.from(JSON.stringify(input)),
  };
}

function eventOf({ Time, Resources, ...rest }: Parameters): object {
  return {
    ...rest,
    ...(Time !== undefined && { Time: secondsOf(Time) }),
    ...(Resources !== undefined && { Resources: listOf(Resources) }),
  };
}

function recordOf({ Data = "", ...rest }: Parameters): object {
  return { ...rest, Data: Buffer.from(Data).toString("base64") };
}

/** ISO 8601, or seconds since the epoch. */
function secondsOf(text: string): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Date.parse(text) / 1000;
  if (!Number.isFinite(seconds)) throw new WrongParameter("Time is no time in ISO 8601");
  return seconds;
}

/** A list in JSON, or values with commas between them. */
function listOf(text: string): readonly string[] {
  const parsed = text.trimStart().startsWith("[") ? parsedJson(Buffer.from(text)) : undefined;
  const values: readonly unknown[] = Array.isArray(parsed) ? parsed : text.split(",").map((one) => one.trim());
  return values.filter((one) => typeof one === "string" && one !== "") as string[];
}

const LISTS: Readonly<Record<string, string>> = {
  AttributeNames: "AttributeName",
  MessageAttributeNames: "MessageAttributeName",
};
const MAPS: Readonly<Record<string, string>> = {
  MessageAttributes: "MessageAttribute",
  MessageSystemAttributes: "MessageSystemAttribute",
};

/** Of SQS, whose answers to routes are XML. */
function queryRequest(operation: string, parameters: Parameters): SubtypeRequest {
  const form = new URLSearchParams({ Action: operation, Version: "2012-11-05" });
  for (const [name, value] of Object.entries(parameters)) {
    const [list, map] = [LISTS[name], MAPS[name]];
    if (list !== undefined) listOf(value).forEach((one, at) => form.append(`${list}.${at + 1}`, one));
    else if (map !== undefined) addAttributes(form, name, map, value);
    else form.append(name, value);
  }
  return {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: Buffer.from(form.toString()),
  };
}

/** `{"name": {"DataType": "String", "StringValue": "…"}}` */
function addAttributes(form: URLSearchParams, parameter: string, element: string, text: string): void {
  const given = parsedJson(Buffer.from(text));
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new WrongParameter(`${parameter} is not a JSON object of attributes`);
  }
  Object.entries(given as Record<string, unknown>).forEach(([name, value], at) => {
    form.append(`${element}.${at + 1}.Name`, name);
    const members = typeof value === "object" && value !== null ? Object.entries(value as Record<string, unknown>) : [];
    for (const [member, one] of members) {
      if (typeof one === "string") form.append(`${element}.${at + 1}.Value.${member}`, one);
    }
  });
}
