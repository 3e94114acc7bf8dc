import type { House } from "@hearth/access";
import type { Clock, Random } from "@hearth/kit";
import type { ServiceSender, ServiceUsagePort } from "@hearth/model";
import {
  type FunctionStore,
  LogChunkStore,
  LogFilterStore,
  LogGroupStore,
  LogQueryDefinitionStore,
  LogQueryStore,
  LogResourcePolicyStore,
  LogStreamStore,
} from "@hearth/store";
import type { StreamsHouse } from "../kinesis/deps.ts";
import type { SendingHouse } from "../sendingHouse.ts";
import { LogThreads } from "./threads/logThreads.ts";

/** What CloudWatch Logs needs of a process, besides what every service needs. */
export interface LogsHouse extends SendingHouse, StreamsHouse {
  readonly findFunction: FunctionStore["find"];
  /** Why a service may not send to the target; `undefined` when it may. */
  readonly refusalOfSending: (sender: ServiceSender, TargetArn: string) => Promise<string | undefined>;
  /** Aborts when the process is asked to stop. */
  readonly stop: AbortSignal;
}

export interface LogsDeps extends Pick<LogsHouse, "findFunction" | "refusalOfSending" | "delivery" | "stop"> {
  readonly groups: LogGroupStore;
  readonly streams: LogStreamStore;
  /** Data streams, to which subscription filters send. */
  readonly kinesis: Pick<LogsHouse["streams"], "findByArn">;
  readonly chunks: LogChunkStore;
  readonly filters: LogFilterStore;
  readonly queries: LogQueryStore;
  readonly queryDefinitions: LogQueryDefinitionStore;
  readonly resourcePolicies: LogResourcePolicyStore;
  /** Sessions of live tails of each account, by this process. */
  readonly liveTails: Map<string, number>;
  /** For the patterns of requests. */
  readonly threads: LogThreads;
  readonly usage: ServiceUsagePort;
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: House["disk"];
}

export function openLogsDeps({
  database,
  usage,
  clock,
  random,
  disk,
  findFunction,
  refusalOfSending,
  delivery,
  stop,
  streams: kinesis,
}: LogsHouse): LogsDeps {
  return {
    groups: new LogGroupStore(database),
    streams: new LogStreamStore(database),
    chunks: new LogChunkStore(database),
    filters: new LogFilterStore(database),
    queries: new LogQueryStore(database),
    queryDefinitions: new LogQueryDefinitionStore(database),
    resourcePolicies: new LogResourcePolicyStore(database),
    liveTails: new Map(),
    threads: new LogThreads({ size: 1, memoryMb: 256 }, clock),
    usage,
    clock,
    random,
    disk,
    findFunction,
    refusalOfSending,
    delivery,
    stop,
    kinesis,
  };
}
