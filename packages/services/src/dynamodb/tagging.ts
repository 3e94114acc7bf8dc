import { ValidationException } from "@hearth/model";

const MAX_TAGS = 50;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

type Tags = Readonly<Record<string, string>>;

export function tagsOf(list: readonly { readonly Key: string; readonly Value: string }[]): Tags {
  return Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));
}

/** Throws AWS's error for tags that a table cannot have. */
export function checkTags(tags: Tags): void {
  const entries = Object.entries(tags);
  if (entries.length > MAX_TAGS)
    throw new ValidationException(
      `One or more parameter values were invalid: Too many tags: a resource can have at most ${MAX_TAGS} tags`,
    );
  for (const [key, value] of entries) {
    if (!ALLOWED.test(key) || !ALLOWED.test(value)) {
      throw new ValidationException(`One or more parameter values were invalid: Invalid characters in tag ${key}`);
    }
    if (key.startsWith("aws:"))
      throw new ValidationException(
        `One or more parameter values were invalid: The tag key ${key} begins with the reserved prefix aws:`,
      );
  }
}
