import { encodeCursor, bool, choice, integer, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException, ResourceNotFoundException } from "../errors.ts";
import { findGroup } from "../findGroup.ts";
import * as words from "../words.ts";

const MAX_STREAMS = 50;

export const describeLogStreams = operation({
  name: "DescribeLogStreams",
  input: structure({
    logGroupName: words.LogGroupName.optional(),
    logGroupIdentifier: words.LogGroupIdentifier.optional(),
    logStreamNamePrefix: words.LogStreamName.optional(),
    orderBy: choice(["LogStreamName", "LastEventTime"]).optional(),
    descending: bool().optional(),
    nextToken: words.NextToken.optional(),
    limit: integer({ min: 1, max: MAX_STREAMS }).optional(),
  }),
  output: structure({
    logStreams: z.array(
      structure({
        logStreamName: z.string(),
        creationTime: z.number(),
        firstEventTimestamp: z.number().optional(),
        lastEventTimestamp: z.number().optional(),
        lastIngestionTime: z.number().optional(),
        arn: z.string(),
        storedBytes: z.number(),
        uploadSequenceToken: z.string(),
      }),
    ),
    nextToken: z.string().optional(),
  }),
  errors: [ResourceNotFoundException, InvalidParameterException],
  async handle(input, context, deps: Pick<LogsDeps, "groups" | "streams">) {
    const { orderBy = "LogStreamName", descending = false, limit = MAX_STREAMS, logStreamNamePrefix: prefix } = input;
    if (orderBy === "LastEventTime" && prefix !== undefined) {
      throw new InvalidParameterException("Cannot order by LastEventTime with a logStreamNamePrefix.");
    }
    const logGroupName = words.groupNameOf(input, context);
    const { id } = await findGroup(deps, context, logGroupName);
    const after = input.nextToken === undefined ? undefined : positionIn(input.nextToken);
    const found = await deps.streams.list(id, { prefix, orderBy, descending, after, limit: limit + 1 });
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    const arn = words.logGroupArn(context, logGroupName);
    return {
      logStreams: shown.map(({ id: _id, ...stream }) => ({
        ...stream,
        arn: `${arn}:log-stream:${stream.logStreamName}`,
        storedBytes: 0, // AWS has reported nothing else since 2019
        uploadSequenceToken: String(stream.lastIngestionTime ?? stream.creationTime),
      })),
      ...(last ? { nextToken: encodeCursor([last.lastEventTimestamp ?? 0, last.logStreamName]) } : {}),
    };
  },
});

function positionIn(token: string) {
  const [lastEventTimestamp, logStreamName] = words.decodeToken(token, ["number", "string"]);
  return { lastEventTimestamp, logStreamName };
}
