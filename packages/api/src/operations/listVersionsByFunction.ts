import {
  InvalidParameterValueException,
  Marker,
  MAX_LIST_PAGE,
  MaxItems,
  NamespacedFunctionName,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { listedConfiguration } from "../functions/listedConfiguration.ts";
import { wholeFunction } from "../functions/targetOf.ts";
import { FunctionConfiguration } from "../functions/functionConfiguration.ts";
import { z } from "zod";

/** `$LATEST` first, then oldest to newest. https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html */
export const listVersionsByFunction = operation({
  name: "ListVersionsByFunction",
  http: ["GET", "/2015-03-31/functions/{FunctionName}/versions", 200],
  query: { Marker: "Marker", MaxItems: "MaxItems" },
  input: structure({
    FunctionName: NamespacedFunctionName,
    Marker: Marker.optional(),
    MaxItems: MaxItems.optional(),
  }),
  output: structure({ NextMarker: z.string(), Versions: z.array(FunctionConfiguration) }).partial(),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, { functions }: Pick<ApiDeps, "functions">) {
    const key = wholeFunction(input, context, "ListVersionsByFunction");
    const page = { Marker: input.Marker, MaxItems: Math.min(input.MaxItems ?? MAX_LIST_PAGE, MAX_LIST_PAGE) };
    const { items, NextMarker } = await functions.listVersions(key, page);
    return {
      ...(NextMarker !== undefined && { NextMarker }),
      Versions: items.map((record) => listedConfiguration(record, record.Version)),
    };
  },
});
