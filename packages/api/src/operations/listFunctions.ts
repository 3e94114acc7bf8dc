import {
  choice,
  InvalidParameterValueException,
  Marker,
  MAX_LIST_PAGE,
  MaxItems,
  REGION_PATTERN,
  structure,
  text,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import { callersOwn } from "../callersOwn.ts";
import type { ApiDeps } from "../deps.ts";
import { listedConfiguration } from "../functions/listedConfiguration.ts";
import { FunctionConfiguration } from "../functions/functionConfiguration.ts";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html */
export const listFunctions = operation({
  name: "ListFunctions",
  http: ["GET", "/2015-03-31/functions", 200],
  query: { MasterRegion: "MasterRegion", FunctionVersion: "FunctionVersion", Marker: "Marker", MaxItems: "MaxItems" },
  input: structure({
    MasterRegion: text({ min: 1, max: 50, pattern: `ALL|${REGION_PATTERN}` }).optional(),
    FunctionVersion: choice(["ALL"]).optional(),
    Marker: Marker.optional(),
    MaxItems: MaxItems.optional(),
  }),
  output: structure({ NextMarker: z.string(), Functions: z.array(FunctionConfiguration) }).partial(),
  errors: [InvalidParameterValueException],
  async handle(input, context, { functions }: Pick<ApiDeps, "functions">) {
    const all = input.FunctionVersion === "ALL";
    const { MasterRegion = "ALL" } = input;
    if (input.MasterRegion !== undefined && !all) {
      throw new InvalidParameterValueException("FunctionVersion must be ALL when MasterRegion is specified.");
    }
    // Hearth replicates no functions, so no function has a master in another region.
    if (MasterRegion !== "ALL") return { Functions: [] };
    const page = { Marker: input.Marker, MaxItems: Math.min(input.MaxItems ?? MAX_LIST_PAGE, MAX_LIST_PAGE) };
    const { items, NextMarker } = await functions.list(callersOwn(context), page, all);
    return {
      ...(NextMarker !== undefined && { NextMarker }),
      Functions: items.map((record) => listedConfiguration(record, all ? record.Version : undefined)),
    };
  },
});
