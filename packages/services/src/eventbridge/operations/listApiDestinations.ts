import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { parseConnectionArn } from "../connectionArn.ts";
import * as connectionWords from "../connectionWords.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { pageOf } from "../paging.ts";
import { describedApiDestination } from "../shownConnection.ts";
import * as words from "../words.ts";
import { ListedApiDestination } from "./describeApiDestination.ts";

export const listApiDestinations = operation({
  name: "ListApiDestinations",
  input: structure({
    NamePrefix: connectionWords.Name.optional(),
    ConnectionArn: words.Arn.optional(),
    ...words.Paging,
  }),
  output: structure({
    ApiDestinations: z.array(structure(ListedApiDestination)),
    NextToken: z.string().optional(),
  }),
  errors: [],
  async handle(
    { NamePrefix: prefix, ConnectionArn, ...page },
    context,
    { apiDestinations }: Pick<EventBridgeDeps, "apiDestinations">,
  ) {
    const connection = ConnectionArn === undefined ? undefined : parseConnectionArn(ConnectionArn, "connection")?.Name;
    if (ConnectionArn !== undefined && connection === undefined) return { ApiDestinations: [] };
    const { items, token } = await pageOf(
      page,
      (query) => apiDestinations.list(context, { prefix, connection, ...query }),
      ({ Name }) => Name,
    );
    const ApiDestinations = items.map((one) => {
      const { Description: _description, ...shown } = describedApiDestination(one);
      return shown;
    });
    return { ApiDestinations, ...token };
  },
});
