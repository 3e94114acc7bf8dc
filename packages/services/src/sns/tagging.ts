import { invalidParameter, TagLimitExceededException } from "./errors.ts";

type Texts = Readonly<Record<string, string>>;

const MAX_TAGS = 50;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export function tagsOf(list: readonly Tag[] = []): Texts {
  const tags = Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));
  if (Object.keys(tags).length < list.length) throw invalidParameter("Duplicated keys are not allowed.");
  return tags;
}

export function tagList(tags: Texts): readonly Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Throws AWS's error for tags that a topic cannot have. https://docs.aws.amazon.com/sns/latest/dg/sns-tags.html */
export function checkTags(tags: Texts): void {
  const entries = Object.entries(tags);
  if (entries.length > MAX_TAGS) throw new TagLimitExceededException();
  for (const [key, value] of entries) {
    if (key.length < 1 || key.length > 128 || !ALLOWED.test(key))
      throw invalidParameter("Tags", `invalid tag key ${key}`);
    if (/^aws:/i.test(key)) throw invalidParameter("Tags", "tag keys must not begin with aws:");
    if (value.length > 256 || !ALLOWED.test(value)) throw invalidParameter("Tags", `invalid value of tag ${key}`);
  }
}
