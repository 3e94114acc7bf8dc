import {
  InvalidParameterValueException,
  NamespacedFunctionName,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { targetOf } from "../functions/targetOf.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionCodeSigningConfig.html */
export const deleteFunctionCodeSigningConfig = operation({
  name: "DeleteFunctionCodeSigningConfig",
  http: ["DELETE", "/2020-06-30/functions/{FunctionName}/code-signing-config", 204],
  input: structure({ FunctionName: NamespacedFunctionName }),
  output: structure({}),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "codeSigningConfigs" | "functions">) {
    const { key } = targetOf(input, context, "DeleteFunctionCodeSigningConfig");
    await deps.functions.get(key);
    await deps.codeSigningConfigs.detach(key);
    return undefined;
  },
});
