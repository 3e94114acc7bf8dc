import { choice, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import * as connectionWords from "../connectionWords.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { pageOf } from "../paging.ts";
import { shownConnection } from "../shownConnection.ts";
import * as words from "../words.ts";
import { ConnectionMembers } from "./createConnection.ts";

const STATES = [
  ...["CREATING", "UPDATING", "DELETING", "AUTHORIZED", "DEAUTHORIZED", "AUTHORIZING", "DEAUTHORIZING", "ACTIVE"],
  "FAILED_CONNECTIVITY",
];

export const listConnections = operation({
  name: "ListConnections",
  input: structure({
    NamePrefix: connectionWords.Name.optional(),
    ConnectionState: choice(STATES).optional(),
    ...words.Paging,
  }),
  output: structure({
    Connections: z.array(
      structure({
        ...ConnectionMembers,
        Name: z.string(),
        AuthorizationType: z.string(),
        LastAuthorizedTime: words.Seconds,
      }),
    ),
    NextToken: z.string().optional(),
  }),
  errors: [],
  async handle(
    { NamePrefix: prefix, ConnectionState, ...page },
    context,
    { connections }: Pick<EventBridgeDeps, "connections">,
  ) {
    // A connection is always in one of these two states.
    if (ConnectionState !== undefined && ConnectionState !== "AUTHORIZED" && ConnectionState !== "DEAUTHORIZED")
      return { Connections: [] };
    const isAuthorized = ConnectionState === undefined ? undefined : ConnectionState === "AUTHORIZED";
    const { items, token } = await pageOf(
      page,
      (query) => connections.list(context, { prefix, isAuthorized, ...query }),
      ({ Name }) => Name,
    );
    const Connections = items.map((one) => ({ ...shownConnection(one), Name: one.Name, AuthorizationType: one.type }));
    return { Connections, ...token };
  },
});
