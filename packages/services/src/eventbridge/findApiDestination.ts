import type { OpenApiDestination } from "@hearth/delivery";
import { ApiDestinationStore, type Database, EventConnectionStore } from "@hearth/store";
import { openAuthParameters } from "./authParameters.ts";
import { connectionArn, parseConnectionArn } from "./connectionArn.ts";

const DEFAULT_RATE = 300;

/** Finds API destinations with their connections, opened. One whose connection is not authorized is not found. */
export function findApiDestination(database: Database): (arn: string) => Promise<OpenApiDestination | undefined> {
  const destinations = new ApiDestinationStore(database);
  const connections = new EventConnectionStore(database);
  return async (ApiDestinationArn) => {
    const key = parseConnectionArn(ApiDestinationArn, "api-destination");
    const found = key && (await destinations.find(key));
    if (!found || found.id !== key.id) return undefined;
    const connection = await connections.find({ ...key, Name: found.connection });
    if (!connection?.isAuthorized) return undefined;
    const { InvocationEndpoint, HttpMethod, InvocationRateLimitPerSecond = DEFAULT_RATE } = found.settings;
    return {
      ApiDestinationArn,
      InvocationEndpoint,
      HttpMethod,
      InvocationRateLimitPerSecond,
      connection: {
        ConnectionArn: connectionArn(connection),
        version: String(connection.version),
        AuthorizationType: connection.type,
        AuthParameters: openAuthParameters(connection.parameters),
      },
    };
  };
}
