import {
  FunctionName,
  integer,
  InvalidParameterValueException,
  Marker,
  MAX_LIST_PAGE,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { provisionedListItem } from "../concurrency/provisionedMembers.ts";
import { wholeFunction } from "../functions/targetOf.ts";
import { ProvisionedConcurrencyConfigListItem } from "../concurrency/concurrencyConfigs.ts";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html */
export const listProvisionedConcurrencyConfigs = operation({
  name: "ListProvisionedConcurrencyConfigs",
  http: ["GET", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency?List=ALL", 200],
  query: { Marker: "Marker", MaxItems: "MaxItems" },
  input: structure({
    FunctionName,
    Marker: Marker.optional(),
    MaxItems: integer({ min: 1, max: MAX_LIST_PAGE }).optional(),
  }),
  output: structure({
    ProvisionedConcurrencyConfigs: z.array(ProvisionedConcurrencyConfigListItem),
    NextMarker: z.string(),
  }).partial(),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, { provisionedConcurrency }: Pick<ApiDeps, "provisionedConcurrency">) {
    const key = wholeFunction(input, context, "ListProvisionedConcurrencyConfigs");
    const page = { Marker: input.Marker, MaxItems: input.MaxItems ?? MAX_LIST_PAGE };
    const { items, NextMarker } = await provisionedConcurrency.list(key, page);
    return {
      ProvisionedConcurrencyConfigs: items.map((config) => provisionedListItem(config, key)),
      ...(NextMarker !== undefined && { NextMarker }),
    };
  },
});
