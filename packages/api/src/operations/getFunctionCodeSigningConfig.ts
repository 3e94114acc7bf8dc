import {
  InvalidParameterValueException,
  NamespacedFunctionName,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { targetOf } from "../functions/targetOf.ts";
import { FunctionCodeSigningConfig } from "../code-signing/codeSigningConfig.ts";

/** The answer is empty for a function without a configuration. https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionCodeSigningConfig.html */
export const getFunctionCodeSigningConfig = operation({
  name: "GetFunctionCodeSigningConfig",
  http: ["GET", "/2020-06-30/functions/{FunctionName}/code-signing-config", 200],
  input: structure({ FunctionName: NamespacedFunctionName }),
  output: FunctionCodeSigningConfig,
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "codeSigningConfigs" | "functions">) {
    const { key } = targetOf(input, context, "GetFunctionCodeSigningConfig");
    const { FunctionName } = await deps.functions.get(key);
    const config = await deps.codeSigningConfigs.ofFunction(key);
    return config === undefined ? {} : { CodeSigningConfigArn: config.arn, FunctionName };
  },
});
