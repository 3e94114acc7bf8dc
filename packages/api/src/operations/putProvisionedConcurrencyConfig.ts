import {
  integer,
  InvalidParameterValueException,
  ResourceConflictException,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { provisionedAnswer, provisionedTarget, provisionedTargetOf } from "../concurrency/provisionedMembers.ts";
import { ProvisionedConcurrencyConfig } from "../concurrency/concurrencyConfigs.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html */
export const putProvisionedConcurrencyConfig = operation({
  name: "PutProvisionedConcurrencyConfig",
  http: ["PUT", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", 202],
  query: { Qualifier: "Qualifier" },
  input: structure({ ...provisionedTarget, ProvisionedConcurrentExecutions: integer({ min: 1 }) }),
  output: ProvisionedConcurrencyConfig,
  errors: [InvalidParameterValueException, ResourceNotFoundException, ResourceConflictException],
  async handle(input, context, deps: Pick<ApiDeps, "provisionedConcurrency" | "limits">) {
    const { key, Qualifier } = provisionedTargetOf(
      input,
      context,
      "PutProvisionedConcurrencyConfig",
      "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
    );
    const { ConcurrentExecutions } = deps.limits;
    const wanted = input.ProvisionedConcurrentExecutions;
    return provisionedAnswer(await deps.provisionedConcurrency.put(key, Qualifier, wanted, ConcurrentExecutions));
  },
});
