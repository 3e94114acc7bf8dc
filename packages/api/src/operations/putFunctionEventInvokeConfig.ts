import { InvalidParameterValueException, ResourceNotFoundException } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { eventInvokeAnswer, EventInvokeInput, eventInvokeSettings } from "../invocations/eventInvokeMembers.ts";
import { targetOf } from "../functions/targetOf.ts";
import { FunctionEventInvokeConfig } from "../invocations/functionEventInvokeConfig.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html */
export const putFunctionEventInvokeConfig = operation({
  name: "PutFunctionEventInvokeConfig",
  http: ["PUT", "/2019-09-25/functions/{FunctionName}/event-invoke-config", 200],
  query: { Qualifier: "Qualifier" },
  input: EventInvokeInput,
  output: FunctionEventInvokeConfig,
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "eventInvokeConfigs" | "functions" | "refusalOfSending">) {
    const { key, Qualifier } = targetOf(input, context, "PutFunctionEventInvokeConfig");
    const settings = await eventInvokeSettings(input, key, Qualifier, deps);
    const config = await deps.eventInvokeConfigs.put(key, Qualifier, settings);
    return eventInvokeAnswer(config, key);
  },
});
