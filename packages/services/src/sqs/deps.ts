import type { House } from "@hearth/access";
import type { Random } from "@hearth/kit";
import type { Queues } from "@hearth/queues";
import { SqsMoveTaskStore } from "@hearth/store";

/** What SQS needs of a process, besides what every service needs. */
export interface QueuesHouse extends House {
  readonly queues: Queues;
}

export interface SqsDeps {
  readonly queues: Queues;
  readonly moveTasks: SqsMoveTaskStore;
  readonly random: Random;
  readonly disk: House["disk"];
}

export function openSqsDeps({ database, queues, random, disk }: QueuesHouse): SqsDeps {
  return { queues, moveTasks: new SqsMoveTaskStore(database), random, disk };
}
