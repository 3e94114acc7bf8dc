import { NamespacedFunctionName, ResourceNotFoundException, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../apiDeps.ts";
import { targetOf } from "../target.ts";

/** No function has one yet; clients read that from an empty ARN. https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionCodeSigningConfig.html */
export const getFunctionCodeSigningConfig = operation({
  name: "GetFunctionCodeSigningConfig",
  http: ["GET", "/2020-06-30/functions/{FunctionName}/code-signing-config", 200],
  input: structure({ FunctionName: NamespacedFunctionName }),
  errors: [ResourceNotFoundException],
  async handle(input, context, { functions, region }: Pick<ApiDeps, "functions" | "region">) {
    const { key } = targetOf(input, context, region, "GetFunctionCodeSigningConfig");
    const { FunctionName } = await functions.get(key);
    return { CodeSigningConfigArn: "", FunctionName };
  },
});
