import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { mergeAuthParameters } from "../authParameters.ts";
import * as connectionWords from "../connectionWords.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { LimitExceededException, ResourceAlreadyExistsException } from "../errors.ts";
import { shownConnection } from "../shownConnection.ts";
import * as words from "../words.ts";

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MAX_CONNECTIONS = 3_000;

/** What operations that change a connection answer. */
export const ConnectionMembers = {
  ConnectionArn: z.string(),
  ConnectionState: z.string(),
  CreationTime: words.Seconds,
  LastModifiedTime: words.Seconds,
};

export const createConnection = operation({
  name: "CreateConnection",
  input: structure({
    Name: connectionWords.Name,
    Description: words.Description.optional(),
    AuthorizationType: connectionWords.AuthorizationType,
    AuthParameters: connectionWords.AuthParameters,
  }),
  output: structure(ConnectionMembers),
  errors: [LimitExceededException, ResourceAlreadyExistsException],
  async handle(input, { accountId, region }, { connections, random }: Pick<EventBridgeDeps, "connections" | "random">) {
    const { Name, Description, AuthorizationType: type, AuthParameters } = input;
    const key = { accountId, region, Name };
    const parameters = JSON.stringify(mergeAuthParameters(type, AuthParameters));
    if ((await connections.count(key)) >= MAX_CONNECTIONS) throw new LimitExceededException();
    const created = await connections.create(key, { id: random.uuid(), Description, type, parameters });
    if (!created) throw new ResourceAlreadyExistsException(`Connection ${Name} already exists.`);
    return shownConnection(created);
  },
});
