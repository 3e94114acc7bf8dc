import {
  InvalidParameterValueException,
  NamespacedFunctionName,
  Qualifier,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { eventInvokeAnswer } from "../invocations/eventInvokeMembers.ts";
import { targetOf } from "../functions/targetOf.ts";
import { FunctionEventInvokeConfig } from "../invocations/functionEventInvokeConfig.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html */
export const getFunctionEventInvokeConfig = operation({
  name: "GetFunctionEventInvokeConfig",
  http: ["GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config", 200],
  query: { Qualifier: "Qualifier" },
  input: structure({ FunctionName: NamespacedFunctionName, Qualifier: Qualifier.optional() }),
  output: FunctionEventInvokeConfig,
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, { eventInvokeConfigs }: Pick<ApiDeps, "eventInvokeConfigs">) {
    const target = targetOf(input, context, "GetFunctionEventInvokeConfig");
    return eventInvokeAnswer(await eventInvokeConfigs.get(target.key, target.Qualifier), target.key);
  },
});
