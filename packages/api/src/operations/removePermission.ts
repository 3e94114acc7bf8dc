import {
  InvalidParameterValueException,
  NamespacedFunctionName,
  PreconditionFailedException,
  Qualifier,
  ResourceNotFoundException,
  structure,
  text,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { targetOf } from "../functions/targetOf.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html */
export const removePermission = operation({
  name: "RemovePermission",
  http: ["DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}", 204],
  query: { Qualifier: "Qualifier", RevisionId: "RevisionId" },
  input: structure({
    FunctionName: NamespacedFunctionName,
    StatementId: text({ min: 1, max: 100, pattern: "([a-zA-Z0-9-_.]+)" }),
    Qualifier: Qualifier.optional(),
    RevisionId: text().optional(),
  }),
  output: structure({}),
  errors: [InvalidParameterValueException, ResourceNotFoundException, PreconditionFailedException],
  async handle(input, context, { policies }: Pick<ApiDeps, "policies">) {
    const { key, Qualifier } = targetOf(input, context, "RemovePermission");
    await policies.remove(key, Qualifier, input.StatementId, input.RevisionId);
    return undefined;
  },
});
