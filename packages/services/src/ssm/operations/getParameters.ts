import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SsmDeps } from "../deps.ts";
import { parameterAnswer } from "../parameterAnswer.ts";
import { selectedParameter } from "../parameterName.ts";
import * as words from "../words.ts";

export const getParameters = operation({
  name: "GetParameters",
  input: structure({ Names: words.Names, WithDecryption: words.WithDecryption }),
  output: structure({ Parameters: z.array(words.Parameter), InvalidParameters: z.array(z.string()) }),
  errors: [],
  async handle(input, context, { parameters }: Pick<SsmDeps, "parameters">) {
    const names = [...new Set(input.Names)];
    const found = await Promise.all(
      names.map(async (name) => {
        const { key, selector, Selector } = selectedParameter(context, name);
        const version = await parameters.find(key, selector);
        return version && parameterAnswer(version, input.WithDecryption ?? false, Selector);
      }),
    );
    return {
      Parameters: found.filter((parameter) => parameter !== undefined),
      InvalidParameters: names.filter((_, at) => found[at] === undefined),
    };
  },
});
