import { InvalidParameterException } from "./errors.ts";

const MAX_TAGS = 50;

type Tags = Readonly<Record<string, string>>;

export function withTags(
  tags: Tags,
  added: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[],
): Tags {
  const all: Record<string, string> = { ...tags };
  for (const { Key = "", Value = "" } of added) {
    if (Key === "") throw new InvalidParameterException("You must provide a tag key.");
    if (/^aws:/i.test(Key))
      throw new InvalidParameterException(`Tag keys can't begin with aws:, which is reserved: ${Key}`);
    all[Key] = Value;
  }
  if (Object.keys(all).length > MAX_TAGS)
    throw new InvalidParameterException(`A secret can have at most ${MAX_TAGS} tags.`);
  return all;
}
