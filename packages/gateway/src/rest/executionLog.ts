import type { Senders } from "@hearth/access";
import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import { type AccountRegion, arn } from "@hearth/model";
import type { ApiGatewayAccountStore, ApiRecord, LogChunkStore, LogStreamStore } from "@hearth/store";
import { WaitingLines, type WaitingStream } from "../http/waitingLines.ts";
import type { TraceLine } from "./executionTrace.ts";

const FLUSH_MS = 1_000;
const PRINCIPAL = "apigateway.amazonaws.com";
/** A role that may not write is named in Hearth's log once in this time. */
const QUIET_MS = 60_000;

export interface ExecutionLogDeps {
  readonly logs: {
    readonly streams: Pick<LogStreamStore, "ensure">;
    readonly chunks: Pick<LogChunkStore, "insert">;
  };
  readonly accounts: Pick<ApiGatewayAccountStore, "find">;
  readonly senders: Pick<Senders, "refusalOf">;
  readonly disk: { readonly isShort: boolean };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What was done for a request, and the stage that it was for. */
export interface TracedRequest {
  readonly api: Pick<ApiRecord, "accountId" | "region" | "apiId">;
  readonly stageName: string;
  readonly requestId: string;
  readonly lines: readonly TraceLine[];
}

/**
 * Execution logs of REST APIs: `API-Gateway-Execution-Logs_<api>/<stage>`, which Hearth makes, with the role that the account has set for them. Lines are
 * written once per second, in the background, and as best effort as those of access logs.
 */
export class ExecutionLog implements AsyncDisposable {
  readonly #deps: ExecutionLogDeps;
  readonly #waiting = new WaitingLines();
  /** Of this process, in AWS's form. */
  readonly #stream = crypto.randomUUID().replaceAll("-", "");
  readonly #loop: BackgroundLoop;
  /** Accounts and regions whose role was refused, and since when. */
  readonly #refused = new Map<string, number>();

  constructor(deps: ExecutionLogDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("execution logs", FLUSH_MS, () => this.flush(), deps);
  }

  add({ api, stageName, requestId, lines }: TracedRequest): void {
    const { accountId, region, apiId } = api;
    const logGroupName = `API-Gateway-Execution-Logs_${apiId}/${stageName}`;
    const to = { accountId, region, logGroupName, logStreamName: this.#stream };
    for (const { timestamp, message } of lines) {
      if (!this.#waiting.hasRoom(accountId)) continue;
      this.#waiting.add(to, { timestamp, message: `(${requestId}) ${message}` });
    }
  }

  async flush(): Promise<void> {
    const { logs, disk, clock, logger } = this.#deps;
    const { streams, dropped } = this.#waiting.take();
    if (dropped > 0) logger.warn({ lines: dropped }, "lines of execution logs were dropped, because too many wait");
    if (disk.isShort) return;
    for (const stream of streams) {
      try {
        if (!(await this.#mayWrite(stream))) continue;
        const now = clock.now();
        const [ids] = await logs.streams.ensure([stream], now);
        if (ids) await logs.chunks.insert([{ ...ids, events: stream.events }], now);
      } catch (error) {
        logger.warn({ err: error, logGroupName: stream.logGroupName }, "lines of an execution log were lost");
      }
    }
  }

  async #mayWrite({ accountId, region, logGroupName }: WaitingStream): Promise<boolean> {
    const { accounts, senders } = this.#deps;
    const { cloudwatchRoleArn: RoleArn } = await accounts.find({ accountId, region });
    if (typeof RoleArn !== "string") return false;
    const resource = arn({ service: "logs", accountId, region, resource: `log-group:${logGroupName}:*` });
    const sender = { kind: "service", accountId, region, principal: PRINCIPAL, sourceArn: resource, RoleArn } as const;
    const refusal = await senders.refusalOf(sender, { action: "logs:PutLogEvents", resource });
    if (refusal !== undefined) this.#report({ accountId, region }, refusal);
    return refusal === undefined;
  }

  #report({ accountId, region }: AccountRegion, reason: string): void {
    const { clock, logger } = this.#deps;
    const key = `${accountId} ${region}`;
    const now = clock.monotonicMs();
    if (now - (this.#refused.get(key) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
    this.#refused.set(key, now);
    const what = "the CloudWatch role of an account's API Gateway may not write execution logs";
    logger.warn({ accountId, region, reason }, what);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    await this.flush();
  }
}
