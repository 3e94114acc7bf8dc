import { InvalidParameterValueException, ResourceNotFoundException, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import {
  aliasOnly,
  AuthType,
  Cors,
  corsOf,
  functionUrlAnswer,
  type FunctionUrlNames,
  InvokeMode,
  urlTarget,
} from "../function-urls/functionUrlMembers.ts";
import { targetOf } from "../functions/targetOf.ts";
import { FunctionUrlConfig } from "../function-urls/functionUrlConfig.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionUrlConfig.html */
export const updateFunctionUrlConfig = operation({
  name: "UpdateFunctionUrlConfig",
  http: ["PUT", "/2021-10-31/functions/{FunctionName}/url", 200],
  query: { Qualifier: "Qualifier" },
  input: structure({
    ...urlTarget,
    AuthType: AuthType.optional(),
    Cors: Cors.optional(),
    InvokeMode: InvokeMode.optional(),
  }),
  output: FunctionUrlConfig,
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "functionUrls"> & FunctionUrlNames) {
    const { key, Qualifier } = targetOf(input, context, "UpdateFunctionUrlConfig");
    const cors = corsOf(input.Cors);
    const config = await deps.functionUrls.update(key, aliasOnly(Qualifier), (current) => ({
      AuthType: input.AuthType ?? current.AuthType,
      InvokeMode: input.InvokeMode ?? current.InvokeMode,
      Cors: input.Cors === undefined ? current.Cors : cors,
    }));
    return functionUrlAnswer(config, key, context.endpoint, deps);
  },
});
