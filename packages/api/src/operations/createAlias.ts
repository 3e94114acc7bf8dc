import {
  AliasName,
  FunctionName,
  InvalidParameterValueException,
  ResourceConflictException,
  ResourceNotFoundException,
  structure,
  text,
  VersionWithLatest,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import { aliasAnswer } from "../functions/aliasAnswer.ts";
import type { ApiDeps } from "../deps.ts";
import { wholeFunction } from "../functions/targetOf.ts";
import { AliasConfiguration, RoutingConfig } from "../functions/aliasConfiguration.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html */
export const createAlias = operation({
  name: "CreateAlias",
  http: ["POST", "/2015-03-31/functions/{FunctionName}/aliases", 201],
  input: structure({
    FunctionName,
    Name: AliasName,
    FunctionVersion: VersionWithLatest,
    Description: text({ max: 256 }).optional(),
    RoutingConfig: RoutingConfig.optional(),
  }),
  output: AliasConfiguration,
  errors: [InvalidParameterValueException, ResourceNotFoundException, ResourceConflictException],
  async handle(input, context, { aliases }: Pick<ApiDeps, "aliases">) {
    const key = wholeFunction(input, context, "CreateAlias");
    const alias = await aliases.create(key, input.Name, {
      FunctionVersion: input.FunctionVersion,
      Description: input.Description ?? "",
      AdditionalVersionWeights: input.RoutingConfig?.AdditionalVersionWeights ?? {},
    });
    return aliasAnswer(alias, key);
  },
});
