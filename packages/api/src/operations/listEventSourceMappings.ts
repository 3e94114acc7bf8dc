import {
  Arn,
  InvalidParameterValueException,
  Marker,
  MaxItems,
  NamespacedFunctionName,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import { callersOwn } from "../callersOwn.ts";
import type { ApiDeps } from "../deps.ts";
import { mappingAnswer } from "../event-sources/mappingAnswer.ts";
import { targetOf } from "../functions/targetOf.ts";
import { EventSourceMappingConfiguration } from "../event-sources/eventSourceMappingConfiguration.ts";
import { z } from "zod";

/** Largest page, even when MaxItems is larger. */
const MAX_PAGE = 100;

/** Empty for a function that does not exist. https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html */
export const listEventSourceMappings = operation({
  name: "ListEventSourceMappings",
  http: ["GET", "/2015-03-31/event-source-mappings", 200],
  query: { EventSourceArn: "EventSourceArn", FunctionName: "FunctionName", Marker: "Marker", MaxItems: "MaxItems" },
  input: structure({
    EventSourceArn: Arn.optional(),
    FunctionName: NamespacedFunctionName.optional(),
    Marker: Marker.optional(),
    MaxItems: MaxItems.optional(),
  }),
  output: structure({
    NextMarker: z.string(),
    EventSourceMappings: z.array(EventSourceMappingConfiguration),
  }).partial(),
  errors: [InvalidParameterValueException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<ApiDeps, "eventSourceMappings">) {
    const { FunctionName, EventSourceArn: arn, Marker: marker } = input;
    const target =
      FunctionName === undefined ? undefined : targetOf({ FunctionName }, context, "ListEventSourceMappings");
    const page = { Marker: marker, MaxItems: Math.min(input.MaxItems ?? MAX_PAGE, MAX_PAGE) };
    const { items, NextMarker } = await deps.eventSourceMappings.list(callersOwn(context), page, {
      EventSourceArn: arn,
      ...(target && { target: { FunctionName: target.key.FunctionName, Qualifier: target.Qualifier } }),
    });
    return {
      ...(NextMarker !== undefined && { NextMarker }),
      EventSourceMappings: items.map((mapping) => mappingAnswer(mapping)),
    };
  },
});
