import {
  InvalidParameterValueException,
  ProvisionedConcurrencyConfigNotFoundException,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { provisionedAnswer, provisionedTarget, provisionedTargetOf } from "../concurrency/provisionedMembers.ts";
import { ProvisionedConcurrencyConfig } from "../concurrency/concurrencyConfigs.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html */
export const getProvisionedConcurrencyConfig = operation({
  name: "GetProvisionedConcurrencyConfig",
  http: ["GET", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", 200],
  query: { Qualifier: "Qualifier" },
  input: structure(provisionedTarget),
  output: ProvisionedConcurrencyConfig,
  errors: [InvalidParameterValueException, ResourceNotFoundException, ProvisionedConcurrencyConfigNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "provisionedConcurrency">) {
    const { key, Qualifier } = provisionedTargetOf(input, context, "GetProvisionedConcurrencyConfig");
    return provisionedAnswer(await deps.provisionedConcurrency.get(key, Qualifier));
  },
});
