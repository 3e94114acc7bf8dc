import {
  InvalidParameterValueException,
  NamespacedFunctionName,
  Qualifier,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { configurationOf } from "@hearth/store";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { targetOf } from "../functions/targetOf.ts";
import { FunctionConfiguration } from "../functions/functionConfiguration.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html */
export const getFunctionConfiguration = operation({
  name: "GetFunctionConfiguration",
  http: ["GET", "/2015-03-31/functions/{FunctionName}/configuration", 200],
  query: { Qualifier: "Qualifier" },
  input: structure({ FunctionName: NamespacedFunctionName, Qualifier: Qualifier.optional() }),
  output: FunctionConfiguration,
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, { functions }: Pick<ApiDeps, "functions">) {
    const target = targetOf(input, context, "GetFunctionConfiguration");
    const record = await functions.get(target.key, target.Qualifier);
    return configurationOf(record, target.Qualifier);
  },
});
