import { integer, structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SecretsDeps } from "../deps.ts";
import { InvalidParameterException, InvalidRequestException } from "../errors.ts";
import { randomPassword } from "../randomPassword.ts";
import * as words from "../words.ts";

export const getRandomPassword = operation({
  name: "GetRandomPassword",
  input: structure({
    PasswordLength: integer({ min: 1, max: 4096 }).optional(),
    ExcludeCharacters: text({ max: 4096 }).optional(),
    ExcludeNumbers: words.Bool,
    ExcludePunctuation: words.Bool,
    ExcludeUppercase: words.Bool,
    ExcludeLowercase: words.Bool,
    IncludeSpace: words.Bool,
    RequireEachIncludedType: words.Bool,
  }),
  output: structure({ RandomPassword: z.string() }),
  errors: [InvalidParameterException, InvalidRequestException],
  handle: async (rules, _context, _deps: Pick<SecretsDeps, never>) => ({ RandomPassword: randomPassword(rules) }),
});
