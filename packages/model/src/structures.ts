import { z } from "zod";
import { typeMessage } from "./constraints.ts";

/** A list of structures; a member's failure is reported at `list.1.member.name`. */
export function structures<Element extends z.ZodType>(
  element: Element,
  size: { readonly min?: number; readonly max?: number } = {},
): z.ZodType<z.output<Element>[]> {
  const { min = 0, max = Infinity } = size;
  // Said together with what is wrong with the elements, as AWS does.
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
