import type { Clock, Logger } from "@hearth/kit";

/** What a wake-up carries. */
export interface Wake {
  readonly ids: readonly string[];
}

export type Handle = (job: { readonly data: Wake }) => Promise<void>;
export type Complain = (error: Error) => void;

/** The parts of BullMQ that are used, for one kind of connection. */
export interface Backend extends AsyncDisposable {
  add(wake: Wake): Promise<unknown>;
  work(handle: Handle, failed: Complain): AsyncDisposable;
}

export interface BackendDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly complain: Complain;
}

/** BullMQ keeps no finished wake-ups. */
export const FORGET_DONE = { removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } } as const;

/** The part of BullMQ's workers that both kinds of connection share. */
interface AnyWorker {
  on(event: "error", listener: Complain): unknown;
  on(event: "failed", listener: (job: unknown, error: Error) => void): unknown;
}

export function reportErrors(worker: AnyWorker, failed: Complain, complain: Complain): void {
  worker.on("error", complain);
  worker.on("failed", (_job, error) => failed(error));
}
