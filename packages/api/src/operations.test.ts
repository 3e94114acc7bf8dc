import * as sdk from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { notBuilt } from "./notBuilt.ts";
import { operations, ownOperations } from "./operations.ts";

/** A schema as the SDK exports it: [9, namespace, name, traits, input, output] for an operation, [3, namespace, name, traits, members, member schemas] for a structure. */
type OperationSchema = readonly [
  9,
  string,
  string,
  { readonly http: readonly [string, string, number] },
  () => StructureSchema,
];
type StructureSchema = readonly [3, string, string, unknown, readonly string[], readonly unknown[]];
interface Traits {
  readonly httpHeader?: string;
  readonly httpQuery?: string;
}

const schemas: readonly OperationSchema[] = (Object.values(sdk) as readonly unknown[]).filter(
  (value): value is OperationSchema => Array.isArray(value) && value[0] === 9,
);
/** The bit in a member's traits that marks the body. */
const HTTP_PAYLOAD = 16;
/** The model says 200. The service answers 204, which every client accepts. */
const STATUS_EXCEPTIONS: Readonly<Record<string, number>> = { DeleteFunction: 204 };

function bindingsOf(schema: OperationSchema) {
  const [, , , , members, memberSchemas] = schema[4]();
  const query: Record<string, string> = {};
  const headers: Record<string, string> = {};
  let payload: string | undefined;
  members.forEach((member, index) => {
    const described = memberSchemas[index];
    const traits = (Array.isArray(described) ? described[1] : undefined) as Traits | number | undefined;
    if (typeof traits === "number" && traits & HTTP_PAYLOAD) payload = member;
    if (typeof traits !== "object") return;
    if (traits.httpQuery) query[member] = traits.httpQuery;
    if (traits.httpHeader) headers[member] = traits.httpHeader;
  });
  return { members, query, headers, payload };
}

describe("the table of operations", () => {
  test("has every operation that AWS's SDK has, once, and no other", () => {
    const names = [...operations, ...notBuilt].map(({ name }) => name);
    expect(names.toSorted()).toEqual(schemas.map(([, , name]) => name).toSorted());
    for (const { http } of ownOperations) expect(http?.[1]).toMatch(/^\/_hearth\//);
  });

  test.each(schemas.map((schema) => [schema[2], schema] as const))("binds %s as the SDK does", (name, schema) => {
    const [method, path, status] = schema[3].http;
    const missing = notBuilt.find((operation) => operation.name === name);
    if (missing) {
      expect(missing.http).toEqual([method, path, status]);
      return;
    }
    const operation = operations.find((candidate) => candidate.name === name);
    const { members, query, headers, payload } = bindingsOf(schema);
    expect(operation?.http).toEqual([method, path, STATUS_EXCEPTIONS[name] ?? status]);
    expect(operation?.query ?? {}).toEqual(query);
    expect(operation?.headers ?? {}).toEqual(headers);
    expect(operation?.payload).toBe(payload);
    const input = operation?.input;
    if (!(input instanceof z.ZodObject)) throw new Error("its input is no structure");
    const taken = Object.keys(input.shape);
    expect(taken.toSorted()).toEqual([...members].toSorted());
  });
});
