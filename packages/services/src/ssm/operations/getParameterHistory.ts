import { decodeCursor, encodeCursor, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SsmDeps } from "../deps.ts";
import { InvalidNextToken, ParameterNotFound } from "../errors.ts";
import { parameterFacts, shownValue } from "../parameterAnswer.ts";
import { parameterKey } from "../parameterName.ts";
import * as words from "../words.ts";

const PAGE = 50;

export const getParameterHistory = operation({
  name: "GetParameterHistory",
  input: structure({
    Name: words.Name,
    WithDecryption: words.WithDecryption,
    MaxResults: words.MaxResults,
    NextToken: words.NextToken,
  }),
  output: structure({ Parameters: z.array(words.History), NextToken: z.string().optional() }),
  errors: [InvalidNextToken, ParameterNotFound],
  async handle(input, context, { parameters }: Pick<SsmDeps, "parameters">) {
    const { WithDecryption = false, MaxResults: limit = PAGE, NextToken } = input;
    const key = NextToken === undefined ? ([0] as const) : decodeCursor(NextToken, ["number"]);
    if (!key) throw new InvalidNextToken("The specified token isn't valid.");
    const found = await parameters.history(parameterKey(context, input.Name), key[0], limit + 1);
    if (found.length === 0 && NextToken === undefined) throw new ParameterNotFound("");
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    return {
      Parameters: shown.map((version) => ({
        ...parameterFacts(version),
        Value: shownValue(version, WithDecryption),
        Labels: version.labels,
      })),
      ...(last && { NextToken: encodeCursor([last.Version]) }),
    };
  },
});
