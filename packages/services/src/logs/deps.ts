import type { Clock } from "@hearth/kit";
import type { LogChunkStore, LogGroupStore, LogStreamStore } from "@hearth/store";

export interface LogsDeps {
  readonly region: string;
  readonly groups: LogGroupStore;
  readonly streams: LogStreamStore;
  readonly chunks: LogChunkStore;
  readonly clock: Clock;
}
