import { integer, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { parseConnectionArn } from "../connectionArn.ts";
import * as connectionWords from "../connectionWords.ts";
import type { EventBridgeDeps } from "../deps.ts";
import {
  connectionNotFound,
  LimitExceededException,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from "../errors.ts";
import { shownApiDestination } from "../shownConnection.ts";
import * as words from "../words.ts";
import type { AccountRegion } from "@hearth/model";

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MAX_DESTINATIONS = 3_000;

/** What operations that change an API destination answer. */
export const ApiDestinationMembers = {
  ApiDestinationArn: z.string(),
  ApiDestinationState: z.string(),
  CreationTime: words.Seconds,
  LastModifiedTime: words.Seconds,
};

export const createApiDestination = operation({
  name: "CreateApiDestination",
  input: structure({
    Name: connectionWords.Name,
    Description: words.Description.optional(),
    ConnectionArn: words.Arn,
    InvocationEndpoint: connectionWords.HttpsEndpoint,
    HttpMethod: connectionWords.HttpMethod,
    InvocationRateLimitPerSecond: integer({ min: 1 }).optional(),
  }),
  output: structure(ApiDestinationMembers),
  errors: [LimitExceededException, ResourceAlreadyExistsException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<EventBridgeDeps, "connections" | "apiDestinations" | "random">) {
    const { Name, ConnectionArn, ...settings } = input;
    const { accountId, region } = context;
    const key = { accountId, region, Name };
    const connection = await connectionNamed(deps, key, ConnectionArn);
    if ((await deps.apiDestinations.count(key)) >= MAX_DESTINATIONS) throw new LimitExceededException();
    const created = await deps.apiDestinations.create(key, { id: deps.random.uuid(), connection, settings });
    if (!created) throw new ResourceAlreadyExistsException(`An api-destination '${Name}' already exists.`);
    return shownApiDestination(created);
  },
});

/** The name of the connection, which exists. Rejects with ResourceNotFoundException. */
export async function connectionNamed(
  { connections }: Pick<EventBridgeDeps, "connections">,
  { accountId, region }: AccountRegion,
  ConnectionArn: string,
): Promise<string> {
  const key = parseConnectionArn(ConnectionArn, "connection");
  const isHere = key?.accountId === accountId && key.region === region;
  const found = isHere ? await connections.find(key) : undefined;
  if (!found || found.id !== key?.id) throw connectionNotFound(key?.Name ?? ConnectionArn);
  return found.Name;
}
