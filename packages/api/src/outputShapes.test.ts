import * as sdk from "@aws-sdk/client-lambda";
import { expect, test } from "vitest";
import { z } from "zod";
import { operations } from "./operations.ts";

/**
 * A schema as the SDK exports it: [9, namespace, name, traits, input, output] for an operation; [3, …, members, their schemas, number of required members] for a
 * structure, 4 instead of 3 for a union; [1, …, element] for a list, [2, …, key, value] for a map, [0, …, base] for a simple shape; a number for a base shape.
 * It may stand behind a function, or in a pair with its traits.
 */
type Schema = number | readonly unknown[] | (() => Schema);

/** What is compared: members by name, `name?` when they are optional. */
type Kind = string | readonly [Kind] | { readonly [member: string]: Kind };

const LIST_OF = 64;
const MAP_OF = 128;
const BASE_KINDS: Readonly<Record<number, string>> = {
  0: "string",
  1: "number",
  2: "boolean",
  4: "timestamp",
  21: "blob",
  42: "blob",
};

function kindOf(schema: Schema): Kind {
  if (typeof schema === "function") return kindOf(schema());
  if (typeof schema === "number") {
    if (schema & LIST_OF) return [baseKind(schema - LIST_OF)];
    if (schema & MAP_OF) return { "*": baseKind(schema - MAP_OF) };
    return baseKind(schema);
  }
  const [kind] = schema;
  if (typeof schema[1] !== "string") return kindOf(kind as Schema);
  switch (kind) {
    case 0:
      return kindOf(schema[4] as Schema);
    case 1:
      return [kindOf(schema[4] as Schema)];
    case 2:
      return { "*": kindOf(schema[5] as Schema) };
    default: {
      const [, , , , names, members, required = 0] = schema as readonly [
        number,
        string,
        string,
        unknown,
        readonly string[],
        readonly Schema[],
        number?,
      ];
      return Object.fromEntries(
        names.map((name, index) => [index < required ? name : `${name}?`, kindOf(members[index] as Schema)]),
      );
    }
  }
}

function baseKind(base: number): string {
  const kind = BASE_KINDS[base];
  if (kind === undefined) throw new Error(`the SDK has a base shape ${String(base)}`);
  return kind;
}

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema;
}

function kindOfOutput(output: z.ZodType): Kind {
  const schema = z.toJSONSchema(output, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema instanceof z.ZodDate) Object.assign(jsonSchema, { type: "timestamp" });
      if (zodSchema instanceof z.ZodCustom) Object.assign(jsonSchema, { type: "blob" });
    },
  });
  return kindOfJson(schema as JsonSchema);
}

function kindOfJson({ type, properties, required = [], items, additionalProperties }: JsonSchema): Kind {
  if (type === "array") return [kindOfJson(items ?? {})];
  if (type === "object" && properties) {
    const members = Object.entries(properties);
    return Object.fromEntries(
      members.map(([name, member]) => [required.includes(name) ? name : `${name}?`, kindOfJson(member)]),
    );
  }
  if (type === "object") return additionalProperties ? { "*": kindOfJson(additionalProperties) } : {};
  return type === "integer" ? "number" : String(type);
}

type OperationSchema = readonly [9, string, string, unknown, unknown, Schema | "unit"];
const outputs = new Map(
  (Object.values(sdk) as readonly unknown[])
    .filter((value): value is OperationSchema => Array.isArray(value) && value[0] === 9)
    .map((schema) => [schema[2], schema[5]]),
);

function kindOfAnswer(name: string): Kind {
  const schema = outputs.get(name);
  if (schema === undefined) throw new Error(`the SDK has no ${name}`);
  const resolved = typeof schema === "function" ? schema() : schema;
  return resolved === "unit" ? {} : kindOf(resolved);
}

test.each(operations)("the output of $name has the members that AWS's has", ({ name, output }) => {
  if (!output) throw new Error(`${name} declares no output`);
  expect(kindOfOutput(output)).toEqual(kindOfAnswer(name));
});
