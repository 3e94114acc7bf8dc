import { bool, integer, structure } from "@hearth/model";
import { type EventPosition, readEvents } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { InvalidParameterException, ResourceNotFoundException, streamNotFound } from "../errors.ts";
import { eventId } from "../eventId.ts";
import { FOREVER, MAX_EVENTS, type ReadDeps } from "../eventReading.ts";
import { findGroup } from "../findGroup.ts";
import { positionOf } from "../positionOf.ts";
import * as words from "../words.ts";

const START: EventPosition = { timestamp: 0, seq: 0n, index: 0 };

export const getLogEvents = operation({
  name: "GetLogEvents",
  input: structure({
    logGroupName: words.LogGroupName.optional(),
    logGroupIdentifier: words.LogGroupIdentifier.optional(),
    logStreamName: words.LogStreamName,
    startTime: integer({ min: 0 }).optional(),
    endTime: integer({ min: 0 }).optional(),
    nextToken: words.NextToken.optional(),
    limit: integer({ min: 1, max: MAX_EVENTS }).optional(),
    startFromHead: bool().optional(),
    unmask: bool().optional(),
  }),
  output: structure({
    events: z.array(structure({ timestamp: z.number(), message: z.string(), ingestionTime: z.number() })),
    nextForwardToken: z.string(),
    nextBackwardToken: z.string(),
  }),
  errors: [ResourceNotFoundException, InvalidParameterException],
  async handle(input, context, deps: ReadDeps) {
    const group = await findGroup(deps, context, words.groupNameOf(input, context));
    const stream = await deps.streams.find(group.id, input.logStreamName);
    if (!stream) throw streamNotFound();
    const token = input.nextToken === undefined ? undefined : readToken(input.nextToken);
    const backward = token ? token.backward : input.startFromHead !== true;
    const { events } = await readEvents(deps.chunks, {
      groupId: group.id,
      streamIds: [stream.id],
      from: input.startTime ?? 0,
      to: input.endTime === undefined ? FOREVER : input.endTime - 1,
      beyond: token?.position,
      backward,
      limit: input.limit ?? MAX_EVENTS,
    });
    // At an end of the stream the token that was sent comes back, so that callers know that they have reached it.
    const first = events[0]?.position ?? (backward ? token?.position : after(token?.position)) ?? START;
    const last = events.at(-1)?.position ?? (backward ? before(token?.position) : token?.position) ?? START;
    return {
      events: events.map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
      nextForwardToken: `f/${eventId(last)}`,
      nextBackwardToken: `b/${eventId(first)}`,
    };
  },
});

/** Just after an event, so that reading backwards from there begins with it. */
function after(position: EventPosition | undefined): EventPosition | undefined {
  return position && { ...position, index: position.index + 1 };
}

function before(position: EventPosition | undefined): EventPosition | undefined {
  return position && { ...position, index: Math.max(0, position.index - 1) };
}

function readToken(token: string): { readonly backward: boolean; readonly position: EventPosition } {
  if (!/^[fb]\//.test(token)) throw new InvalidParameterException("The specified nextToken is invalid.");
  return { backward: token.startsWith("b"), position: positionOf(token.slice(2)) };
}
