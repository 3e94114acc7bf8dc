import {
  functionArn,
  InvalidParameterValueException,
  Marker,
  MAX_LIST_PAGE,
  MaxItems,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import { callersOwn } from "../callersOwn.ts";
import type { ApiDeps } from "../deps.ts";
import { CodeSigningConfigArn, codeSigningId } from "../code-signing/codeSigning.ts";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionsByCodeSigningConfig.html */
export const listFunctionsByCodeSigningConfig = operation({
  name: "ListFunctionsByCodeSigningConfig",
  http: ["GET", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions", 200],
  query: { Marker: "Marker", MaxItems: "MaxItems" },
  input: structure({ CodeSigningConfigArn, Marker: Marker.optional(), MaxItems: MaxItems.optional() }),
  output: structure({ NextMarker: z.string(), FunctionArns: z.array(z.string()) }).partial(),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "codeSigningConfigs">) {
    const where = callersOwn(context);
    const id = codeSigningId(input.CodeSigningConfigArn, context);
    const page = { Marker: input.Marker, MaxItems: input.MaxItems ?? MAX_LIST_PAGE };
    const { items, NextMarker } = await deps.codeSigningConfigs.listFunctions(where, id, page);
    return {
      ...(NextMarker !== undefined && { NextMarker }),
      FunctionArns: items.map((FunctionName) => functionArn({ ...where, FunctionName })),
    };
  },
});
