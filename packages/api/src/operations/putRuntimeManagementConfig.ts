import {
  choice,
  InvalidParameterValueException,
  NamespacedFunctionName,
  Qualifier,
  ResourceConflictException,
  ResourceNotFoundException,
  REGION_PATTERN,
  structure,
  text,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { runtimeManagementTarget } from "../functions/runtimeManagementTarget.ts";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_PutRuntimeManagementConfig.html */
export const putRuntimeManagementConfig = operation({
  name: "PutRuntimeManagementConfig",
  http: ["PUT", "/2021-07-20/functions/{FunctionName}/runtime-management-config", 200],
  query: { Qualifier: "Qualifier" },
  input: structure({
    FunctionName: NamespacedFunctionName,
    Qualifier: Qualifier.optional(),
    UpdateRuntimeOn: choice(["Auto", "Manual", "FunctionUpdate"]),
    RuntimeVersionArn: text({
      min: 26,
      max: 2048,
      pattern: `((arn:(aws[a-zA-Z-]*):lambda:${REGION_PATTERN}::runtime:.+)|(arn:(aws[a-zA-Z-]*):lambda:${REGION_PATTERN}:\\d{12}:runtime/[A-Za-z0-9_.-]{1,128}/version/[A-Za-z0-9_.-]{1,128}))`,
    }).optional(),
  }),
  output: structure({ UpdateRuntimeOn: z.string(), FunctionArn: z.string(), RuntimeVersionArn: z.string().optional() }),
  errors: [InvalidParameterValueException, ResourceConflictException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "functions" | "runtimeManagement">) {
    const { key, Version, FunctionArn } = runtimeManagementTarget(input, context, "PutRuntimeManagementConfig");
    const { UpdateRuntimeOn, RuntimeVersionArn } = input;
    if (UpdateRuntimeOn === "Manual" && RuntimeVersionArn === undefined) {
      throw new InvalidParameterValueException("RuntimeVersionArn is required when UpdateRuntimeOn is Manual.");
    }
    if (UpdateRuntimeOn !== "Manual" && RuntimeVersionArn !== undefined) {
      throw new InvalidParameterValueException("RuntimeVersionArn is only valid when UpdateRuntimeOn is Manual.");
    }
    const { settings } = await deps.functions.get(key, Version);
    if (settings.PackageType === "Image") {
      throw new InvalidParameterValueException(
        "Runtime management is not supported for functions created with container images.",
      );
    }
    const config = { UpdateRuntimeOn, RuntimeVersionArn };
    await deps.runtimeManagement.put(key, Version, config);
    return { ...config, FunctionArn };
  },
});
