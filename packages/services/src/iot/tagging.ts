import { InvalidRequestException } from "./errors.ts";

const MAX_TAGS = 50;

type Tags = Readonly<Record<string, string>>;

export function withTags(
  tags: Tags,
  added: readonly { readonly Key: string; readonly Value?: string | undefined }[],
): Tags {
  const all: Record<string, string> = { ...tags };
  for (const { Key, Value = "" } of added) {
    if (/^aws:/i.test(Key)) throw new InvalidRequestException(`Tag keys cannot begin with aws: ${Key}`);
    all[Key] = Value;
  }
  if (Object.keys(all).length > MAX_TAGS) throw new InvalidRequestException(`A resource has at most ${MAX_TAGS} tags`);
  return all;
}

export function withoutTags(tags: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));
}

/** Of the header `x-amz-tagging`: pairs as in the query of a URL. */
export function tagsInHeader(text: string): readonly { readonly Key: string; readonly Value: string }[] {
  return [...new URLSearchParams(text)].map(([Key, Value]) => ({ Key, Value }));
}

export function shownTags(tags: Tags): readonly { readonly Key: string; readonly Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
