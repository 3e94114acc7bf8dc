import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ServiceTarget, serviceTarget } from "../serviceTarget.ts";
import { refusal } from "../refusal.ts";

let target: ServiceTarget;
let logs: CloudWatchLogsClient;
const now = Date.now();
beforeAll(async () => {
  target = await serviceTarget();
  logs = new CloudWatchLogsClient({ ...target.config, maxAttempts: 1 });
});
afterAll(async () => await target[Symbol.asyncDispose]());
const onAws = process.env["TARGET"] === "aws" ? "AWS has built it, and shows new events late" : undefined;

async function groupWith(...streams: string[]): Promise<string> {
  const logGroupName = `/test/${target.newName()}`;
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  for (const logStreamName of streams) await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  return logGroupName;
}

async function put(logGroupName: string, logStreamName: string, ...events: [at: number, message: string][]) {
  const logEvents = events.map(([at, message]) => ({ timestamp: now + at, message }));
  return await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
}

const get = async (input: GetLogEventsCommandInput) => await logs.send(new GetLogEventsCommand(input));
const filter = async (input: FilterLogEventsCommandInput) => await logs.send(new FilterLogEventsCommand(input));
const texts = ({ events }: { events?: { message?: string | undefined }[] | undefined }) =>
  events?.map(({ message }) => message);

describe("GetLogEvents", skipReason(onAws), () => {
  test("pages forwards from the head until the token stays the same", async () => {
    const logGroupName = await groupWith("s");
    await put(logGroupName, "s", [1, "1"], [2, "2"], [3, "3"]);
    const at = { logGroupName, logStreamName: "s", limit: 2 };
    const first = await get({ ...at, startFromHead: true });
    const second = await get({ ...at, nextToken: first.nextForwardToken });
    const third = await get({ ...at, nextToken: second.nextForwardToken });
    expect([first, second, third].map(texts)).toEqual([["1", "2"], ["3"], []]);
    expect(third.nextForwardToken).toBe(second.nextForwardToken);
    await put(logGroupName, "s", [4, "4"]);
    expect(texts(await get({ ...at, nextToken: third.nextForwardToken }))).toEqual(["4"]);
    expect(texts(await get({ ...at, nextToken: third.nextBackwardToken }))).toEqual(["2", "3"]);
  });

  test("begins with the latest and pages backwards until the token stays the same", async () => {
    const logGroupName = await groupWith("s");
    await put(logGroupName, "s", [1, "1"], [2, "2"], [3, "3"]);
    const at = { logGroupName, logStreamName: "s", limit: 2 };
    const latest = await get(at);
    const before = await get({ ...at, nextToken: latest.nextBackwardToken });
    const beginning = await get({ ...at, nextToken: before.nextBackwardToken });
    expect([latest, before, beginning].map(texts)).toEqual([["2", "3"], ["1"], []]);
    expect(beginning.nextBackwardToken).toBe(before.nextBackwardToken);
    expect(texts(await get({ ...at, nextToken: beginning.nextForwardToken }))).toEqual(["1", "2"]);
  });

  test("includes startTime and excludes endTime", async () => {
    const logGroupName = await groupWith("s");
    await put(logGroupName, "s", [1, "1"], [2, "2"], [3, "3"]);
    const found = await get({ logGroupName, logStreamName: "s", startTime: now + 2, endTime: now + 3 });
    expect(found.events).toEqual([{ timestamp: now + 2, message: "2", ingestionTime: expect.any(Number) }]);
  });

  test("of an empty stream has tokens that wait for the first event", async () => {
    const logGroupName = await groupWith("s");
    const at = { logGroupName, logStreamName: "s" };
    const empty = await get({ ...at, startFromHead: true });
    expect(empty.events).toEqual([]);
    await put(logGroupName, "s", [1, "1"]);
    expect(texts(await get({ ...at, nextToken: empty.nextForwardToken }))).toEqual(["1"]);
  });

  test("refuses a missing stream and an invalid token", async () => {
    const logGroupName = await groupWith("s");
    expect(await refusal(get({ logGroupName, logStreamName: "t" }))).toMatchObject({
      name: "ResourceNotFoundException",
      message: "The specified log stream does not exist.",
    });
    const odd = get({ logGroupName, logStreamName: "s", nextToken: "f/x" });
    expect(await refusal(odd)).toMatchObject({
      name: "InvalidParameterException",
      message: "The specified nextToken is invalid.",
    });
  });
});

