import {
  InvalidParameterValueException,
  ResourceNotFoundException,
  structure,
  UnqualifiedFunctionName,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { wholeFunction } from "../functions/targetOf.ts";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionRecursionConfig.html */
export const getFunctionRecursionConfig = operation({
  name: "GetFunctionRecursionConfig",
  http: ["GET", "/2024-08-31/functions/{FunctionName}/recursion-config", 200],
  input: structure({ FunctionName: UnqualifiedFunctionName }),
  output: structure({ RecursiveLoop: z.string() }).partial(),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "recursionConfigs">) {
    const key = wholeFunction(input, context, "GetFunctionRecursionConfig");
    return { RecursiveLoop: await deps.recursionConfigs.get(key) };
  },
});
