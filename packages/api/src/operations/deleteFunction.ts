import {
  InvalidParameterValueException,
  isVersionNumber,
  LATEST,
  NamespacedFunctionName,
  Qualifier,
  ResourceConflictException,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { targetOf } from "../functions/targetOf.ts";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html (the model says 200; the service answers 204). */
export const deleteFunction = operation({
  name: "DeleteFunction",
  http: ["DELETE", "/2015-03-31/functions/{FunctionName}", 204],
  query: { Qualifier: "Qualifier" },
  input: structure({ FunctionName: NamespacedFunctionName, Qualifier: Qualifier.optional() }),
  output: structure({ StatusCode: z.number() }).partial(),
  errors: [InvalidParameterValueException, ResourceNotFoundException, ResourceConflictException],
  async handle(input, context, { functions }: Pick<ApiDeps, "functions">) {
    const target = targetOf(input, context, "DeleteFunction");
    if (target.Qualifier === undefined) {
      await functions.delete(target.key);
      return undefined;
    }
    if (target.Qualifier === LATEST) {
      throw new InvalidParameterValueException("$LATEST version cannot be deleted without deleting the function.");
    }
    if (!isVersionNumber(target.Qualifier)) {
      await functions.get(target.key);
      throw new InvalidParameterValueException("Deletion of aliases is not currently supported.");
    }
    await functions.deleteVersion(target.key, target.Qualifier);
    return undefined;
  },
});
