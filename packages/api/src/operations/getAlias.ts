import {
  AliasName,
  functionArn,
  FunctionName,
  InvalidParameterValueException,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import { aliasAnswer } from "../functions/aliasAnswer.ts";
import type { ApiDeps } from "../deps.ts";
import { wholeFunction } from "../functions/targetOf.ts";
import { AliasConfiguration } from "../functions/aliasConfiguration.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html */
export const getAlias = operation({
  name: "GetAlias",
  http: ["GET", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", 200],
  input: structure({ FunctionName, Name: AliasName }),
  output: AliasConfiguration,
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, { aliases }: Pick<ApiDeps, "aliases">) {
    const key = wholeFunction(input, context, "GetAlias");
    const alias = await aliases.find(key, input.Name);
    if (!alias) {
      const arn = functionArn({ ...key, Qualifier: input.Name });
      throw new ResourceNotFoundException(`Cannot find alias arn: ${arn}`);
    }
    return aliasAnswer(alias, key);
  },
});
