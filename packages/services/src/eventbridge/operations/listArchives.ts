import { parseBusArn } from "@hearth/buses";
import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { shownArchive } from "../archiveAnswer.ts";
import * as archiveWords from "../archiveWords.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { pageOf } from "../paging.ts";
import * as words from "../words.ts";

export const listArchives = operation({
  name: "ListArchives",
  input: structure({
    NamePrefix: archiveWords.ArchiveName.optional(),
    EventSourceArn: words.Arn.optional(),
    State: archiveWords.ArchiveState.optional(),
    ...words.Paging,
  }),
  output: structure({
    Archives: z.array(structure(archiveWords.ListedArchive)),
    NextToken: z.string().optional(),
  }),
  errors: [ResourceNotFoundException],
  async handle(
    { NamePrefix: prefix, EventSourceArn, State, ...page },
    context,
    { archives }: Pick<EventBridgeDeps, "archives">,
  ) {
    const bus = EventSourceArn === undefined ? undefined : (parseBusArn(EventSourceArn)?.bus ?? "");
    if (bus === "" || (State !== undefined && State !== "ENABLED")) return { Archives: [] };
    const { items, token } = await pageOf(
      page,
      (query) => archives.list(context, { prefix, bus, ...query }),
      ({ archive }) => archive,
    );
    return { Archives: items.map(shownArchive), ...token };
  },
});
