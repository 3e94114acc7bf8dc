import {
  AliasName,
  FunctionName,
  InvalidParameterValueException,
  PreconditionFailedException,
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

/** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html */
export const updateAlias = operation({
  name: "UpdateAlias",
  http: ["PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", 200],
  input: structure({
    FunctionName,
    Name: AliasName,
    FunctionVersion: VersionWithLatest.optional(),
    Description: text({ max: 256 }).optional(),
    RoutingConfig: RoutingConfig.optional(),
    RevisionId: text().optional(),
  }),
  output: AliasConfiguration,
  errors: [
    InvalidParameterValueException,
    ResourceNotFoundException,
    ResourceConflictException,
    PreconditionFailedException,
  ],
  async handle(input, context, { aliases }: Pick<ApiDeps, "aliases">) {
    const key = wholeFunction(input, context, "UpdateAlias");
    const change = {
      ...(input.FunctionVersion !== undefined && { FunctionVersion: input.FunctionVersion }),
      ...(input.Description !== undefined && { Description: input.Description }),
      ...(input.RoutingConfig && {
        AdditionalVersionWeights: input.RoutingConfig.AdditionalVersionWeights ?? {},
      }),
    };
    return aliasAnswer(await aliases.update(key, input.Name, change, input.RevisionId), key);
  },
});
