import {
  FunctionName,
  integer,
  InvalidParameterValueException,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { unqualifiedFunction } from "../concurrency/unqualifiedFunction.ts";
import { Concurrency } from "../concurrency/concurrencyConfigs.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html */
export const putFunctionConcurrency = operation({
  name: "PutFunctionConcurrency",
  http: ["PUT", "/2017-10-31/functions/{FunctionName}/concurrency", 200],
  input: structure({ FunctionName, ReservedConcurrentExecutions: integer({ min: 0 }) }),
  output: Concurrency,
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "concurrency" | "limits">) {
    const key = unqualifiedFunction(input, context, "PutFunctionConcurrency");
    const { ReservedConcurrentExecutions } = input;
    await deps.concurrency.put(key, ReservedConcurrentExecutions, deps.limits.ConcurrentExecutions);
    return { ReservedConcurrentExecutions };
  },
});
