import {
  integer,
  InvalidParameterValueException,
  Marker,
  MAX_LIST_PAGE,
  NamespacedFunctionName,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { eventInvokeAnswer } from "../invocations/eventInvokeMembers.ts";
import { wholeFunction } from "../functions/targetOf.ts";
import { FunctionEventInvokeConfig } from "../invocations/functionEventInvokeConfig.ts";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html */
export const listFunctionEventInvokeConfigs = operation({
  name: "ListFunctionEventInvokeConfigs",
  http: ["GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config/list", 200],
  query: { Marker: "Marker", MaxItems: "MaxItems" },
  input: structure({
    FunctionName: NamespacedFunctionName,
    Marker: Marker.optional(),
    MaxItems: integer({ min: 1, max: MAX_LIST_PAGE }).optional(),
  }),
  output: structure({
    FunctionEventInvokeConfigs: z.array(FunctionEventInvokeConfig),
    NextMarker: z.string(),
  }).partial(),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, { eventInvokeConfigs }: Pick<ApiDeps, "eventInvokeConfigs">) {
    const key = wholeFunction(input, context, "ListFunctionEventInvokeConfigs");
    const page = { Marker: input.Marker, MaxItems: input.MaxItems ?? MAX_LIST_PAGE };
    const { items, NextMarker } = await eventInvokeConfigs.list(key, page);
    return {
      FunctionEventInvokeConfigs: items.map((config) => eventInvokeAnswer(config, key)),
      ...(NextMarker !== undefined && { NextMarker }),
    };
  },
});
