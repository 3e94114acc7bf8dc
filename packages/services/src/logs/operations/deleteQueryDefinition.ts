import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import * as words from "../words.ts";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const deleteQueryDefinition = operation({
  name: "DeleteQueryDefinition",
  input: structure({ queryDefinitionId: words.QueryId }),
  output: structure({ success: z.boolean() }),
  errors: [ResourceNotFoundException],
  async handle({ queryDefinitionId: id }, context, { queryDefinitions }: Pick<LogsDeps, "queryDefinitions">) {
    if (UUID.test(id) && (await queryDefinitions.delete(context, id))) return { success: true };
    throw new ResourceNotFoundException("The specified query definition does not exist.");
  },
});
