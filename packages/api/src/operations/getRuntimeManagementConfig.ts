import {
  InvalidParameterValueException,
  NamespacedFunctionName,
  Qualifier,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { runtimeManagementTarget } from "../functions/runtimeManagementTarget.ts";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetRuntimeManagementConfig.html */
export const getRuntimeManagementConfig = operation({
  name: "GetRuntimeManagementConfig",
  http: ["GET", "/2021-07-20/functions/{FunctionName}/runtime-management-config", 200],
  query: { Qualifier: "Qualifier" },
  input: structure({ FunctionName: NamespacedFunctionName, Qualifier: Qualifier.optional() }),
  output: structure({ UpdateRuntimeOn: z.string(), FunctionArn: z.string(), RuntimeVersionArn: z.string() }).partial(),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "runtimeManagement">) {
    const { key, Version, FunctionArn } = runtimeManagementTarget(input, context, "GetRuntimeManagementConfig");
    return { ...(await deps.runtimeManagement.get(key, Version)), FunctionArn };
  },
});
