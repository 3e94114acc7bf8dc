import type { Random } from "@hearth/kit";
import { decodeCursor, encodeCursor, integer, structure, text, ValidationException, wholeMessage } from "@hearth/model";
import { z } from "zod";
import { InvalidInput } from "./errors.ts";

/** A name. IAM has its own message for forbidden characters. */
function nameText(member: string, max: number) {
  return text({ min: 1, max }).refine(
    (name) => name === "" || /^[\w+=,.@-]+$/.test(name),
    wholeMessage(
      `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
    ),
  );
}

/** IAM's constraints, with the patterns as AWS prints them. */
export const RoleName = nameText("roleName", 64);
/** An existing user may have a longer name than a new one. */
export const UserName = nameText("userName", 128);
export const NewUserName = nameText("userName", 64);
export const AccessKeyId = text({ min: 16, max: 128, pattern: "[\\w]+" });
export const PolicyName = nameText("policyName", 128);
export const PolicyArn = text({ min: 20, max: 2048 });
export const Path = text({ min: 1, max: 512, pattern: "(\\u002F)|(\\u002F[\\u0021-\\u007F]+\\u002F)" });
export const PolicyPath = text({ min: 1, max: 512, pattern: "((/[A-Za-z0-9\\.,\\+@=_-]+)*)/" });
export const PathPrefix = text({ min: 1, max: 512, pattern: "\\u002F[\\u0021-\\u007F]*" });
export const PolicyDocument = text({ min: 1, max: 131_072, pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" });
export const Description = text({ max: 1000, pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*" });
export const MaxSessionDuration = integer({ min: 3600, max: 43_200 });
export const Marker = text({ min: 1 });
export const MaxItems = integer({ min: 1, max: 1000 });

function tagText(min: number, max: number, pattern: string) {
  const whole = new RegExp(`^(?:${pattern})$`, "u");
  return text({ min, max }).refine(
    (value) => whole.test(value),
    `Member must satisfy regular expression pattern: ${pattern}`,
  );
}
export const TagKey = tagText(1, 128, "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+");
export const Tags = z.array(structure({ Key: TagKey, Value: tagText(0, 256, "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*") }));

/** Tags as answers have them. */
export const tagsShape = z.array(structure({ Key: z.string(), Value: z.string() }));

type TagList = z.output<typeof Tags>;

/** Tags by key. Throws InvalidInput for a key that occurs twice. */
export function tagMap(tags: TagList = []): Record<string, string> {
  if (new Set(tags.map(({ Key }) => Key.toLowerCase())).size < tags.length) {
    throw new InvalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  }
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

export function tagList(tags: Readonly<Record<string, string>>): TagList {
  return Object.entries(tags)
    .map(([Key, Value]) => ({ Key, Value }))
    .sort((a, b) => (a.Key < b.Key ? -1 : 1));
}

/** A unique id as IAM makes them: `AROA…` for roles, `AIDA…` for users, `ANPA…` for managed policies. */
export function uniqueId(prefix: "AROA" | "AIDA" | "ANPA", random: Random): string {
  return prefix + random.hex(9).toUpperCase().slice(0, 17);
}

/** Documents are URL-encoded in IAM's answers. */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The members of a listing's answer that say whether there are more items. */
export const pageMembers = { IsTruncated: z.boolean(), Marker: z.string().optional() };

export interface PageInput {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

/** What to read from a store: the items after the marker's key, one more than the page shows. */
export function pageQuery({ Marker: marker, MaxItems: max = 100 }: PageInput): {
  readonly after: string;
  readonly limit: number;
} {
  return { after: marker === undefined ? "" : decodeMarker(marker), limit: max + 1 };
}

function decodeMarker(marker: string): string {
  const [key] = decodeCursor(marker, ["string"]) ?? [];
  if (key === undefined) throw new ValidationException("Invalid Marker.");
  return key;
}

/** The items of one page with IAM's members about the next. `items` were read with `pageQuery`. */
export function pageOf<T>(items: readonly T[], { MaxItems: max = 100 }: PageInput, key: (item: T) => string) {
  const shown = items.slice(0, max);
  const last = shown.at(-1);
  const more = items.length > shown.length && last !== undefined;
  return {
    shown,
    rest: { IsTruncated: more, ...(more ? { Marker: encodeCursor([key(last)]) } : {}) },
  };
}
