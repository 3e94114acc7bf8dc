import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SsmDeps } from "../deps.ts";
import { parameterKey } from "../parameterName.ts";
import * as words from "../words.ts";

export const deleteParameters = operation({
  name: "DeleteParameters",
  input: structure({ Names: words.Names }),
  output: structure({ DeletedParameters: z.array(z.string()), InvalidParameters: z.array(z.string()) }),
  errors: [],
  async handle({ Names }, context, { parameters }: Pick<SsmDeps, "parameters">) {
    const [DeletedParameters, InvalidParameters]: [string[], string[]] = [[], []];
    for (const name of new Set(Names)) {
      const isDeleted = await parameters.delete(parameterKey(context, name));
      (isDeleted ? DeletedParameters : InvalidParameters).push(name);
    }
    return { DeletedParameters, InvalidParameters };
  },
});
