import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { SsmDeps } from "../deps.ts";
import { ParameterNotFound, ParameterVersionNotFound } from "../errors.ts";
import { parameterAnswer } from "../parameterAnswer.ts";
import { selectedParameter } from "../parameterName.ts";
import * as words from "../words.ts";

export const getParameter = operation({
  name: "GetParameter",
  input: structure({ Name: words.Name, WithDecryption: words.WithDecryption }),
  output: structure({ Parameter: words.Parameter }),
  errors: [ParameterNotFound, ParameterVersionNotFound],
  async handle(input, context, { parameters }: Pick<SsmDeps, "parameters">) {
    const { key, selector, Selector } = selectedParameter(context, input.Name);
    const found = await parameters.find(key, selector);
    if (!found && Selector !== undefined && (await parameters.find(key))) {
      const what = selector.Version === undefined ? `label ${selector.label}` : `version ${selector.Version}`;
      throw new ParameterVersionNotFound(
        `Systems Manager could not find ${what} of ${key.Name}. Verify the version and try again.`,
      );
    }
    if (!found) throw new ParameterNotFound("");
    return { Parameter: parameterAnswer(found, input.WithDecryption ?? false, Selector) };
  },
});
