import { randomUUID } from "node:crypto";
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { Database } from "@hearth/store";
import { invoke } from "./lambda.ts";

/** Invokes two echo functions, one synchronously and one asynchronously, and records the results. */
export class AccountedLoad {
  /** Request ids of the synchronous invocations that were answered. */
  readonly answered: string[] = [];
  /** Request ids of the events that were accepted with 202. */
  readonly accepted: string[] = [];
  /** Milliseconds until the first synchronous answer, undefined before there is one. */
  firstAnswerMs: number | undefined;
  /** Number of synchronous invocations without an answer. */
  unanswered = 0;
  readonly #client: LambdaClient;
  readonly #startedMs = performance.now();
  #stopped = false;

  constructor(client: LambdaClient) {
    this.#client = client;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Invokes `sync` until stopped or until an invocation gets no answer. Rejects when an answer belongs to another invocation. */
  async callSync(): Promise<void> {
    while (!this.#stopped) {
      const nonce = randomUUID();
      const answer = await invoke(this.#client, "sync", { nonce }).catch(() => undefined);
      if (!answer) {
        this.unanswered++;
        return;
      }
      if (JSON.stringify(answer.payload) !== JSON.stringify({ nonce })) {
        throw new Error(`sent ${nonce}, got ${JSON.stringify(answer.payload)}`);
      }
      this.firstAnswerMs ??= performance.now() - this.#startedMs;
      this.answered.push(answer.requestId);
    }
  }

  /** Sends events to `async` until stopped or until one is not accepted. */
  async callAsync(): Promise<void> {
    const event = { FunctionName: "async", InvocationType: "Event", Payload: Buffer.from('{"n":1}') } as const;
    while (!this.#stopped) {
      const output = await this.#client.send(new InvokeCommand(event)).catch(() => undefined);
      if (output?.StatusCode !== 202) return;
      this.accepted.push(output.$metadata.requestId ?? "");
    }
  }
}

/** The request id of each usage record of a function. */
export async function recordedRuns(database: Database, functionName: string): Promise<readonly string[]> {
  const rows = await database.query<{ request_id: string }>(
    "SELECT request_id FROM usage_records WHERE function_name = $1",
    [functionName],
  );
  return rows.map((row) => row.request_id);
}

/** The `ids` that are not in `others`. */
export function missing(ids: readonly string[], others: readonly string[]): readonly string[] {
  const there = new Set(others);
  return ids.filter((id) => !there.has(id));
}
