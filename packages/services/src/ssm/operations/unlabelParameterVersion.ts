import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SsmDeps } from "../deps.ts";
import { ParameterNotFound, ParameterVersionNotFound } from "../errors.ts";
import { parameterKey } from "../parameterName.ts";
import * as words from "../words.ts";

export const unlabelParameterVersion = operation({
  name: "UnlabelParameterVersion",
  input: structure({ Name: words.Name, ParameterVersion: words.Version, Labels: words.Labels }),
  output: structure({ RemovedLabels: z.array(z.string()), InvalidLabels: z.array(z.string()) }),
  errors: [ParameterNotFound, ParameterVersionNotFound],
  async handle({ Name, ParameterVersion, Labels }, context, { parameters }: Pick<SsmDeps, "parameters">) {
    const key = parameterKey(context, Name);
    return await parameters.transaction(async (tx) => {
      if (!(await parameters.lock(tx, key))) throw new ParameterNotFound("");
      const version = (await parameters.versions(tx, key)).find(({ Version }) => Version === ParameterVersion);
      if (!version) {
        throw new ParameterVersionNotFound(
          `Systems Manager could not find version ${ParameterVersion} of ${key.Name}. Verify the version and try again.`,
        );
      }
      const kept = version.labels.filter((label) => !Labels.includes(label));
      await parameters.setLabels(tx, key, ParameterVersion, kept);
      return {
        RemovedLabels: Labels.filter((label) => version.labels.includes(label)),
        InvalidLabels: Labels.filter((label) => !version.labels.includes(label)),
      };
    });
  },
});
