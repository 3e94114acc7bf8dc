import { bool, choice, integer, structure } from "@hearth/model";
import type { LogGroupRecord } from "@hearth/store";
import { operation } from "@hearth/wire";
import type { LogsDeps } from "./logsDeps.ts";
import {
  groupNotFound,
  InvalidParameterException,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
  streamNotFound,
} from "./logsErrors.ts";
import * as words from "./logsWords.ts";

const MAX_STREAMS = 50;

export async function findGroup(
  { groups }: Pick<LogsDeps, "groups">,
  accountId: string,
  logGroupName: string,
): Promise<LogGroupRecord> {
  const group = await groups.find({ accountId, logGroupName });
  if (!group) throw groupNotFound();
  return group;
}

const createLogStream = operation({
  name: "CreateLogStream",
  input: structure({ logGroupName: words.LogGroupName, logStreamName: words.LogStreamName }),
  errors: [ResourceNotFoundException, ResourceAlreadyExistsException],
  async handle({ logGroupName, logStreamName }, { caller }, deps: Pick<LogsDeps, "groups" | "streams" | "clock">) {
    const { id } = await findGroup(deps, caller.accountId, logGroupName);
    if (await deps.streams.create(id, logStreamName, deps.clock.now())) return undefined;
    throw new ResourceAlreadyExistsException("The specified log stream already exists");
  },
});

const deleteLogStream = operation({
  name: "DeleteLogStream",
  input: structure({ logGroupName: words.LogGroupName, logStreamName: words.LogStreamName }),
  errors: [ResourceNotFoundException],
  async handle({ logGroupName, logStreamName }, { caller }, deps: Pick<LogsDeps, "groups" | "streams">) {
    const { id } = await findGroup(deps, caller.accountId, logGroupName);
    if (!(await deps.streams.delete(id, logStreamName))) throw streamNotFound();
    return undefined;
  },
});

const describeLogStreams = operation({
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
  errors: [ResourceNotFoundException, InvalidParameterException],
  async handle(input, { caller: { accountId } }, deps: Pick<LogsDeps, "groups" | "streams" | "region">) {
    const { orderBy = "LogStreamName", descending = false, limit = MAX_STREAMS, logStreamNamePrefix: prefix } = input;
    if (orderBy === "LastEventTime" && prefix !== undefined) {
      throw new InvalidParameterException("Cannot order by LastEventTime with a logStreamNamePrefix.");
    }
    const logGroupName = words.groupNameOf(input, deps.region, accountId);
    const { id } = await findGroup(deps, accountId, logGroupName);
    const after = input.nextToken === undefined ? undefined : positionIn(input.nextToken);
    const found = await deps.streams.list(id, { prefix, orderBy, descending, after, limit: limit + 1 });
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    const arn = words.logGroupArn(deps.region, accountId, logGroupName);
    return {
      logStreams: shown.map(({ id: _id, ...stream }) => ({
        ...stream,
        arn: `${arn}:log-stream:${stream.logStreamName}`,
        storedBytes: 0, // AWS has reported nothing else since 2019
        uploadSequenceToken: String(stream.lastIngestionTime ?? stream.creationTime),
      })),
      ...(last ? { nextToken: words.encodeToken([last.lastEventTimestamp ?? 0, last.logStreamName]) } : {}),
    };
  },
});

function positionIn(token: string) {
  const [lastEventTimestamp, logStreamName] = words.decodeToken(token, ["number", "string"] as const);
  return { lastEventTimestamp, logStreamName };
}

export const streamOperations = [createLogStream, deleteLogStream, describeLogStreams];
