import {
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteQueryDefinitionCommand,
  DescribeQueriesCommand,
  DescribeQueryDefinitionsCommand,
  GetLogRecordCommand,
  GetQueryResultsCommand,
  type GetQueryResultsCommandOutput,
  PutLogEventsCommand,
  PutQueryDefinitionCommand,
  StartQueryCommand,
  type StartQueryCommandInput,
  StopQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { refusal } from "../refusal.ts";
import { type LogsTarget, logsTarget } from "./logsTarget.ts";

let target: LogsTarget;
beforeAll(async () => {
  target = await logsTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

const now = Date.now();
const range = { startTime: Math.floor(now / 1000) - 600, endTime: Math.floor(now / 1000) + 60 };

async function start(queryString: string, input: Partial<StartQueryCommandInput>): Promise<string> {
  const { queryId = "" } = await target.logs.send(new StartQueryCommand({ queryString, ...range, ...input }));
  return queryId;
}

async function ended(queryId: string): Promise<GetQueryResultsCommandOutput> {
  return await vi.waitFor(
    async () => {
      const answer = await target.logs.send(new GetQueryResultsCommand({ queryId }));
      expect(answer.status).toBe("Complete");
      return answer;
    },
    { timeout: 20_000, interval: 100 },
  );
}

async function rows(queryString: string, input: Partial<StartQueryCommandInput>): Promise<Record<string, string>[]> {
  const { results = [] } = await ended(await start(queryString, input));
  return results.map((row) => Object.fromEntries(row.map(({ field = "", value = "" }) => [field, value])));
}

describe(
  "Logs Insights",
  skipReason(process.env["TARGET"] === "aws" ? "events can be queried late there" : undefined),
  () => {
    test("a query filters, aggregates and sorts the events of its groups and times", { timeout: 40_000 }, async () => {
      const logGroupName = await target.groupWith("a", "b");
      const other = await target.groupWith("c");
      const put = async (group: string, logStreamName: string, logEvents: { timestamp: number; message: string }[]) =>
        await target.logs.send(new PutLogEventsCommand({ logGroupName: group, logStreamName, logEvents }));
      await put(logGroupName, "a", [
        { timestamp: now - 3_600_000, message: "ERROR before the time" },
        { timestamp: now - 3_000, message: "ERROR one" },
        { timestamp: now - 2_000, message: '{"level":"info","ms":12}' },
      ]);
      await put(logGroupName, "b", [{ timestamp: now - 1_000, message: '{"level":"info","ms":30}' }]);
      await put(other, "c", [{ timestamp: now, message: "ERROR elsewhere" }]);

      const id = await start("fields @timestamp, @message, @logStream | filter @message like /ERROR/ | limit 20", {
        logGroupNames: [logGroupName, other],
      });
      const answer = await ended(id);
      expect(answer.results?.map((row) => row.map(({ field, value }) => [field, value]))).toEqual([
        [
          ["@timestamp", new Date(now).toISOString().replace("T", " ").slice(0, -1)],
          ["@message", "ERROR elsewhere"],
          ["@logStream", "c"],
          ["@ptr", expect.any(String)],
        ],
        [
          ["@timestamp", expect.any(String)],
          ["@message", "ERROR one"],
          ["@logStream", "a"],
          ["@ptr", expect.any(String)],
        ],
      ]);
      expect(answer.statistics).toMatchObject({ recordsMatched: 2, recordsScanned: 4, logGroupsScanned: 2 });
      expect(answer.queryLanguage).toBe("CWLI");

      expect(await rows("stats avg(ms) as mean, count(*) as n by level | filter n > 1", { logGroupName })).toEqual([
        { level: "info", mean: "21", n: "2" },
      ]);
      const arn = `arn:aws:logs:${target.lambda.region}:${target.lambda.accountId}:log-group:${logGroupName}`;
      expect(await rows("filter ms > 20 | display ms, @log", { logGroupIdentifiers: [arn] })).toEqual([
        { ms: "30", "@log": `${target.lambda.accountId}:${logGroupName}`, "@ptr": expect.any(String) },
      ]);

      const [found] = await rows("filter ms = 12", { logGroupName });
      const { logRecord } = await target.logs.send(new GetLogRecordCommand({ logRecordPointer: found?.["@ptr"] }));
      expect(logRecord).toMatchObject({
        "@message": '{"level":"info","ms":12}',
        level: "info",
        ms: "12",
        "@logStream": "a",
      });

      const { queries = [] } = await target.logs.send(new DescribeQueriesCommand({ logGroupName: other }));
      expect(queries).toMatchObject([{ queryId: id, status: "Complete", queryLanguage: "CWLI" }]);
      expect(await refusal(target.logs.send(new StopQueryCommand({ queryId: id })))).toMatchObject({
        name: "InvalidParameterException",
      });
      await target.logs.send(new DeleteLogGroupCommand({ logGroupName }));
      expect((await target.logs.send(new GetQueryResultsCommand({ queryId: id }))).results).toHaveLength(2);
    });

    test("results come in pages where they are asked for so", async () => {
      const logGroupName = await target.groupWith("s");
      await target.put(logGroupName, "s", ["1", "2", "3"]);
      const queryId = await start("fields @message | limit 3", { logGroupName });
      await ended(queryId);
      const first = await target.logs.send(new GetQueryResultsCommand({ queryId, maxItems: 2 }));
      const { nextToken } = first;
      const second = await target.logs.send(new GetQueryResultsCommand({ queryId, maxItems: 2, nextToken }));
      expect([first.results?.length, second.results?.length, second.nextToken]).toEqual([2, 1, undefined]);
    });
  },
);

test("queries that are wrong are refused, with the place", async () => {
  const logGroupName = await target.groupWith();
  const refused = await refusal(start("fields @message | filtr a = 1", { logGroupName }));
  expect(refused).toMatchObject({
    name: "MalformedQueryException",
    status: 400,
    message: "unexpected symbol found filtr at line 1 and position 19",
  });
  const error: unknown = await start("fields @message | filtr a = 1", { logGroupName }).catch((each: unknown) => each);
  expect(error).toMatchObject({ queryCompileError: { location: { startCharOffset: 18, endCharOffset: 23 } } });
  expect(await refusal(start("", { logGroupName: "/missing" }))).toMatchObject({ name: "ResourceNotFoundException" });
  expect(await refusal(start("", {}))).toMatchObject({ name: "InvalidParameterException" });
  expect(await refusal(start("", { logGroupName, startTime: 10, endTime: 5 }))).toMatchObject({
    name: "InvalidParameterException",
  });
  const queryId = "11111111-2222-3333-4444-555555555555";
  expect(await refusal(target.logs.send(new GetQueryResultsCommand({ queryId })))).toMatchObject({
    name: "ResourceNotFoundException",
  });
  expect(await refusal(target.logs.send(new GetLogRecordCommand({ logRecordPointer: "x" })))).toMatchObject({
    name: "InvalidParameterException",
  });
  await target.logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: "after" }));
});

test("query definitions are put, changed, described and deleted", async () => {
  const name = target.newName();
  const put = async (further: { queryDefinitionId?: string | undefined; queryString?: string }) =>
    (
      await target.logs.send(
        new PutQueryDefinitionCommand({ name, queryString: "fields @message", logGroupNames: ["/a"], ...further }),
      )
    ).queryDefinitionId;
  const queryDefinitionId = await put({});
  expect(await put({ queryDefinitionId, queryString: "fields @timestamp" })).toBe(queryDefinitionId);
  const describe = async () =>
    (await target.logs.send(new DescribeQueryDefinitionsCommand({ queryDefinitionNamePrefix: name }))).queryDefinitions;
  expect(await describe()).toMatchObject([
    {
      queryDefinitionId,
      name,
      queryString: "fields @timestamp",
      logGroupNames: ["/a"],
      lastModified: expect.any(Number),
    },
  ]);
  await target.logs.send(new DeleteQueryDefinitionCommand({ queryDefinitionId }));
  expect(await describe()).toEqual([]);
  expect(await refusal(target.logs.send(new DeleteQueryDefinitionCommand({ queryDefinitionId })))).toMatchObject({
    name: "ResourceNotFoundException",
  });
});
