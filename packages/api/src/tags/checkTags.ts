import { InvalidParameterValueException, MAX_TAGS } from "@hearth/model";

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html#configuration-tags-restrictions */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  const entries = Object.entries(tags);
  if (entries.length > MAX_TAGS) throw new InvalidParameterValueException("Number of tags exceeds resource tag limit.");
  for (const [key, value] of entries) {
    if (key.length < 1 || key.length > 128) {
      throw new InvalidParameterValueException(`Tag key must be between 1 and 128 characters long: '${key}'`);
    }
    if (value.length > 256) {
      throw new InvalidParameterValueException(`Tag value must not be longer than 256 characters, for key '${key}'`);
    }
    if (/^aws:/i.test(key)) {
      throw new InvalidParameterValueException(`Tag key must not begin with aws:, which is reserved: '${key}'`);
    }
  }
}
