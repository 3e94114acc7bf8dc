import type { Clock, Logger, Random } from "@hearth/kit";
import type { Queues } from "@hearth/queues";
import type { SqsServer } from "./sqs/sqsServer.ts";

/** What sources are made of. A source takes the part that it needs; a new source adds what is missing, and `packages/server/src/sourceDeps.ts` fills it in. */
export interface SourceDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly queues: Queues;
  /** Where queues lie that Hearth does not host. */
  readonly sqsServer?: SqsServer | undefined;
}
