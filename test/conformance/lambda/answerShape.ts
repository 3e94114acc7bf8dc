import * as sdk from "@aws-sdk/client-lambda";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";

/**
 * A schema as the SDK exports it: [9, namespace, name, traits, input, output] for an operation, [3, …, members, their schemas] for a structure,
 * [1, …, element] for a list, [2, …, key, value] for a map, a number for what has no members; maybe behind a function, or with traits beside it.
 */
type Schema = number | readonly unknown[] | (() => Schema);

const TYPES = new Map([
  [0, "string"],
  [1, "number"],
  [2, "boolean"],
]);
const outputs = new Map(
  (Object.values(sdk) as readonly unknown[])
    .filter((value): value is readonly unknown[] => Array.isArray(value) && value[0] === 9)
    .map((schema) => [`${String(schema[2])}Command`, schema[5] as Schema]),
);
/** Their bodies are what functions answer. */
const RAW = new Set(["InvokeCommand", "InvokeWithResponseStreamCommand"]);

/** What of `value` AWS's model does not know, or knows as another type, by its path. */
function strangers(schema: Schema, value: unknown, path: string): string[] {
  if (typeof schema === "function") return strangers(schema(), value, path);
  if (typeof schema === "number") {
    const type = TYPES.get(schema);
    return type === undefined || typeof value === type ? [] : [`${path} is a ${typeof value}, not a ${type}`];
  }
  const [kind] = schema;
  if (typeof schema[1] !== "string") return strangers(kind as Schema, value, path);
  switch (kind) {
    case 1:
      return (value as unknown[]).flatMap((item, i) => strangers(schema[4] as Schema, item, `${path}[${i}]`));
    case 2:
      return Object.entries(value as object).flatMap(([key, item]) =>
        strangers(schema[5] as Schema, item, `${path}.${key}`),
      );
    case 3: {
      const members = schema[4] as readonly string[];
      return Object.entries(value as object).flatMap(([name, member]) => {
        const at = members.indexOf(name);
        if (at < 0) return [`${path}.${name} is no member`];
        return strangers((schema[5] as readonly Schema[])[at] as Schema, member, `${path}.${name}`);
      });
    }
    default:
      return [];
  }
}

/** Has every answer that `client` gets compared with AWS's model of it: what the SDK would silently drop fails the request. */
export function checkAnswers(client: LambdaClient): void {
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const result = await next(args);
        const response = result.response as { statusCode: number; body: Readable };
        const schema = outputs.get(commandName);
        if (schema === undefined || RAW.has(commandName) || response.statusCode >= 300) return result;
        const body = await buffer(response.body);
        response.body = Readable.from([body]);
        const unknown = body.length === 0 ? [] : strangers(schema, JSON.parse(body.toString()), commandName);
        if (unknown.length > 0) throw new Error(`the answer is not AWS's: ${unknown.join("; ")}`);
        return result;
      },
    { step: "deserialize", priority: "low", name: "checkAnswers" },
  );
}
