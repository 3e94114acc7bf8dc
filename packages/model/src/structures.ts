import { z } from "zod";
import { typeMessage } from "./constraints.ts";

/** A list of structures. The path of an invalid member is `list.1.member.name`. */
export function structures<Element extends z.ZodType>(
  element: Element,
  size: { readonly min?: number; readonly max?: number } = {},
): z.ZodType<z.output<Element>[]> {
  const { min = 0, max = Infinity } = size;
  // AWS reports a wrong length together with invalid elements.
  const when = ({ value }: { readonly value: unknown }): boolean => Array.isArray(value);
  return z
    .array(element, { error: typeMessage("List") })
    .refine(({ length }) => length <= max, { error: `Member must have length less than or equal to ${max}`, when })
    .refine(({ length }) => length >= min, { error: `Member must have length greater than or equal to ${min}`, when });
}

/** A time in a JSON body: seconds since the epoch in, a Date out. */
export function timestamp(): z.ZodType<Date> {
  return z.number({ error: typeMessage("Double") }).transform((seconds) => new Date(seconds * 1000));
}
