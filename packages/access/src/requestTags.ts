import type { Input } from "./question.ts";

/** The tags in a request by key. They are given as a map (Lambda, Logs) or as a list (IAM). */
export function requestTags(input: Input): Readonly<Record<string, string>> | undefined {
  const tags = input["Tags"] ?? input["tags"];
  if (Array.isArray(tags)) {
    return Object.fromEntries((tags as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]));
  }
  return typeof tags === "object" && tags !== null ? (tags as Record<string, string>) : undefined;
}
