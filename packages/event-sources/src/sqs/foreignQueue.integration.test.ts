import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Queues } from "@hearth/queues";
import { type RunningHearth, startHearth } from "@hearth/testkit";
import { afterAll, beforeAll } from "vitest";
import { eventSourceContract } from "../eventSourceContract.ts";
import { sqsSource } from "./sqsSource.ts";

// The other server is a Hearth of its own: the source knows it only by the API of SQS.
let server: RunningHearth;
let client: SQSClient;
beforeAll(async () => {
  server = await startHearth();
  client = new SQSClient(server.clientConfig);
});
afterAll(async () => {
  client.destroy();
  await server[Symbol.asyncDispose]();
});

interface SqsEvent {
  readonly Records: readonly { readonly body: string }[];
}

eventSourceContract(
  "a queue of another server",
  async ({ database }) => {
    const clock = new SystemClock();
    const stack = new AsyncDisposableStack();
    const queues = stack.use(new Queues({ database, clock, random: systemRandom, logger: silentLogger }));
    const QueueName = `foreign-${systemRandom.hex(6)}`;
    const Attributes = { VisibilityTimeout: "2" };
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
    const { endpoint, credentials } = server.clientConfig;
    return {
      EventSourceArn: `arn:aws:sqs:us-east-1:000000000000:${QueueName}`,
      settings: {},
      source: () => sqsSource({ queues, clock, sqsServer: { endpoint, credentials, accountId: "000000000000" } }),
      async send(records) {
        for (const { body } of records) await client.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
      },
      bodiesOf: (event) => (event as SqsEvent).Records.map(({ body }) => body),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  },
  { isOrdered: false },
);
