import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import * as connectionWords from "../connectionWords.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { connectionNotFound, ResourceNotFoundException } from "../errors.ts";
import { shownConnection } from "../shownConnection.ts";
import * as words from "../words.ts";
import { ConnectionMembers } from "./createConnection.ts";

export const deauthorizeConnection = operation({
  name: "DeauthorizeConnection",
  input: structure({ Name: connectionWords.Name }),
  output: structure({ ...ConnectionMembers, LastAuthorizedTime: words.Seconds }),
  errors: [ResourceNotFoundException],
  async handle({ Name }, { accountId, region }, { connections }: Pick<EventBridgeDeps, "connections">) {
    // Its secrets are removed; UpdateConnection sets new ones.
    const changed = await connections.change({ accountId, region, Name }, () => ({
      parameters: "{}",
      isAuthorized: false,
    }));
    if (!changed) throw connectionNotFound(Name);
    return shownConnection(changed);
  },
});
