import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { type GivenAuthParameters, shownAuthParameters } from "../authParameters.ts";
import * as connectionWords from "../connectionWords.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { connectionNotFound, ResourceNotFoundException } from "../errors.ts";
import { shownConnection } from "../shownConnection.ts";
import * as words from "../words.ts";
import { ConnectionMembers } from "./createConnection.ts";

export const describeConnection = operation({
  name: "DescribeConnection",
  input: structure({ Name: connectionWords.Name }),
  output: structure({
    ...ConnectionMembers,
    Name: z.string(),
    Description: z.string().optional(),
    AuthorizationType: z.string(),
    AuthParameters: connectionWords.AuthParameters,
    LastAuthorizedTime: words.Seconds,
  }),
  errors: [ResourceNotFoundException],
  async handle({ Name }, { accountId, region }, { connections }: Pick<EventBridgeDeps, "connections">) {
    const found = await connections.find({ accountId, region, Name });
    if (!found) throw connectionNotFound(Name);
    return {
      ...shownConnection(found),
      Name,
      ...(found.Description !== null && { Description: found.Description }),
      AuthorizationType: found.type,
      AuthParameters: shownAuthParameters(JSON.parse(found.parameters) as GivenAuthParameters),
    };
  },
});
