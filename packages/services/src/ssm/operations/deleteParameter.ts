import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SsmDeps } from "../deps.ts";
import { ParameterNotFound } from "../errors.ts";
import { parameterKey } from "../parameterName.ts";
import * as words from "../words.ts";

export const deleteParameter = operation({
  name: "DeleteParameter",
  input: structure({ Name: words.Name }),
  output: structure({}),
  errors: [ParameterNotFound],
  async handle({ Name }, context, { parameters }: Pick<SsmDeps, "parameters">) {
    if (!(await parameters.delete(parameterKey(context, Name)))) throw new ParameterNotFound("");
    return {};
  },
});
