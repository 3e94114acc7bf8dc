import {
  InvalidParameterValueException,
  NamespacedFunctionName,
  Qualifier,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { policyAnswer } from "../policies/policyAnswer.ts";
import { targetOf } from "../functions/targetOf.ts";
import { ResourcePolicy } from "../policies/resourcePolicy.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html */
export const getPolicy = operation({
  name: "GetPolicy",
  http: ["GET", "/2015-03-31/functions/{FunctionName}/policy", 200],
  query: { Qualifier: "Qualifier" },
  input: structure({ FunctionName: NamespacedFunctionName, Qualifier: Qualifier.optional() }),
  output: ResourcePolicy,
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "policies">) {
    return await policyAnswer(targetOf(input, context, "GetPolicy"), deps);
  },
});
