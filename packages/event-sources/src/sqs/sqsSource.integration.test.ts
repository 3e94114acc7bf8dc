import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Queues } from "@hearth/queues";
import { eventSourceContract } from "../eventSourceContract.ts";
import { sqsSource } from "./sqsSource.ts";

interface SqsEvent {
  readonly Records: readonly { readonly body: string }[];
}

for (const isFifo of [false, true]) {
  eventSourceContract(
    isFifo ? "a FIFO queue" : "a standard queue",
    async ({ database }) => {
      const clock = new SystemClock();
      const deps = { database, clock, random: systemRandom, logger: silentLogger };
      const stack = new AsyncDisposableStack();
      const queues = stack.use(new Queues(deps));
      const key = { accountId: "000000000000", region: "us-east-1", QueueName: isFifo ? "q.fifo" : "q" };
      await queues.store.create(key, { isFifo, attributes: { VisibilityTimeout: "2" }, tags: {} });
      const EventSourceArn = `arn:aws:sqs:us-east-1:000000000000:${key.QueueName}`;
      return {
        EventSourceArn,
        settings: {},
        source: () => sqsSource({ queues: stack.use(new Queues(deps)), clock }),
        async send(records) {
          const queue = await queues.findByArn(EventSourceArn);
          if (!queue) throw new Error("there is no queue");
          for (const { key: groupId, body } of records) {
            await queues.send(queue, {
              body,
              senderId: "test",
              ...(isFifo && { groupId, deduplicationId: systemRandom.uuid() }),
            });
          }
        },
        bodiesOf: (event) => (event as SqsEvent).Records.map(({ body }) => body),
        [Symbol.asyncDispose]: () => stack.disposeAsync(),
      };
    },
    { isOrdered: isFifo },
  );
}
