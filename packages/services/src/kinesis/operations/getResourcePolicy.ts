import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { KinesisDeps } from "../deps.ts";
import { InvalidArgumentException, ResourceNotFoundException } from "../errors.ts";
import { policyOf } from "../policies.ts";
import * as words from "../words.ts";

export const getResourcePolicy = operation({
  name: "GetResourcePolicy",
  input: structure({ ResourceARN: words.ResourceARN }),
  output: structure({ Policy: z.string() }),
  errors: [InvalidArgumentException, ResourceNotFoundException],
  async handle({ ResourceARN }, context, deps: Pick<KinesisDeps, "streams">) {
    return { Policy: (await policyOf(deps, context, ResourceARN)) ?? "{}" };
  },
});
