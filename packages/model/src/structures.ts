import { z } from "zod";
import { sizeViolations, typeMessage } from "./constraints.ts";

/** A list of structures; a member's failure is reported at `list.1.member.name`. */
export function structures<Element extends z.ZodType>(
  element: Element,
  size: { readonly min?: number; readonly max?: number } = {},
): z.ZodType<z.output<Element>[]> {
  return z.array(element, { error: typeMessage("List") }).superRefine((values, context) => {
    for (const message of sizeViolations(values.length, size)) context.addIssue({ code: "custom", message });
  });
}

/** A time in a JSON body: seconds since the epoch in, a Date out. */
export function timestamp(): z.ZodType<Date> {
  return z.number({ error: typeMessage("Double") }).transform((seconds) => new Date(seconds * 1000));
}
