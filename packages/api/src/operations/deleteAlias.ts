import {
  AliasName,
  FunctionName,
  InvalidParameterValueException,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { wholeFunction } from "../functions/targetOf.ts";

/** Succeeds when there is no such alias. https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html */
export const deleteAlias = operation({
  name: "DeleteAlias",
  http: ["DELETE", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", 204],
  input: structure({ FunctionName, Name: AliasName }),
  output: structure({}),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, { aliases }: Pick<ApiDeps, "aliases">) {
    await aliases.delete(wholeFunction(input, context, "DeleteAlias"), input.Name);
    return undefined;
  },
});
