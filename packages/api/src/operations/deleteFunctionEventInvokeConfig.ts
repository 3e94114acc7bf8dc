import {
  InvalidParameterValueException,
  NamespacedFunctionName,
  Qualifier,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { targetOf } from "../functions/targetOf.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionEventInvokeConfig.html */
export const deleteFunctionEventInvokeConfig = operation({
  name: "DeleteFunctionEventInvokeConfig",
  http: ["DELETE", "/2019-09-25/functions/{FunctionName}/event-invoke-config", 204],
  query: { Qualifier: "Qualifier" },
  input: structure({ FunctionName: NamespacedFunctionName, Qualifier: Qualifier.optional() }),
  output: structure({}),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, { eventInvokeConfigs }: Pick<ApiDeps, "eventInvokeConfigs">) {
    const target = targetOf(input, context, "DeleteFunctionEventInvokeConfig");
    await eventInvokeConfigs.delete(target.key, target.Qualifier);
    return undefined;
  },
});
