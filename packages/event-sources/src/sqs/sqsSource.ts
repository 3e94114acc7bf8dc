import { InvalidParameterValueException } from "@hearth/model";
import type { MappedSource, QueueSource, SourceName } from "../eventSource.ts";
import type { SourceDeps } from "../sourceDeps.ts";
import { HostedQueue } from "./hostedQueue.ts";
import type { SqsServer } from "./sqsServer.ts";

const ACTIONS = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"] as const;
const NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.";

/** AWS's client takes 3 MB, and most installations need none. */
const foreignQueue = async () => (await import("./foreignQueue.ts")).ForeignQueue;

/**
 * SQS: the queues that Hearth hosts, and for the owner's account those of a server that the settings name. A queue that Hearth hosts comes first.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
export function sqsSource({
  queues,
  clock,
  sqsServer,
}: Pick<SourceDeps, "queues" | "clock" | "sqsServer">): QueueSource {
  /** The server that has the queue; `undefined` when Hearth has it, or there is no server that the account may ask. */
  const serverOf = async (mapping: MappedSource): Promise<SqsServer | undefined> => {
    const isAllowed = sqsServer?.accountId === mapping.accountId;
    return isAllowed && !(await queues.findByArn(arnOf(mapping))) ? sqsServer : undefined;
  };
  return {
    name: "sqs",
    shape: "queue",
    serves: ({ EventSourceArn }) => EventSourceArn?.split(":")[2] === "sqs",
    async permissions(mapping) {
      // The server decides about its queues; Hearth's policies of roles know nothing of them.
      if (await serverOf(mapping)) return [];
      return ACTIONS.map((action) => ({ action: `sqs:${action}`, resource: arnOf(mapping) }));
    },
    refusal: ({ action }) =>
      `The provided execution role does not have permissions to call ${action.split(":")[1]} on SQS`,
    async check(mapping, { timeoutSeconds }) {
      const server = await serverOf(mapping);
      const visibilitySeconds = server
        ? await lookedAt(server, arnOf(mapping))
        : (await queues.findByArn(arnOf(mapping)))?.visibilitySeconds;
      if (visibilitySeconds === undefined) throw refused(NO_QUEUE);
      if (visibilitySeconds < timeoutSeconds) {
        throw new InvalidParameterValueException(
          `Queue visibility timeout: ${visibilitySeconds} seconds is less than Function timeout: ${timeoutSeconds} seconds`,
        );
      }
    },
    async open(mapping, signal) {
      const server = await serverOf(mapping);
      const arn = arnOf(mapping);
      if (!server) return await HostedQueue.open(arn, queues, clock);
      return await (await foreignQueue()).open(server, arn, clock, signal);
    },
  };
}

async function lookedAt(server: SqsServer, arn: string): Promise<number> {
  try {
    return await (await foreignQueue()).visibilitySeconds(server, arn);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    throw refused(name === "QueueDoesNotExist" ? NO_QUEUE : `${name}. SQS Error Message: ${message}`);
  }
}

function refused(code: string): InvalidParameterValueException {
  return new InvalidParameterValueException(`Error occurred while ReceiveMessage. SQS Error Code: ${code}`);
}

function arnOf({ EventSourceArn = "" }: SourceName): string {
  return EventSourceArn;
}
