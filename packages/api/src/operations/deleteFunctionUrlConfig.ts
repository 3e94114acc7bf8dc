import { InvalidParameterValueException, ResourceNotFoundException, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { aliasOnly, urlTarget } from "../function-urls/functionUrlMembers.ts";
import { targetOf } from "../functions/targetOf.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionUrlConfig.html */
export const deleteFunctionUrlConfig = operation({
  name: "DeleteFunctionUrlConfig",
  http: ["DELETE", "/2021-10-31/functions/{FunctionName}/url", 204],
  query: { Qualifier: "Qualifier" },
  input: structure(urlTarget),
  output: structure({}),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, { functionUrls }: Pick<ApiDeps, "functionUrls">) {
    const { key, Qualifier } = targetOf(input, context, "DeleteFunctionUrlConfig");
    await functionUrls.delete(key, aliasOnly(Qualifier));
    return undefined;
  },
});
