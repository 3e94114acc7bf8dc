import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { MAX_HASH_KEY, Streams } from "@hearth/streams";
import { streamArnOf, streamNameOf, tableArn, type TableDefinition, Tables } from "@hearth/tables";
import { eventSourceContract } from "../eventSourceContract.ts";
import { dynamodbSource } from "./dynamodbSource.ts";

interface TableEvent {
  readonly Records: readonly { readonly dynamodb: { readonly NewImage: { readonly body: { readonly S: string } } } }[];
}

const label = "2026-01-01T00:00:00.000";
const definition: TableDefinition = {
  key: { hash: { name: "key", type: "S" }, range: { name: "id", type: "S" } },
  attributes: [],
  indexes: [],
  billing: "PAY_PER_REQUEST",
  throughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
  stream: { view: "NEW_IMAGE", label, isEnabled: true },
  isDeletionProtected: false,
};

eventSourceContract(
  "the stream of a table",
  async ({ database }) => {
    const clock = new SystemClock();
    const deps = { database, clock, random: systemRandom, logger: silentLogger };
    const stack = new AsyncDisposableStack();
    const streams = stack.use(new Streams(deps));
    const tables = stack.use(new Tables({ ...deps, streams }));
    const key = { accountId: "000000000000", region: "us-east-1", TableName: "items" };
    const shards = [{ parents: [], fromHash: 0n, toHash: MAX_HASH_KEY }];
    const stream = { accountId: key.accountId, region: key.region, StreamName: streamNameOf(key.TableName, label) };
    await streams.store.create(stream, { mode: "ON_DEMAND", tags: {}, maxRecordKib: 10_240 }, shards, {
      view: "NEW_IMAGE",
      key: definition.key,
    });
    const record = await tables.store.create(key, { tableId: systemRandom.uuid(), definition, tags: {} });
    if (!record) throw new Error("the table was not created");
    const table = { ...record, arn: tableArn(key) };
    return {
      EventSourceArn: streamArnOf(key, label),
      settings: { StartingPosition: "TRIM_HORIZON" },
      source: () => dynamodbSource({ streams: stack.use(new Streams(deps)), clock }),
      async send(records) {
        for (const { key: own, body } of records) {
          const item = { key: { S: own }, id: { S: systemRandom.uuid() } };
          await tables.write(table, item, () => ({ ...item, body: { S: body } }));
        }
      },
      bodiesOf: (event) => (event as TableEvent).Records.map(({ dynamodb }) => dynamodb.NewImage.body.S),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  },
  { isOrdered: true },
);
