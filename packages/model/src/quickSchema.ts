import type { z } from "zod";

type IsRight = (value: unknown) => boolean;

const checks = new WeakMap<z.ZodType, IsRight>();

/** Notes a function that accepts only values that the schema would accept and not change, for `quickStructure`. */
export function recognised<Schema extends z.ZodType>(schema: Schema, isRight: IsRight): Schema {
  checks.set(schema, isRight);
  return schema;
}

/** The function that was noted for the schema. */
export function checkOf(schema: z.ZodType): IsRight | undefined {
  return checks.get(schema);
}

/**
 * The schema, with a short cut: a value that `isRight` accepts is passed on as it is, without a copy. `isRight` must accept only values that the schema would
 * accept and not change. All other values take the schema's own way, so errors stay as they are. For schemas of values that requests have many of.
 *
 * Changes the schema itself. A schema that is derived from it by `check`, `meta` and the like has no short cut; wrappers such as `optional` have it.
 */
export function quickSchema<Schema extends z.ZodType>(schema: Schema, isRight: IsRight): Schema {
  const internals = schema._zod;
  const { run } = internals;
  internals.run = (payload, context) => (isRight(payload.value) ? payload : run(payload, context));
  return recognised(schema, isRight);
}
