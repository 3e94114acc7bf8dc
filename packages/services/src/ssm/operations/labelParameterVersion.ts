import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SsmDeps } from "../deps.ts";
import { ParameterNotFound, ParameterVersionLabelLimitExceeded, ParameterVersionNotFound } from "../errors.ts";
import { isLabel, labelsAfter } from "../labels.ts";
import { parameterKey } from "../parameterName.ts";
import * as words from "../words.ts";

export const labelParameterVersion = operation({
  name: "LabelParameterVersion",
  input: structure({ Name: words.Name, ParameterVersion: words.Version.optional(), Labels: words.Labels }),
  output: structure({ InvalidLabels: z.array(z.string()), ParameterVersion: z.number() }),
  errors: [ParameterNotFound, ParameterVersionLabelLimitExceeded, ParameterVersionNotFound],
  async handle(input, context, { parameters }: Pick<SsmDeps, "parameters">) {
    const key = parameterKey(context, input.Name);
    return await parameters.transaction(async (tx) => {
      const latest = await parameters.lock(tx, key);
      if (!latest) throw new ParameterNotFound("");
      const ParameterVersion = input.ParameterVersion ?? latest.Version;
      const versions = await parameters.versions(tx, key);
      if (!versions.some(({ Version }) => Version === ParameterVersion)) {
        throw new ParameterVersionNotFound(
          `Systems Manager could not find version ${ParameterVersion} of ${key.Name}. Verify the version and try again.`,
        );
      }
      const added = input.Labels.filter(isLabel);
      for (const [Version, labels] of labelsAfter(versions, ParameterVersion, added)) {
        await parameters.setLabels(tx, key, Version, labels);
      }
      return { InvalidLabels: input.Labels.filter((label) => !isLabel(label)), ParameterVersion };
    });
  },
});
