import { InvalidParameterValueException, ResourceNotFoundException, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import {
  aliasOnly,
  readFunctionUrlAnswer,
  type FunctionUrlNames,
  urlTarget,
} from "../function-urls/functionUrlMembers.ts";
import { targetOf } from "../functions/targetOf.ts";
import { FunctionUrlConfig } from "../function-urls/functionUrlConfig.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionUrlConfig.html */
export const getFunctionUrlConfig = operation({
  name: "GetFunctionUrlConfig",
  http: ["GET", "/2021-10-31/functions/{FunctionName}/url", 200],
  query: { Qualifier: "Qualifier" },
  input: structure(urlTarget),
  output: FunctionUrlConfig,
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "functionUrls"> & FunctionUrlNames) {
    const { key, Qualifier } = targetOf(input, context, "GetFunctionUrlConfig");
    const config = await deps.functionUrls.get(key, aliasOnly(Qualifier));
    return readFunctionUrlAnswer(config, key, context.endpoint, deps);
  },
});
