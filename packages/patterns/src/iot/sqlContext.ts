import type { SqlBudget } from "./sqlBudget.ts";
import type { SqlValue } from "./sqlValue.ts";

/** The message that a statement is evaluated for. */
export interface SqlMessage {
  readonly topic: string;
  /** Parsed; the bytes themselves where they are not JSON. */
  readonly payload: SqlValue;
  /** As it was published. */
  readonly bytes: Uint8Array;
  /** `undefined` for one that was not published over MQTT. */
  readonly clientId?: string | undefined;
  /** Who published it. */
  readonly principal?: string | undefined;
  readonly sourceIp?: string | undefined;
  readonly accountId: string;
  readonly timestampMs: number;
  readonly traceId: string;
  readonly sqlVersion: string;
  newUuid(): string;
  /** From 0 to 1. */
  random(): number;
}

export interface SqlContext {
  readonly message: SqlMessage;
  readonly budget: SqlBudget;
}

/** A compiled expression. `scope` is the value whose members names stand for: the payload, or one item of a nested query. */
export type Expression = (context: SqlContext, scope: SqlValue) => SqlValue;
