import { InvalidParameterValueException, ResourceNotFoundException, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { provisionedTarget, provisionedTargetOf } from "../concurrency/provisionedMembers.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteProvisionedConcurrencyConfig.html */
export const deleteProvisionedConcurrencyConfig = operation({
  name: "DeleteProvisionedConcurrencyConfig",
  http: ["DELETE", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", 204],
  query: { Qualifier: "Qualifier" },
  input: structure(provisionedTarget),
  output: structure({}),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "provisionedConcurrency">) {
    const { key, Qualifier } = provisionedTargetOf(input, context, "DeleteProvisionedConcurrencyConfig");
    await deps.provisionedConcurrency.delete(key, Qualifier);
    return undefined;
  },
});
