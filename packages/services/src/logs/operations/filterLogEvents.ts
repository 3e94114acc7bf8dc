import { bool, integer, list, structure, text } from "@hearth/model";
import { readEvents } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException, ResourceNotFoundException, streamNotFound } from "../errors.ts";
import { eventId } from "../eventId.ts";
import { FOREVER, MAX_EVENTS, type ReadDeps } from "../eventReading.ts";
import { filterPattern } from "../filterPattern.ts";
import { matchInThread } from "../filters/matchInThread.ts";
import { findGroup } from "../findGroup.ts";
import { positionOf } from "../positionOf.ts";
import * as words from "../words.ts";

export const filterLogEvents = operation({
  name: "FilterLogEvents",
  input: structure({
    logGroupName: words.LogGroupName.optional(),
    logGroupIdentifier: words.LogGroupIdentifier.optional(),
    logStreamNames: list({ min: 1, max: 512, pattern: "[^:*]*" }, { min: 1, max: 100 }).optional(),
    logStreamNamePrefix: words.LogStreamName.optional(),
    startTime: integer({ min: 0 }).optional(),
    endTime: integer({ min: 0 }).optional(),
    filterPattern: text({ max: 1024 }).optional(),
    nextToken: words.NextToken.optional(),
    limit: integer({ min: 1, max: MAX_EVENTS }).optional(),
    interleaved: bool().optional(),
    unmask: bool().optional(),
  }),
  output: structure({
    events: z.array(
      structure({
        logStreamName: z.string(),
        timestamp: z.number(),
        message: z.string(),
        ingestionTime: z.number(),
        eventId: z.string(),
      }),
    ),
    searchedLogStreams: z.array(structure({})),
    nextToken: z.string().optional(),
  }),
  errors: [ResourceNotFoundException, InvalidParameterException],
  async handle(input, context, deps: ReadDeps & Pick<LogsDeps, "threads">) {
    const { logStreamNames: names, logStreamNamePrefix: prefix } = input;
    if (names && prefix !== undefined) {
      throw new InvalidParameterException("logStreamNamePrefix and logStreamNames are mutually exclusive parameters.");
    }
    const text = input.filterPattern ?? "";
    const pattern = filterPattern(text);
    const group = await findGroup(deps, context, words.groupNameOf(input, context));
    const streamIds = names || prefix !== undefined ? await deps.streams.idsOf(group.id, { names, prefix }) : undefined;
    if (names && streamIds && streamIds.length < new Set(names).size) throw streamNotFound();
    const { events, more } = await readEvents(deps.chunks, {
      groupId: group.id,
      streamIds,
      from: input.startTime ?? 0,
      to: input.endTime ?? FOREVER,
      beyond: input.nextToken === undefined ? undefined : positionOf(input.nextToken),
      backward: false,
      limit: input.limit ?? MAX_EVENTS,
      ...(text.trim() !== "" && {
        judge: async (messages: readonly string[]) => await matchInThread(deps.threads, pattern, text, messages),
      }),
    });
    const streamNames = await deps.streams.names([...new Set(events.map(({ streamId }) => streamId))]);
    return {
      events: events.map(({ streamId, timestamp, message, ingestionTime, position }) => ({
        logStreamName: streamNames.get(streamId),
        timestamp,
        message,
        ingestionTime,
        eventId: eventId(position),
      })),
      searchedLogStreams: [],
      ...(more ? { nextToken: eventId(more) } : {}),
    };
  },
});
