import { choice, list, structure, structures, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException, LimitExceededException, ResourceNotFoundException } from "../errors.ts";
import * as words from "../words.ts";

/** AWS's limit per account and region. */
const MAX_DEFINITIONS = 1_000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const putQueryDefinition = operation({
  name: "PutQueryDefinition",
  input: structure({
    queryLanguage: choice(["CWLI", "SQL", "PPL"]).optional(),
    name: text({ min: 1, max: 255 }),
    queryDefinitionId: words.QueryId.optional(),
    logGroupNames: list({ min: 1, max: 512 }, { max: 50 }).optional(),
    queryString: text({ min: 1, max: 10_000, anyCharacter: true }),
    clientToken: text({ min: 36, max: 128, pattern: "\\S{36,128}" }).optional(),
    parameters: structures(z.unknown(), { max: 20 }).optional(),
  }),
  output: structure({ queryDefinitionId: z.string() }),
  errors: [InvalidParameterException, LimitExceededException, ResourceNotFoundException],
  async handle(
    input,
    context,
    { queryDefinitions, clock, random }: Pick<LogsDeps, "queryDefinitions" | "clock" | "random">,
  ) {
    const { queryLanguage = "CWLI", name, queryDefinitionId, logGroupNames = [], queryString, parameters } = input;
    if (queryLanguage !== "CWLI" || (parameters?.length ?? 0) > 0) {
      throw new InvalidParameterException(
        "Query definitions in SQL or PPL, and parameters, are not implemented by Hearth.",
      );
    }
    const definition = { name, queryString, logGroupNames, lastModified: clock.now() };
    if (queryDefinitionId === undefined) {
      const id = random.uuid();
      if (await queryDefinitions.create(context, { ...definition, queryDefinitionId: id }, MAX_DEFINITIONS)) {
        return { queryDefinitionId: id };
      }
      throw new LimitExceededException("Resource limit exceeded.");
    }
    if (
      UUID.test(queryDefinitionId) &&
      (await queryDefinitions.update(context, { ...definition, queryDefinitionId }))
    ) {
      return { queryDefinitionId };
    }
    throw new ResourceNotFoundException("The specified query definition does not exist.");
  },
});
