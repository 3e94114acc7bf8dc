import { parseEventsArn } from "@hearth/buses";
import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { shownReplay } from "../archiveAnswer.ts";
import * as archiveWords from "../archiveWords.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { pageOf } from "../paging.ts";
import * as words from "../words.ts";

export const listReplays = operation({
  name: "ListReplays",
  input: structure({
    NamePrefix: archiveWords.ReplayName.optional(),
    State: archiveWords.ReplayState.optional(),
    EventSourceArn: words.Arn.optional(),
    ...words.Paging,
  }),
  output: structure({ Replays: z.array(structure(archiveWords.ListedReplay)), NextToken: z.string().optional() }),
  errors: [],
  async handle(
    { NamePrefix: prefix, State: state, EventSourceArn, ...page },
    context,
    { replays }: Pick<EventBridgeDeps, "replays">,
  ) {
    const source = EventSourceArn === undefined ? undefined : parseEventsArn(EventSourceArn);
    if (EventSourceArn !== undefined && source?.kind !== "archive") return { Replays: [] };
    const { items, token } = await pageOf(
      page,
      (query) => replays.list(context, { prefix, state, archive: source?.name, ...query }),
      ({ replay }) => replay,
    );
    return { Replays: items.map(shownReplay), ...token };
  },
});
