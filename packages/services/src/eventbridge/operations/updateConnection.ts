import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { type GivenAuthParameters, mergeAuthParameters } from "../authParameters.ts";
import * as connectionWords from "../connectionWords.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { connectionNotFound, ResourceNotFoundException } from "../errors.ts";
import { shownConnection } from "../shownConnection.ts";
import * as words from "../words.ts";
import { ConnectionMembers } from "./createConnection.ts";

export const updateConnection = operation({
  name: "UpdateConnection",
  input: structure({
    Name: connectionWords.Name,
    Description: words.Description.optional(),
    AuthorizationType: connectionWords.AuthorizationType.optional(),
    AuthParameters: connectionWords.AuthParameters.optional(),
  }),
  output: structure({ ...ConnectionMembers, LastAuthorizedTime: words.Seconds }),
  errors: [ResourceNotFoundException],
  async handle(input, { accountId, region }, { connections }: Pick<EventBridgeDeps, "connections">) {
    const { Name, Description, AuthorizationType, AuthParameters = {} } = input;
    const changed = await connections.change({ accountId, region, Name }, (present) => {
      const type = AuthorizationType ?? present.type;
      const before = type === present.type ? (JSON.parse(present.parameters) as GivenAuthParameters) : {};
      const parameters = JSON.stringify(mergeAuthParameters(type, AuthParameters, before));
      return { type, parameters, isAuthorized: true, ...(Description !== undefined && { Description }) };
    });
    if (!changed) throw connectionNotFound(Name);
    return shownConnection(changed);
  },
});
