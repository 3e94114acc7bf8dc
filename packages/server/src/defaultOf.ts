import type { z } from "zod";

/** The default of a setting, as it would be written; `undefined` when there is none, or it is empty. */
export function defaultOf(schema: z.ZodType): string | undefined {
  const { defaultValue } = schema.def as unknown as { readonly defaultValue?: string | number | boolean };
  return defaultValue === undefined || defaultValue === "" ? undefined : String(defaultValue);
}
