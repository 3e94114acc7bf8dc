import type { House } from "@hearth/access";
import type { Clock } from "@hearth/kit";
import type { ServiceUsagePort } from "@hearth/model";
import { LogChunkStore, LogGroupStore, LogStreamStore } from "@hearth/store";

export interface LogsDeps {
  readonly groups: LogGroupStore;
  readonly streams: LogStreamStore;
  readonly chunks: LogChunkStore;
  readonly usage: ServiceUsagePort;
  readonly clock: Clock;
  readonly disk: House["disk"];
}

export function openLogsDeps({ database, usage, clock, disk }: House): LogsDeps {
  return {
    groups: new LogGroupStore(database),
    streams: new LogStreamStore(database),
    chunks: new LogChunkStore(database),
    usage,
    clock,
    disk,
  };
}
