import type { Clock, Logger, Random } from "@hearth/kit";
import type { Outbound } from "@hearth/outbound";
import type { Queues } from "@hearth/queues";
import type { Streams } from "@hearth/streams";
import type { PassedTables } from "@hearth/tables";
import type { MappedSource } from "./eventSource.ts";
import type { Broker } from "@hearth/model";
import type { SecretOf } from "./brokers/sourceSecret.ts";
import type { Connection } from "@hearth/model";
import type { SqsServer } from "./sqs/sqsServer.ts";

/** What sources are made of. A source takes the part that it needs; a new source adds what is missing, and `packages/server/src/sourceDeps.ts` fills it in. */
export interface SourceDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly queues: Queues;
  readonly streams: Streams;
  /** Present when tables, with their streams, lie on a server that the settings name. */
  readonly passedTables?: PassedTables | undefined;
  /** The execution role of the mapping's function; `undefined` where functions are not known. */
  readonly roleOf: (mapping: MappedSource) => Promise<string | undefined>;
  /** Servers that mappings name by ARNs of Hearth's own. */
  readonly connections: readonly Connection[];
  /** How much of its log a PostgreSQL server may keep for a mapping; 0: without a limit. */
  readonly logLimitBytes: number;
  /** Where queues lie that Hearth does not host. */
  readonly sqsServer?: SqsServer | undefined;
  /** The owner's brokers, by the names that mappings use. */
  readonly brokers: readonly Broker[];
  /** Certificates (PEM) of the authorities that are trusted for TLS. */
  readonly authorities: readonly string[];
  readonly secretOf: SecretOf;
  /** Decides about addresses that accounts choose. */
  readonly outbound: Pick<Outbound, "addresses">;
}
