import {
  functionArn,
  InvalidParameterValueException,
  NamespacedFunctionName,
  Qualifier,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { configurationOf, resolvedImageUri } from "@hearth/store";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { codeLink } from "../code/codeLink.ts";
import { targetOf } from "../functions/targetOf.ts";
import { FunctionConfiguration } from "../functions/functionConfiguration.ts";
import { FunctionCodeLocation } from "../code/functionCodeLocation.ts";
import { Concurrency } from "../concurrency/concurrencyConfigs.ts";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html */
export const getFunction = operation({
  name: "GetFunction",
  http: ["GET", "/2015-03-31/functions/{FunctionName}", 200],
  query: { Qualifier: "Qualifier" },
  input: structure({ FunctionName: NamespacedFunctionName, Qualifier: Qualifier.optional() }),
  output: structure({
    Configuration: FunctionConfiguration,
    Code: FunctionCodeLocation,
    Tags: z.record(z.string(), z.string()),
    TagsError: structure({ ErrorCode: z.string(), Message: z.string() }),
    Concurrency,
  }).partial(),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(
    input,
    context,
    deps: Pick<ApiDeps, "functions" | "tags" | "concurrency" | "clock" | "findAccessKey" | "codeGrant">,
  ) {
    const target = targetOf(input, context, "GetFunction");
    const record = await deps.functions.get(target.key, target.Qualifier);
    const Resource = functionArn(target.key);
    const image = resolvedImageUri(record.code);
    const [refusal, tags, reserved, Location] = await Promise.all([
      context.refusalOf("ListTags", { Resource }),
      deps.tags.list(target.key),
      deps.concurrency.get(target.key),
      image === undefined ? codeLink(record.code.digest, context, deps) : undefined,
    ]);
    return {
      Configuration: configurationOf(record, target.Qualifier),
      Code:
        image === undefined
          ? { RepositoryType: "S3", Location }
          : { RepositoryType: "ECR", ImageUri: record.code.ImageUri, ResolvedImageUri: image },
      ...(!refusal && Object.keys(tags).length > 0 && { Tags: tags }),
      ...(refusal && { TagsError: { ErrorCode: refusal.code, Message: refusal.message } }),
      ...(reserved !== undefined && { Concurrency: { ReservedConcurrentExecutions: reserved } }),
    };
  },
});
