import {
  choice,
  CodeStorageExceededException,
  FunctionName,
  InvalidParameterValueException,
  NotImplementedException,
  PreconditionFailedException,
  ResourceConflictException,
  ResourceNotFoundException,
  structure,
  text,
} from "@hearth/model";
import { configurationOf } from "@hearth/store";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { refuseUnbuilt } from "../functions/refuseUnbuilt.ts";
import { wholeFunction } from "../functions/targetOf.ts";
import { FunctionConfiguration } from "../functions/functionConfiguration.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html */
export const publishVersion = operation({
  name: "PublishVersion",
  http: ["POST", "/2015-03-31/functions/{FunctionName}/versions", 201],
  input: structure({
    FunctionName,
    CodeSha256: text().optional(),
    Description: text({ max: 256 }).optional(),
    RevisionId: text().optional(),
    PublishTo: choice(["LATEST_PUBLISHED"]).optional(),
  }),
  output: FunctionConfiguration,
  errors: [
    InvalidParameterValueException,
    ResourceNotFoundException,
    ResourceConflictException,
    PreconditionFailedException,
    CodeStorageExceededException,
    NotImplementedException,
  ],
  async handle(input, context, { functions }: Pick<ApiDeps, "functions">) {
    const key = wholeFunction(input, context, "PublishVersion");
    refuseUnbuilt("PublishVersion", { PublishTo: input.PublishTo });
    const published = await functions.publish(key, input);
    return configurationOf(published, published.Version);
  },
});
