import { BadRequestException } from "./errors.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html */
const MAX_TAGS = 50;

type Tags = Readonly<Record<string, string>>;

/** The tags with further ones. Throws BadRequestException for those that a resource cannot have. */
export function withTags(tags: Tags, added: Tags): Tags {
  const reserved = Object.keys(added).find((key) => /^aws:/i.test(key));
  if (reserved !== undefined)
    throw new BadRequestException(`Tag keys cannot start with aws:, which is reserved: ${reserved}`);
  const all = { ...tags, ...added };
  if (Object.keys(all).length > MAX_TAGS)
    throw new BadRequestException(`A resource can have at most ${MAX_TAGS} tags.`);
  return all;
}
