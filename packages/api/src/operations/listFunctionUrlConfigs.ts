import {
  AliasedFunctionName,
  integer,
  InvalidParameterValueException,
  Marker,
  MAX_LIST_PAGE,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { readFunctionUrlAnswer, type FunctionUrlNames } from "../function-urls/functionUrlMembers.ts";
import { wholeFunction } from "../functions/targetOf.ts";
import { FunctionUrlConfig } from "../function-urls/functionUrlConfig.ts";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html */
export const listFunctionUrlConfigs = operation({
  name: "ListFunctionUrlConfigs",
  http: ["GET", "/2021-10-31/functions/{FunctionName}/urls", 200],
  query: { Marker: "Marker", MaxItems: "MaxItems" },
  input: structure({
    FunctionName: AliasedFunctionName,
    Marker: Marker.optional(),
    MaxItems: integer({ min: 1, max: MAX_LIST_PAGE }).optional(),
  }),
  output: structure({ FunctionUrlConfigs: z.array(FunctionUrlConfig), NextMarker: z.string().optional() }),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "functionUrls"> & FunctionUrlNames) {
    const key = wholeFunction(input, context, "ListFunctionUrlConfigs");
    const page = { Marker: input.Marker, MaxItems: input.MaxItems ?? MAX_LIST_PAGE };
    const { items, NextMarker } = await deps.functionUrls.list(key, page);
    return {
      FunctionUrlConfigs: items.map((config) => readFunctionUrlAnswer(config, key, context.endpoint, deps)),
      ...(NextMarker !== undefined && { NextMarker }),
    };
  },
});
