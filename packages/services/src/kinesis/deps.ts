import type { House } from "@hearth/access";
import type { Clock } from "@hearth/kit";
import type { Streams } from "@hearth/streams";
import type { StreamStorage } from "./streamStorage.ts";

/** What Kinesis needs of a process, besides what every service needs. */
export interface StreamsHouse extends House {
  readonly streams: Streams;
  readonly streamStorage: StreamStorage;
}

export interface KinesisDeps {
  readonly streams: Streams;
  readonly storage: StreamStorage;
  readonly clock: Clock;
}

export function openKinesisDeps({ streams, streamStorage, clock }: StreamsHouse): KinesisDeps {
  return { streams, storage: streamStorage, clock };
}
