import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { evenRanges, Streams, streamArn } from "@hearth/streams";
import { eventSourceContract } from "../eventSourceContract.ts";
import { kinesisSource } from "./kinesisSource.ts";

interface KinesisEvent {
  readonly Records: readonly { readonly kinesis: { readonly data: string } }[];
}

eventSourceContract(
  "a stream of Kinesis",
  async ({ database }) => {
    const clock = new SystemClock();
    const deps = { database, clock, random: systemRandom, logger: silentLogger };
    const stack = new AsyncDisposableStack();
    const streams = stack.use(new Streams(deps));
    const key = { accountId: "000000000000", region: "us-east-1", StreamName: "s" };
    const shards = evenRanges(2).map((range) => ({ ...range, parents: [] }));
    await streams.store.create(key, { mode: "PROVISIONED", tags: {}, maxRecordKib: 1024 }, shards);
    return {
      EventSourceArn: streamArn(key),
      settings: { StartingPosition: "TRIM_HORIZON" },
      source: () => kinesisSource({ streams: stack.use(new Streams(deps)), clock, roleOf: async () => undefined }),
      async send(records) {
        const stream = await streams.find(key);
        if (!stream) throw new Error("there is no stream");
        await streams.put(
          stream,
          records.map(({ key: partitionKey, body }) => ({ partitionKey, data: Buffer.from(body) })),
        );
      },
      bodiesOf: (event) =>
        (event as KinesisEvent).Records.map(({ kinesis }) => Buffer.from(kinesis.data, "base64").toString()),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  },
  { isOrdered: true },
);
