import { FunctionName, InvalidParameterValueException, ResourceNotFoundException, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { unqualifiedFunction } from "../concurrency/unqualifiedFunction.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionConcurrency.html */
export const deleteFunctionConcurrency = operation({
  name: "DeleteFunctionConcurrency",
  http: ["DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", 204],
  input: structure({ FunctionName }),
  output: structure({}),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, { concurrency }: Pick<ApiDeps, "concurrency">) {
    await concurrency.delete(unqualifiedFunction(input, context, "DeleteFunctionConcurrency"));
    return undefined;
  },
});
