import { randomInt } from "node:crypto";
import { InvalidParameterException, InvalidRequestException } from "./errors.ts";

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const DIGITS = "0123456789";
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

export interface PasswordRules {
  readonly PasswordLength?: number | undefined;
  readonly ExcludeCharacters?: string | undefined;
  readonly ExcludeNumbers?: boolean | undefined;
  readonly ExcludePunctuation?: boolean | undefined;
  readonly ExcludeUppercase?: boolean | undefined;
  readonly ExcludeLowercase?: boolean | undefined;
  readonly IncludeSpace?: boolean | undefined;
  readonly RequireEachIncludedType?: boolean | undefined;
}

/** A password of the wanted characters. Throws AWS's errors for rules that contradict each other. */
export function randomPassword(rules: PasswordRules): string {
  const { PasswordLength: length = 32, ExcludeCharacters = "", RequireEachIncludedType = true } = rules;
  const excluded = new Set(ExcludeCharacters);
  const kinds = [
    ...(rules.ExcludeLowercase ? [] : [LOWER]),
    ...(rules.ExcludeUppercase ? [] : [UPPER]),
    ...(rules.ExcludeNumbers ? [] : [DIGITS]),
    ...(rules.ExcludePunctuation ? [] : [PUNCTUATION]),
    ...(rules.IncludeSpace ? [" "] : []),
  ]
    .map((kind) => Array.from(kind).filter((character) => !excluded.has(character)))
    .filter((kind) => kind.length > 0);
  const all = kinds.flat();
  if (all.length === 0) throw new InvalidRequestException("You excluded all characters: no password can be made.");
  const required = RequireEachIncludedType ? kinds : [];
  if (required.length > length) {
    throw new InvalidParameterException("The password length is too short for the character types that are required.");
  }
  const drawn = required.map(draw);
  while (drawn.length < length) drawn.push(draw(all));
  // The required characters must not be the first ones always.
  for (let at = drawn.length - 1; at > 0; at--) {
    const other = randomInt(at + 1);
    [drawn[at], drawn[other]] = [drawn[other] ?? "", drawn[at] ?? ""];
  }
  return drawn.join("");
}

function draw(characters: readonly string[]): string {
  return characters[randomInt(characters.length)] ?? "";
}
