/** The document is not a valid policy; the message is AWS's. */
export class InvalidPolicy extends Error {}

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A list: the policy language accepts a single value instead of a list of one. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** Texts; numbers and booleans, which AWS takes too, as text. */
export function textsOf(value: unknown, where: string): readonly string[] {
  return listOf(value).map((item) => {
    if (typeof item === "string") return item;
    if (typeof item === "number" || typeof item === "boolean") return String(item);
    throw new InvalidPolicy(`Syntax error in policy: ${where} must be a string or a list of strings.`);
  });
}
