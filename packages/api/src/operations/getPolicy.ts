import { NamespacedFunctionName, Qualifier, ResourceNotFoundException, structure } from "@hearth/model";
import { policyDocument } from "@hearth/store";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../apiDeps.ts";
import { targetOf } from "../target.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html */
export const getPolicy = operation({
  name: "GetPolicy",
  http: ["GET", "/2015-03-31/functions/{FunctionName}/policy", 200],
  query: { Qualifier: "Qualifier" },
  input: structure({ FunctionName: NamespacedFunctionName, Qualifier: Qualifier.optional() }),
  errors: [ResourceNotFoundException],
  async handle(input, context, { policies, functions, region }: Pick<ApiDeps, "policies" | "functions" | "region">) {
    const { key, Qualifier } = targetOf(input, context, region, "GetPolicy");
    const policy = await policies.find(key, Qualifier);
    if (!policy) {
      await functions.get(key, Qualifier);
      throw new ResourceNotFoundException("The resource you requested does not exist.");
    }
    return { Policy: policyDocument(policy.statements), RevisionId: policy.RevisionId };
  },
});
