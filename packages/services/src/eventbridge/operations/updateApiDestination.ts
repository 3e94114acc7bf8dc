import { integer, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import * as connectionWords from "../connectionWords.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { apiDestinationNotFound, ResourceNotFoundException } from "../errors.ts";
import { shownApiDestination } from "../shownConnection.ts";
import * as words from "../words.ts";
import { ApiDestinationMembers, connectionNamed } from "./createApiDestination.ts";

export const updateApiDestination = operation({
  name: "UpdateApiDestination",
  input: structure({
    Name: connectionWords.Name,
    Description: words.Description.optional(),
    ConnectionArn: words.Arn.optional(),
    InvocationEndpoint: connectionWords.HttpsEndpoint.optional(),
    HttpMethod: connectionWords.HttpMethod.optional(),
    InvocationRateLimitPerSecond: integer({ min: 1 }).optional(),
  }),
  output: structure(ApiDestinationMembers),
  errors: [ResourceNotFoundException],
  async handle(input, { accountId, region }, deps: Pick<EventBridgeDeps, "connections" | "apiDestinations">) {
    const { Name, ConnectionArn, ...given } = input;
    const key = { accountId, region, Name };
    const settings = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const connection = ConnectionArn === undefined ? undefined : await connectionNamed(deps, key, ConnectionArn);
    const changed = await deps.apiDestinations.change(key, { connection, settings });
    if (!changed) throw apiDestinationNotFound(Name);
    return shownApiDestination(changed);
  },
});
