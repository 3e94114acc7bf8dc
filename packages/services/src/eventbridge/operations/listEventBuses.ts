import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { shownBus } from "../shownBus.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { findBus } from "../findBus.ts";
import { pageOf } from "../paging.ts";
import * as words from "../words.ts";

export const listEventBuses = operation({
  name: "ListEventBuses",
  input: structure({ NamePrefix: words.EventBusName.optional(), ...words.Paging }),
  output: structure({
    EventBuses: z.array(
      structure({
        Name: z.string(),
        Arn: z.string(),
        Description: z.string().optional(),
        Policy: z.string().optional(),
        CreationTime: words.Seconds,
        LastModifiedTime: words.Seconds,
      }),
    ),
    NextToken: z.string().optional(),
  }),
  errors: [],
  async handle({ NamePrefix: prefix, ...page }, context, deps: Pick<EventBridgeDeps, "buses">) {
    await findBus(deps, context, undefined); // the default bus is listed as well
    const { items, token } = await pageOf(
      page,
      (query) => deps.buses.list(context, { prefix, ...query }),
      ({ bus }) => bus,
    );
    return { EventBuses: items.map(shownBus), ...token };
  },
});
