import {
  FunctionName,
  InvalidParameterValueException,
  Marker,
  MAX_LIST_PAGE,
  MaxItems,
  ResourceNotFoundException,
  structure,
  VersionWithLatest,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import { aliasAnswer } from "../functions/aliasAnswer.ts";
import type { ApiDeps } from "../deps.ts";
import { wholeFunction } from "../functions/targetOf.ts";
import { AliasConfiguration } from "../functions/aliasConfiguration.ts";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html */
export const listAliases = operation({
  name: "ListAliases",
  http: ["GET", "/2015-03-31/functions/{FunctionName}/aliases", 200],
  query: { FunctionVersion: "FunctionVersion", Marker: "Marker", MaxItems: "MaxItems" },
  input: structure({
    FunctionName,
    FunctionVersion: VersionWithLatest.optional(),
    Marker: Marker.optional(),
    MaxItems: MaxItems.optional(),
  }),
  output: structure({ NextMarker: z.string(), Aliases: z.array(AliasConfiguration) }).partial(),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, { aliases }: Pick<ApiDeps, "aliases">) {
    const key = wholeFunction(input, context, "ListAliases");
    const page = { Marker: input.Marker, MaxItems: input.MaxItems ?? MAX_LIST_PAGE };
    const { items, NextMarker } = await aliases.list(key, page, input.FunctionVersion);
    return {
      ...(NextMarker !== undefined && { NextMarker }),
      Aliases: items.map((alias) => aliasAnswer(alias, key)),
    };
  },
});