describe("FilterLogEvents", skipReason(onAws), () => {
  test("merges streams in order of time, with ids and page by page", async () => {
    const logGroupName = await groupWith("a", "b");
    await put(logGroupName, "a", [1, "a1"], [4, "a4"]);
    await put(logGroupName, "b", [2, "b2"], [3, "b3"]);
    const first = await filter({ logGroupName, limit: 3 });
    const second = await filter({ logGroupName, limit: 3, nextToken: first.nextToken });
    expect([first, second].map(texts)).toEqual([["a1", "b2", "b3"], ["a4"]]);
    expect(second.nextToken).toBeUndefined();
    expect(first.events?.[1]).toEqual({
      logStreamName: "b",
      timestamp: now + 2,
      message: "b2",
      ingestionTime: expect.any(Number),
      eventId: expect.stringMatching(/^\d+$/),
    });
    expect(texts(await filter({ logGroupName, logStreamNames: ["b"] }))).toEqual(["b2", "b3"]);
    expect(texts(await filter({ logGroupName, logStreamNamePrefix: "a" }))).toEqual(["a1", "a4"]);
    expect(texts(await filter({ logGroupName, startTime: now + 2, endTime: now + 3 }))).toEqual(["b2", "b3"]);
    const arn = `arn:aws:logs:${target.region}:${target.accountId}:log-group:${logGroupName}`;
    expect(texts(await filter({ logGroupIdentifier: arn, limit: 1 }))).toEqual(["a1"]);
  });

  test("supports terms, phrases, alternatives and exclusions", async () => {
    const logGroupName = await groupWith("s");
    await put(
      logGroupName,
      "s",
      [1, "ERROR disk full"],
      [2, "ERROR disk slow"],
      [3, "WARN full disk"],
      [4, 'say "hi"'],
    );
    const found = async (filterPattern: string) =>
      texts(await filter({ logGroupName, filterPattern }))?.map((m) => m?.slice(0, 12));
    expect(await found("ERROR full")).toEqual(["ERROR disk f"]);
    expect(await found('"disk full"')).toEqual(["ERROR disk f"]);
    expect(await found("?full ?slow")).toEqual(["ERROR disk f", "ERROR disk s", "WARN full di"]);
    expect(await found("disk -ERROR")).toEqual(["WARN full di"]);
    expect(await found('disk -"disk full"')).toEqual(["ERROR disk s", "WARN full di"]);
    expect(await found('"say \\"hi\\""')).toEqual(['say "hi"']);
    expect(await found("")).toHaveLength(4);
  });

  test("supports JSON selectors, columns and regular expressions", async () => {
    const logGroupName = await groupWith("s");
    await put(
      logGroupName,
      "s",
      [1, '{"status":500,"user":{"name":"ann"},"ok":false}'],
      [2, '{"status":200,"user":{"name":"bob"},"ok":true,"none":null}'],
      [3, '10.0.0.1 - [today at noon] "GET /index.html" 404 1534'],
    );
    const found = async (filterPattern: string) =>
      texts(await filter({ logGroupName, filterPattern }))?.map((m) => m?.slice(0, 13));
    expect(await found("{ $.status >= 500 && $.ok IS FALSE }")).toEqual(['{"status":500']);
    expect(await found('{ $.user.name = "b*" || $.none IS NULL }')).toEqual(['{"status":200']);
    expect(await found("{ $.none NOT EXISTS }")).toEqual(['{"status":500']);
    expect(await found("[ip, user, time, request = *html*, code = 4*, bytes > 1000]")).toEqual(["10.0.0.1 - [t"]);
    expect(await found("%GET /\\w+\\.html%")).toEqual(["10.0.0.1 - [t"]);
  });

  test("refuses patterns that are wrong", async () => {
    const logGroupName = await groupWith("s");
    for (const filterPattern of ["{ $.a }", "[ip, user", "%(a|b)%", '"open']) {
      const refused = await refusal(filter({ logGroupName, filterPattern }));
      expect(refused).toMatchObject({ name: "InvalidParameterException", status: 400 });
    }
    const refused = await refusal(filter({ logGroupName, filterPattern: "a.b" }));
    expect(refused.message).toBe("Invalid character(s) in term 'a.b'");
  });
});

describe("PutLogEvents", () => {
  test("stores messages of every kind and answers with a sequence token", async () => {
    const logGroupName = await groupWith("s");
    const message = "naïve \u{1F525} line\nwith\ttabs & <xml> \u0000";
    const answer = await put(logGroupName, "s", [0, message]);
    expect(answer.nextSequenceToken).toBeTruthy();
    if (target.isAws) return;
    expect(texts(await get({ logGroupName, logStreamName: "s" }))).toEqual([message]);
    const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName }));
    expect(logStreams?.[0]).toMatchObject({ firstEventTimestamp: now, lastEventTimestamp: now });
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }));
    expect(logGroups?.[0]?.storedBytes).toBe(Buffer.byteLength(message));
  });

  test("rejects events that are too old or too new, and reports which", async () => {
    const logGroupName = await groupWith("s");
    const hour = 3_600_000;
    const old = await put(logGroupName, "s", [-15 * 24 * hour, "old"], [-14.5 * 24 * hour, "old"]);
    expect(old.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 2 });
    const early = await put(logGroupName, "s", [0, "now"], [3 * hour, "new"]);
    expect(early.rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 1 });
  });

  test("requires events of one day in order, and an existing stream", async () => {
    const logGroupName = await groupWith("s");
    const unordered = put(logGroupName, "s", [2, "b"], [1, "a"]);
    expect(await refusal(unordered)).toEqual({
      name: "InvalidParameterException",
      status: 400,
      message: "Log events in a single PutLogEvents request must be in chronological order.",
    });
    const wide = put(logGroupName, "s", [-90_000_000, "b"], [1, "a"]);
    expect(await refusal(wide)).toMatchObject({ name: "InvalidParameterException" });
    expect(await refusal(put(logGroupName, "t", [1, "a"]))).toMatchObject({ name: "ResourceNotFoundException" });
  });
});
