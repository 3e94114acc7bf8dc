import * as sdk from "@aws-sdk/client-lambda";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { Schema } from "../../support/operationSchemas.ts";

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
/** Operations whose answer is the function's response. */
const RAW = new Set(["InvokeCommand", "InvokeWithResponseStreamCommand"]);

/** The parts of `value` that are not in AWS's model or have another type, by path. */
function unknownParts(schema: Schema, value: unknown, path: string): string[] {
  if (typeof schema === "function") return unknownParts(schema(), value, path);
  if (typeof schema === "number") {
    const type = TYPES.get(schema);
    return type === undefined || typeof value === type ? [] : [`${path} is a ${typeof value}, not a ${type}`];
  }
  const [kind] = schema;
  if (typeof schema[1] !== "string") return unknownParts(kind as Schema, value, path);
  switch (kind) {
    case 1:
      return (value as unknown[]).flatMap((item, i) => unknownParts(schema[4] as Schema, item, `${path}[${i}]`));
    case 2:
      return Object.entries(value as object).flatMap(([key, item]) =>
        unknownParts(schema[5] as Schema, item, `${path}.${key}`),
      );
    case 3: {
      const members = schema[4] as readonly string[];
      return Object.entries(value as object).flatMap(([name, member]) => {
        const at = members.indexOf(name);
        if (at < 0) return [`${path}.${name} is no member`];
        return unknownParts((schema[5] as readonly Schema[])[at] as Schema, member, `${path}.${name}`);
      });
    }
    default:
      return [];
  }
}

/** Compares every answer that `client` receives with AWS's model. A request fails when its answer contains members that the SDK would silently drop. */
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
        const unknown = body.length === 0 ? [] : unknownParts(schema, JSON.parse(body.toString()), commandName);
        if (unknown.length > 0) throw new Error(`the answer is not AWS's: ${unknown.join("; ")}`);
        return result;
      },
    { step: "deserialize", priority: "low", name: "checkAnswers" },
  );
}
