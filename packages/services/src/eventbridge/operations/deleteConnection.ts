import { structure, ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import * as connectionWords from "../connectionWords.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { connectionNotFound, ResourceNotFoundException } from "../errors.ts";
import { shownConnection } from "../shownConnection.ts";
import * as words from "../words.ts";
import { ConnectionMembers } from "./createConnection.ts";

export const deleteConnection = operation({
  name: "DeleteConnection",
  input: structure({ Name: connectionWords.Name }),
  output: structure({ ...ConnectionMembers, LastAuthorizedTime: words.Seconds }),
  errors: [ResourceNotFoundException],
  async handle({ Name }, { accountId, region }, { connections }: Pick<EventBridgeDeps, "connections">) {
    const deleted = await connections.delete({ accountId, region, Name });
    if (!deleted) throw connectionNotFound(Name);
    if (deleted === "in use") throw new ValidationException(`Connection ${Name} is used by API destinations.`);
    return { ...shownConnection(deleted), ConnectionState: "DELETING" };
  },
});
