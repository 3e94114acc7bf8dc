import {
  choice,
  InvalidParameterValueException,
  ResourceNotFoundException,
  structure,
  UnqualifiedFunctionName,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { wholeFunction } from "../functions/targetOf.ts";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionRecursionConfig.html */
export const putFunctionRecursionConfig = operation({
  name: "PutFunctionRecursionConfig",
  http: ["PUT", "/2024-08-31/functions/{FunctionName}/recursion-config", 200],
  input: structure({ FunctionName: UnqualifiedFunctionName, RecursiveLoop: choice(["Terminate", "Allow"]) }),
  output: structure({ RecursiveLoop: z.string() }).partial(),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "recursionConfigs">) {
    const key = wholeFunction(input, context, "PutFunctionRecursionConfig");
    await deps.recursionConfigs.put(key, input.RecursiveLoop);
    return { RecursiveLoop: input.RecursiveLoop };
  },
});
