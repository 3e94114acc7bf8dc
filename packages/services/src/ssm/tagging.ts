import { InvalidResourceType, TooManyTagsError } from "./errors.ts";

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html */
const MAX_TAGS = 50;

type Tags = Readonly<Record<string, string>>;

export function withTags(tags: Tags, added: readonly { readonly Key: string; readonly Value: string }[]): Tags {
  const all = { ...tags, ...Object.fromEntries(added.map(({ Key, Value }) => [Key, Value])) };
  if (Object.keys(all).length > MAX_TAGS) throw new TooManyTagsError(`A resource can have at most ${MAX_TAGS} tags.`);
  return all;
}

/** Hearth has parameters of Systems Manager, and nothing else that has tags. */
export function checkIsParameter(ResourceType: string): void {
  if (ResourceType !== "Parameter") throw new InvalidResourceType(`${ResourceType} is not a valid resource type here.`);
}
