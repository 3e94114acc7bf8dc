import { BackgroundLoop, type Clock, Counter, type Logger, type Random, type Registry } from "@hearth/kit";
import type { AlarmRecord, AlarmStore } from "@hearth/store";
import { ExpressionError } from "../expressions/expression.ts";
import type { MetricReader } from "../metricReader.ts";
import { type AlarmDelivery, changeAlarmState } from "./changeAlarmState.ts";
import { type AlarmOutcome, evaluateMetricAlarm, evaluationIntervalOf } from "./evaluateAlarm.ts";
import { evaluateCompositeAlarm } from "./evaluateCompositeAlarm.ts";

export interface AlarmEvaluatorDeps {
  readonly alarms: AlarmStore;
  readonly reader: Pick<MetricReader, "evaluate">;
  readonly delivery: AlarmDelivery;
  readonly sendsEvents: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
}

const BATCH = 50;
const AT_A_TIME = 5;
/** Alarms are evaluated so long after the end of a period, so that what is measured in it is there. */
const SETTLE_MS = { long: 15_000, short: 2_000 };
/** The latest time at which alarms that another process has made or changed are noticed. */
const MAX_PAUSE_MS = 10_000;
const MIN_PAUSE_MS = 250;

/**
 * Evaluates alarms when they are due. Several processes may do this: each evaluation belongs to one of them, by a lease, and a state changes only from the
 * one that was seen.
 */
export class AlarmEvaluator implements AsyncDisposable {
  readonly #deps: AlarmEvaluatorDeps;
  readonly #loop: BackgroundLoop;
  readonly #evaluations: Counter;
  #timer: Disposable | undefined;

  constructor(deps: AlarmEvaluatorDeps) {
    this.#deps = deps;
    this.#evaluations = new Counter({
      name: "hearth_alarm_evaluations_total",
      help: "Evaluations of CloudWatch alarms, by outcome: unchanged, changed, failed.",
      labelNames: ["outcome"],
      registers: [deps.registry],
    });
    this.#loop = new BackgroundLoop("alarms", MAX_PAUSE_MS, (signal) => this.#step(signal), deps);
  }

  /** Looks for alarms that are due soon: one was made or changed. */
  wake(): void {
    this.#loop.wake();
  }

  async #step(signal: AbortSignal): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    await this.evaluateDue(signal);
    const due = await this.#deps.alarms.nextDueInMs();
    if (due === undefined || due >= MAX_PAUSE_MS) return;
    this.#timer = this.#deps.clock.after(Math.max(due, MIN_PAUSE_MS), () => this.#loop.wake());
  }

  /** Evaluates the alarms that are due. */
  async evaluateDue(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const claimed = await this.#deps.alarms.claim(BATCH);
      for (let start = 0; start < claimed.length; start += AT_A_TIME) {
        await Promise.all(claimed.slice(start, start + AT_A_TIME).map((alarm) => this.#evaluate(alarm)));
      }
      if (claimed.length < BATCH) return;
    }
  }

  async #evaluate(alarm: AlarmRecord): Promise<void> {
    const { alarms, clock, logger } = this.#deps;
    const now = clock.now();
    const dueAt = nextDueAt(alarm, now);
    try {
      const outcome = await this.#outcomeOf(alarm, now);
      if (!outcome) await alarms.postpone(alarm, dueAt);
      else await changeAlarmState(alarm, { ...outcome, at: now }, dueAt, this.#deps);
      this.#evaluations.inc({ outcome: outcome ? "changed" : "unchanged" });
    } catch (error) {
      this.#evaluations.inc({ outcome: "failed" });
      const { accountId, region, AlarmName } = alarm;
      logger.error(
        { err: error, accountId, region, AlarmName },
        "an alarm could not be evaluated; it is tried again in a minute",
      );
    }
  }

  async #outcomeOf(alarm: AlarmRecord, now: number): Promise<AlarmOutcome | undefined> {
    if (alarm.kind === "CompositeAlarm") return await evaluateCompositeAlarm(alarm, this.#deps.alarms);
    try {
      return await evaluateMetricAlarm(alarm, this.#deps.reader, now);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      if (alarm.state === "INSUFFICIENT_DATA") return undefined;
      return {
        state: "INSUFFICIENT_DATA",
        reason: `Unchecked: the expression failed: ${error.message}`,
        reasonData: undefined,
      };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    await this.#loop[Symbol.asyncDispose]();
  }
}

/** Metric alarms are evaluated after each of their intervals; composite ones when an alarm in their rule changes, and hourly. */
function nextDueAt({ kind, settings }: AlarmRecord, now: number): number {
  if (kind === "CompositeAlarm") return now + 3_600_000;
  const intervalMs = evaluationIntervalOf(settings) * 1000;
  const settleMs = intervalMs < 60_000 ? SETTLE_MS.short : SETTLE_MS.long;
  return Math.floor((now - settleMs) / intervalMs + 1) * intervalMs + settleMs;
}
