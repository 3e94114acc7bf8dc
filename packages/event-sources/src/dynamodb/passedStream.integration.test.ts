import { NamedServerMetrics, Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Streams } from "@hearth/streams";
import { PassedTables, streamArnOf, TableServer } from "@hearth/tables";
import { type Ministack, noMinistack, skipReason, startMinistack } from "@hearth/testkit";
import { afterAll, beforeAll, describe } from "vitest";
import { eventSourceContract } from "../eventSourceContract.ts";
import { dynamodbSource } from "./dynamodbSource.ts";

interface TableEvent {
  readonly Records: readonly { readonly dynamodb: { readonly NewImage: { readonly body: { readonly S: string } } } }[];
}

const region = "us-east-1";
const accountId = "000000000000";

describe("a named server", skipReason(await noMinistack()), () => {
  let ministack: Ministack;
  beforeAll(async () => {
    ministack = await startMinistack();
  });
  afterAll(async () => await ministack?.[Symbol.asyncDispose]());

  eventSourceContract(
    "the stream of a table on a named server",
    async ({ database }) => {
      const clock = new SystemClock();
      const deps = { database, clock, random: systemRandom, logger: silentLogger };
      const stack = new AsyncDisposableStack();
      const streams = stack.use(new Streams(deps));
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      const settings = { endpoint: ministack.endpoint, region, credentials };
      const server = stack.use(new TableServer(settings, { ...deps, metrics: new NamedServerMetrics(new Registry()) }));
      const passedTables = new PassedTables({ database, server, clock, homeRegion: region });
      const TableName = `items-${systemRandom.hex(6)}`;
      const { TableDescription } = await server.call("CreateTable", {
        TableName,
        AttributeDefinitions: [
          { AttributeName: "key", AttributeType: "S" },
          { AttributeName: "id", AttributeType: "S" },
        ],
        KeySchema: [
          { AttributeName: "key", KeyType: "HASH" },
          { AttributeName: "id", KeyType: "RANGE" },
        ],
        BillingMode: "PAY_PER_REQUEST",
        StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
      });
      const { LatestStreamLabel } = TableDescription as { readonly LatestStreamLabel: string };
      return {
        EventSourceArn: streamArnOf({ accountId, region, TableName }, LatestStreamLabel),
        settings: { StartingPosition: "TRIM_HORIZON" },
        source: () => dynamodbSource({ streams, passedTables, clock }),
        async send(records) {
          for (const { key, body } of records) {
            await server.call("PutItem", {
              TableName,
              Item: { key: { S: key }, id: { S: systemRandom.uuid() }, body: { S: body } },
            });
          }
        },
        bodiesOf: (event) => (event as TableEvent).Records.map(({ dynamodb }) => dynamodb.NewImage.body.S),
        [Symbol.asyncDispose]: () => stack.disposeAsync(),
      };
    },
    { isOrdered: true },
  );
});
