import {
  CodeSigningConfigNotFoundException,
  InvalidParameterValueException,
  NamespacedFunctionName,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { CodeSigningConfigArn, wantedCodeSigning } from "../code-signing/codeSigning.ts";
import { targetOf } from "../functions/targetOf.ts";
import { FunctionCodeSigningConfig } from "../code-signing/codeSigningConfig.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionCodeSigningConfig.html */
export const putFunctionCodeSigningConfig = operation({
  name: "PutFunctionCodeSigningConfig",
  http: ["PUT", "/2020-06-30/functions/{FunctionName}/code-signing-config", 200],
  input: structure({ CodeSigningConfigArn, FunctionName: NamespacedFunctionName }),
  output: FunctionCodeSigningConfig,
  errors: [InvalidParameterValueException, ResourceNotFoundException, CodeSigningConfigNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "codeSigningConfigs" | "functions">) {
    const { key } = targetOf({ FunctionName: input.FunctionName }, context, "PutFunctionCodeSigningConfig");
    const config = await wantedCodeSigning(input.CodeSigningConfigArn, context, deps);
    const { FunctionName, settings } = await deps.functions.get(key);
    if (settings.PackageType === "Image") {
      throw new InvalidParameterValueException(
        "Code signing is not supported for functions created with container images.",
      );
    }
    await deps.codeSigningConfigs.attach(key, config.id);
    return { CodeSigningConfigArn: config.arn, FunctionName };
  },
});
