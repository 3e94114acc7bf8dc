import { ValidationException } from "./errors.ts";

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_TagResource.html */
const MAX_TAGS = 50;

type Tags = Readonly<Record<string, string>>;

/** The tags with further ones. Throws ValidationException for those that a group cannot have. */
export function withTags(tags: Tags, added: readonly { readonly Key: string; readonly Value: string }[]): Tags {
  const reserved = added.find(({ Key }) => /^aws:/i.test(Key));
  if (reserved) throw new ValidationException(`Tag keys cannot start with aws:, which is reserved: ${reserved.Key}`);
  const all = { ...tags, ...Object.fromEntries(added.map(({ Key, Value }) => [Key, Value])) };
  if (Object.keys(all).length > MAX_TAGS)
    throw new ValidationException(`A resource can have at most ${MAX_TAGS} tags.`);
  return all;
}
