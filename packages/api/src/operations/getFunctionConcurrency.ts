import { FunctionName, InvalidParameterValueException, ResourceNotFoundException, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { unqualifiedFunction } from "../concurrency/unqualifiedFunction.ts";
import { Concurrency } from "../concurrency/concurrencyConfigs.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html */
export const getFunctionConcurrency = operation({
  name: "GetFunctionConcurrency",
  http: ["GET", "/2019-09-30/functions/{FunctionName}/concurrency", 200],
  input: structure({ FunctionName }),
  output: Concurrency,
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, { concurrency }: Pick<ApiDeps, "concurrency">) {
    const reserved = await concurrency.get(unqualifiedFunction(input, context, "GetFunctionConcurrency"));
    return reserved === undefined ? {} : { ReservedConcurrentExecutions: reserved };
  },
});
