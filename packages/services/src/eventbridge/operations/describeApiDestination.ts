import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import * as connectionWords from "../connectionWords.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { apiDestinationNotFound, ResourceNotFoundException } from "../errors.ts";
import { describedApiDestination } from "../shownConnection.ts";
import { ApiDestinationMembers } from "./createApiDestination.ts";

/** Of an API destination as it is listed. */
export const ListedApiDestination = {
  ...ApiDestinationMembers,
  Name: z.string(),
  ConnectionArn: z.string(),
  InvocationEndpoint: z.string(),
  HttpMethod: z.string(),
  InvocationRateLimitPerSecond: z.int().optional(),
};

export const describeApiDestination = operation({
  name: "DescribeApiDestination",
  input: structure({ Name: connectionWords.Name }),
  output: structure({ ...ListedApiDestination, Description: z.string().optional() }),
  errors: [ResourceNotFoundException],
  async handle({ Name }, { accountId, region }, { apiDestinations }: Pick<EventBridgeDeps, "apiDestinations">) {
    const found = await apiDestinations.find({ accountId, region, Name });
    if (!found) throw apiDestinationNotFound(Name);
    return describedApiDestination(found);
  },
});
