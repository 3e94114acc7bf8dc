import { InvalidParameterValueException, LimitExceededFault } from "./errors.ts";

export type Tags = Readonly<Record<string, string>>;

const MAX_TAGS = 50;

/** Tags after `added` were added. */
export function withTags(tags: Tags, added: readonly { readonly Key: string; readonly Value: string }[]): Tags {
  for (const { Key } of added) {
    if (Key.toLowerCase().startsWith("aws:")) {
      throw new InvalidParameterValueException(`The tag key ${Key} must not begin with aws:.`);
    }
  }
  const all = { ...tags, ...Object.fromEntries(added.map(({ Key, Value }) => [Key, Value])) };
  if (Object.keys(all).length > MAX_TAGS)
    throw new LimitExceededFault(`A resource can have no more than ${MAX_TAGS} tags.`);
  return all;
}

export function withoutTags(tags: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));
}
