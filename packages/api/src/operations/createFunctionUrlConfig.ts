import {
  InvalidParameterValueException,
  ResourceConflictException,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
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

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html */
export const createFunctionUrlConfig = operation({
  name: "CreateFunctionUrlConfig",
  http: ["POST", "/2021-10-31/functions/{FunctionName}/url", 201],
  query: { Qualifier: "Qualifier" },
  input: structure({ ...urlTarget, AuthType, Cors: Cors.optional(), InvokeMode: InvokeMode.optional() }),
  output: FunctionUrlConfig.omit({ LastModifiedTime: true }),
  errors: [InvalidParameterValueException, ResourceNotFoundException, ResourceConflictException],
  async handle(input, context, deps: Pick<ApiDeps, "functionUrls"> & FunctionUrlNames) {
    const { key, Qualifier } = targetOf(input, context, "CreateFunctionUrlConfig");
    const { LastModifiedTime: _same, ...answer } = functionUrlAnswer(
      await deps.functionUrls.create(key, aliasOnly(Qualifier), {
        AuthType: input.AuthType,
        InvokeMode: input.InvokeMode,
        Cors: corsOf(input.Cors),
      }),
      key,
      context.endpoint,
      deps,
    );
    return answer;
  },
});
