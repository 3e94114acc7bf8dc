import type { Queue } from "@hearth/queues";
import type { RequestContext } from "@hearth/wire";
import type { SqsDeps } from "./deps.ts";
import { InvalidAddress, missingParameter, QueueDoesNotExist } from "./errors.ts";

export interface NamedQueue {
  readonly accountId: string;
  readonly QueueName: string;
}

/** The queue that a URL names by the end of its path, whatever its host is. */
export function parseQueueUrl(QueueUrl: string): NamedQueue | undefined {
  const [, accountId, QueueName] = /\/(\d{12})\/([A-Za-z0-9_-]{1,80}(?:\.fifo)?)\/?$/.exec(QueueUrl) ?? [];
  return accountId !== undefined && QueueName !== undefined ? { accountId, QueueName } : undefined;
}

/** The URL that leads the same client to a queue: by the host that it has used. */
export function queueUrl({ endpoint }: Pick<RequestContext, "endpoint">, { accountId, QueueName }: NamedQueue): string {
  return `${endpoint}/${accountId}/${QueueName}`;
}

export function nameOf(QueueUrl: string | undefined): NamedQueue {
  if (!QueueUrl) throw missingParameter("QueueUrl");
  const named = parseQueueUrl(QueueUrl);
  if (!named) throw new InvalidAddress(`The address ${QueueUrl} is not valid for this endpoint.`);
  return named;
}

/** The queue of a request. Throws AWS's error when there is none. */
export async function findQueue(
  { queues }: Pick<SqsDeps, "queues">,
  { region }: Pick<RequestContext, "region">,
  QueueUrl: string | undefined,
): Promise<Queue> {
  const queue = await queues.find({ ...nameOf(QueueUrl), region });
  if (!queue) throw new QueueDoesNotExist();
  return queue;
}
