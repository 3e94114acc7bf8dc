import type { SecretRecord } from "@hearth/store";
import { InvalidParameterException } from "./errors.ts";

export interface SecretFilter {
  readonly Key?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

type Matches = (secret: SecretRecord) => boolean;

/** A test for all filters together. https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html */
export function secretFilter(filters: readonly SecretFilter[]): Matches {
  const tests = filters.map(testOf);
  return (secret) => tests.every((matches) => matches(secret));
}

function testOf({ Key, Values = [] }: SecretFilter): Matches {
  if (Key === undefined || Values.length === 0)
    throw new InvalidParameterException("A filter must have a key and values.");
  return (secret) =>
    Values.some((value) => (value.startsWith("!") ? !holds(secret, Key, value.slice(1)) : holds(secret, Key, value)));
}

function holds({ Name, settings, tags, region }: SecretRecord, key: string, value: string): boolean {
  const wanted = value.toLowerCase();
  switch (key) {
    case "name":
      return Name.startsWith(value);
    case "description":
      return hasWords(settings.Description ?? "", wanted);
    case "tag-key":
      return Object.keys(tags).some((tag) => tag.startsWith(value));
    case "tag-value":
      return Object.values(tags).some((tag) => tag.startsWith(value));
    case "primary-region":
      return region.startsWith(value);
    case "owning-service":
      return false; // no service owns secrets here
    default:
      return [Name, settings.Description ?? "", ...Object.entries(tags).flat()].some((text) => hasWords(text, wanted));
  }
}

/** Each word of `wanted` begins a word of the text. */
function hasWords(text: string, wanted: string): boolean {
  const words = text.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return wanted.split(/[^\p{L}\p{N}]+/u).every((part) => words.some((word) => word.startsWith(part)));
}
