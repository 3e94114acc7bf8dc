import type { Clock, Logger } from "@hearth/kit";
import type { ApiRecord } from "@hearth/store";
import { failureReason } from "./failureReason.ts";

/** One line per API and kind of reason in this time. */
const QUIET_MS = 10_000;
/** Different lines of one account in that time; all further ones share one. */
const MAX_LINES = 50;
const OTHERS = "others";

export interface ApiFailureLogDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface FailedCall {
  readonly api: Pick<ApiRecord, "accountId" | "region" | "apiId">;
  readonly stage: string;
  /** The key of the route, or method and path of the resource as they are declared. */
  readonly route: string;
  readonly requestId: string;
}

interface Quiet {
  leftOut: number;
  last: FailedCall;
  text: string;
}

/**
 * Writes to Hearth's log why APIs answered with errors of their own, which clients are not told. Clients choose how often that happens: after a line,
 * failures of the same API for the same kind of reason are counted for some seconds, and their number is written then.
 */
export class ApiFailureLog implements Disposable {
  readonly #deps: ApiFailureLogDeps;
  /** By account. */
  readonly #quiet = new Map<string, Map<string, Quiet>>();
  readonly #timers = new Set<Disposable>();

  constructor(deps: ApiFailureLogDeps) {
    this.#deps = deps;
  }

  /** Writes the reason of `error`, or counts it. */
  note(call: FailedCall, error: unknown): void {
    const { kind, text } = failureReason(error);
    const { accountId, apiId } = call.api;
    let ofAccount = this.#quiet.get(accountId);
    if (!ofAccount) this.#quiet.set(accountId, (ofAccount = new Map()));
    const wanted = `${apiId} ${kind}`;
    const key = ofAccount.has(wanted) || ofAccount.size < MAX_LINES ? wanted : OTHERS;
    const known = ofAccount.get(key);
    if (known) {
      known.leftOut++;
      known.last = call;
      known.text = text;
      return;
    }
    ofAccount.set(key, { leftOut: 0, last: call, text });
    this.#write(call, text);
    const timer = this.#deps.clock.after(QUIET_MS, () => {
      this.#timers.delete(timer);
      this.#end(accountId, key);
    });
    this.#timers.add(timer);
  }

  #end(accountId: string, key: string): void {
    const ofAccount = this.#quiet.get(accountId);
    const ended = ofAccount?.get(key);
    ofAccount?.delete(key);
    if (ofAccount?.size === 0) this.#quiet.delete(accountId);
    if (ended && ended.leftOut > 0) this.#write(ended.last, ended.text, ended.leftOut);
  }

  #write({ api, stage, route, requestId }: FailedCall, reason: string, leftOut?: number): void {
    const { accountId, region, apiId } = api;
    this.#deps.logger.warn(
      {
        accountId,
        region,
        apiId,
        stage,
        route,
        requestId,
        reason,
        ...(leftOut !== undefined && { requests: leftOut }),
      },
      leftOut === undefined
        ? "an API could not answer a request"
        : "an API could not answer further requests; the reason is that of the last one",
    );
  }

  /** Writes the numbers that are left. */
  [Symbol.dispose](): void {
    for (const timer of this.#timers) timer[Symbol.dispose]();
    this.#timers.clear();
    for (const [accountId, ofAccount] of this.#quiet) for (const key of ofAccount.keys()) this.#end(accountId, key);
  }
}
