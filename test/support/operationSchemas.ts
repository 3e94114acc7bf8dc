import * as sdk from "@aws-sdk/client-lambda";

/**
 * A schema as the SDK exports it: [9, namespace, name, traits, input, output] for an operation, [3, namespace, name, traits, members, member schemas] for a
 * structure, [1, …, element] for a list, [2, …, key, value] for a map, [0, namespace, name, traits, base] for a simple shape; a number for a base shape.
 */
export type Schema = number | readonly unknown[] | (() => Schema);

interface Traits {
  readonly httpHeader?: string;
  readonly httpQuery?: string;
  readonly httpLabel?: number;
}

export interface OperationMember {
  readonly name: string;
  readonly schema: Schema;
  readonly header?: string | undefined;
  readonly query?: string | undefined;
  readonly isPayload: boolean;
}

export interface OperationSchema {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly members: readonly OperationMember[];
}

const HTTP_PAYLOAD = 16;

/** Every operation of the Lambda API, with the place of each input member in the request. */
export function operationSchemas(): readonly OperationSchema[] {
  const all = (Object.values(sdk) as readonly unknown[]).filter(
    (value): value is readonly [9, string, string, { http: [string, string, number] }, () => readonly unknown[]] =>
      Array.isArray(value) && value[0] === 9,
  );
  return all.map(([, , name, { http }, input]) => ({
    name,
    method: http[0],
    path: http[1],
    members: membersOf(input()),
  }));
}

export function membersOf(structure: readonly unknown[]): readonly OperationMember[] {
  const names = structure[4] as readonly string[];
  const schemas = structure[5] as readonly unknown[];
  return names.map((name, index) => {
    const described = schemas[index];
    const [schema, traits] = (isPair(described) ? described : [described, 0]) as [Schema, Traits | number];
    const bound = typeof traits === "object" ? traits : {};
    return {
      name,
      schema,
      header: bound.httpHeader,
      query: bound.httpQuery,
      isPayload: typeof traits === "number" && (traits & HTTP_PAYLOAD) !== 0,
    };
  });
}

/** Whether this is a pair of a schema and a member's traits. A schema itself has at least five parts. */
function isPair(described: unknown): boolean {
  return Array.isArray(described) && described.length === 2;
}
